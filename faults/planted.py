"""Bugs planted on purpose, one at least for each invariant: the checker must catch every one.

Those of this module break a process of the fault build while it runs; those of `tampered` change
the database, the vault or the journals of a house that is at rest.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dsr.core.connector import Connector, NotKept, Page, Place
from dsr.core.receipts import Receipt
from dsr.core.subject import Subject
from dsr.db import events, leases, plans
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.jobs import post
from dsr.services import accounting, idempotency, permitted, search
from dsr.services.house import House
from dsr.services.ledger_watch import LedgerWatch


@dataclass
class Mixing:
    """A connector that puts a record of somebody else on the first page of messages."""

    inner: Connector
    other: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """The page, with one record too many."""
        page = self.inner.find(subject_ref, dataset, after)
        if isinstance(page, Page) and page.items and after is None:
            foreign = self.inner.find(self.other, dataset, None)
            if isinstance(foreign, Page):
                return replace(page, items=(*page.items, *foreign.items[:1]))
        return page


@dataclass
class Talkative:
    """A connector that says aloud whom it looks up."""

    inner: Connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def locate(self, subject: Subject) -> Any:
        """The inner one's answer."""
        sys.stderr.write(f"looking up {subject.name}\n")
        return self.inner.locate(subject)


@dataclass
class Greedy:
    """A connector that erases the notes about a person along with whatever else it erases."""

    inner: Connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """What was asked, and more."""
        page = self.inner.find(place.subject_ref, "notes", None)
        if place.dataset != "notes" and isinstance(page, Page) and page.items:
            others = Place(subject_ref=place.subject_ref, dataset="notes")
            self.inner.erase(others, [item.ref for item in page.items], operation)
        return self.inner.erase(place, refs, operation)


@dataclass
class Telling:
    """A connector that says aloud what it erases."""

    inner: Connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """The inner one's receipt."""
        sys.stderr.write(f"erasing {refs[0]}\n")
        return self.inner.erase(place, refs, operation)


@dataclass
class Lying:
    """A connector that says that it erased, and did not."""

    inner: Connector

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """Done, it says."""
        return Receipt(done=tuple(refs))


def systems(plant: str, made: Mapping[str, Any]) -> Mapping[str, Any]:
    """The connectors of a worker, broken by this plant."""
    if plant == "foreign-record":
        return {**made, "crm": Mixing(made["crm"], "c-00001")}
    if plant == "ref-logged":
        return {**made, "sendbird": Telling(made["sendbird"])}
    if plant == "not-read-back":
        return {**made, "crm": Lying(made["crm"])}
    if plant == "kept-erased":
        return {**made, "crm": Greedy(made["crm"])}
    if plant == "name-logged":
        return {name: Talkative(inner) for name, inner in made.items()}
    return made


def break_worker(plant: str) -> None:
    """Break a worker process."""
    _WORKER.get(plant, _nothing)()


def break_web(plant: str) -> None:
    """Break a web process."""
    _WEB.get(plant, _nothing)()


def house(plant: str, made: House) -> House:
    """The house of a web process, broken by this plant."""
    if plant != "lost-after-201":
        return made
    values = {name: getattr(made, name) for name in made.__dataclass_fields__}
    return Forgetful(**values)


class Forgetful(House):
    """Answers, and stores every second request nowhere."""

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that may come to nothing."""
        with self.sessions() as session:
            yield session
            session.flush()
            new = [row for row in session.identity_map.values() if isinstance(row, SubjectRequest)]
            if new and next(_REQUESTS) % 2:
                session.rollback()
            else:
                session.commit()


_REQUESTS = count()


def _nothing() -> None:
    """The product as it is."""


def _no_fence() -> None:
    """Leases and fences hold nobody back."""

    def waiting(table: Any, now: Any) -> list[Any]:
        return [table.outcome.is_(None)]

    leases.waiting = waiting
    inner = leases.claim

    def claim(session: Session, table: Any, wish: Any, *also: Any) -> Any:
        row = inner(session, table, wish, *also)
        if row is not None:
            session.execute(
                table.__table__.update().where(table.id == row.id).values(fence=1, lease_until=None)
            )
            session.refresh(row)
        return row

    leases.claim = claim


def _sends_again() -> None:
    """A mail is sent and never counted as sent, the first three times."""
    settled: Any = post._settle
    tries: dict[str, int] = {}

    def forgets(house: House, mail: Any, *given: Any) -> None:
        name = str(getattr(mail, "id", mail))
        tries[name] = tries.get(name, 0) + 1
        if tries[name] > 3:
            settled(house, mail, *given)

    post._settle = forgets  # type: ignore[assignment,unused-ignore]


def _never_finishes() -> None:
    """The CRM's searches are put off for a year."""
    begun: Any = search.begin

    def begin(session: Session, office: Any, *given: Any, **more: Any) -> Any:
        work = begun(session, office, *given, **more)
        if work is None or work.system != "crm":
            return work
        session.get_one(Step, work.step_id).next_at = office.now() + timedelta(days=365)
        return None

    search.begin = begin


