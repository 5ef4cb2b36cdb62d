"""A request with an erasure under way, and systems that can name all they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import update

from dsr.core.connector import Item
from dsr.core.every_ref import Refs
from dsr.core.request import Verb
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.columns import new_id
from dsr.db.ledger import LedgerHead
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, case, erasure_ledger
from dsr.services.house import House
from dsr.vault.fields import seal_json
from tests.fakes import FakeSystem, pages_of
from tests.makers import make_item, make_request


@dataclass
class Naming(FakeSystem):
    """A system that can name every reference that it holds; `person` is whose all of it is."""

    person: str = "p-1"
    pieces: list[str] = field(default_factory=list)

    def every_ref(self, dataset: str, after: str | None, limit: int) -> Refs:
        held = sorted(self._held(dataset))
        begin = int(after or 0)
        part = held[begin : begin + min(limit, 2)]
        more = begin + len(part) < len(held)
        refs = tuple((self.person, ref) for ref in part)
        return Refs(refs=refs, next=str(begin + len(part)) if more else None)


def notes(*refs: str) -> list[Item]:
    """Notes of the CRM."""
    return [make_item(dataset="notes", ref=ref, kind="note") for ref in refs]


def holding(kind: type[FakeSystem], *refs: str) -> FakeSystem:
    """A system that holds these notes."""
    return kind(pages={"notes": pages_of(notes(*refs))})


def erasing(
    house: House, *refs: str, row: SubjectRequest | None = None, acting: bool = True
) -> Batch:
    """A batch that erases notes in the CRM; `acting` when its call was begun, and committed so."""
    row = row or make_request(house, level=Level.IA4)
    batch_id, plan_id, now = new_id(), new_id(), house.office.now()
    keys = [archive.item_key(house.office, "crm", item) for item in notes(*refs)]
    listed = {"refs": [[ref, key, "c"] for ref, key in zip(refs, keys, strict=True)]}
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        key = case.case_key(session, house.office, fresh)
        case.set_ref(key, fresh, "crm", "p-1")
        item_id = fresh.items[0].id
        plan = Plan(
            id=plan_id, request_id=row.id, item_id=item_id, number=_next(),
            digest="d", seen_digest="s", summary={}, made_at=now,
        )  # fmt: skip
        session.add(plan)
        session.flush()
        batch = Batch(
            id=batch_id, plan_id=plan_id, request_id=row.id, item_id=item_id, practice=row.practice,
            system="crm", dataset="notes", verb=Verb.ERASE, phase=1, number=1, count=len(refs),
            digest="d", next_at=now, acting_at=now if acting else None, counts={},
            refs_sealed=seal_json(key, ("batches", "refs_sealed", batch_id), listed),
        )  # fmt: skip
        session.add(batch)
    return batch


def keys_of(house: House, refs: Sequence[str]) -> list[str]:
    """The item keys of notes."""
    return [archive.item_key(house.office, "crm", item) for item in notes(*refs)]


def receipt_written(house: House, batch: Batch, *refs: str) -> None:
    """The batch is done: its receipt, and what the ledger is told, in one transaction."""
    with house.writing() as session:
        mine = session.get_one(Batch, batch.id)
        mine.outcome, mine.finished_at = "done", house.office.now()
        erasure_ledger.record_erased(session, house.office, mine, keys_of(house, refs))


_numbers = iter(range(1, 1_000_000))


def _next() -> int:
    return next(_numbers)


def forget(house: House, number: int) -> None:
    """Let the database know the ledger only as far as this, as one from a backup does."""
    lines = [line for line in house.office.ledger.lines() if line.n == number]
    values = {"number": number, "row_hash": lines[0].hash if lines else "0" * 64}
    with house.writing() as session:
        session.execute(update(LedgerHead).values(**values))
