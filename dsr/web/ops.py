"""What operators ask: is it alive, is it ready, how much is waiting (T84).

`/healthz` says only ok. `/readyz` names the part that is missing to those who may see it.
`/metrics` counts, with no id in any label. Every call is noted with its endpoint's name, never
with its address.
"""

from __future__ import annotations

import hmac
import logging
import shutil
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.blueprints import BlueprintSetupState
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dsr.core.errors import DsrError, NotAllowed
from dsr.db import migrate
from dsr.services import erasure_ledger
from dsr.services.house import House
from dsr.web.current import house
from dsr.web.figures import Figures
from dsr.web.guards import guard

LEAST_DISK = 200 * 1024**2
#: seconds for which an answer of /readyz holds
REMEMBERED = 2.0
METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
#: what only somebody in between adds; with it, a loopback address says nothing
_FORWARDED = ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP")

blueprint = Blueprint("ops", __name__)
_log = logging.getLogger(__name__)


@blueprint.get("/healthz")
@guard("public")
def healthz() -> Response:
    """Alive: this process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@guard("public")
def readyz() -> tuple[Response, int]:
    """Ready: everything it needs answers. 503 otherwise, with the parts for operators."""
    missing = _missing()
    told: dict[str, object] = {"ready": not missing}
    if may_see():
        told |= {"missing": missing, "hints": _hints(missing)}
    return jsonify(told), 503 if missing else 200


@blueprint.get("/metrics")
@guard("public")
def metrics() -> Response:
    """Figures for Prometheus: with the token of the settings, or else from this machine only."""
    if not may_see():
        raise NotAllowed("Send the metrics token of the settings as a bearer token.")
    return Response(generate_latest(_figures().registry), content_type=CONTENT_TYPE_LATEST)


@blueprint.record
def _set_up(state: BlueprintSetupState) -> None:
    state.app.extensions["figures"] = Figures(state.app.extensions["house"])


@blueprint.before_app_request
def _begin() -> None:
    g.began = time.perf_counter()


@blueprint.after_app_request
def _note(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    _figures().seconds.labels(endpoint, method, str(response.status_code)).observe(seconds)
    if endpoint not in ("static", "ops.healthz", "ops.readyz", "ops.metrics"):
        told = {"endpoint": endpoint, "method": method, "code": response.status_code}
        _log.info("answered", extra={**told, "ms": round(seconds * 1000, 1)})
    return response


def _missing() -> list[str]:
    # Remembered for a moment: whoever asks often must not keep the vault and Redis busy.
    asked, missing = current_app.extensions.get("readiness", (0.0, []))
    if not asked or time.monotonic() - asked > REMEMBERED:
        missing = [name for name, good in CHECKS.items() if not _holds(good)]
        current_app.extensions["readiness"] = (time.monotonic(), missing)
    return list(missing)


def _hints(missing: list[str]) -> list[str]:
    found = erasure_ledger.check(house()) if "ledger" in missing else None
    pango = [] if _has_pango() else ["install libpango-1.0-0"]
    return [found.words, *pango] if found else pango


def _figures() -> Figures:
    return cast(Figures, current_app.extensions["figures"])


def may_see() -> bool:
    """Whether the caller runs this machine: by the metrics token, or from this host itself."""
    token = house().settings.metrics_token
    if token:
        offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(offered.encode(), token.encode())
    forwarded = any(name in request.headers for name in _FORWARDED)
    return request.remote_addr in ("127.0.0.1", "::1") and not forwarded


def _holds(check: Callable[[House], bool]) -> bool:
    try:
        return check(house())
    except (SQLAlchemyError, RedisError, DsrError, OSError, ValueError) as error:
        _log.warning("not ready", extra={"error": type(error).__name__})
        return False


def _database(place: House) -> bool:
    with place.reading() as session:
        return bool(session.execute(text("SELECT 1")).scalar_one())


def _migrations(place: House) -> bool:
    return migrate.is_current(place.engine)


def _redis(place: House) -> bool:
    retry = Retry(NoBackoff(), 0)
    url = place.settings.redis_url
    with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=retry) as redis:
        return bool(redis.ping())


def _vault(place: House) -> bool:
    place.office.vault.store.check()
    return True


def _ledger(place: House) -> bool:
    return erasure_ledger.check(place) is None


def _disk(place: House) -> bool:
    return shutil.disk_usage(place.settings.folder).free >= LEAST_DISK


@lru_cache(maxsize=1)
def _has_pango() -> bool:
    # Letters need it; the web process itself does not, so this is a hint and no reason for 503.
    places = ("/usr/lib", "/usr/lib/*-linux-*", "/usr/local/lib", "/opt/homebrew/lib")
    found = (f for place in places for f in Path("/").glob(f"{place[1:]}/libpango-1.0.*"))
    return next(found, None) is not None


CHECKS: dict[str, Callable[[House], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "vault": _vault,
    "ledger": _ledger,
    "disk": _disk,
}
