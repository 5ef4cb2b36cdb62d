"""Placing and ending holds: in the system itself, or as a sealed snapshot where it cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from dsr.core.connector import Connector, Item, NotKept, One, Place
from dsr.core.errors import BadAnswer, DsrError, ForeignRecord, NeedsPerson
from dsr.core.receipts import Receipt
from dsr.db import holds, subject_requests
from dsr.jobs.lease import kept
from dsr.jobs.noted import noted
from dsr.jobs.seen import Seen
from dsr.services import case, hold, own_purge, search, snapshot
from dsr.services.archive import ArchiveWriter
from dsr.services.hold import Part, Work
from dsr.services.house import House

#: a system that needs more pages than this for one dataset is walking in circles
MOST_PAGES = 200_000


def run(house: House, systems: Mapping[str, Connector], hold_id: str) -> None:
    """Do a hold that is due, with those beside it; does nothing when it is not ours to do."""
    with house.writing() as session:
        work = hold.begin(session, house.office, hold_id)
    if work is None:
        return
    with ExitStack() as leases:
        for part in work.parts:
            leases.enter_context(kept(house, holds.write_if_mine, part.hold_id, part.fence))
        leases.enter_context(noted(partial(_note, house, work)))
        _do(house, systems, work)


def merge(house: House, work: search.Work, place: Place, into: Callable[[Item, str], None]) -> None:
    """Give a search what its system held at receipt; `into` takes what the search did not find.

    Called once a dataset was walked, with whom the search found. `NotAllowed` below IA2; what was
    kept of anybody else stays shut.
    """
    office = house.office
    dataset = office.register.system(work.system).dataset(place.dataset)
    if not hold.is_short_lived(office.register, dataset):
        return
    with house.writing() as session:
        row = subject_requests.by_id(session, work.request_id, lock=True)
        kept_of = hold.snapshots(session, office, row, work.system, place)
        sealed = [
            (one.blob, case.open_key(session, office, one.data_key_id))
            for one in kept_of
            if one.data_key_id
        ]
    for blob, key in sealed:
        for item, item_key in snapshot.read(office.vault, key, blob):
            into(item, item_key)


def into_archive(
    archive: ArchiveWriter, seen: Seen, counts: dict[str, object]
) -> Callable[[Item, str], None]:
    """What adds to an archive, marked, each item whose key the search has not seen."""

    def take(item: Item, item_key: str) -> None:
        if item_key in seen:
            return
        archive.add(item, item_key, at_receipt=True)
        counted = counts.get(item.dataset, 0)
        counts[item.dataset] = (counted if isinstance(counted, int) else 0) + 1

    return take


def _note(house: House, work: Work, error: DsrError) -> None:
    with house.writing() as session:
        if isinstance(error, ForeignRecord | NeedsPerson):
            # Nobody may be asked: that somebody is known here would show.
            for part in work.parts:
                hold.not_placed(session, part, type(error).__name__)
        else:
            hold.trouble(session, house.office, work, error)


def _do(house: House, systems: Mapping[str, Connector], work: Work) -> None:
    connector = systems.get(work.system)
    if work.ending:
        _end(house, connector, work)
        return
    found, why = _found(house, systems, work)
    for part in work.parts:
        if found is None or connector is None:
            with house.writing() as session:
                hold.not_placed(session, part, why)
        else:
            _Placing(house, connector, work, part).at(found.subject_ref)


def _found(house: House, systems: Mapping[str, Connector], work: Work) -> tuple[One | None, str]:
    """The one sure match of what was typed, first in the leading system; or why there is none."""
    leading, subject = house.office.register.identity_system.id, work.subject
    last: One | None = None
    for system in dict.fromkeys((leading, work.system)):
        connector = systems.get(system)
        if connector is None:
            return None, "no_connector"
        found = search.as_sure(connector.locate(subject))
        if not isinstance(found, One):
            return None, type(found).__name__.lower()
        last, subject = found, hold.subject_elsewhere(leading, found)
    return last, ""


@dataclass(frozen=True)
class _Placing:
    """One dataset of one person on its way to be kept."""

    house: House
    connector: Connector
    work: Work
    part: Part

    def at(self, ref: str) -> None:
        """Hold it in the system, or else seal a snapshot."""
        place = Place(subject_ref=ref, dataset=self.part.dataset)
        with self.house.writing() as session:
            hold.intend(session, self.house.office, self.part, ref)
        answer = self.connector.hold(place, self.part.hold_id)
        # A receipt by hand would show a colleague who is known here: the worker copies instead.
        held = isinstance(answer, Receipt) and not answer.by_hand
        blob = "" if held else self._sealed(ref)
        with self.house.writing() as session:
            hold.placed(session, self.part, blob)

    def _sealed(self, ref: str) -> str:
        office = self.house.office
        with self.house.writing() as session:
            folder, key = hold.key_for_snapshot(session, office, self.part)
        own = f"{folder}/{self.part.fence}"
        return snapshot.write(office, key, (own, self.work.system), self._items(ref))

    def _items(self, ref: str) -> Iterator[Item]:
        after, marks = None, set()
        for _ in range(MOST_PAGES):
            page = self.connector.find(ref, self.part.dataset, after)
            if isinstance(page, NotKept):
                return
            yield from page.items
            if page.next is None:
                return
            if page.next in marks:
                break
            marks.add(page.next)
            after = page.next
        raise BadAnswer("This system's list never ends.")


def _end(house: House, connector: Connector | None, work: Work) -> None:
    for part in work.parts:
        if part.ref and not part.blob and connector is not None:
            # Perhaps it was never placed: lifting what is not there does nothing.
            connector.hold(
                Place(subject_ref=part.ref, dataset=part.dataset), part.hold_id, lift=True
            )
        own_purge.delete_blobs(house.office, f"holds/{work.request_id}/{part.hold_id}")
        with house.writing() as session:
            hold.ended(session, house.office, part)
