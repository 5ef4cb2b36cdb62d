"""What operators ask: is it alive, is it ready, how much is waiting."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("ops", __name__)
