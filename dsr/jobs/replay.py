"""Doing erasures again after a restore: what the ledger names goes from our rows and the systems.

The ledger holds keyed hashes alone, so a system is walked reference by reference and each is
hashed and compared. Where a connector cannot name all it holds, the batches that this database
still knows are looked at instead, and the rest is work by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import Connector, Place
from dsr.core.errors import DsrError, Shredded
from dsr.core.every_ref import KnowsEveryRef
from dsr.db import ledger
from dsr.db.columns import new_id
from dsr.db.data_keys import DataKey
from dsr.db.holds import Hold
from dsr.db.plans import Batch
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, erasure_ledger, own_purge, planning
from dsr.services.case import SYSTEM, Told
from dsr.services.erasure_ledger import Disagreement, LedgerDisagrees, Why
from dsr.services.house import House
from dsr.services.office import Office
from dsr.vault.fields import keyed_hash
from dsr.vault.ledger_file import BEGIN, Kind

WALKED = 5000
MOST_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class DatasetReplayed:
    """What was done again in one dataset: how many the ledger lists, were back, and went.

    `by_hand` are those that nobody here can look for; `trouble` is why it did not come to its end.
    """

    system: str
    dataset: str
    listed: int
    back: int = 0
    erased: int = 0
    by_hand: int = 0
    trouble: str = ""


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a replay did (or, dry, would do). `moved` says that the house may open again."""

    keys: int
    cases: int
    datasets: tuple[DatasetReplayed, ...]
    moved: bool


@dataclass
class _Read:
    """The ledger as a replay needs it."""

    keys: set[str] = field(default_factory=set)
    erased: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)
    batches: dict[tuple[str, str], set[str]] = field(default_factory=dict)


def replay(house: House, systems: Mapping[str, Connector], *, dry_run: bool = False) -> Replayed:
    """Do all that the ledger names again; then this database may be served from.

    `LedgerDisagrees` when it is the ledger that is the older one, `LedgerBroken` when it was
    changed. What a system does not answer leaves the house closed: run it again.
    """
    read = _read(house)
    keys, cases = _own_rows(house, read.keys, dry_run=dry_run)
    office = house.office

    def turn(one: tuple[tuple[str, str], set[bytes]]) -> int:
        # What hangs on a record goes before it, as when it was erased the first time.
        system, dataset = one[0]
        known = system in {of.id for of in office.register.systems}
        return planning.phase_of(office, system, dataset) if known else 0

    done = tuple(
        _Again(house, systems.get(system), system, dataset, dry_run).all(items, read.batches)
        for (system, dataset), items in sorted(read.erased.items(), key=turn)
    )
    moved = not dry_run and not any(one.trouble for one in done)
    if moved:
        with house.writing() as session:
            erasure_ledger.move_head(session, office)
            _tell(session, office, done)
    return Replayed(keys=keys, cases=cases, datasets=done, moved=moved)


def _read(house: House) -> _Read:
    read, number = _Read(), 0
    with house.reading() as session:
        head = ledger.head(session, BEGIN)
    known = head.number == 0
    for line in house.office.ledger.lines():
        number = line.n
        known = known or (line.n == head.number and line.hash == head.row_hash)
        if line.kind is Kind.ERASED:
            place = (line.system, line.dataset)
            read.erased.setdefault(place, set()).update(map(bytes.fromhex, line.items))
            read.batches.setdefault(place, set()).add(line.operation)
        else:
            read.keys.add(line.key)
    if not known or number < head.number:
        raise LedgerDisagrees(Disagreement(why=Why.OTHER_LEDGER).words)
    return read


def _own_rows(house: House, keys: Iterable[str], *, dry_run: bool) -> tuple[int, int]:
    found = [_own_row(house, key_id, dry_run=dry_run) for key_id in sorted(keys)]
    return sum(key for key, _ in found), sum(one for _, one in found)


def _own_row(house: House, key_id: str, *, dry_run: bool) -> tuple[int, int]:
    """Destroy a key again, and what lay under it: (keys, cases)."""
    with house.reading() as session:
        row = session.get(DataKey, key_id)
        if row is None or row.wrapped is None:
            return 0, 0
        case_id = session.scalar(
            select(SubjectRequest.id).where(SubjectRequest.data_key_id == key_id)
        )
        held = session.scalars(select(Hold).where(Hold.data_key_id == key_id)).one_or_none()
    if not dry_run:
        if case_id:
            own_purge.delete_blobs(house.office, f"requests/{case_id}", f"holds/{case_id}")
        elif held is not None:
            own_purge.delete_blobs(house.office, f"holds/{held.request_id}/{held.id}")
        with house.writing() as session:
            _destroy(session, house.office, key_id, case_id)
    return 1, 1 if case_id else 0


