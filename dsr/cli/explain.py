"""`explain`: what the law proposes for a right on a purpose, and why, at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from dsr.cli.explain_page import lines
from dsr.core.acting_dates import DATES
from dsr.core.errors import BadInput
from dsr.core.explanation import Question, explain, is_special, name_of, rules_of
from dsr.core.printable import printable
from dsr.core.register import Register
from dsr.law.calendar import YEARS, civil_date
from dsr.law.errors import ImpossibleDate, LawError, MissingFact, UnknownValue
from dsr.law.facts import parsed
from dsr.law.retention_events import EVENTS, Kind, from_json
from dsr.law.rights import Right
from dsr.settings import read_connected
from dsr.systems import load_register

LANGUAGES = ("nl", "en")
#: the rights by the names that they have here and in the vectors
RIGHTS = {**{right.value: right for right in Right}, "consent_withdrawal": Right.WITHDRAWAL}


@dataclass(frozen=True)
class Typed:
    """The options as they were typed."""

    right: str
    purpose: str
    facts: tuple[str, ...]
    events: tuple[str, ...]
    dates: tuple[str, ...]
    received: str
    today: str
    register: Path | None
    lang: str


@click.command("explain")
@click.option("--right", default="", metavar="RIGHT", help=", ".join(Right))
@click.option("--purpose", default="", metavar="ID", help="A purpose of the register, or a part.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What is known.")
@click.option("--event", "events", multiple=True, metavar="NAME=DATE", help="What happened to it.")
@click.option("--date", "dates", multiple=True, metavar="NAME=DATE", help=f"{', '.join(DATES)}.")
@click.option("--received", default="", metavar="DATE", help="When the request came in.")
@click.option("--today", default="", metavar="DATE", help="Default: today in Amsterdam.")
@click.option("--register", type=click.Path(path_type=Path), help="Default: DSR_REGISTER.")
@click.option("--lang", default="en", show_default=True, metavar="nl|en")
def command(**given: Any) -> None:  # click hands over what it parsed
    """Say what the law proposes for one right on one purpose: rule, articles, dates.

    Nothing is taken for granted: without `--fact identity=verified` and `--fact requester=self`
    the first question is who asks. Reads nobody's data and changes nothing.
    """
    typed = Typed(**given)
    try:
        language = _one_of("lang", typed.lang, LANGUAGES)
        register = load_register(typed.register or read_connected().register_path)
        question = _question(typed, register)
        told = explain(question, language)
    except LawError as error:
        raise BadInput(error.name, f"{error}") from error
    words = name_of(register, question.activity.id).in_(language)
    for line in lines(question, told, words, language):
        click.echo(printable(line))


def _question(typed: Typed, register: Register) -> Question:
    right = RIGHTS[_one_of("right", typed.right, RIGHTS)]
    purpose = _one_of("purpose", typed.purpose, register.activity_ids)
    today = _day("today", typed.today) if typed.today else civil_date(datetime.now(UTC))
    received = _day("received", typed.received) if typed.received else None
    return Question(
        right=right,
        activity=register.activity(purpose),
        facts=dict(_each("fact", typed.facts, parsed)),
        today=today,
        special=is_special(register, purpose),
        rules=rules_of(register, purpose),
        events=_events(typed.events, today),
        received=None if received is None else _past("received", received, today),
        dates={name: _of_acting(name, day) for name, day in _each("date", typed.dates, _day)},
    )


def _events(typed: Iterable[str], today: date) -> Mapping[str, object]:
    """The events as the law reads them; `hold.until=DATE` is a key of the mapping `hold`."""
    told: dict[str, object] = {}
    for name, value in _each("event", typed, _event):
        whole, dot, key = name.partition(".")
        if not dot:
            told[name] = value
            continue
        below = told.setdefault(whole, {})
        if not isinstance(below, dict):
            raise LawError(name, f"{whole} was given as one value too; give one or the other.")
        below[key] = value
    read = from_json(told)
    for name, value in read.items():
        if isinstance(value, date):
            _past(name, value, today)
    return read


def _event(name: str, text: str) -> object:
    whole, dot, _key = name.partition(".")
    kind = EVENTS.get(whole)
    if kind is None or (dot and kind is not Kind.HOLD):
        raise UnknownValue("event", name, EVENTS)
    return {"true": True, "false": False}.get(text.lower(), text)


def _of_acting(name: str, day: object) -> date:
    if name not in DATES or not isinstance(day, date):
        raise UnknownValue("date", name, DATES)
    return day


def _each(
    option: str, typed: Iterable[str], read: Callable[[str, str], object]
) -> Iterator[tuple[str, object]]:
    seen: set[str] = set()
    for one in typed:
        name, equals, text = one.partition("=")
        if not (name and equals and text):
            raise LawError(option, f"{one!r} is no name=value; write it as --{option} name=value.")
        if name in seen:
            raise LawError(option, f"{name!r} was given twice; give it once.")
        seen.add(name)
        yield name, read(name, text)


def _one_of(name: str, typed: str, known: Iterable[str]) -> str:
    if not typed:
        raise MissingFact(name, f"give one of {', '.join(known)}.")
    if typed not in known:
        raise UnknownValue(name, typed, known)
    return typed


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ImpossibleDate(name, f"{text!r} is no date; write it as 2026-11-21.") from None
    if day.year not in YEARS:
        raise ImpossibleDate(name, f"{day} lies outside {YEARS[0]} to {YEARS[-1]}.")
    return day


def _past(name: str, day: date, today: date) -> date:
    if day > today:
        raise ImpossibleDate(name, f"{day} is in the future; today is {today}.")
    return day


COMMANDS = {"explain": command}
