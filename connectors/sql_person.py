"""Looking a person up in a database: by strong identifiers, contact points, name and birth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from connectors.later import Later
from connectors.matching import Known, as_date, email_forms, judge, same_phone, same_text
from connectors.sql_catalog import Catalog, Kind
from connectors.sql_database import Database, Statement
from connectors.sql_join import Joined, compiled, given
from connectors.sql_map import PersonMap, Place
from connectors.sql_query import is_given, key_values
from connectors.sql_values import ref_of
from dsr.core.connector import ContactPoint, Located, One
from dsr.core.errors import NeedsPerson
from dsr.core.subject import Subject

#: people read for one criterion; a birth date is shared by a handful in any practice
_MOST = 1000
_IN_NUMBERS = (" ", "-", "(", ")", ".", "/")
_CONTACTS = ("email", "phone")


#: people whose details are read at once
_SLOTS = 20

type_of_asked = tuple["_Criterion", Mapping[str, object]]
type_of_told = Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]]


@dataclass(frozen=True)
class _Criterion:
    """A way to find people: who has something in one place, and what they have there."""

    statement: Statement
    kind: Kind


@dataclass(frozen=True)
class _Detail:
    """What is read of people from one table: their own, or one beside it."""

    statement: Statement
    columns: tuple[str, ...]


class PersonTable:
    """The table of the person, with what is read beside it; statements are compiled once."""

    def __init__(self, database: Database, catalog: Catalog, plan: PersonMap) -> None:
        self._database = database
        self._catalog = catalog
        self._plan = plan
        own = Joined.of(catalog, plan).own.known
        self._kinds = [own.column(name).kind for name in plan.key]
        self._refs = {s: self._criterion(place, _equals) for s, place in plan.refs.items()}
        self._words = {
            word: self._criterion(plan.columns[word], condition)
            for word, condition in _CONDITIONS.items()
            if word in plan.columns
        }
        self._details = {
            name: self._detail(name) for name in ("", *plan.beside) if not name or self._of(name)
        }

    @property
    def statements(self) -> list[Statement]:
        """All of them, to be tried."""
        found = [criterion.statement for criterion in (*self._refs.values(), *self._words.values())]
        return found + [detail.statement for detail in self._details.values()]

    def locate(self, subject: Subject) -> Located:
        """Who is meant; the contact points of the one person are read when they are asked for.

        A reference that is already fixed settles it (`judge`), so then nothing else is asked.
        """
        refs = self._meeting(self._asked_refs(subject)) or self._meeting(self._asked(subject))
        told = {name: self._told(detail, list(refs)) for name, detail in self._details.items()}
        located = judge(subject, [self._known(subject, ref, told) for ref in refs])
        if not isinstance(located, One):
            return located
        ref = located.subject_ref
        return replace(located, contacts=Later(lambda: tuple(self._contacts(ref, told))))

    def _meeting(self, asked: Iterable[type_of_asked]) -> dict[str, None]:
        return dict.fromkeys(ref for one in asked for ref, _ in self._having(*one))

    def _asked_refs(self, subject: Subject) -> Iterator[type_of_asked]:
        for system, criterion in self._refs.items():
            yield criterion, _exactly(criterion, subject.known_refs.get(system, ""))

    def _asked(self, subject: Subject) -> Iterator[type_of_asked]:
        words = self._words
        if "patient_number" in words:
            number = subject.patient_number.strip()
            yield words["patient_number"], _exactly(words["patient_number"], number)
        for kind, value in (("email", subject.email), ("phone", subject.phone)):
            if kind in words:
                yield words[kind], _alike(kind, value)
        if "birth_date" in words and subject.birth_date:
            following = subject.birth_date + timedelta(days=1)
            days = {"v0": subject.birth_date.isoformat(), "v1": following.isoformat()}
            yield words["birth_date"], days

    def _having(
        self, criterion: _Criterion, values: Mapping[str, object]
    ) -> list[tuple[str, object]]:
        """The references of those who meet a criterion, each with the value that met it."""
        if not values:
            return []
        rows = self._database.rows(criterion.statement, {**values, "most": _MOST + 1})
        if len(rows) > _MOST:
            raise NeedsPerson(
                f"More than {_MOST} people of this system share one detail of this person; find"
                " the person there by hand and fix the reference."
            )
        return [(ref_of(row[:-1]), row[-1]) for row in rows]

    def _told(self, detail: _Detail, refs: Sequence[str]) -> dict[str, list[Mapping[str, str]]]:
        found: dict[str, list[Mapping[str, str]]] = {}
        keys = len(self._kinds)
        for start in range(0, len(refs), _SLOTS):
            some = [*refs[start : start + _SLOTS]]
            some += [some[0]] * (_SLOTS - len(some))
            values: dict[str, object] = {}
            for slot, ref in enumerate(some):
                values |= key_values(self._kinds, ref, f"s{slot}_") or {}
            for row in self._database.rows(detail.statement, values):
                texts = map(_text, row[keys:])
                told = dict(zip(detail.columns, texts, strict=True))
                found.setdefault(ref_of(row[:keys]), []).append(told)
        return found

    def _known(self, subject: Subject, ref: str, told: type_of_told) -> Known:
        """What is on file of a person; of several values that which is the subject's."""
        plan = self._plan
        birth = subject.birth_date.isoformat() if subject.birth_date else ""
        refs = {system: _all(place, ref, told) for system, place in plan.refs.items()}
        known = {s: _one(found, subject.known_refs.get(s, "")) for s, found in refs.items()}
        return Known(
            subject_ref=ref,
            name=" ".join(filter(None, (_one(_all(p, ref, told), "") for p in plan.name))),
            by_reference=any(
                subject.known_refs.get(system) in found for system, found in refs.items() if found
            ),
            refs={system: value for system, value in known.items() if value},
            patient_number=_one(self._values(ref, told, "patient_number"), subject.patient_number),
            birth_date=_one([v[:10] for v in self._values(ref, told, "birth_date")], birth),
            email=_one(self._values(ref, told, "email"), subject.email),
            phone=_one(self._values(ref, told, "phone"), subject.phone, same_phone),
            town=_one(self._values(ref, told, "town"), ""),
        )

    def _values(self, ref: str, told: type_of_told, word: str) -> list[str]:
        place = self._plan.columns.get(word)
        return _all(place, ref, told) if place else []

    def _contacts(self, ref: str, told: type_of_told) -> Iterator[ContactPoint]:
        for kind in _CONTACTS:
            place, since = self._plan.columns.get(kind), self._plan.since.get(kind)
            if place is None:
                continue
            for row in told[place.beside].get(ref, ()):
                if not row[place.column]:
                    continue
                beside = since is not None and since.beside != place.beside
                dated = _all(since, ref, told)[:1] if since and beside else []
                when = row[since.column] if since and not beside else "".join(dated)
                yield ContactPoint(
                    kind=kind,
                    value=row[place.column],
                    since=as_date(when),
                    shared=self._is_shared(kind, row[place.column]),
                )

    def _is_shared(self, kind: str, value: str) -> bool:
        same = same_text if kind == "email" else same_phone
        found = self._having(self._words[kind], _alike(kind, value))
        return len({ref for ref, theirs in found if same(_text(theirs)) == same(value)}) > 1

    def _of(self, name: str) -> tuple[str, ...]:
        """The columns that are read of the table of that name ("" is the person's own)."""
        return tuple(place.column for place in self._plan.places if place.beside == name)

    def _joined(self, name: str) -> tuple[Joined, list[sa.ColumnElement[Any]]]:
        paths = {name: self._plan.beside[name]} if name else {}
        joined = Joined.of(self._catalog, self._plan).with_beside(paths, outer=False)
        shown = self._database.family.shown
        own = joined.own
        return joined, [shown(own.known.column(key), own.column(key)) for key in self._plan.key]

    def _criterion(self, place: Place, condition: type_of_condition) -> _Criterion:
        joined, key = self._joined(place.beside)
        there, known = joined.column(place), joined.known(place)
        wanted = [column.label(f"c{n}") for n, column in enumerate([*key, there])]
        statement = sa.select(*wanted).select_from(joined.whole).where(*joined.where)
        statement = statement.where(condition(there, known.kind)).limit(
            sa.bindparam("most", type_=sa.Integer())
        )
        return _Criterion(compiled(statement, self._database.family.dialect), known.kind)

    def _detail(self, name: str) -> _Detail:
        joined, key = self._joined(name)
        columns = self._of(name)
        read = [joined.column(Place(name, column)) for column in columns]
        wanted = [column.label(f"c{n}") for n, column in enumerate([*key, *read])]
        raw = [joined.own.column(column) for column in self._plan.key]
        slots = [
            sa.and_(*(is_given(c, self._kinds[n], f"s{slot}_{n}") for n, c in enumerate(raw)))
            for slot in range(_SLOTS)
        ]
        statement = sa.select(*wanted).select_from(joined.whole).where(sa.or_(*slots))
        return _Detail(compiled(statement, self._database.family.dialect), columns)


