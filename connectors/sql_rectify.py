"""Correcting columns of a row (Art. 16): only where they still hold what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from connectors.sql_broken import RuleBroken
from connectors.sql_catalog import Column, Kind
from connectors.sql_join import compiled
from connectors.sql_map import DatabaseMap, Place
from connectors.sql_rows import Rows
from connectors.sql_slots import among, key_slots, type_of_key
from connectors.sql_transaction import Work, Writing
from dsr.core.connector import Change
from dsr.core.errors import ItemChanged, ValueRefused
from dsr.core.receipts import Receipt, Retained

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
_PHONE = re.compile(r"\+?[\d\s()./-]{6,20}")
_JSON = ("json", "jsonb")


class Correction:
    """The changes of one row, looked at before anything is asked of the database.

    `ValueRefused` at once for what no database can hold here. `by_hand` says that the place is
    not a column of the row itself: a table beside, a part of a JSON text, bytes, a list.
    """

    def __init__(self, rows: Rows, plan: DatabaseMap, changes: Sequence[Change]) -> None:
        self._rows = rows
        self._plan = plan
        shown = {place.name: place for place in rows.reading.query.shown}
        named = {_name(change): change for change in changes}
        unknown = [name for name in named if name.split("/")[0] not in shown]
        if unknown or len(named) < len(changes) or not changes:
            raise ValueRefused(
                f"Name each of these fields at most once: {', '.join(shown)}. Nothing was changed."
            )
        self.by_hand = any(name not in shown or self._is_beyond(shown[name]) for name in named)
        self._changes = named
        if not self.by_hand:
            self._refuse_keys()
            for name, change in named.items():
                self._check(name, change.new)

    def made(self, writing: Writing, subject_ref: str, ref: str) -> Receipt:
        """Make them in one transaction, and read back that the row holds them."""
        try:
            return writing.transaction(lambda work: self._made(work, subject_ref, ref))
        except RuleBroken as broken:
            raise ValueRefused(f"{broken} Nothing was changed.") from None

    def _made(self, work: Work, subject_ref: str, ref: str) -> Receipt:
        owned = self._rows.owned(work, subject_ref, [ref])
        if ref in owned.stay:
            return Receipt(retained=(Retained(ref, owned.stay[ref]),))
        before = self._rows.again(work, subject_ref, [ref])
        if ref not in owned.rows or ref not in before:
            return Receipt(gone=(ref,))
        data = before[ref].data
        if all(same(data[name], change.new) for name, change in self._changes.items()):
            return Receipt(done=(ref,))
        if any(not same(data[name], change.old) for name, change in self._changes.items()):
            raise ItemChanged
        key = owned.keys[ref]
        self._rows.put(work, {name: self._value(name) for name in self._changes}, [key])
        self._set_since(work, key)
        self._look_again(work, subject_ref, ref)
        return Receipt(done=(ref,))

    def _look_again(self, work: Work, subject_ref: str, ref: str) -> None:
        after = self._rows.again(work, subject_ref, [ref])
        data = after[ref].data if ref in after else {}
        for name, change in self._changes.items():
            if name not in data or not same(data[name], change.new):
                raise ValueRefused(
                    f"The system does not keep the new value of {name} as it was written; nothing"
                    " was changed."
                )

    def _set_since(self, work: Work, key: type_of_key) -> None:
        """A contact point that was corrected is not the old one: it counts from today."""
        person, own = self._plan.person, self._rows.target
        if (person.schema, person.table) != (self._rows.plan.schema, self._rows.plan.table):
            return
        for word, since in person.since.items():
            place = person.columns.get(word)
            if place is None or place.name not in self._changes or since.beside:
                continue
            value = _today(own.known.column(since.column))
            where = among(self._rows.key, 1)
            statement = sa.update(own.table).where(where).values({since.column: value})
            work.change(compiled(statement, self._rows.dialect), key_slots([key]))

    def _is_beyond(self, place: Place) -> bool:
        if place.beside:
            return True
        column = self._rows.target.known.column(place.column)
        return column.kind is Kind.BYTES or column.declared.endswith("[]")

    def _refuse_keys(self) -> None:
        plan = self._rows.plan
        fixed = {*plan.key, *(() if plan.path else plan.person)} & set(self._changes)
        if fixed:
            raise ValueRefused(
                f"Column {sorted(fixed)[0]} tells rows or people apart; it is not corrected here."
            )

    def _check(self, name: str, new: object) -> None:
        column = self._rows.target.known.column(name)
        for words in (
            *_wrongs(column, new, is_json=self._is_json(column)),
            *self._unlike(name, new),
        ):
            raise ValueRefused(f"Field {name} {words}. Nothing was changed.")

    def _unlike(self, name: str, new: object) -> Iterator[str]:
        """What the person's map knows of a field beyond its type."""
        person, plan = self._plan.person, self._rows.plan
        if new is None or new == "":
            return
        if any(place.name == name for place in plan.dates.values()) and not _is_moment(new):
            yield "takes a date that exists, as 2026-11-22"
        if (person.schema, person.table) != (plan.schema, plan.table):
            return
        words = [word for word, place in person.columns.items() if place.name == name]
        if "email" in words and not _EMAIL.fullmatch(str(new)):
            yield "takes an e-mail address, as naam@voorbeeld.nl"
        if "phone" in words and not _PHONE.fullmatch(str(new)):
            yield "takes a phone number, as 06 12345678"
        if "birth_date" in words and not _is_day(new):
            yield "takes a date that exists, as 1980-12-31"

    def _value(self, name: str) -> object:
        """The new value as the driver takes it."""
        new = self._changes[name].new
        if self._is_json(self._rows.target.known.column(name)) and new is not None:
            return json.dumps(new, ensure_ascii=False)
        return new

    def _is_json(self, column: Column) -> bool:
        declared = column.declared.lower()
        return column.json or declared in _JSON or column.name in self._rows.plan.json


