"""Doing one search step: locate the person, walk every dataset page by page, seal what comes.

Calls to the system happen outside any transaction; each checkpoint is one short transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from dsr.core.connector import Connector, Nobody, NotKept, One, Page, Place, Several
from dsr.core.errors import BadAnswer, ChangedMeanwhile, DsrError, NeedsPerson
from dsr.core.request import Verb
from dsr.db import steps
from dsr.db.steps import Step
from dsr.jobs import hold
from dsr.jobs.lease import kept
from dsr.jobs.noted import noted
from dsr.jobs.seen import Seen
from dsr.services import archive, pace, search
from dsr.services.archive import ArchiveWriter
from dsr.services.house import House
from dsr.services.search import Work

NOT_KEPT = "not_kept"
TWICE = "This system gave the same item twice; its answer cannot be trusted."
#: a system that needs more pages than this for one dataset is walking in circles
MOST_PAGES = 200_000


def run(house: House, systems: Mapping[str, Connector], step_id: str) -> None:
    """Do a step that is due, and then those of its system that found no room meanwhile.

    Does nothing when the step is not ours to do.
    """
    following: str | None = step_id
    while following is not None:
        with house.writing() as session:
            work = search.begin(session, house.office, following)
        following = _done(house, systems, work) if work else None


def _done(house: House, systems: Mapping[str, Connector], work: Work) -> str | None:
    failed = False
    going_on: Work | None = work
    while going_on is not None:
        try:
            going_on = _tried(house, systems, going_on)
        except ChangedMeanwhile:
            raise  # another worker has it now, and will say how the search went
        except DsrError as error:
            failed, going_on = search.is_failure(error), None
    return pace.after_search(house, work.system, failed=failed)


def _tried(house: House, systems: Mapping[str, Connector], work: Work) -> Work | None:
    """Do a step; what follows on it in this hand. Whatever is raised was noted before."""
    lease = kept(house, steps.write_if_mine, work.step_id, work.fence)
    with lease, noted(partial(_note, house, work)):
        return _do(house, systems, work)


def _note(house: House, work: Work, error: DsrError) -> None:
    with house.writing() as session:
        search.trouble(session, house.office, work, error)


def _do(house: House, systems: Mapping[str, Connector], work: Work) -> Work | None:
    connector = systems.get(work.system)
    if connector is None:
        raise NeedsPerson("This system has no connector here; search it by hand.")
    found = search.as_sure(connector.locate(work.subject))
    if work.verb == Verb.IDENTIFY or isinstance(found, Nobody | Several):
        with house.writing() as session:
            return search.located(session, house.office, work, found)
    _Walk(house=house, connector=connector, work=work, found=found).all()
    return None


@dataclass(kw_only=True)
class _Walk:
    """A search under way: where it is, what it counted, what waits to be sealed."""

    house: House
    connector: Connector
    work: Work
    found: One
    counts: dict[str, object] = field(default_factory=dict)
    said: int | None = None
    seen: Seen = field(default_factory=Seen)
    archive: ArchiveWriter = field(init=False)

    def __post_init__(self) -> None:
        self.counts = dict(self.work.counts)
        self.archive = ArchiveWriter(
            vault=self.house.office.vault,
            key=self.work.key,
            folder=self.work.folder,
            fence=self.work.fence,
            next_piece=self.work.pieces,
            next_item=self.work.items,
        )

    def all(self) -> None:
        """Every dataset that was asked for, from the last checkpoint on."""
        resumed = str(self.work.cursor.get("dataset", ""))
        after = self.work.cursor.get("after")
        todo = list(self.work.datasets)
        if resumed in todo:
            todo = todo[todo.index(resumed) :]
            self._remember(resumed)
        for dataset in todo:
            self._dataset(dataset, str(after) if after and dataset == resumed else None)
            self._merge_what_was_held(dataset)
            self.said, self.seen = None, Seen()
        piece = self.archive.seal(self.work.step_id)
        done = self._done("", None)
        with self.house.writing() as session:
            search.complete(session, self.house.office, self.work, done, piece)

    def _merge_what_was_held(self, dataset: str) -> None:
        """What was there at receipt and is gone by now; only for somebody who is proved."""
        place = Place(subject_ref=self.found.subject_ref, dataset=dataset)
        take = hold.into_archive(self.archive, self.seen, self.counts)
        hold.merge(self.house, self.work, place, take)

    def _remember(self, dataset: str) -> None:
        """What an earlier attempt read of this dataset still counts, if it is the same person."""
        cursor = self.work.cursor
        if cursor.get("person") != search.person_key(self.house.office, self.work, self.found):
            raise BadAnswer("This system found another record than before.", from_start=True)
        said = cursor.get("said")
        self.said = said if isinstance(said, int) else None
        with self.house.reading() as session:
            step = session.get_one(Step, self.work.step_id)
            vault, key = self.house.office.vault, self.work.key
            for record in archive.records(session, vault, key, step):
                if record["dataset"] == dataset:
                    self.seen.add(record["key"])

    def _dataset(self, dataset: str, after: str | None) -> None:
        marks: set[int] = set()
        before: set[str] = set()
        for _ in range(MOST_PAGES):
            page = self.connector.find(self.found.subject_ref, dataset, after)
            if isinstance(page, NotKept):
                self.counts[dataset] = NOT_KEPT
                return
            before = self._take(dataset, page, before)
            if page.next is None:
                self._check_whole(dataset)
                return
            if hash(page.next) in marks:
                raise BadAnswer(
                    "This system gave the same page mark twice; its list never ends.",
                    from_start=True,
                )
            marks.add(hash(page.next))
            after = page.next
            self._checkpoint_if_full(dataset, after)
        raise BadAnswer("This system gave more pages than it can hold.", from_start=True)

    def _take(self, dataset: str, page: Page, before: set[str]) -> set[str]:
        refs = [item.ref for item in page.items]
        if len(set(refs)) != len(refs) or before & set(refs):
            raise BadAnswer(TWICE, from_start=True)
        if page.total is not None:
            # The most it ever said: an item that goes while we read moves another past us.
            self.said = max(page.total, self.said or 0)
        for item in page.items:
            key = search.item_key(self.house.office, self.work, item)
            self.seen.add(key)
            self.archive.add(item, key)
        counted = self.counts.get(dataset, 0)
        self.counts[dataset] = (counted if isinstance(counted, int) else 0) + len(refs)
        return set(refs)

    def _check_whole(self, dataset: str) -> None:
        counted = self.counts.get(dataset, 0)
        if self.said is not None and isinstance(counted, int) and counted < self.said:
            raise BadAnswer(
                "This system said that it holds more than it gave; search again.", from_start=True
            )
        if self.seen.any_twice:
            raise BadAnswer(TWICE, from_start=True)

    def _checkpoint_if_full(self, dataset: str, after: str) -> None:
        if not self.archive.full:
            return
        piece = self.archive.seal(self.work.step_id)
        with self.house.writing() as session:
            search.checkpoint(
                session, self.house.office, self.work, self._done(dataset, after), piece
            )

    def _done(self, dataset: str, after: str | None) -> dict[str, object]:
        cursor = {**self.work.cursor, "dataset": dataset, "after": after, "said": self.said}
        cursor["agrees"] = list(self.found.agrees)
        cursor["person"] = search.person_key(self.house.office, self.work, self.found)
        return {"cursor": cursor, "counts": dict(self.counts)}
