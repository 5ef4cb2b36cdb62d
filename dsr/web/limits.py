"""How often one address may call: generous, and never silent (T56).

One-time codes are counted in the database, not here: these counters may vanish with Redis.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from dsr.web.current import house

EVERYTHING = ["900 per minute", "20000 per hour"]

#: forms that do something: a waiting room shares one address, a flood does not fit through
FORMS = {
    "patient.begin": "120 per minute",
    "patient.send": "60 per minute",
    "patient.find": "60 per minute",
    "patient.code": "120 per minute",
    "patient.new_code": "60 per minute",
    "patient.log_in": "60 per minute",
    # Each is read and made anew, by two at a time.
    "patient.proof": "20 per minute; 200 per hour",
    "processor.send_code": "30 per minute",
    "processor.code": "60 per minute",
    "processor.task": "60 per minute",
    # A thousand values each: a mailing list fits through, all telephone numbers there are do not.
    "suppression_api.check": "60 per minute; 2000 per day",
}


def init(app: Flask, redis_url: str) -> Limiter:
    """Count in Redis; in memory while Redis does not answer."""
    return Limiter(
        _caller,
        app=app,
        default_limits=list(EVERYTHING),
        storage_uri=_storage(redis_url),
        storage_options=_patience(redis_url),
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        headers_enabled=False,
        key_prefix="web",
    )


def slow_down(app: Flask, limiter: Limiter) -> None:
    """Put the forms under their own limits; a monitor may ask how we are as often as it likes."""
    monitors: Any = app.blueprints["ops"]
    limiter.exempt(monitors)
    for endpoint, most in FORMS.items():
        view: Any = app.view_functions[endpoint]
        slowed: Any = limiter.limit(most, methods=["POST"])(view)
        app.view_functions[endpoint] = slowed


def _caller() -> str:
    # Redis holds no personal data, and somebody's address beside a page of ours is some (T68).
    return house().office.hash("visitor", get_remote_address())


def _storage(redis_url: str) -> str:
    if not redis_url:
        return "memory://"
    return redis_url.replace("unix://", "redis+unix://", 1)


def _patience(redis_url: str) -> dict[str, str | int]:
    # A page never waits for Redis longer than a second.
    return {"socket_connect_timeout": 1, "socket_timeout": 1} if redis_url else {}