def _silent() -> None:
    """What the log refuses is done all the same, without a word."""

    def swallow(session: Session, practice: str, told: list[Any]) -> None:
        with suppress(SQLAlchemyError), session.begin_nested():
            chained(session, practice, told)

    chained = events._append
    events._append = swallow


def _forgets_keys() -> None:
    """The same call twice makes two requests."""
    inner = idempotency.begin

    def begin(session: Session, office: Any, call: Any) -> Any:
        return inner(session, office, replace(call, key=secrets.token_urlsafe(24)))

    idempotency.begin = begin


def _wrong_day() -> None:
    """Every due date is a week late."""

    @event.listens_for(SubjectRequest, "before_insert")
    def late(_mapper: object, _connection: object, row: SubjectRequest) -> None:
        row.due = row.due + timedelta(days=7)


def _ignores_approvals() -> None:
    """Whoever approved, and whether they still may, is not looked at again."""
    permitted._missing_approval = lambda *_given: ""


def _ignores_digests() -> None:
    """What is carried out is whatever lies there."""
    permitted._is_as_frozen = lambda *_given: True


def _keeps_no_receipts() -> None:
    """What a system reports is not kept."""
    written = plans.written_if_mine

    def without(session: Session, batch_id: str, fence: int, values: dict[str, Any]) -> Any:
        kept = {name: value for name, value in values.items() if name != "receipt_sealed"}
        return written(session, batch_id, fence, kept)

    plans.written_if_mine = without


def _believes() -> None:
    """What a system says is true."""
    accounting.untrue = lambda *_given: []


def _ignores_ledger() -> None:
    """A database that is older than the erasure ledger is as good as any."""

    def never(_self: LedgerWatch) -> None:
        return None

    LedgerWatch.found = never  # type: ignore[method-assign,assignment]


_WORKER: dict[str, Callable[[], None]] = {
    "approval-ignored": _ignores_approvals,
    "digest-ignored": _ignores_digests,
    "no-receipt": _keeps_no_receipts,
    "not-read-back": _believes,
    "ledger-ignored": _ignores_ledger,
    "no-fence": _no_fence,
    "sent-again": _sends_again,
    "never-finished": _never_finishes,
    "silent-log": _silent,
}
_WEB: dict[str, Callable[[], None]] = {
    "ledger-ignored": _ignores_ledger,
    "silent-log": _silent,
    "keys-forgotten": _forgets_keys,
    "due-late": _wrong_day,
}

#: name -> the invariants of which at least one must break
RUNNING: dict[str, frozenset[str]] = {
    "lost-after-201": frozenset({"I1"}),
    "keys-forgotten": frozenset({"I1"}),
    "no-fence": frozenset({"I2", "I5", "I7"}),
    "sent-again": frozenset({"I2"}),
    "approval-ignored": frozenset({"I3"}),
    "digest-ignored": frozenset({"I3"}),
    "no-receipt": frozenset({"I4"}),
    "not-read-back": frozenset({"I4"}),
    "kept-erased": frozenset({"I11"}),
    "ledger-ignored": frozenset({"I8"}),
    "foreign-record": frozenset({"I5"}),
    "due-late": frozenset({"I6"}),
    "silent-log": frozenset({"I8"}),
    "name-logged": frozenset({"I9"}),
    "ref-logged": frozenset({"I9"}),
    "never-finished": frozenset({"I10"}),
}