def same(here: object, there: object) -> bool:
    """Whether two values are one: `1` is not `true`, and a moment is the same in every zone."""
    if isinstance(here, bool) != isinstance(there, bool):
        return False
    if here == there:
        return True
    if not isinstance(here, str) or not isinstance(there, str):
        return False
    one, other = _moment(here), _moment(there)
    return one is not None and one == other and (one.tzinfo is None) == (other.tzinfo is None)


def _name(change: Change) -> str:
    path = change.path.removeprefix("/")
    return path.replace("~1", "/").replace("~0", "~")


@dataclass(frozen=True)
class _Rule:
    """What a kind of column takes, and how that is said."""

    of: Callable[[Column], bool]
    takes: Callable[[object], bool]
    words: str


def _wrongs(column: Column, new: object, *, is_json: bool) -> Iterator[str]:
    """Why a column cannot hold a value, as far as its type tells."""
    if new is None:
        if not column.nullable:
            yield "cannot be empty"
        return
    if is_json:
        return
    if column.longest is not None and len(str(new)) > column.longest:
        yield f"takes at most {column.longest} characters"
    yield from (rule.words for rule in _RULES if rule.of(column) and not rule.takes(new))


def _is_flag(column: Column) -> bool:
    declared = column.declared.lower()
    return "bool" in declared or declared == "tinyint(1)"


def _is_day(value: object) -> bool:
    try:
        return len(str(value)) == 10 and bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) or _moment(str(value)) is not None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _today(column: Column) -> sa.ColumnElement[Any]:
    """Today for a column of days or moments; for any other nothing, which never counts as long."""
    declared = column.declared.lower()
    if declared == "date":
        return sa.func.current_date()
    if declared.startswith(("timestamp", "datetime")):
        return sa.func.current_timestamp()
    return sa.null()


_RULES = (
    _Rule(lambda column: True, lambda new: not isinstance(new, dict | list), "takes one value"),
    _Rule(lambda column: True, lambda new: "\0" not in str(new), "takes no such character"),
    _Rule(_is_flag, lambda new: isinstance(new, bool), "takes yes or no"),
    _Rule(lambda c: not _is_flag(c), lambda new: not isinstance(new, bool), "takes no yes or no"),
    _Rule(
        lambda column: column.kind is Kind.WHOLE and not _is_flag(column),
        lambda new: isinstance(new, int),
        "takes a whole number",
    ),
    _Rule(
        lambda column: column.declared.lower() == "date",
        _is_day,
        "takes a date that exists, as 2026-11-22",
    ),
    _Rule(
        lambda column: column.declared.lower().startswith(("timestamp", "datetime")),
        _is_moment,
        "takes a moment that exists, as 2026-11-22T10:00:00+00:00",
    ),
)
