"""A retention rule as a frozen dataclass, read from the YAML of a register or of the law's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

from dsr.law.calendar import months_later
from dsr.law.errors import LawError, UnknownValue
from dsr.law.retention_events import ENDS, EVENTS, GRANTS, STARTS, Kind
from dsr.law.retention_keys import Keys

_OWN = Path(__file__).parent / "data" / "retention.yaml"


class Unit(StrEnum):
    """What a term is counted in."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True)
class Term:
    """A length of time: `Term(6, Unit.MONTHS)`."""

    number: int
    unit: Unit

    def after(self, start: date) -> date:
        """The same day number later, else that month's last day; no roll to a working day."""
        if self.unit is Unit.DAYS:
            return start + timedelta(days=self.number)
        return months_later(start, self.number * (12 if self.unit is Unit.YEARS else 1))


@dataclass(frozen=True, order=True)
class Window:
    """Days of each year on which a purge runs, as (month, day), both included."""

    first: tuple[int, int]
    last: tuple[int, int]


@dataclass(frozen=True)
class Source:
    """Where a rule was read, in Dutch and in English, and of when that text is."""

    nl: str
    en: str
    date: str


@dataclass(frozen=True)
class Part:
    """One of several purposes of a datum: its own rule, and the system that drops the datum then.

    `event` starts the clock of this part; empty where the rule's own event does.
    """

    label: str
    rule: RetentionRule
    system: str
    event: str = ""


@dataclass(frozen=True, kw_only=True)
class RetentionRule:
    """How long data may be kept (Art. 5(1)(e)) and what moves the end; see `rule_from`.

    Exactly one of `term`, `while_relevant`, `stored=False` and `parts` holds. A `minimum` gives
    the first day before which nothing may go, never an end; it also guards the records of other
    rules for which the event named by `covers` is told as true. What `transfer_first_unless` names
    has to be told as true before the data go without being handed over first.
    """

    id: str
    purpose: str
    source: Source
    counts_from: tuple[str, ...] = ()
    term: Term | None = None
    stored: bool = True
    while_relevant: bool = False
    windows: tuple[Window, ...] = ()
    from_end_of_calendar_year: bool = False
    first_day_counts: bool = False
    whole_file: bool = False
    ends_early_at: str = ""
    professional_hold: bool = False
    transfer_first_unless: str = ""
    brought_forward_by: tuple[str, ...] = ()
    minimum: bool = False
    covers: str = ""
    parts: tuple[Part, ...] = ()
    dates: tuple[tuple[str, str], ...] = field(default=())

    @property
    def at_once(self) -> bool:
        """Whether the term is no day at all: gone on the day itself."""
        return self.term is not None and self.term.number == 0

    def counted_from(self, start: date) -> date:
        """The day from which the term counts: the start, or the end of its calendar year."""
        return date(start.year, 12, 31) if self.from_end_of_calendar_year else start

    def last_day(self, start: date) -> date:
        """The last day of the term that starts then; `LawError` for a rule without a term."""
        if self.term is None:
            raise LawError(self.id, "this rule has no term of days, months or years.")
        last = self.term.after(self.counted_from(start))
        return last - timedelta(days=1) if self.first_day_counts else last

    def __hash__(self) -> int:
        # Ids are unique within a register; a million look-ups must not hash every field.
        return hash(self.id)


_TERMS: Final = ("days", "months", "years", "stored", "while_relevant", "parts")
#: keys that mean something only beside another one
_ONLY_WITH: Final = {
    "windows": "counts_from",
    "from_end_of_calendar_year": "counts_from",
    "first_day_counts": "days",
    "whole_file": "counts_from",
    "professional_hold": "counts_from",
    "transfer_first_unless": "counts_from",
    "minimum": "counts_from",
    "covers": "minimum",
}
_KEYS: Final = ("id", "purpose", "source", "counts_from", *_TERMS, *_ONLY_WITH,
                "ends_early_at", "brought_forward_by", "dates")  # fmt: skip
_FLAGS: Final = frozenset(name for name, kind in EVENTS.items() if kind is Kind.YES_OR_NO)


