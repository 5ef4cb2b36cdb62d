"""What somebody sends along to show that a correction is right: a few files, sealed in the case.

They come in once there is a request to keep them under, and go some weeks after it was closed: the
decision tells the facts, and nobody needs the paper any longer (Art. 5(1)(c) and (e)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotFound, NotReady
from dsr.core.stages import Stage
from dsr.db.columns import new_id
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import case
from dsr.services.case import SYSTEM, Told, Who
from dsr.services.office import Office

MOST = 3
MOST_BYTES = 10 * 1024 * 1024
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
)
#: until it is decided, more may be shown
_OPEN = (Stage.RECEIVED, Stage.IDENTIFYING, Stage.SEARCHING, Stage.REVIEWING, Stage.DECIDING)
_FACT = "proofs"
AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One file as it is kept: its kind (`pdf`, `png`, `jpg`), its size, and when it came (UTC).

    Its own name is not kept: people write on a file whom it is about.
    """

    id: str
    kind: str
    bytes: int
    at: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A file that was made anew (`rendering.file_job`), ready to be kept."""

    kind: str
    content: bytes = field(repr=False)


def of(item: RequestItem) -> tuple[Proof, ...]:
    """The files of an item, in the order in which they came."""
    return tuple(Proof(**one) for one in item.facts.get(_FACT, ()))


def takes(item: RequestItem) -> bool:
    """Whether another file may come: with a rectification, until it is decided."""
    asked = item.right == Right.RECTIFICATION and Stage(item.stage) in _OPEN
    return asked and len(of(item)) < MOST


def add(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], sent: Sent, who: Who
) -> Proof:
    """Seal a file in the case; `NotReady` when it is decided or there are enough."""
    row, item = what
    if not takes(item):
        raise NotReady("Nothing can be added here any more.")
    if sent.kind not in MEDIA_TYPES:
        raise BadInput("file", f"Choose one of: {', '.join(MEDIA_TYPES)}.")
    if len(sent.content) > MOST_BYTES:
        raise BadInput("file", "This file is too big. Choose one under 10 MB.")
    made = Proof(
        id=new_id(),
        kind=sent.kind,
        bytes=len(sent.content),
        at=office.now().isoformat(timespec="seconds"),
    )
    key = case.case_key(session, office, row)
    office.vault.put(_blob(row, made.id), key, [sent.content])
    _set(item, (*of(item), made))
    body = {"item": item.id, "file": made.id, "kind": made.kind, "bytes": made.bytes}
    case.tell(session, office, row, Told(who=who, action=Action.PROOF_ADDED, body=body))
    return made


def refused(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], why: str, who: Who
) -> None:
    """Tell the desk that a file was sent and not taken: `infected` or `unreadable`."""
    row, item = what
    body = {"item": item.id, "why": why}
    case.tell(session, office, row, Told(who=who, action=Action.PROOF_REFUSED, body=body))


def read(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], proof_id: str
) -> tuple[Proof, bytes]:
    """A file and its bytes; `NotFound` when it is not of this item."""
    row, item = what
    found = next((one for one in of(item) if one.id == proof_id), None)
    if found is None:
        raise NotFound("There is no such file.")
    key = case.case_key(session, office, row)
    return found, office.vault.read(_blob(row, found.id), key)


def forget(session: Session, office: Office) -> int:
    """Destroy the files of requests that were closed long enough ago; how many went."""
    before = office.now() - timedelta(days=office.terms.package_days)
    wanted = (
        select(RequestItem, SubjectRequest)
        .join(SubjectRequest, SubjectRequest.id == RequestItem.request_id)
        .where(
            RequestItem.right == Right.RECTIFICATION,
            RequestItem.facts[_FACT].as_string().is_not(None),
            SubjectRequest.closed_at < before,
        )
    )
    gone = 0
    for item, row in session.execute(wanted.limit(AT_ONCE)).all():
        for one in of(item):
            office.vault.delete(_blob(row, one.id))
            gone += 1
        _set(item, ())
        told = Told(who=SYSTEM, action=Action.DATA_PURGED, body={"what": "proofs"})
        case.tell_codes(session, office, (row.practice, row.id), told)
    return gone


def _set(item: RequestItem, proofs: tuple[Proof, ...]) -> None:
    facts: dict[str, Any] = {name: value for name, value in item.facts.items() if name != _FACT}
    kept = [{"id": p.id, "kind": p.kind, "bytes": p.bytes, "at": p.at} for p in proofs]
    item.facts = {**facts, _FACT: kept} if kept else facts


def _blob(row: SubjectRequest, proof_id: str) -> str:
    return f"requests/{row.id}/proofs/{proof_id}"
