"""The fault build of a house: the product's own, with its clock, connectors, store and sessions
wrapped so that a fault can hold, shift or break them. Everything else is what production runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import get_history

from dsr.bootstrap import build_house
from dsr.core.connector import Change, Connector, Item, Located, NotKept, Page, Place
from dsr.core.receipts import Receipt
from dsr.core.subject import Subject
from dsr.db.answers import Letter
from dsr.db.clock import DatabaseClock
from dsr.db.outbox import OutboxMail
from dsr.db.plans import Batch
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services.house import House
from dsr.services.office import utc_now
from dsr.settings import read_settings
from dsr.vault.store import BlobStore, StoreTrouble
from dsr.vault.vault import Vault
from faults.barriers import Barriers

#: what the fault build is told beside the product's own settings
FOLDER, NAME, LEASE, PLANT = "FAULTS_FOLDER", "FAULTS_NAME", "FAULTS_LEASE", "FAULTS_PLANT"
COOL_OFF = "FAULTS_COOL_OFF"
REACHED = "faults_reached"


class ShiftedClock:
    """The product's clock, on a host that is wrong by the seconds in `clock-<name>`.

    The seconds in `clock` move the time itself: of all hosts, and of the database.
    """

    def __init__(self, engine: Engine, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._clock = DatabaseClock(engine, self._host)

    def __call__(self) -> datetime:
        return self._clock() + timedelta(seconds=self._read("clock"))

    def _host(self) -> datetime:
        return utc_now() + timedelta(seconds=self._read(f"clock-{self._name}"))

    def _read(self, name: str) -> float:
        try:
            return float((self._folder / name).read_text() or 0)
        except (OSError, ValueError):
            return 0.0


@dataclass
class Barred:
    """A connector that can be held before it looks somebody up, and before and after each page."""

    inner: Connector
    system: str
    barriers: Barriers

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def locate(self, subject: Subject) -> Located:
        """The inner one's answer."""
        self.barriers.reach(f"call-{self.system}")
        return self.inner.locate(subject)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """The inner one's page."""
        self.barriers.reach(f"page-{self.system}")
        if after is not None:
            self.barriers.reach(f"next-{self.system}")
        page = self.inner.find(subject_ref, dataset, after)
        self.barriers.reach(f"answered-{self.system}")
        return page

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """The inner one's look, past a point: the read-back, or a look before a repeat."""
        self.barriers.reach(f"readback-{self.system}")
        return self.inner.again(place, refs)

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """The inner one's erasure, past a point before and one after its effect."""
        self.barriers.reach(f"erase-{self.system}")
        receipt = self.inner.erase(place, refs, operation)
        self.barriers.reach(f"erased-{self.system}")
        return receipt

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """The same for a correction."""
        self.barriers.reach(f"rectify-{self.system}")
        receipt = self.inner.rectify(place, ref, changes, operation)
        self.barriers.reach(f"rectified-{self.system}")
        return receipt


