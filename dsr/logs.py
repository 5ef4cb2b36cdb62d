"""Logs: one JSON object a line, holding only the keys that stand here (T44, T69).

Nothing that a person typed, and no message of an exception, can get in: a key that is not
allowed is dropped, a value that is no plain code is replaced, and of an exception only its class
and the lines of code it passed are told. A library's own words are never repeated.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

import structlog

from dsr.core.settings import Settings

#: the keys that a line may have, besides `at`, `level`, `event` and `logger`
ALLOWED = frozenset({
    "attempts", "because", "bytes", "code", "count", "database", "endpoint", "environment",
    "error", "error_id", "frames", "kind", "method", "ms", "outcome", "practice", "queue", "row",
    "seconds", "seq", "step", "system", "task", "verb", "version", "waiting", "where", "worker",
})  # fmt: skip
#: loggers whose words are constants in our own code
OURS = ("dsr", "connectors", "demo")
#: how much a library may say; its text is dropped in any case
LEVELS: Mapping[str, int] = MappingProxyType({
    "werkzeug": logging.ERROR,
    "gunicorn.access": logging.CRITICAL,
    "gunicorn.error": logging.INFO,
    "rq.worker": logging.WARNING,
    "rq.job": logging.WARNING,
    "rq.queue": logging.WARNING,
    "rq.scheduler": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "sqlalchemy.engine": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "urllib3": logging.WARNING,
    "botocore": logging.WARNING,
    "boto3": logging.WARNING,
    "weasyprint": logging.ERROR,
    "fontTools": logging.ERROR,
    "pikepdf": logging.ERROR,
})  # fmt: skip
MOST_FRAMES = 12
_CODE = re.compile(r"[A-Za-z0-9_.:<>/,+-]{0,120}")

_log = logging.getLogger(__name__)


class OneLine(logging.Formatter):
    """A record as one line of JSON in ASCII; line breaks and control characters are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _event(record),
            "logger": _code(record.name),
            **allowed(record.__dict__),
        }
        if not is_ours(record.name):
            told["where"] = _code(f"{record.module}:{record.lineno}")
        error = record.exc_info[1] if record.exc_info else None
        return json.dumps(told if error is None else {**told, **of_error(error)}, ensure_ascii=True)


def set_up(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log of this process to one place (standard error), in this one form."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name, level in LEVELS.items():
        logger = logging.getLogger(name)
        logger.setLevel(level)
        # Handlers of their own would write in their own form.
        logger.handlers, logger.propagate = [handler], False
    logging.captureWarnings(capture=True)
    # When writing a line fails, the library would print the record with everything in it.
    logging.raiseExceptions = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level, _keep_allowed, structlog.stdlib.render_to_log_kwargs,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )  # fmt: skip
    _log.info("logs are set up", extra={"environment": settings.environment})


def tell_unexpected(error: BaseException, error_id: str) -> None:
    """Note an error nobody planned for; the person concerned was shown the same `error_id`."""
    _log.error("unexpected error", extra={"error_id": error_id, **of_error(error)})


def of_error(error: BaseException) -> dict[str, Any]:
    """What may be told of an exception: its class, its cause's class, and lines of code."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    lines = [_code(f"{_module(frame.filename)}:{frame.lineno}") for frame in frames]
    cause = error.__cause__ or error.__context__
    told: dict[str, Any] = {"error": type(error).__name__, "frames": lines}
    if lines:
        told["where"] = lines[-1]
    return told if cause is None else {**told, "because": type(cause).__name__}


def allowed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values under allowed keys, each as a plain code or number."""
    return {name: _plain(values[name]) for name in sorted(ALLOWED & values.keys())}


def is_ours(logger: str) -> bool:
    """Whether a logger is of our own code."""
    return logger.split(".", 1)[0] in OURS


def _keep_allowed(
    _logger: Any, _method: str, told: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    kept = {name: told[name] for name in ("event", "exc_info") if name in told}
    if "name" in told:
        # The standard library keeps this word for the logger itself.
        kept["task"] = told["name"]
    return {**kept, **allowed({**told, **kept})}


def _event(record: logging.LogRecord) -> str:
    # The template, never the filled-in text: what is filled in may be anybody's.
    if is_ours(record.name) and isinstance(record.msg, str):
        return record.msg[:120]
    return "a library says something"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value[:MOST_FRAMES]]
    return _code(value) if isinstance(value, str) else "(left out)"


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else "(left out)"


def _module(filename: str) -> str:
    parts = filename.removesuffix(".py").replace("\\", "/").split("/")
    return ".".join(parts[-3:])
