"""The last look before something is erased: is the dataset still what was approved (F25, T76)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from dsr.core.connector import Connector, Item, NotKept, Place
from dsr.core.errors import BadAnswer
from dsr.core.request import Verb
from dsr.db.plans import Plan
from dsr.db.steps import Step
from dsr.jobs.search import MOST_PAGES
from dsr.services import archive
from dsr.services.changing import Work
from dsr.services.house import House
from dsr.services.planning import content_hash, hash_of


def differences(house: House, connector: Connector, work: Work, place: Place) -> Mapping[str, int]:
    """How many items are new or were changed since the search that the plan was made from.

    What vanished meanwhile is no difference: there is nothing left of it to erase.
    """
    before = _before(house, work, place.dataset)
    found = {"new": 0, "changed": 0}
    for item in _now(connector, place):
        key = archive.item_key(house.office, work.system, item)
        short = int(key[:16], 16)
        known = before.get(short)
        if known is None:
            found["new"] += 1
        elif known != int(content_hash(item.kind, item.data, item.fleeting), 16):
            found["changed"] += 1
    return found


def _before(house: House, work: Work, dataset: str) -> dict[int, int]:
    """Item key and content of what was found, eight bytes each."""
    with house.reading() as session:
        run = session.get_one(Plan, work.plan_id).summary["run"]
        wanted = select(Step).where(
            Step.request_id == work.request_id,
            Step.system == work.system,
            Step.verb == Verb.SEARCH,
            Step.run == run,
        )
        step = session.scalars(wanted).one()
        records = archive.records(session, house.office.vault, work.key, step)
        return {
            int(one["key"][:16], 16): int(hash_of(one), 16)
            for one in records
            if one["dataset"] == dataset
        }


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
