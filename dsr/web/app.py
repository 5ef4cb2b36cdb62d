"""The web app: settings of Flask, then each part in its place."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from dsr.rendering.html import TEMPLATES
from dsr.services.house import House
from dsr.web import errors, guards, headers, ledger_gate, limits, ops, words
from dsr.web.api import routes as api
from dsr.web.current import face
from dsr.web.desk import routes as desk
from dsr.web.patient import routes as patient
from dsr.web.processor import routes as processor
from dsr.web.uploads import SizedRequest

STATIC = Path(__file__).parent / "static"
MOST_BYTES = 64 * 1024


def create_app(house: House) -> Flask:
    """The app of this house: patient pages, desk, API and the operator's addresses."""
    app = Flask("dsr.web", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.request_class = SizedRequest
    app.config.update(_config(house))
    app.extensions["house"] = house
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    headers.init(app)
    words.init(app)
    ledger_gate.init(app, house)
    limiter = limits.init(app, house.settings.redis_url)
    CSRFProtect(app)
    guards.init(app)
    app.register_blueprint(patient.blueprint)
    app.register_blueprint(desk.blueprint)
    app.register_blueprint(processor.blueprint)
    app.register_blueprint(ops.blueprint)
    api.register(app)
    limits.slow_down(app, limiter)
    errors.init(app)
    guards.refuse_unguarded(app)
    app.context_processor(lambda: {"practice": face(words.language())})
    app.url_defaults(_stamp_of(_stamps()))
    if house.settings.trusted_proxies:
        _trust(app, house.settings.trusted_proxies)
    return app


def _config(house: House) -> dict[str, Any]:
    secure = house.settings.secure
    return {
        "SECRET_KEY": house.settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(house.settings.secret_key_fallbacks),
        "SESSION_COOKIE_NAME": "__Host-login" if secure else "login",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": MOST_BYTES,
        "MAX_FORM_MEMORY_SIZE": MOST_BYTES,
        "MAX_FORM_PARTS": 200,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        # The token lives as long as the browser's session; a form may lie open for a day.
        "WTF_CSRF_TIME_LIMIT": None,
        # We send no referrer, not even to ourselves; `headers` looks at the origin instead.
        "WTF_CSRF_SSL_STRICT": False,
        "JSON_SORT_KEYS": False,
    }


def _trust(app: Flask, proxies: int) -> None:
    # Never the host: addresses in mails and redirects come from the settings alone (T39).
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0
    )


def _stamps() -> dict[str, str]:
    """A stamp for each static file, so that browsers may keep it until it changes."""
    files = (path for path in STATIC.rglob("*") if path.is_file())
    return {
        path.relative_to(STATIC).as_posix(): sha256(path.read_bytes()).hexdigest()[:10]
        for path in files
    }


def _stamp_of(stamps: dict[str, str]) -> Any:
    def stamped(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and values.get("filename") in stamps:
            values["v"] = stamps[values["filename"]]

    return stamped
