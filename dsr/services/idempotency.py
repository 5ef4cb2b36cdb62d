"""The same call twice makes one request: the answer once given to a key is given again.

The row is written in the transaction that makes the request, under a primary key of caller and
key; of two calls at the same moment the database lets one through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, ChangedMeanwhile
from dsr.db.visits import IdempotencyKey
from dsr.services.office import Office

HEADER = "Idempotency-Key"
#: how long a key is remembered; after that the same call is a new one
REMEMBERED = timedelta(days=2)
#: 128 bits: 32 hex digits, a UUID with dashes, or 22 characters of base64url
_HEX = re.compile(r"[0-9a-fA-F-]{32,100}")
_ANY = re.compile(r"[A-Za-z0-9_-]{22,100}")
_LEAST_DIFFERENT = 8
#: PostgreSQL's code when `lock_timeout` is over
_WAITED_TOO_LONG = "55P03"


class OtherBody(BadInput):
    """This key was used for another body. Make a new key for a new request."""

    def __init__(self) -> None:
        super().__init__(HEADER, self.__doc__ or "")


class InFlight(ChangedMeanwhile):
    """The first call with this key is not finished. Send the same call again in a few seconds."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: who makes it ("anonymous", "app ...", "key ..."), its key, and its body."""

    caller: str = field(repr=False)
    key: str = field(repr=False)
    body: str = field(repr=False)


def is_strong(key: str) -> bool:
    """Whether a key can hold 128 bits and was not plainly typed by hand."""
    if not _ANY.fullmatch(key) or len(set(key)) < _LEAST_DIFFERENT:
        return False
    looks_hex = _HEX.fullmatch(key) is not None and sum(c != "-" for c in key) >= 32
    return looks_hex or not re.fullmatch(r"[0-9a-fA-F-]*", key)


def begin(session: Session, office: Office, call: Call) -> tuple[IdempotencyKey, bool]:
    """The row of this call, and whether it is new; the edge fills in the request and commits.

    Raises `OtherBody`, or `InFlight` when the first call is at work at this moment.
    """
    caller_key = office.hash("idempotency", call.caller, call.key)
    body_hash = office.hash("idempotent body", call.body)
    known = session.get(IdempotencyKey, caller_key, populate_existing=True)
    if known is not None:
        return _again(known, body_hash), False
    row = IdempotencyKey(caller_key=caller_key, body_hash=body_hash, made_at=office.now())
    _put(session, row)
    return row, True


def forget_old(session: Session, office: Office) -> int:
    """Forget keys older than two days; returns how many."""
    old = delete(IdempotencyKey).where(IdempotencyKey.made_at < office.now() - REMEMBERED)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _again(known: IdempotencyKey, body_hash: str) -> IdempotencyKey:
    if known.body_hash != body_hash:
        raise OtherBody
    if known.request_id is None:
        raise InFlight
    return known


def _put(session: Session, row: IdempotencyKey) -> None:
    # PostgreSQL waits for the other call's commit; not longer than a caller would.
    waits = session.get_bind().dialect.name == "postgresql"
    if waits:
        session.execute(text("SET LOCAL lock_timeout = '3s'"))
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise InFlight from error
    except OperationalError as error:
        # A full disk, say, is no other call: the caller hears that the database does not answer.
        if getattr(error.orig, "sqlstate", None) != _WAITED_TOO_LONG:
            raise
        raise InFlight from error
    if waits:
        session.execute(text("SET LOCAL lock_timeout = 0"))
