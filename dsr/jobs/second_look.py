"""The last look before something is erased: is the dataset still what was approved (F25, T76)?"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import select

from dsr.core.connector import Connector, Item, NotKept, Place
from dsr.core.errors import BadAnswer
from dsr.core.request import Verb
from dsr.db import steps
from dsr.db.plans import Plan
from dsr.db.steps import Segment, Step
from dsr.jobs.search import MOST_PAGES
from dsr.services import archive
from dsr.services.archive import Record
from dsr.services.changing import Work
from dsr.services.house import House
from dsr.services.planning import content_hash, hash_of


def differences(house: House, connector: Connector, work: Work, place: Place) -> Mapping[str, int]:
    """How many items are new or were changed since the search that the plan was made from.

    What vanished meanwhile is no difference: there is nothing left of it to erase.
    """
    before = _Before(_records(house, work, place.dataset))
    found = {"new": 0, "changed": 0}
    for item in _now(connector, place):
        known = before.content(item.ref)
        if known is None:
            found["new"] += 1
        elif known != int(content_hash(item.kind, item.data, item.fleeting), 16):
            found["changed"] += 1
    return found


@dataclass
class _Before:
    """What was found, read as far as it is asked for: sixteen bytes an item stay of it.

    A system that gives its items in the order of the search is followed step by step; what was
    passed by waits for one that does not.
    """

    records: Iterator[Record] = field(repr=False)
    waiting: dict[int, int] = field(default_factory=dict, repr=False)
    gone_by: array[int] = field(default_factory=lambda: array("Q"), repr=False)
    contents: array[int] = field(default_factory=lambda: array("Q"), repr=False)

    def content(self, ref: str) -> int | None:
        """The hash of what an item held; None for one that was not there."""
        short = _short(ref)
        if short in self.waiting:
            return self.waiting[short]
        for record in self.records:
            place, held = _short(record["ref"]), int(hash_of(record), 16)
            if place == short:
                self.gone_by.append(place)
                self.contents.append(held)
                return held
            self.waiting[place] = held
        # It is new, or came a second time: from here on all that was there is known at once.
        self.waiting.update(zip(self.gone_by, self.contents, strict=True))
        self.gone_by, self.contents = array("Q"), array("Q")
        return self.waiting.get(short)


def _short(ref: str) -> int:
    return int.from_bytes(sha256(ref.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _records(house: House, work: Work, dataset: str) -> Iterator[Record]:
    """What was found in a dataset, from the pieces of the archive that hold some of it."""
    with house.reading() as session:
        run = session.get_one(Plan, work.plan_id).summary["run"]
        wanted = select(Step).where(
            Step.request_id == work.request_id,
            Step.system == work.system,
            Step.verb == Verb.SEARCH,
            Step.run == run,
        )
        pieces = steps.segments_of(session, session.scalars(wanted).one().id)
    vault, key = house.office.vault, work.key
    holding = (piece for piece in pieces if _holds(house, key, piece, dataset))
    return (one for one in archive.records_in(vault, key, holding) if one["dataset"] == dataset)


def _holds(house: House, key: bytes, piece: Segment, dataset: str) -> bool:
    return any(name == dataset for name, _, _ in archive.tally_of(house.office.vault, key, piece))


def _now(connector: Connector, place: Place) -> Iterator[Item]:
    after: str | None = None
    for _ in range(MOST_PAGES):
        page = connector.find(place.subject_ref, place.dataset, after)
        if isinstance(page, NotKept):
            return
        yield from page.items
        if page.next is None:
            return
        after = page.next
    raise BadAnswer("This system gave more pages than it can hold.")