def rules_from(rows: Iterable[object]) -> Mapping[str, RetentionRule]:
    """The rules of a list, by id and in its order; parts may name a rule that stands before."""
    known: dict[str, RetentionRule] = {}
    for row in rows:
        rule = rule_from(row, known)
        if rule.id in known:
            raise LawError(f"retention_rules.{rule.id}", "this id stands here twice.")
        known[rule.id] = rule
    return MappingProxyType(known)


def rule_from(values: object, known: Mapping[str, RetentionRule] | None = None) -> RetentionRule:
    """One rule; `known` are the rules that its `parts` may name. `LawError` names key and mend."""
    at = Keys("retention_rules", values)
    at = Keys(f"retention_rules.{at.text('id')}", values)
    at.only(_KEYS)
    _check_together(at)
    return RetentionRule(
        id=at.text("id"),
        purpose=at.text("purpose"),
        source=_source(at.at("source")),
        counts_from=at.names("counts_from", STARTS),
        term=_term(at),
        stored="stored" not in at,
        while_relevant="while_relevant" in at,
        windows=tuple(sorted(_window(one) for one in at.rows("windows"))),
        from_end_of_calendar_year=at.flag("from_end_of_calendar_year"),
        first_day_counts=at.flag("first_day_counts"),
        whole_file=at.flag("whole_file"),
        ends_early_at=at.name_of("ends_early_at", ENDS),
        professional_hold=at.flag("professional_hold"),
        transfer_first_unless=at.name_of("transfer_first_unless", _FLAGS),
        brought_forward_by=at.names("brought_forward_by", GRANTS),
        minimum=at.flag("minimum"),
        covers=at.name_of("covers", _FLAGS),
        parts=tuple(_part(one, known or {}) for one in at.rows("parts")),
        dates=at.pairs("dates", at.texts("counts_from")),
    )


@lru_cache(maxsize=1)
def own_rules() -> Mapping[str, RetentionRule]:
    """The law's own terms and those of this desk, by id (`data/retention.yaml`)."""
    document = yaml.safe_load(_OWN.read_text(encoding="utf-8"))
    return rules_from(document["retention_rules"])


def _check_together(at: Keys) -> None:
    given = [key for key in _TERMS if key in at]
    if len(given) != 1:
        said = " and ".join(given) or "none"
        raise LawError(at.path, f"write exactly one of {', '.join(_TERMS)}; it has {said}.")
    counted = given[0] in tuple(Unit)
    if counted != ("counts_from" in at):
        words = "say which event starts the clock" if counted else "only a term has a start"
        raise LawError(f"{at.path}.counts_from", f"{words}: days, months or years.")
    for key, other in _ONLY_WITH.items():
        if key in at and other not in at:
            raise LawError(f"{at.path}.{key}", f"this key needs {other} beside it.")


def _term(at: Keys) -> Term | None:
    at.must_be("stored", value=False)
    at.must_be("while_relevant", value=True)
    unit = next((unit for unit in Unit if unit in at), None)
    return None if unit is None else Term(at.whole(unit), unit)


def _window(at: Keys) -> Window:
    at.only(("from", "to"))
    window = Window(_day_of_year(at, "from"), _day_of_year(at, "to"))
    if window.last < window.first:
        raise LawError(f"{at.path}.to", "the last day lies before the first; write two windows.")
    return window


def _day_of_year(at: Keys, key: str) -> tuple[int, int]:
    written = at.text(key)
    try:
        day = date.fromisoformat(f"2001-{written}")  # no leap year: a day of every year
    except ValueError:
        raise LawError(f"{at.path}.{key}", 'write a day of every year, as "07-01".') from None
    return (day.month, day.day)


def _part(at: Keys, known: Mapping[str, RetentionRule]) -> Part:
    at.only(("label", "rule", "system", "event"))
    rule = known.get(at.text("rule"))
    if rule is None:
        raise UnknownValue(f"{at.path}.rule", at.text("rule"), known)
    if rule.term is None:
        raise LawError(f"{at.path}.rule", f"{rule.id} has no term of days, months or years.")
    event = at.name_of("event", STARTS)
    return Part(at.text("label"), rule, at.text("system"), event)


def _source(at: Keys) -> Source:
    at.only(("text", "date"))
    nl, en = at.both("text")
    return Source(nl, en, at.text_or_date("date"))
