"""Errors of the API: `{"error": code, "message": what to do, "field"?}`, never a stack (T53)."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from dsr.core.errors import BadInput, ChangedMeanwhile, DsrError, NotAllowed, Shredded, TryAgain
from dsr.db.engine import is_busy
from dsr.logs import tell_unexpected
from dsr.services.idempotency import HEADER, InFlight, OtherBody
from dsr.web.api.strict import BadJson
from dsr.web.app_token import BadToken
from dsr.web.errors import CODES as PAGE_CODES

RETRY_SECONDS = "30"


class NotKnown(NotAllowed):
    """Say who you are: send an Authorization header as /api/docs describes."""


class WeakKey(BadInput):
    """A call that makes something needs a key that no other call will ever have."""

    def __init__(self) -> None:
        super().__init__(
            HEADER,
            f"Send a header {HEADER} with at least 128 random bits: 32 hex digits, a UUID or 22"
            " characters of base64url. Make it once for a request and keep it for repeats.",
        )


class TooOften(DsrError):
    """You asked too often. Wait an hour, or ask the practice by phone."""


#: what only the API answers; for all the rest the table of the pages holds
CODES: tuple[tuple[type[DsrError], HTTPStatus], ...] = (
    (NotKnown, HTTPStatus.UNAUTHORIZED),
    (BadToken, HTTPStatus.UNAUTHORIZED),
    (WeakKey, HTTPStatus.BAD_REQUEST),
    (BadJson, HTTPStatus.BAD_REQUEST),
    (TooOften, HTTPStatus.TOO_MANY_REQUESTS),
    (Shredded, HTTPStatus.GONE),
    *PAGE_CODES,
)
#: the word for an error; programs may rely on it
NAMES: dict[type[DsrError], str] = {
    NotKnown: "not_known",
    BadToken: "bad_token",
    WeakKey: "weak_key",
    BadJson: "bad_json",
    OtherBody: "other_body",
    InFlight: "in_flight",
    TooOften: "too_often",
}
BY_CODE = {
    400: "bad_request", 401: "not_known", 403: "not_allowed", 404: "not_found",
    405: "method_not_allowed", 409: "not_now", 410: "gone", 413: "too_large",
    415: "wrong_content_type", 416: "bad_range", 422: "bad_input", 429: "too_often",
    503: "try_again",
}  # fmt: skip
_MESSAGES = {
    404: "There is nothing at this address. /api/docs lists what there is.",
    405: "This address does not take this method. /api/docs lists what it takes.",
    413: "The body is larger than 64 KB. Send less.",
    415: "Send the body as Content-Type: application/json, in UTF-8 and not compressed.",
    416: "This range lies outside the file. Ask for bytes within its length.",
    429: "Too many calls from this address. Wait a minute, then go on.",
}


def install(blueprint: Blueprint) -> None:
    """Let this blueprint's errors be answered here."""
    blueprint.register_error_handler(DsrError, by_ours)
    blueprint.register_error_handler(HTTPException, by_http)
    blueprint.register_error_handler(StaleDataError, _by_stale)
    blueprint.register_error_handler(DBAPIError, _by_database)
    blueprint.register_error_handler(PoolTimeout, _by_database)
    blueprint.register_error_handler(Exception, _unexpected)


def by_ours(error: DsrError) -> Response:
    """One of our own errors; what the table does not know is unexpected."""
    code = next((int(code) for kind, code in CODES if isinstance(error, kind)), None)
    if code is None:
        return _unexpected(error)
    name = next((word for kind, word in NAMES.items() if isinstance(error, kind)), BY_CODE[code])
    # What a system told us about itself is for the desk's log, not for callers.
    said = str(TryAgain()) if type(error) is TryAgain else str(error)
    field = error.field if isinstance(error, BadInput) else ""
    return _answer(code, name, said, field)


def by_http(error: HTTPException) -> Response:
    """An error of Flask or of the routing."""
    code = error.code or 500
    if code < 400 and error.response is not None:
        return Response(status=code)
    name = BY_CODE.get(code, "not_done")
    answer = _answer(code, name, _MESSAGES.get(code, HTTPStatus(code).phrase))
    for header, value in error.get_headers():
        if header in ("Allow", "Content-Range", "Retry-After"):
            answer.headers[header] = value
    return answer


def _by_stale(error: StaleDataError) -> Response:
    return by_ours(ChangedMeanwhile())


def _by_database(error: Exception) -> Response:
    if isinstance(error, PoolTimeout) or is_busy(error):
        return _answer(503, "try_again", str(TryAgain()))
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    error_id = secrets.token_hex(4)
    tell_unexpected(error, error_id)
    answer = _answer(500, "unexpected", "This went wrong on our side. Nothing was half done.")
    answer.set_data(answer.get_data().replace(b"{", b'{"error_id": "%s", ' % error_id.encode(), 1))
    return answer


def _answer(code: int, name: str, message: str, field: str = "") -> Response:
    body = {"error": name, "message": _half(message), **({"field": field} if field else {})}
    answer = jsonify(body)
    answer.status_code = code
    if code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="api", Request, Visit'
    if code in (429, 503):
        answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _half(message: str) -> str:
    """The caller's language of a message that is written as `Nederlands / English`."""
    dutch, slash, english = message.partition(" / ")
    wanted = request.accept_languages.best_match(("en", "nl"), default="en")
    return english if slash and wanted == "en" else dutch