def _destroy(session: Session, office: Office, key_id: str, case_id: str | None) -> None:
    row = session.get_one(DataKey, key_id, with_for_update=True)
    if row.share_at is not None:
        office.ledger.shares.destroy(row.share_at, key_id)
    row.wrapped, row.destroyed_at = None, row.destroyed_at or office.now()
    session.flush()
    if case_id:
        own_purge.delete_case(session, case_id)
        return
    for hold in session.scalars(select(Hold).where(Hold.data_key_id == key_id)):
        hold.lifted_at, hold.blob, hold.outcome = office.now(), "", "done"


@dataclass(frozen=True)
class _Again:
    """One dataset of one system, erased again."""

    house: House
    connector: Connector | None
    system: str
    dataset: str
    dry: bool

    def all(
        self, items: set[bytes], batches: Mapping[tuple[str, str], set[str]]
    ) -> DatasetReplayed:
        """Look for what is listed, erase what is back, and see that it is gone."""
        told = {"system": self.system, "dataset": self.dataset, "listed": len(items)}
        if self.connector is None:
            return DatasetReplayed(**told, by_hand=len(items))  # type: ignore[arg-type]  # as above
        looked_for, back, erased = 0, 0, 0
        try:
            for person, refs, looked in self._back(items, batches[self.system, self.dataset]):
                looked_for, back = looked_for + looked, back + len(refs)
                erased += 0 if self.dry else self._erase(person, refs)
        except DsrError as error:
            trouble = f"{type(error).__name__}: {error}"
            return DatasetReplayed(**told, back=back, erased=erased, trouble=trouble)  # type: ignore[arg-type]
        walked = isinstance(self.connector, KnowsEveryRef)
        by_hand = 0 if walked else max(len(items) - looked_for, 0)
        still = "" if self.dry or erased == back else "Some are still there; look in the system."
        return DatasetReplayed(**told, back=back, erased=erased, by_hand=by_hand, trouble=still)  # type: ignore[arg-type]

    def _back(self, items: set[bytes], batches: set[str]) -> Iterator[tuple[str, list[str], int]]:
        """Whose, which references are back, and how many were looked for."""
        if isinstance(self.connector, KnowsEveryRef):
            yield from self._walk(self.connector, items)
        else:
            yield from self._known(items, batches)

    def _walk(
        self, connector: KnowsEveryRef, items: set[bytes]
    ) -> Iterator[tuple[str, list[str], int]]:
        key, after = self.house.office.keys.derive("keyed hash"), None
        while True:
            page = connector.every_ref(self.dataset, after, WALKED)
            found: dict[str, list[str]] = {}
            for person, ref in page.refs:
                if _hash(key, self.system, self.dataset, ref) in items:
                    found.setdefault(person, []).append(ref)
            for person, refs in found.items():
                yield person, refs, len(refs)
            if page.next is None:
                return
            after = page.next

    def _known(self, items: set[bytes], batches: set[str]) -> Iterator[tuple[str, list[str], int]]:
        """The references of batches that this database still knows and can open."""
        for batch_id in sorted(batches):
            with self.house.reading() as session:
                person, known = self._opened(session, batch_id)
            refs = [ref for ref, item, _ in known if bytes.fromhex(item) in items]
            if refs and person and self.connector is not None:
                there = self.connector.again(Place(subject_ref=person, dataset=self.dataset), refs)
                back = [ref for ref, item in there.items() if not item.emptied]
                yield person, back, len(refs)

    def _opened(self, session: Session, batch_id: str) -> tuple[str, list[planning.Ref]]:
        batch = session.get(Batch, batch_id)
        if batch is None:
            return "", []
        row = session.get_one(SubjectRequest, batch.request_id)
        try:
            key = case.case_key(session, self.house.office, row)
        except Shredded:
            return "", []
        return case.open_refs(key, row).get(self.system, ""), planning.refs_of(key, batch)

    def _erase(self, person: str, refs: list[str]) -> int:
        """Erase these and look whether they are gone; how many are."""
        assert self.connector is not None  # noqa: S101 (narrows the type)
        place, erased = Place(subject_ref=person, dataset=self.dataset), 0
        for begin in range(0, len(refs), MOST_AT_ONCE):
            part = refs[begin : begin + MOST_AT_ONCE]
            self.connector.erase(place, part, new_id())
            there = self.connector.again(place, part)
            erased += sum(ref not in there or there[ref].emptied for ref in part)
        return erased


def _hash(key: bytes, system: str, dataset: str, ref: str) -> bytes:
    return bytes.fromhex(keyed_hash(key, "item", system, dataset, ref))


def _tell(session: Session, office: Office, done: Iterable[DatasetReplayed]) -> None:
    counts = [f"{one.system}.{one.dataset}: {one.erased} of {one.listed}" for one in done]
    told = Told(who=SYSTEM, action=Action.ERASURES_REPLAYED, body={"erased": counts})
    for practice in office.register.practices:
        case.tell_house(session, office, practice.id, told)
