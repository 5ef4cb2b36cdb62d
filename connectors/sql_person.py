"""Looking a person up in a database: by strong identifiers, contact points, name and birth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from connectors.matching import Known, as_date, email_forms, judge, same_phone, same_text
from connectors.sql_engine import Database, column, raw
from connectors.sql_map import PersonMap
from connectors.sql_query import bindable, needed_table
from dsr.core.connector import ContactPoint, Located, One
from dsr.core.subject import Subject

#: people read for one criterion; a birth date is shared by a handful in any practice
_MOST = 500
_IN_NUMBERS = (" ", "-", "(", ")", ".", "/")


class PersonTable:
    """The table of the person, with the columns that people are told by."""

    def __init__(self, database: Database, plan: PersonMap) -> None:
        self._database = database
        self._plan = plan
        table = needed_table(database, plan.table)
        self._columns = {name: column(table, name) for name in plan.wanted}

    def locate(self, subject: Subject) -> Located:
        """Who is meant; the contact points of the one person come along."""
        conditions = list(self._conditions(subject))
        if not conditions:
            return judge(subject, ())
        rows = [row for condition in conditions for row in self._rows(condition)]
        located = judge(subject, [self._known(subject, row) for row in rows])
        if not isinstance(located, One):
            return located
        mine = next(row for row in rows if str(row[self._plan.key]) == located.subject_ref)
        contacts = tuple(self._contacts(mine))
        return replace(located, contacts=contacts)

    def _conditions(self, subject: Subject) -> Iterator[sa.ColumnElement[bool]]:
        for system, name in self._plan.refs.items():
            if ref := subject.known_refs.get(system):
                yield self._equals(name, ref)
        number = self._plan.columns.get("patient_number")
        if number and subject.patient_number.strip():
            yield self._equals(number, subject.patient_number.strip())
        yield from self._same_contact("email", subject.email)
        yield from self._same_contact("phone", subject.phone)
        birth = self._plan.columns.get("birth_date")
        if birth and subject.birth_date:
            yield raw(self._columns[birth]) == subject.birth_date.isoformat()

    def _equals(self, name: str, text: str) -> sa.ColumnElement[bool]:
        value = bindable(self._columns[name], text)
        return sa.false() if value is None else raw(self._columns[name]) == value

    def _same_contact(self, kind: str, value: str) -> Iterator[sa.ColumnElement[bool]]:
        """Wider than exact: what comes back is compared again by `matching`."""
        name = self._plan.columns.get(kind)
        if not name or not value.strip() or "\0" in value:
            return
        there: sa.ColumnElement[Any] = self._columns[name]
        if kind == "email":
            forms = email_forms(value)
            yield sa.or_(there.in_(forms), sa.func.lower(sa.func.trim(there)).in_(forms))
            return
        for sign in _IN_NUMBERS:
            there = sa.func.replace(there, sign, "")
        national = same_phone(value)
        bare = national.removeprefix("0")
        yield there.in_([national, f"+31{bare}", f"0031{bare}", f"+310{bare}"])

    def _rows(self, condition: sa.ColumnElement[bool]) -> list[dict[str, object]]:
        labelled = [raw(c).label(f"c{n}") for n, c in enumerate(self._columns.values())]
        statement = sa.select(*labelled).where(condition).limit(_MOST)
        return [
            dict(zip(self._columns, row, strict=True)) for row in self._database.rows(statement)
        ]

    def _known(self, subject: Subject, row: dict[str, object]) -> Known:
        """What the row tells about the person; by reference when any known one is the same."""
        columns = {word: _text(row[name]) for word, name in self._plan.columns.items()}
        told = Known(
            subject_ref=str(row[self._plan.key]),
            name=" ".join(filter(None, (_text(row[name]) for name in self._plan.name))),
            patient_number=columns.get("patient_number", ""),
            birth_date=columns.get("birth_date", ""),
            email=columns.get("email", ""),
            phone=columns.get("phone", ""),
            town=columns.get("town", ""),
            refs={
                system: str(row[name])
                for system, name in self._plan.refs.items()
                if row[name] not in (None, "")
            },
        )
        same = any(subject.known_refs.get(system) == ref for system, ref in told.refs.items())
        return replace(told, by_reference=same)

    def _contacts(self, row: dict[str, object]) -> Iterator[ContactPoint]:
        for kind in ("email", "phone"):
            name = self._plan.columns.get(kind)
            value = _text(row[name]) if name else ""
            if not value:
                continue
            since = self._plan.since.get(kind)
            yield ContactPoint(
                kind=kind,
                value=value,
                since=as_date(_text(row[since])) if since else None,
                shared=self._is_shared(kind, value),
            )

    def _is_shared(self, kind: str, value: str) -> bool:
        same = same_text if kind == "email" else same_phone
        name = self._plan.columns[kind]
        people = {
            row[self._plan.key]
            for condition in self._same_contact(kind, value)
            for row in self._rows(condition)
            if same(_text(row[name])) == same(value)
        }
        return len(people) > 1


def _text(value: object) -> str:
    """A column as text: a date or moment in ISO form, nothing as ""."""
    return "" if value is None else str(value).strip()
