"""Doing one search step: locate the person, walk every dataset page by page, seal what comes.

Calls to the system happen outside any transaction; each checkpoint is one short transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from dsr.core.connector import Connector, Nobody, NotKept, One, Page, Several
from dsr.core.errors import BadAnswer, DsrError, NeedsPerson, TryAgain
from dsr.core.request import Verb
from dsr.db import steps
from dsr.jobs.lease import kept
from dsr.services import search
from dsr.services.archive import ArchiveWriter
from dsr.services.house import House
from dsr.services.search import Work

NOT_KEPT = "not_kept"
NOT_UNDERSTOOD = "This system's answer was not understood; the worker's log says where."
#: a system that needs more pages than this for one dataset is walking in circles
MOST_PAGES = 200_000


def run(house: House, systems: Mapping[str, Connector], step_id: str) -> None:
    """Do a step that is due; does nothing when it is not ours to do."""
    with house.writing() as session:
        work = search.begin(session, house.office, step_id)
    if work is None:
        return
    with kept(house, steps.write_if_mine, work.step_id, work.fence):
        try:
            _do(house, systems, work)
        except DsrError as error:
            with house.writing() as session:
                search.trouble(session, house.office, work, error)
        except SQLAlchemyError:
            raise  # our own database: the lease ends by itself, and another worker goes on
        except Exception:
            with house.writing() as session:
                search.trouble(session, house.office, work, BadAnswer(NOT_UNDERSTOOD))
            raise


def _do(house: House, systems: Mapping[str, Connector], work: Work) -> None:
    connector = systems.get(work.system)
    if connector is None:
        raise NeedsPerson("This system has no connector here; search it by hand.")
    found = search.as_sure(connector.locate(work.subject))
    if work.verb == Verb.IDENTIFY or isinstance(found, Nobody | Several):
        with house.writing() as session:
            search.located(session, house.office, work, found)
        return
    _Walk(house=house, connector=connector, work=work, found=found).all()


@dataclass(kw_only=True)
class _Walk:
    """A search under way: where it is, what it counted, what waits to be sealed."""

    house: House
    connector: Connector
    work: Work
    found: One
    counts: dict[str, object] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
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
        todo = todo[todo.index(resumed) :] if resumed in todo else todo
        for dataset in todo:
            self._dataset(dataset, str(after) if after and dataset == resumed else None)
        piece = self.archive.seal(self.work.step_id)
        done = self._done("", None)
        with self.house.writing() as session:
            search.complete(session, self.house.office, self.work, done, piece)

    def _dataset(self, dataset: str, after: str | None) -> None:
        seen: set[int] = set()
        before: set[str] = set()
        for _ in range(MOST_PAGES):
            page = self.connector.find(self.found.subject_ref, dataset, after)
            if isinstance(page, NotKept):
                self.counts[dataset] = NOT_KEPT
                return
            before = self._take(dataset, page, before)
            if page.next is None:
                self._check_total(dataset)
                return
            if hash(page.next) in seen:
                raise BadAnswer("This system gave the same page mark twice; its list never ends.")
            seen.add(hash(page.next))
            after = page.next
            self._checkpoint_if_full(dataset, after)
        raise BadAnswer("This system gave more pages than it can hold.")

    def _take(self, dataset: str, page: Page, before: set[str]) -> set[str]:
        refs = [item.ref for item in page.items]
        if len(set(refs)) != len(refs) or before & set(refs):
            raise BadAnswer("This system gave the same item twice; its answer cannot be trusted.")
        if page.total is not None:
            self.totals[dataset] = page.total
        for item in page.items:
            self.archive.add(item, search.item_key(self.house.office, self.work, item))
        counted = self.counts.get(dataset, 0)
        self.counts[dataset] = (counted if isinstance(counted, int) else 0) + len(refs)
        return set(refs)

    def _check_total(self, dataset: str) -> None:
        counted, said = self.counts.get(dataset, 0), self.totals.get(dataset)
        if said is not None and isinstance(counted, int) and counted < said:
            raise TryAgain("This system said that it holds more than it gave; search again.")

    def _checkpoint_if_full(self, dataset: str, after: str) -> None:
        if not self.archive.full:
            return
        piece = self.archive.seal(self.work.step_id)
        with self.house.writing() as session:
            search.checkpoint(
                session, self.house.office, self.work, self._done(dataset, after), piece
            )

    def _done(self, dataset: str, after: str | None) -> dict[str, object]:
        cursor = {**self.work.cursor, "dataset": dataset, "after": after}
        cursor["agrees"] = list(self.found.agrees)
        return {"cursor": cursor, "counts": dict(self.counts)}