type_of_condition = Callable[[sa.ColumnElement[Any], Kind], sa.ColumnElement[bool]]


def _equals(there: sa.ColumnElement[Any], kind: Kind) -> sa.ColumnElement[bool]:
    return is_given(there, kind, "v0")


def _email(there: sa.ColumnElement[Any], kind: Kind) -> sa.ColumnElement[bool]:
    """Wider than exact: what comes back is compared again by `matching`."""
    forms = [given("v0"), given("v1")]
    return sa.or_(there.in_(forms), sa.func.lower(sa.func.trim(there)).in_(forms))


def _phone(there: sa.ColumnElement[Any], kind: Kind) -> sa.ColumnElement[bool]:
    digits: sa.ColumnElement[Any] = sa.cast(there, sa.Text())
    for sign in _IN_NUMBERS:
        digits = sa.func.replace(digits, sign, "")
    return digits.in_([given(f"v{n}") for n in range(4)])


def _born(there: sa.ColumnElement[Any], kind: Kind) -> sa.ColumnElement[bool]:
    return sa.and_(there >= given("v0"), there < given("v1"))


_CONDITIONS: Mapping[str, type_of_condition] = {
    "patient_number": _equals,
    "email": _email,
    "phone": _phone,
    "birth_date": _born,
}


def _exactly(criterion: _Criterion, text: str) -> dict[str, object]:
    if not text:
        return {}
    return key_values([criterion.kind], text, "v") or {}


def _alike(kind: str, value: str) -> dict[str, object]:
    """The forms in which a contact point may be kept."""
    if not value.strip() or "\0" in value:
        return {}
    if kind == "email":
        forms = email_forms(value)
        return {"v0": forms[0], "v1": forms[-1]}
    national = same_phone(value)
    bare = national.removeprefix("0")
    return {"v0": national, "v1": f"+31{bare}", "v2": f"0031{bare}", "v3": f"+310{bare}"}


def _all(place: Place, ref: str, told: type_of_told) -> list[str]:
    """What a person has in a place: several where a table beside holds several rows."""
    rows = told[place.beside].get(ref, ())
    return [row[place.column] for row in rows if row[place.column]]


def _one(found: Sequence[str], wanted: str, same: Callable[[str], str] = same_text) -> str:
    """The value that is the wanted one, or else the first."""
    agreeing = [value for value in found if wanted and same(value) == same(wanted)]
    return (agreeing or [*found, ""])[0]


def _text(value: object) -> str:
    """A column as text: a date or moment in ISO form, nothing as ""."""
    return "" if value is None else str(value).strip()
