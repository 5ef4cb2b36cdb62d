"""All pages of the desk under one blueprint; each page's file adds its own routes."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
