"""How often one address may call: generous, and never silent (T56).

One-time codes are counted in the database, not here: these counters may vanish with Redis.
"""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

EVERYTHING = ["900 per minute", "20000 per hour"]


def init(app: Flask, redis_url: str) -> Limiter:
    """Count in Redis; in memory while Redis does not answer."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        default_limits=list(EVERYTHING),
        storage_uri=_storage(redis_url),
        storage_options=_patience(redis_url),
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        headers_enabled=False,
        key_prefix="web",
    )
    app.extensions["limiter_of_app"] = limiter
    return limiter


def _storage(redis_url: str) -> str:
    if not redis_url:
        return "memory://"
    return redis_url.replace("unix://", "redis+unix://", 1)


def _patience(redis_url: str) -> dict[str, str | int]:
    # A page never waits for Redis longer than a second.
    return {"socket_connect_timeout": 1, "socket_timeout": 1} if redis_url else {}
