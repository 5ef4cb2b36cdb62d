"""What a package is made of: filled by the services, written by `dsr.rendering.package`.

Nothing here holds a whole archive: items and files are opened lazily and may be read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from dsr.core.connector import type_of_data
from dsr.core.letters import Ground, Letter, ground_for
from dsr.core.portable import PortableAsk
from dsr.core.register import Practice, Register, Words
from dsr.core.request import Decision, Outcome, WithholdReason

#: What stands in `ReleasedItem.data` where words were blacked out: always this, whatever the
#: length, so that nothing of the text can be guessed. Pages show it as a black bar with words.
BLACKED_OUT = "[■■■]"


@dataclass(frozen=True, kw_only=True, slots=True)
class PackedFile:
    """A file of an item. `name` is the patient's or the system's and never names a file in the
    zip; `open` streams the bytes and may be called again."""

    name: str = field(repr=False)
    media_type: str
    size: int | None
    open: Callable[[], AbstractContextManager[Iterator[bytes]]] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Redaction:
    """Where something was blacked out (`content[0].text`) and why."""

    path: str
    reason: WithholdReason


@dataclass(frozen=True, kw_only=True, slots=True)
class Sort:
    """What all items of one dataset and kind have in common; `dataset` is an id of the register."""

    dataset: str
    kind: str
    special: bool = False
    medical_file: bool = False
    access_log: bool = False
    portable: bool = False


@dataclass(frozen=True, slots=True)
class ReleasedItem:
    """One item as it leaves: redactions are already burned into `data`.

    `number` is unique within the system and the same on every reading. `dates` are days or
    moments in ISO 8601. `author` is "subject", "staff", "system" or "". `kept_until` are words
    in the language of the package, or "". There may be a million of them: what they share
    stands in `sort`, one object for all.
    """

    number: int
    sort: Sort
    data: type_of_data = field(repr=False)
    dates: Mapping[str, str] = field(default_factory=dict)
    author: str = ""
    kept_until: str = ""
    redactions: tuple[Redaction, ...] = ()
    files: tuple[PackedFile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WithheldItem:
    """Something that is not in the package: one item (`number`) or several alike (`count`).

    `words` are the desk's facts in the language of the package; never the content itself.
    `limits` are the articles by which the law proposed it.
    """

    system: str
    dataset: str
    reason: WithholdReason
    count: int = 1
    number: int | None = None
    medical_file: bool = False
    partly: bool = False
    words: str = ""
    limits: tuple[str, ...] = ()

    @property
    def ground(self) -> Ground:
        """The articles (Art. 12(4)) and the reason in plain words."""
        return ground_for(self.reason, medical_file=self.medical_file, also=self.limits)


@dataclass(frozen=True, kw_only=True)
class DatasetCount:
    """How many items of one dataset were found, are released and are withheld."""

    dataset: str
    found: int
    released: int
    withheld: int = 0


@dataclass(frozen=True, kw_only=True)
class Source:
    """One system of the register and what its search came to. Every system has one.

    `identifiers` names the kinds searched by ("patient_number"), never values. `words` says in
    the language of the package what failed, is searched by hand or is not yet searched.
    """

    system: str
    folder: str
    name: Words
    outcome: Outcome
    searched_at: datetime | None = None
    identifiers: tuple[str, ...] = ()
    counts: tuple[DatasetCount, ...] = ()
    connector: str = ""
    connector_version: str = ""
    words: str = ""

    @property
    def found(self) -> int:
        """How many items were found."""
        return sum(count.found for count in self.counts)

    @property
    def released(self) -> int:
        """How many items are in the package."""
        return sum(count.released for count in self.counts)

    @property
    def withheld(self) -> int:
        """How many items are not in the package."""
        return sum(count.withheld for count in self.counts)


@dataclass(frozen=True, kw_only=True)
class PackageContents:
    """All that `package_chunks` and `portable_chunks` of `dsr.rendering` need for one package.

    `items(system)` and `withheld()` give the same things in the same order on every call.
    `answered` is the date of the answer; it also dates every member of the zip, so that the
    same contents give the same bytes. `portable` is what was asked and chosen for the Art. 20 part.
    """

    reference: str
    language: str
    practice: Practice
    register: Register
    decision_made: Decision
    received: date
    answered: date
    download_until: date
    sources: tuple[Source, ...]
    items: Callable[[str], Iterator[ReleasedItem]] = field(repr=False)
    withheld: Callable[[], Iterator[WithheldItem]] = field(repr=False)
    letter_pdf: bytes = field(repr=False)
    decision: Mapping[str, object] = field(repr=False)
    portable: PortableAsk = field(default_factory=PortableAsk)


class PdfMaker(Protocol):
    """What makes PDFs, called from several threads at once; `RenderingFailed` when it cannot."""

    def letter(self, letter: Letter, decision: Mapping[str, object]) -> bytes:
        """A letter as a tagged PDF, with the decision embedded as `decision.json`."""

    def part(self, book: bytes, day: date) -> bytes:
        """A part of the medical file as a tagged PDF; `book` is its words as JSON."""
