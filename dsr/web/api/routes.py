"""The JSON API: everything under /api. Tokens only: no cookie is read, no other site is let in."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from flask_smorest import Api
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException

from dsr.web.api import callers, desk, desk_rights, desk_work, faults, patient, shapes, suppression
from dsr.web.guards import guard

CONFIG = {
    "API_TITLE": "Privacybalie",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
}
#: how callers show who they are
SCHEMES = {
    "desk_key": {"type": "http", "scheme": "bearer", "description": "dsr_...: staff"},
    "app_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "secret": {
        "type": "apiKey", "in": "header", "name": "Authorization",
        "description": "Request <secret>, or Visit <token> after a code",
    },
}  # fmt: skip

METHODS = ("get", "post", "delete")
TITLES = {
    "patient_api": "For the person who asks",
    "desk_api": "For the desk: look",
    "desk_work_api": "For the desk: act",
    "desk_rights_api": "For the desk: rights that change systems",
    "suppression_api": "For mailings and imports",
}

docs = Blueprint("api_pages", __name__, url_prefix="/api")
faults.install(docs)


class OurApi(Api):  # type: ignore[misc]
    """flask-smorest with our own form of errors, and a guard on the address of its document."""

    ERROR_SCHEMA = shapes.Fault

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(HTTPException, faults.by_http)

    @guard("public")
    def _openapi_json(self) -> Response:
        return jsonify(self.spec.to_dict())


def register(app: Flask) -> None:
    """Put the API on the app."""
    app.config.update(CONFIG)
    api = OurApi(app)
    for name, scheme in SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    callers.install(app)
    csrf: CSRFProtect = app.extensions["csrf"]
    theirs = (
        patient.blueprint,
        desk.blueprint,
        desk_work.blueprint,
        desk_rights.blueprint,
        suppression.blueprint,
    )
    for blueprint in theirs:
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint)
    app.register_blueprint(docs)


@docs.get("/docs")
@guard("public")
def pages() -> str:
    """The API in a page that needs no script."""
    api: OurApi = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return render_template("api/docs.html", spec=api.spec.to_dict(), methods=METHODS, titles=TITLES)
