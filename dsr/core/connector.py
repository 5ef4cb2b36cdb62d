"""The contract between the office and a connected system.

Connectors find and change; the law decides between the two calls. A connector knows no article,
no period and no purpose, imports only `dsr.core`, and raises only `TryAgain`, `NeedsPerson`,
`ForeignRecord`, `BadAnswer`, `ItemChanged` and `ValueRefused` (no personal data in messages).

Every changing verb takes an operation id: the same id means the same operation, tried again after
a crash. Whoever calls reads back with `again`; a verb that was done before does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from dsr.core.receipts import Receipt
from dsr.core.subject import Subject

#: JSON as it is stored and shown: str keys, and str, int, float, bool, None, list or dict values.
type_of_data = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class ContactPoint:
    """A mailbox or phone number that a system has on file for a person.

    `since` is when it was last changed (None: unknown, which never counts as thirty days);
    `shared` says that more than one person in that system has it.
    """

    kind: str  # "email" | "phone"
    value: str = field(repr=False)
    since: date | None = None
    shared: bool = False


@dataclass(frozen=True)
class Nobody:
    """No person in this system matches. An answer, not a failure."""


@dataclass(frozen=True, kw_only=True)
class One:
    """Exactly one person matches on a strong identifier or on name and birth date together.

    `agrees` names the fields of `Subject` that were the same, never their values. `on_file` is
    what the system itself holds about this person (and, in `known_refs`, their references in
    other systems): once the person is proved, others are searched by it, never by what was typed.
    """

    subject_ref: str = field(repr=False)
    agrees: tuple[str, ...]
    contacts: Sequence[ContactPoint] = field(default=(), repr=False)
    on_file: Subject = field(default_factory=Subject, repr=False)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One of several people who may be meant; the desk chooses, nothing is read before.

    `shown` holds at most name, birth date and town, for the desk's eyes only.
    """

    subject_ref: str = field(repr=False)
    agrees: tuple[str, ...]
    shown: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Several:
    """More than one person may be meant: never guess between people."""

    candidates: tuple[Candidate, ...] = field(repr=False)


Located = Nobody | One | Several


@dataclass(frozen=True, kw_only=True)
class ItemFile:
    """A file that belongs to an item; `open` streams its bytes when the archive is written."""

    name: str = field(repr=False)
    media_type: str
    open: Callable[[], AbstractContextManager[Iterator[bytes]]] = field(repr=False)
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing found about the subject.

    `ref` is the system's own stable reference, unique within the dataset. `data` is a faithful
    copy of what the system holds (secrets such as password hashes and access tokens left out).
    `dates` are the dates that a register's retention may count from, by the register's event
    names (`recorded`, `sent`, `last_change`, `deregistration` ...). `about_subject` is False for
    records of other people that come along (a practitioner, a relative): they are shown to the
    desk as third party and not released by themselves. `author` is who wrote it ("subject",
    "staff", "system" or ""). `kind` is the system's own word (a FHIR resource type, "message").
    `emptied` says that the record is still there without its personal content. `fleeting` are
    names in `data` whose values change by themselves (when somebody was last seen): they do not
    make it another item than the one that was approved.
    """

    ref: str = field(repr=False)
    dataset: str
    kind: str
    data: type_of_data = field(repr=False)
    dates: Mapping[str, datetime | date] = field(default_factory=dict)
    files: tuple[ItemFile, ...] = ()
    about_subject: bool = True
    restricted: bool = False
    author: str = ""
    emptied: bool = False
    fleeting: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of items. `next` is an opaque cursor (JSON-able str), None at the end.

    `total` is the count the system itself gives for the dataset, where it gives one: the office
    compares it with what came and never calls a short answer complete.
    """

    items: tuple[Item, ...] = field(repr=False)
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where items lie: whose they are in a system, and in which of its datasets."""

    subject_ref: str = field(repr=False)
    dataset: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A field of an item that becomes something else.

    `path` is a JSON pointer into `Item.data`; `old` is what was found there (None: nothing), `new`
    what it has to become (None: nothing). A system that holds another value than `old` by now is
    left as it is: `ItemChanged`.
    """

    path: str
    old: object = field(repr=False)
    new: object = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Due:
    """Items of anybody whose term is over: those of a dataset with `event` on or before a day.

    `event` is a name of `Item.dates`. `sparing` are references that stay, whatever their date.
    """

    dataset: str
    event: str
    until: date
    sparing: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What one round of a purge erased (or, dry, would erase), and what it spared.

    `more` says that there is more to do; `refs` are what went, for the erasure ledger.
    """

    erased: int
    spared: int = 0
    more: bool = False
    refs: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class NotOffered:
    """The system cannot do this at all, and a person could not either."""

    why: str


@dataclass(frozen=True)
class NotKept:
    """The system does not keep this dataset (a paid feature that is off, no such table)."""

    why: str


@dataclass(frozen=True)
class Health:
    """What `check` found: usable or not, and in words what is wrong and how to mend it."""

    usable: bool
    words: str


class Connector(Protocol):
    """One connected system. Built once per process by `build(settings)` of its file."""

    #: datasets in the order they are searched; each stands in the register with its purpose
    datasets: Sequence[str]

    def check(self) -> Health:
        """Try the configuration without reading anybody's data."""
        ...

    def locate(self, subject: Subject) -> Located:
        """Find the person; reads identifiers only."""
        ...

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of the dataset, in a stable order, the first when `after` is None.

        One call is one unit of retry. Every item is checked to belong to `subject_ref`.
        """
        ...

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """The items that the system still holds of these references, as they are now, by ref.

        For reading back after a change, and before a change is repeated. What is gone is left out;
        a record that was emptied comes with `emptied`, a restricted one with `restricted`.
        """
        ...

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """Correct fields of one item (Art. 16).

        `ItemChanged` when it holds other values than were found (and not yet the new ones);
        `ValueRefused` when the system cannot take a value. Then nothing was changed.
        """
        ...

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        """Add the person's own statement to an item, or to the whole dataset when `ref` is ""."""
        ...

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """Erase items, at most 500 of one dataset; a ref already gone counts as `gone`."""
        ...

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        """Mark items as restricted (Art. 18), or lift the mark; `again` and `find` show it."""
        ...

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        """Stop processing for these purposes, reversibly (Art. 21, Art. 7(3)); or take it up again.

        `done` are the purposes that stopped, by the ids that were given.
        """
        ...

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        """Keep a dataset of one person from the system's own purge while a request is pending."""
        ...

    def purge(
        self, due: Due, limit: int, operation: str, *, dry_run: bool = False
    ) -> Purged | NotOffered:
        """Erase at most `limit` items whose term is over; restricted and held ones are spared."""
        ...
