"""The JSON API: everything under /api."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Put the API on the app."""
