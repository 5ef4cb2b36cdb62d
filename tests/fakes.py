"""Systems that answer what a test says, and a worker's tasks done in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dsr.core.connector import Health, Item, Located, Nobody, NotKept, One, Page
from dsr.core.receipts import Receipt
from dsr.core.subject import Subject
from dsr.db import outbox, steps
from dsr.jobs import worker
from dsr.services.house import House

Answer = Located | Exception
Pages = Sequence[Page | Exception] | NotKept


@dataclass
class FakeSystem:
    """A system that knows one answer to who it is, and pages for each dataset.

    `asked` is its journal: ("locate", "") or (dataset, cursor). A page that is an exception is
    raised once, and then taken out. `before_find` runs at the start of each `find`.
    """

    located: Answer = field(default_factory=Nobody)
    pages: dict[str, Pages] = field(default_factory=dict)
    before_find: Callable[[str, str | None], None] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    datasets: Sequence[str] = ()

    def check(self) -> Health:
        return Health(usable=True, words="")

    def locate(self, subject: Subject) -> Located:
        self.asked.append(("locate", ""))
        self.subjects.append(subject)
        if isinstance(self.located, Exception):
            raise self.located
        return self.located

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        self.asked.append((dataset, after or ""))
        if self.before_find is not None:
            self.before_find(dataset, after)
        pages = self.pages.get(dataset, ())
        if isinstance(pages, NotKept):
            return pages
        number = int(after or 0)
        if number >= len(pages):
            return Page(items=())
        if isinstance(pages[number], Exception):
            error = pages[number]
            self.pages[dataset] = [p for p in pages if p is not error]
            raise error  # type: ignore[misc]  # an exception: just looked
        return pages[number]  # type: ignore[return-value]  # a page: just looked

    @property
    def read(self) -> list[tuple[str, str]]:
        """Every reading of content so far."""
        return [call for call in self.asked if call[0] != "locate"]

    def rectify(self, ref: str, changes: Mapping[str, object], operation: str) -> Receipt:
        raise NotImplementedError

    def erase(self, refs: Sequence[str], operation: str) -> Receipt:
        raise NotImplementedError

    def restrict(self, refs: Sequence[str], operation: str, *, lift: bool = False) -> Receipt:
        raise NotImplementedError

    def stop_using(self, subject_ref: str, purposes: Sequence[str], operation: str) -> Receipt:
        raise NotImplementedError


def pages_of(items: Sequence[Item], size: int = 2, total: int | None = None) -> list[Page]:
    """The items as pages whose cursor is the number of the next page."""
    cut = [tuple(items[n : n + size]) for n in range(0, len(items), size)] or [()]
    return [
        Page(items=part, next=str(n + 1) if n + 1 < len(cut) else None, total=total)
        for n, part in enumerate(cut)
    ]


def one(ref: str = "p-1", agrees: tuple[str, ...] = ("name", "birth_date"), **more: object) -> One:
    """A sure match."""
    return One(subject_ref=ref, agrees=agrees, **more)  # type: ignore[arg-type]  # fields of One


def systems_of(house: House, **given: FakeSystem) -> dict[str, FakeSystem]:
    """A fake for every system of the register that has a connector; nobody is known in most."""
    return {
        system.id: given.get(system.id) or FakeSystem()
        for system in house.office.register.systems
        if not system.searched_by_hand
    }


def work_through(house: House, systems: Mapping[str, FakeSystem], rounds: int = 50) -> None:
    """Do all that is due, as workers would, until nothing is due at this moment."""
    tasks = worker.make_tasks(house, systems)
    for _ in range(rounds):
        with house.reading() as session:
            now = house.office.now()
            waiting, mails = steps.due(session, now, 100), outbox.due(session, now, 100)
        if not waiting and not mails:
            return
        for row_id in waiting:
            tasks["step"](row_id)
        for row_id in mails:
            tasks["mail"](row_id)
    raise AssertionError("the work never ends")