@dataclass
class BarredStore:
    """A store that can be held while it writes, and that is full while the file `full` is there."""

    inner: BlobStore
    barriers: Barriers
    full: Path

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, name: str, chunks: Iterable[bytes]) -> int:
        """Write, past three points: before, in the middle and after."""
        last = name.rpartition("/")[2]
        kind = last if last in ("letter", "package") else "piece"
        if self.full.exists():
            raise StoreTrouble
        self.barriers.reach(f"vault-{kind}")
        written = self.inner.write(name, self._passing(kind, chunks))
        self.barriers.reach(f"stored-{kind}")
        return written

    def _passing(self, kind: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for number, chunk in enumerate(chunks):
            yield chunk
            if number == 0:
                self.barriers.reach(f"writing-{kind}")


def fault_house() -> House:
    """The house of this process, in its fault build."""
    folder, name = Path(os.environ[FOLDER]), os.environ.get(NAME, "runner")
    house = on_its_clock(build_house(read_settings()), folder, name)
    lease, cool_off = (float(os.environ.get(name, "0")) for name in (LEASE, COOL_OFF))
    return barred(on_terms(house, lease, cool_off), folder)


def on_its_clock(house: House, folder: Path, name: str) -> House:
    """The same house, whose time and whose host's clock a fault can move."""
    clock = ShiftedClock(house.engine, folder, name)
    return replace(house, office=replace(house.office, clock=clock))


def on_terms(house: House, lease: float, cool_off: float) -> House:
    """The same house on shorter terms, in seconds; 0 keeps the product's own."""
    terms = house.office.terms
    terms = replace(terms, lease=timedelta(seconds=lease)) if lease else terms
    terms = replace(terms, cool_off=timedelta(seconds=cool_off)) if cool_off else terms
    return replace(house, office=replace(house.office, terms=terms))


def barred(house: House, folder: Path) -> House:
    """The same house with barriers."""
    barriers = Barriers(folder / "barriers")
    _watch(house, barriers)
    store = BarredStore(house.office.vault.store, barriers, folder / "vault-is-full")
    office = replace(house.office, vault=Vault(store))
    return replace(house, office=office)


def _watch(house: House, barriers: Barriers) -> None:
    """Points around the transactions that matter, told by what they write."""
    _watch_writes(house)

    @event.listens_for(house.sessions, "after_flush")
    def _flushed(session: Session, _context: object) -> None:
        if session.info.pop("faults_inserted", False):
            barriers.reach("inserted")

    @event.listens_for(house.sessions, "before_commit")
    def _committing(session: Session) -> None:
        for point in session.info.get(REACHED, ()):
            barriers.reach(f"before-{point}")

    @event.listens_for(house.sessions, "after_commit")
    def _committed(session: Session) -> None:
        for point in session.info.pop(REACHED, ()):
            barriers.reach(f"after-{point}")

    @event.listens_for(house.sessions, "after_rollback")
    def _forget(session: Session) -> None:
        session.info.pop(REACHED, None)


def _watch_writes(house: House) -> None:
    @event.listens_for(house.sessions, "do_orm_execute")
    def _executed(state: ORMExecuteState) -> None:
        point = _point_of(str(state.statement)) if state.is_update else ""
        if point:
            _mark(state.session, point)

    @event.listens_for(house.sessions, "before_flush")
    def _flushing(session: Session, _context: object, _instances: object) -> None:
        for row in [*session.new, *session.dirty]:
            for point in _points_of(row):
                _mark(session, point)
            if isinstance(row, SubjectRequest) and row in session.new:
                session.info["faults_inserted"] = True


def _point_of(update: str) -> str:
    """Which point an UPDATE of a leased row is, by the columns it sets."""
    sets = update.replace(" ", "").partition("WHERE")[0]
    table = update.removeprefix("UPDATE ").partition(" ")[0]
    table = table if table in ("outbox", "batches") else "steps"
    named = {
        "receipt_sealed=": "receipt", "fence=": f"claimed-{table}", "cursor=": "checkpoint",
        "outcome=": f"result-{table}",
    }  # fmt: skip
    return next((point for column, point in named.items() if column in sets), "")


def _is_ending(row: Step | OutboxMail | Batch) -> bool:
    return bool(get_history(row, "outcome").has_changes())


def _mark(session: Session, point: str) -> None:
    session.info.setdefault(REACHED, {})[point] = True


def _points_of(row: object) -> Iterator[str]:
    if isinstance(row, SubjectRequest) and inspect(row).pending:
        yield "request"
    if isinstance(row, Letter) and inspect(row).pending:
        yield "answer"
    if isinstance(row, Step | OutboxMail | Batch) and _is_ending(row):
        yield f"result-{row.__tablename__}"
    if isinstance(row, Batch) and get_history(row, "receipt_sealed").has_changes():
        yield "receipt"
