"""What people see when something is wrong: one page in the look of the product (T53).

It says what to do next and how to reach the practice; never a class, a path or a statement.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from jinja2 import Template
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from dsr.core.errors import (
    BadInput,
    ChangedMeanwhile,
    DsrError,
    MoveRefused,
    NotAllowed,
    NotFound,
    NotReady,
    TryAgain,
)
from dsr.web.words import of_two

_log = logging.getLogger(__name__)

#: which answer an error of ours becomes; the first that fits counts
CODES: tuple[tuple[type[DsrError], HTTPStatus], ...] = (
    (BadInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotReady, HTTPStatus.CONFLICT),
    (MoveRefused, HTTPStatus.CONFLICT),
    (ChangedMeanwhile, HTTPStatus.CONFLICT),
    (TryAgain, HTTPStatus.SERVICE_UNAVAILABLE),
)
_SAYS_ITSELF = (BadInput, NotAllowed, NotReady, MoveRefused, ChangedMeanwhile)
_BUSY = (OperationalError, InterfaceError, PoolTimeout)
RETRY_SECONDS = "60"


def init(app: Flask) -> None:
    """Take over every error of the app; the API keeps its own form for its own errors."""
    # Any: Flask keeps handlers of every kind of exception in one table.
    api: Any = app.error_handler_spec[None][None].get(HTTPException)

    def by_http(error: HTTPException) -> ResponseReturnValue:
        if api is not None and _for_machines():
            answer: ResponseReturnValue = api(error)
            return answer
        return _by_http(error)

    app.register_error_handler(HTTPException, by_http)
    app.register_error_handler(RateLimitExceeded, _by_http)
    app.register_error_handler(CSRFError, _by_http)
    app.register_error_handler(DsrError, _by_ours)
    app.register_error_handler(DBAPIError, _by_database)
    app.register_error_handler(PoolTimeout, _by_database)
    app.register_error_handler(Exception, _unexpected)


def page(code: int, *, message: str = "", error_id: str = "") -> Response:
    """The page for an answer that is not what was asked for."""
    if _for_machines():
        said = message or HTTPStatus(code).phrase
        body = {"title": said, "status": code} | ({"error_id": error_id} if error_id else {})
        response = jsonify(body)
        response.mimetype = "application/problem+json"
    else:
        title, advice = _words(code)
        response = make_response(
            render_template(
                _templates(),
                code=code,
                title=title,
                advice=message or advice,
                error_id=error_id,
            )
        )
    response.status_code = code
    if code in (429, 503):
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _by_http(error: HTTPException) -> Response:
    code = error.code or 500
    if isinstance(error, CSRFError):
        return page(
            400, message=_("De pagina stond te lang open. Ga terug en probeer het nog eens.")
        )
    if code < 400 and error.response is not None:
        return make_response(error.response)
    answer = page(code)
    if code == 405:
        answer.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    if isinstance(error, RequestEntityTooLarge):
        answer.headers["Connection"] = "close"
    return answer


def _by_ours(error: DsrError) -> Response:
    code = next((code for kind, code in CODES if isinstance(error, kind)), None)
    if code is None:
        return _unexpected(error)
    told = of_two(str(error)) if isinstance(error, _SAYS_ITSELF) else ""
    return page(code, message=told)


def _by_database(error: Exception) -> Response:
    if isinstance(error, _BUSY):
        _log.error("the database does not answer", extra={"kind": type(error).__name__})
        return page(503)
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    error_id = secrets.token_hex(4)
    # The message of an exception may quote a value; where it happened never does.
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
    told = {"error_id": error_id, "kind": type(error).__name__, "where": where}
    _log.error("unexpected error", extra=told)
    return page(500, error_id=error_id)


def _for_machines() -> bool:
    return request.path.startswith("/api/")


def _templates() -> list[str | Template]:
    desk: list[str | Template] = ["desk/error.html"] if request.path.startswith("/desk") else []
    return [*desk, "patient/error.html"]


def _words(code: int) -> tuple[str, str]:
    known = {
        400: (_("Dit ging niet goed"), _("Ga terug en probeer het nog eens.")),
        403: (_("Dit mag niet"), _("U kunt dit hier niet doen of bekijken.")),
        404: (
            _("Deze pagina bestaat niet"),
            _("Klopt het adres? Ga naar het begin, of bel ons."),
        ),
        405: (_("Dit kan hier niet"), _("Ga terug en gebruik de knop op de pagina.")),
        409: (_("Dit kan nu nog niet"), _("Kijk later nog eens.")),
        413: (_("Dit is te veel"), _("U stuurt meer dan wij kunnen lezen. Schrijf het korter.")),
        422: (_("Er klopt iets niet"), _("Ga terug en kijk na wat u hebt ingevuld.")),
        429: (
            _("Even wachten"),
            _("Wij krijgen te veel berichten van dit adres. Wacht 1 minuut, of bel ons."),
        ),
        500: (
            _("Er ging iets mis bij ons"),
            _("Probeer het later nog eens. Lukt het niet? Bel ons dan en noem de foutcode."),
        ),
        503: (
            _("Wij zijn even niet bereikbaar"),
            _("Probeer het over een paar minuten nog eens. Uw gegevens zijn niet weg."),
        ),
    }
    return known.get(code) or known[400 if code < 500 else 500]
