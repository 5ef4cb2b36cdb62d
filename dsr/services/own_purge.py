"""What this desk itself keeps goes when its term is over: cases, snapshots, evidence of identity.

A case goes in two steps. First its key is doomed, in a transaction of its own: from then on
nothing of it opens. Then its blobs are deleted, and one transaction tells the erasure ledger,
overwrites the key's share and deletes every row. Stopped anywhere, the next round goes on. The log
stays: it holds ids, codes and keyed hashes, and its words were sealed under the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import structlog
from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import VaultError
from dsr.core.overdue import last_start_over, rule_of
from dsr.core.request import Verb
from dsr.db import data_keys
from dsr.db.data_keys import DataKey
from dsr.db.holds import Hold, Restriction
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.db.suppressions import Suppression
from dsr.db.tables import METADATA
from dsr.law.calendar import civil_date
from dsr.services import case, erasure_ledger
from dsr.services.case import SYSTEM, Told
from dsr.services.house import House
from dsr.services.office import Office
from dsr.vault.ledger_file import Kind

log = structlog.get_logger()
CASE_FILE = "dsr_case_file_5y_from_closure"
AT_ONCE = 50
_REQUESTS = SubjectRequest.__tablename__


def purge(house: House) -> int:
    """Purge what is past its term; how many cases went. Safe to run again, and when stopped."""
    gone, more = 0, True
    while more:
        with house.writing() as session:
            more = bool(doom_cases(session, house.office) + forget_evidence(session, house.office))
        gone += finish(house)
    return gone


def doom_cases(session: Session, office: Office) -> int:
    """Decide which cases go now; one with a restriction in force stays (Art. 18)."""
    rule = rule_of(office.register, CASE_FILE)
    over = rule and last_start_over(rule, "closed", office.today(), {})
    if not over:
        return 0
    rows = [
        row
        for row in _closed(session, over)
        if civil_date(row.closed_at or row.received_at) <= over
    ]
    for row in rows:
        erasure_ledger.doom_key(session, office, row.data_key_id)
        told = Told(who=SYSTEM, action=Action.DATA_PURGED, body={"what": "case"})
        case.tell_codes(session, office, (row.practice, row.id), told)
    return len(rows)


def finish(house: House) -> int:
    """End every destruction that was decided; how many cases went."""
    with house.reading() as session:
        waiting = data_keys.doomed(session, AT_ONCE)
    return sum(_finished(house, key_id) for key_id in waiting)


def forget_evidence(session: Session, office: Office) -> int:
    """Forget whom a code was sent to, once its day is over: the event keeps method and result."""
    # A code of just before midnight may still be typed back.
    before = office.now() - 2 * timedelta(minutes=office.terms.code_minutes)
    stale = (Step.verb == Verb.IDENTIFY, Step.found_sealed.is_not(None), Step.finished_at < before)
    rows = session.scalars(select(Step).where(*stale).limit(AT_ONCE * 10))
    codes = [row for row in rows if row.cursor.get("for") == "code" and _is_past(office, row)]
    for row in codes:
        row.found_sealed = None
    return len(codes)


def delete_case(session: Session, request_id: str) -> None:
    """Delete every row of a request, whatever table it is in; suppressions live on (Art. 21)."""
    unlinked = update(Suppression).where(Suppression.request_id == request_id)
    session.execute(unlinked.values(request_id=None))
    for table in reversed(METADATA.sorted_tables):
        mine = _of_request(table, request_id)
        if mine is not None and table.name != Suppression.__tablename__:
            session.execute(delete(table).where(mine))
    session.execute(delete(SubjectRequest).where(SubjectRequest.id == request_id))
    session.expire_all()


def delete_blobs(office: Office, *folders: str) -> None:
    """Delete all blobs below these folders of the vault."""
    for folder in folders:
        for name in list(office.vault.store.names(f"{folder}/")):
            office.vault.delete(name)


def _closed(session: Session, over: date) -> list[SubjectRequest]:
    restricted = select(Restriction.request_id).where(Restriction.lifted_at.is_(None))
    alive = select(DataKey.id).where(DataKey.destroyed_at.is_(None))
    wanted = select(SubjectRequest).where(
        SubjectRequest.closed_at < datetime.combine(over + timedelta(days=1), time.min, UTC),
        SubjectRequest.id.not_in(restricted),
        SubjectRequest.data_key_id.in_(alive),
    )
    return list(session.scalars(wanted.order_by(SubjectRequest.closed_at).limit(AT_ONCE)))


def _closed_on(row: SubjectRequest) -> date:
    return civil_date(row.closed_at or row.received_at)


def _is_past(office: Office, row: Step) -> bool:
    return row.finished_at is not None and civil_date(row.finished_at) < office.today()


def _finished(house: House, key_id: str) -> int:
    try:
        return _finish(house, key_id)
    except VaultError as error:
        # A share that is lost or a blob that is away is the fault of one case.
        log.warning("case_not_purged", key=key_id, error=type(error).__name__)
        return 0


def _finish(house: House, key_id: str) -> int:
    office = house.office
    with house.reading() as session:
        case_id = session.scalar(
            select(SubjectRequest.id).where(SubjectRequest.data_key_id == key_id)
        )
        held = session.scalars(select(Hold).where(Hold.data_key_id == key_id)).one_or_none()
        keys = list(_keys_of_holds(session, case_id)) if case_id else []
    if case_id is None:
        if held is not None:
            delete_blobs(office, f"holds/{held.request_id}/{held.id}")
        _destroy(house, key_id, held.request_id if held else "")
        return 0
    delete_blobs(office, f"requests/{case_id}", f"holds/{case_id}")
    with house.writing() as session:
        for other in keys:
            erasure_ledger.doom_key(session, office, other)
    with house.writing() as session:
        for one, kind in [*((k, Kind.KEY_DESTROYED) for k in keys), (key_id, Kind.CASE_PURGED)]:
            erasure_ledger.record_key_destroyed(session, office, one, request_id=case_id, kind=kind)
        delete_case(session, case_id)
    return 1


def _destroy(house: House, key_id: str, request_id: str) -> None:
    with house.writing() as session:
        erasure_ledger.record_key_destroyed(
            session, house.office, key_id, request_id=request_id, kind=Kind.KEY_DESTROYED
        )


def _keys_of_holds(session: Session, request_id: str) -> Iterator[str]:
    wanted = select(Hold.data_key_id).where(Hold.request_id == request_id)
    yield from (key for key in session.scalars(wanted) if key)


def _of_request(table: Table, request_id: str) -> ColumnElement[bool] | None:
    """Which rows of a table belong to a request: by its own column, or through a row that does."""
    for key in table.foreign_keys:
        if key.column.table.name == _REQUESTS:
            return key.parent == request_id
    for key in table.foreign_keys:
        owner = _of_request(key.column.table, request_id)
        if owner is not None:
            return key.parent.in_(select(key.column).where(owner))
    return None
