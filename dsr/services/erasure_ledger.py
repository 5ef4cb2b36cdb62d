"""What was erased for good is told to the ledger outside the database, and the two are compared.

The rule that tells a crash from an older database: nothing is written to the ledger before the
database holds, committed, that it is being done (`Batch.acting_at`, or the `instruction` of a
batch by hand; `DataKey.destroyed_at`). So a line that the database's head does not cover is
either known to it, and then a process died between the file and the commit (the work goes on by
itself); or it is not, and then this database is older than the ledger, and every erasure since
has to be done again before anybody is served.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import event
from sqlalchemy.orm import Session

from dsr.core.errors import DsrError, VaultError
from dsr.db import ledger
from dsr.db.data_keys import DataKey
from dsr.db.plans import Batch
from dsr.services.house import House
from dsr.services.office import Office
from dsr.vault.ledger_file import BEGIN, Entry, Kind, Line

PENDING = "pending_erasures"
COMMAND = "python -m dsr replay-erasures"
AT_ONCE = 100


class Why(StrEnum):
    """Why the database and the ledger do not belong together."""

    OLDER_DATABASE = "older_database"
    OTHER_LEDGER = "other_ledger"
    BROKEN_LEDGER = "broken_ledger"


_WORDS = {
    Why.OLDER_DATABASE: (
        f"This database is older than the erasure ledger: run `{COMMAND}` before anybody is served."
    ),
    Why.OTHER_LEDGER: (
        "The erasure ledger is not the one of this database, or an older copy of it: put the"
        " right folder back (DSR_LEDGER_FOLDER)."
    ),
    Why.BROKEN_LEDGER: (
        "The erasure ledger cannot be read: put back the copy that you keep of its folder"
        " (DSR_LEDGER_FOLDER)."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """The database and the ledger do not fit. `behind` are lines that the database knows not."""

    why: Why
    behind: int = 0

    @property
    def words(self) -> str:
        """What is wrong and what to do."""
        return _WORDS[self.why]


class LedgerDisagrees(DsrError):
    """The erasure ledger and the database do not fit; nothing is done before that is mended."""


def record_erased(session: Session, office: Office, batch: Batch, item_keys: Iterable[str]) -> None:
    """Tell the ledger that these items are not in their system any more (done, gone, emptied).

    Called in the transaction that writes the receipt; `batch.acting_at` was committed before.
    `item_keys` are those of the search (`archive.item_key`).
    """
    items = tuple(item_keys)
    if items:
        request = office.hash("ledger request", batch.request_id)
        where = {"system": batch.system, "dataset": batch.dataset, "operation": batch.id}
        entry = Entry(kind=Kind.ERASED, items=items, request=request, **where)
        _tell(session, office, entry)


def doom_key(session: Session, office: Office, key_id: str) -> None:
    """Decide that a data key is destroyed: from this transaction on it opens nothing."""
    row = session.get_one(DataKey, key_id, with_for_update=True)
    row.destroyed_at = row.destroyed_at or office.now()


def record_key_destroyed(
    session: Session, office: Office, key_id: str, *, request_id: str, kind: Kind
) -> None:
    """Destroy a doomed key for good: told to the ledger, its share overwritten, its row emptied.

    `VaultError` for a key that nobody doomed in an earlier transaction.
    """
    row = session.get_one(DataKey, key_id, with_for_update=True)
    if row.destroyed_at is None:
        raise VaultError("Only a key whose destruction was decided before is destroyed.")
    entry = Entry(kind=kind, key=key_id, request=office.hash("ledger request", request_id))
    _tell(session, office, entry)
    if row.share_at is not None:
        office.ledger.shares.destroy(row.share_at, key_id)
    row.wrapped = None


def check(house: House) -> Disagreement | None:
    """Whether the database and the ledger fit; a crash between the two is folded in by itself."""
    try:
        with house.reading() as session:
            head, end = ledger.head(session, BEGIN), house.office.ledger.end()
            if (head.number, head.row_hash) == (end.number, end.row_hash):
                return None
        with house.writing() as session:
            return _folded_in(session, house.office)
    except (VaultError, OSError):
        return Disagreement(why=Why.BROKEN_LEDGER)


def move_head(session: Session, office: Office) -> int:
    """Say that this database knows all of the ledger; the number of its last line."""
    head, end = ledger.head(session, BEGIN, lock=True), office.ledger.end()
    head.number, head.row_hash = end.number, end.row_hash
    return end.number


def _folded_in(session: Session, office: Office) -> Disagreement | None:
    # Whoever appends holds this row until the commit, so nobody is half-way now.
    head = ledger.head(session, BEGIN, lock=True)
    found = _difference(session, office, (head.number, head.row_hash))
    if found is None:
        move_head(session, office)
    return found


def _difference(session: Session, office: Office, head: tuple[int, str]) -> Disagreement | None:
    number, known_hash = head
    end = office.ledger.end()
    if end.number < number:
        return Disagreement(why=Why.OTHER_LEDGER)
    for line in office.ledger.backwards():
        if line.n > number and not _is_known(session, line):
            return Disagreement(why=Why.OLDER_DATABASE, behind=end.number - number)
        if line.n == number:
            return None if line.hash == known_hash else Disagreement(why=Why.OTHER_LEDGER)
    return None


def _is_known(session: Session, line: Line) -> bool:
    """Whether the database was told of this before the ledger was."""
    if line.kind is Kind.ERASED:
        batch = session.get(Batch, line.operation)
        return batch is not None and (batch.acting_at is not None or bool(batch.instruction))
    key = session.get(DataKey, line.key)
    return key is not None and key.destroyed_at is not None


def _tell(session: Session, office: Office, entry: Entry) -> None:
    session.info.setdefault(PENDING, []).append((office, entry))


@event.listens_for(Session, "before_commit", insert=True)
def _append_pending(session: Session) -> None:
    """File first, then the commit: what is committed as erased is in the ledger for certain."""
    pending: list[tuple[Office, Entry]] = session.info.pop(PENDING, [])
    if not pending:
        return
    session.flush()  # whatever the database refuses, it refuses before the file is written
    office = pending[0][0]
    head = ledger.head(session, BEGIN, lock=True)
    end = office.ledger.append([entry for _, entry in pending], office.now())
    head.number, head.row_hash = end.number, end.row_hash
    session.flush()


@event.listens_for(Session, "after_rollback")
def _forget_pending(session: Session) -> None:
    session.info.pop(PENDING, None)
