"""The answer about one datum: until when, gone from when, and what moved that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dsr.law.proposal import Asks
from dsr.law.retention_events import HoldKind
from dsr.law.retention_rule import Part, Source, Term


@dataclass(frozen=True)
class Hold:
    """No destruction by itself; the person named by `asks` judges. `since` None: from the start."""

    kind: HoldKind
    since: date | None
    asks: Asks


@dataclass(frozen=True)
class TransferFirst:
    """Feed the data back to the HIS first (BW 7:454(3)); `due` is the day it would have gone."""

    due: date
    asks: Asks = Asks.CLINICIAN


@dataclass(frozen=True)
class Review:
    """A term must be fixed first; `why` is `open_ended` or `hold_without_term`."""

    why: str
    asks: Asks


Destroy = date | Hold | TransferFirst | Review | None


@dataclass(frozen=True)
class Move:
    """Something that moved the end: the event behind it, and the new last day (None: no day)."""

    event: str
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """How an end came about, for a person to read.

    `event` and `start` started the clock, `counted_from` is the start or the end of its year,
    `raw_end` the last day before anything moved it. `not_counted` names what was told but has no
    effect under this rule.
    """

    event: str = ""
    start: date | None = None
    counted_from: date | None = None
    term: Term | None = None
    raw_end: date | None = None
    moved: tuple[Move, ...] = ()
    not_counted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a rule says about one datum.

    `until` is the last day on which it may be kept, `destroy_from` the first on which it must not
    exist any more (None: no clock), `not_before` the last day of a statutory minimum: until then
    the law forbids to destroy it. Of several purposes (`parts`) the longest counts, and each
    system has its own day.
    """

    rule: str
    source: Source
    until: date | None = None
    destroy_from: Destroy = None
    not_before: date | None = None
    derivation: Derivation = Derivation()
    parts: tuple[tuple[Part, Kept], ...] = ()

    @property
    def hold(self) -> Hold | None:
        """The hold that keeps the datum, if one does."""
        return self.destroy_from if isinstance(self.destroy_from, Hold) else None

    @property
    def per_purpose(self) -> dict[str, date | None]:
        """The last day of each part, by its label; empty where the rule has no parts."""
        return {part.label: kept.until for part, kept in self.parts}

    @property
    def per_system(self) -> dict[str, Destroy]:
        """The day on which each system drops the datum; empty where the rule has no parts."""
        return {part.system: kept.destroy_from for part, kept in self.parts}
