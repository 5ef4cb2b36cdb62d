"""Systems that answer what a test says, and a worker's tasks done in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsr.core.connector import (
    Change,
    Due,
    Health,
    Item,
    Located,
    Nobody,
    NotKept,
    NotOffered,
    One,
    Page,
    Place,
    Purged,
)
from dsr.core.errors import ItemChanged
from dsr.core.receipts import Receipt
from dsr.core.subject import Subject
from dsr.db import outbox, plans, steps
from dsr.jobs import worker
from dsr.services.house import House

Answer = Located | Exception
Pages = Sequence[Page | Exception] | NotKept


@dataclass
class FakeSystem:
    """A system that knows one answer to who it is, and pages for each dataset.

    `asked` is its journal: ("locate", "") or (dataset, cursor). A page that is an exception is
    raised once, and then taken out. `before_find` runs at the start of each `find`, `before_change`
    at the start of each changing verb and `after_change` at the end of an erase. `did` are the
    changing verbs with their operation ids. One that `lies` says that it erased, and does not.
    """

    located: Answer = field(default_factory=Nobody)
    pages: dict[str, Pages] = field(default_factory=dict)
    before_find: Callable[[str, str | None], None] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    datasets: Sequence[str] = ()
    did: list[tuple[str, str]] = field(default_factory=list)
    before_change: Callable[[str], None] | None = None
    after_change: Callable[[], None] = lambda: None
    lies: bool = False
    stopped: set[str] = field(default_factory=set)
    statements: dict[str, str] = field(default_factory=dict)

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

    def _held(self, dataset: str) -> dict[str, Item]:
        pages = self.pages.get(dataset, ())
        cut = [] if isinstance(pages, NotKept) else [p for p in pages if isinstance(p, Page)]
        return {item.ref: item for page in cut for item in page.items}

    def _put(self, dataset: str, changed: Mapping[str, Item | None]) -> None:
        pages = self.pages.get(dataset, ())
        if isinstance(pages, NotKept):
            return
        self.pages[dataset] = [
            replace(page, items=_with(page.items, changed)) if isinstance(page, Page) else page
            for page in pages
        ]

    def _acts(self, verb: str, operation: str) -> None:
        self.did.append((verb, operation))
        if self.before_change is not None:
            self.before_change(verb)

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        held = self._held(place.dataset)
        return {ref: held[ref] for ref in refs if ref in held}

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        self._acts("rectify", operation)
        item = self._held(place.dataset).get(ref)
        if item is None:
            return Receipt(gone=(ref,))
        new = {one.path.removeprefix("/"): one.new for one in changes}
        if all(item.data.get(name) == value for name, value in new.items()):
            return Receipt(done=(ref,))
        if any(item.data.get(one.path.removeprefix("/")) != one.old for one in changes):
            raise ItemChanged
        self._put(place.dataset, {ref: replace(item, data={**item.data, **new})})
        return Receipt(done=(ref,))

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        self._acts("annotate", operation)
        self.statements[operation] = statement
        return Receipt(done=(ref,))

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        self._acts("erase", operation)
        held = self._held(place.dataset)
        there = tuple(ref for ref in refs if ref in held)
        if not self.lies:
            self._put(place.dataset, dict.fromkeys(there))
        self.after_change()
        return Receipt(done=there, gone=tuple(ref for ref in refs if ref not in held))

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        self._acts("lift" if lift else "restrict", operation)
        held = self._held(place.dataset)
        there = {ref: replace(held[ref], restricted=not lift) for ref in refs if ref in held}
        self._put(place.dataset, there)
        return Receipt(done=tuple(there), gone=tuple(ref for ref in refs if ref not in held))

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        self._acts("resume" if resume else "stop", operation)
        self.stopped = (self.stopped - set(purposes)) if resume else self.stopped | set(purposes)
        return Receipt(done=tuple(purposes))

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        return NotOffered("This system has no hold.")

    def purge(
        self, due: Due, limit: int, operation: str, *, dry_run: bool = False
    ) -> Purged | NotOffered:
        return NotOffered("This system is purged by itself.")


def _with(items: Sequence[Item], changed: Mapping[str, Item | None]) -> tuple[Item, ...]:
    now = (changed.get(item.ref, item) for item in items)
    return tuple(item for item in now if item is not None)


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
            changes = plans.due(session, now, 100)
        if not waiting and not mails and not changes:
            return
        for row_id in changes:
            tasks["change"](row_id)
        for row_id in waiting:
            tasks["step"](row_id)
        for row_id in mails:
            tasks["mail"](row_id)
    raise AssertionError("the work never ends")
