"""What the contract needs to know of a connector's system, and reading it to its end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dsr.core.connector import Connector, Due, Item, NotKept, Page
from dsr.core.subject import Subject

_MOST_PAGES = 1000


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """A field that the connector can correct in the dataset's first item.

    `path` is a JSON pointer into the item's data, `new` a value that the system takes, `refused`
    are values that it cannot take: no such date, not an e-mail, an address in use.
    """

    dataset: str
    path: str
    new: object
    refused: Sequence[object] = ()


@dataclass(frozen=True, kw_only=True)
class Changing:
    """The changing verbs that the connector does by itself.

    Each names the dataset that it is tried on (which holds two items or more); a verb that is left
    out has to answer with an instruction for a person, or that it is not offered. `other` is
    somebody else with items in the dataset that is erased. `last` are kinds of items that others
    point to, so that none is the first to go. `statements` and `stopped` read the
    system itself: the statements it holds, and the purposes it was told to stop.
    """

    looks: bool = False
    erases: str = ""
    other: str = ""
    last: Collection[str] = ()
    rectifies: Corrected | None = None
    annotates: str = ""
    statements: Callable[[], Sequence[str]] | None = None
    restricts: str = ""
    stops: Sequence[str] = ()
    stopped: Callable[[], Collection[str]] | None = None
    holds: str = ""
    purges: Due | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """A connector with a system behind it, and what the contract needs to know of that system.

    `later` are faults that pass, `damaged` those that cut or spoil an answer, `foreign` those
    that plant a record of somebody else in `dataset`: each a call that plans the fault.
    `content_read` counts calls that read more than identifiers, for systems that can tell.
    `changing` says which verbs the connector does by itself.
    """

    connector: Connector
    subject: Subject
    ref: str
    stranger: Subject
    several: Subject
    dataset: str
    later: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    damaged: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    foreign: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    content_read: Callable[[], int] = lambda: 0
    secrets: Sequence[str] = ()
    changing: Changing = field(default_factory=Changing)


def pages_of(connector: Connector, ref: str, dataset: str) -> list[Page]:
    """All pages of a dataset; none when it is not kept."""
    pages: list[Page] = []
    after: str | None = None
    while len(pages) < _MOST_PAGES:
        page = connector.find(ref, dataset, after)
        if isinstance(page, NotKept):
            return []
        pages.append(page)
        if page.next is None:
            return pages
        after = page.next
    raise AssertionError(f"{dataset} has more than {_MOST_PAGES} pages: does it ever end?")


def items_of(connector: Connector, ref: str, dataset: str) -> list[Item]:
    """All items of a dataset."""
    return [item for page in pages_of(connector, ref, dataset) for item in page.items]


def assert_no_personal_data(case: Case, fault: BaseException) -> None:
    """Neither the message nor what it was raised from may name the person."""
    told = f"{fault!s} {fault.__cause__!r}"
    private = [case.ref, case.subject.name, case.subject.email, case.subject.phone]
    assert [value for value in private if value and value in told] == []
