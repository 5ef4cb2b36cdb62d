"""Finding a person in a system by the register's ordered list of look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from connectors.matching import Known, judge, same_phone, same_text
from connectors.rest_dates import moment
from connectors.rest_path import Path, path, paths
from connectors.rest_template import Template, template
from dsr.core.connector import ContactPoint, Located, Nobody, One
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson
from dsr.core.reading import Entry
from dsr.core.subject import Subject

#: a look-up call: the template and its values in, the body out, None for "no such person"
type_of_ask = Callable[[Template, Mapping[str, str]], object]

_FIELDS = ("patient_number", "bsn", "email", "phone", "name", "birth_date", "postcode")
_BY = (*_FIELDS, "reference")
_KEYS = (
    "by", "request", "result_path", "require_exact", "on_multiple", "then", "empty_when_missing",
)  # fmt: skip
_PERSON = (
    "ref", "patient_number", "bsn", "name", "birth_date", "email", "phone", "town",
    "email_since", "phone_since",
)  # fmt: skip
#: the phone number in the two forms that systems keep, whatever form it was said in
_PHONE_FORMS = ("phone_national", "phone_e164")
_MANY = 25
_NORMALISED: dict[str, Callable[[str], str]] = {
    "none": str.strip,
    "lower": same_text,
    "phone": same_phone,
    "e164": same_phone,
}


@dataclass(frozen=True, kw_only=True)
class Exact:
    """What a hit must hold to count: systems match more loosely than we may."""

    where: Path
    normalise: Callable[[str], str]

    def holds(self, person: object, said: str) -> bool:
        """Whether the person holds what was said, where there are several: as one of them."""
        return self.normalise(said) in {self.normalise(one) for one in self.where.texts_of(person)}


@dataclass(frozen=True, kw_only=True)
class Then:
    """The second step of a look-up whose hits are references only: each {found} is read."""

    value: Path
    request: Template
    result: Path

    def people(self, hits: list[object], ask: type_of_ask) -> Iterator[object]:
        """The people behind the hits; one that is gone meanwhile is left out."""
        for hit in hits:
            found = self.value.text_of(hit)
            if not found:
                raise BadAnswer("A hit in the system's answer has no reference; try again later.")
            body = ask(self.request, {"found": found})
            person = None if body is None else self.result.of(body)
            if isinstance(person, dict):
                yield person
            elif body is not None:
                raise NeedsPerson(
                    "then.result_path of a look-up finds no person in the system's answer; correct"
                    " it in the register."
                )


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """One way to look a person up."""

    by: str
    request: Template
    result: Path
    then: Then | None
    exact: Exact | None
    missing_is_nobody: bool

    def people(self, ask: type_of_ask, values: Mapping[str, str]) -> list[object]:
        """The hits that hold exactly what was asked; too many are left to a person."""
        listed = self.hits(ask, values)
        if len(listed) >= _MANY:
            raise NeedsPerson(
                f"The look-up by {self.by} finds {_MANY} people or more, as if the system did"
                " not look; correct the request in the register, or choose the person by hand."
            )
        read = list(self.then.people(listed, ask)) if self.then else listed
        said = values[self.by]
        return [one for one in read if self.exact is None or self.exact.holds(one, said)]

    def hits(self, ask: type_of_ask, values: Mapping[str, str]) -> list[object]:
        """What the system answers, before anything is compared."""
        body = ask(self.request, values)
        if body is None and not self.missing_is_nobody:
            raise NeedsPerson(
                f"The address of the look-up by {self.by} is not there (code 404); correct its"
                " path or `base_url` in the register. If this system says so of people whom it"
                " does not know, write `empty_when_missing: true` there."
            )
        found = [] if body is None else self.result.of(body)
        if found is None:
            raise NeedsPerson(
                f"result_path of the look-up by {self.by} finds nothing in the system's answer;"
                " correct it in the register."
            )
        return found if isinstance(found, list) else [found]


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is on file. Reads what `person` names and nothing else."""

    lookups: Sequence[Lookup]
    person: Mapping[str, Path]
    date_forms: tuple[str, ...] = ()

    def locate(self, subject: Subject, known_ref: str, ask: type_of_ask) -> Located:
        """The person, nobody, or candidates; the first look-up that finds somebody decides."""
        values = _values(subject, known_ref)
        for lookup in self.lookups:
            if lookup.request.needs <= set(values) and lookup.by in values:
                found = lookup.people(ask, values)
                located = judge(subject, self._known(found, subject, known_ref))
                if not isinstance(located, Nobody):
                    return self._with_shared(located, ask)
        return Nobody()

    def _known(self, found: list[object], subject: Subject, known_ref: str) -> Iterator[Known]:
        for one in found:
            ref = self._text(one, "ref")
            if not ref:
                raise BadAnswer("A person in the system's answer has no reference.")
            yield Known(
                subject_ref=ref,
                by_reference=bool(known_ref) and ref == known_ref,
                patient_number=self._text(one, "patient_number"),
                bsn=self._text(one, "bsn"),
                name=self._text(one, "name"),
                birth_date=self._birth_date(one),
                email=_meant(self._texts(one, "email"), subject.email, same_text),
                phone=_meant(self._texts(one, "phone"), subject.phone, same_phone),
                town=self._text(one, "town"),
                contacts=tuple(self._contacts(one)),
            )

    def _contacts(self, one: object) -> Iterator[ContactPoint]:
        for kind in ("email", "phone"):
            values, since = self._texts(one, kind), self._days(one, f"{kind}_since")
            for number, value in enumerate(values):
                day = since[number] if len(since) == len(values) else None
                yield ContactPoint(kind=kind, value=value, since=day)

    def _days(self, one: object, name: str) -> tuple[date | None, ...]:
        found = self.person[name].of(one) if name in self.person else None
        return tuple(_day(value) for value in (found if isinstance(found, list) else [found]))

    def _birth_date(self, one: object) -> str:
        found = self.person["birth_date"].of(one) if "birth_date" in self.person else None
        day = _day(found, self.date_forms)
        return day.isoformat() if day else ""

    def _texts(self, one: object, name: str) -> tuple[str, ...]:
        return self.person[name].texts_of(one) if name in self.person else ()

    def _text(self, one: object, name: str) -> str:
        return self.person[name].text_of(one) if name in self.person else ""

    def _with_shared(self, located: Located, ask: type_of_ask) -> Located:
        """Marks the contact points that more than one person has: no code may go there."""
        if not isinstance(located, One):
            return located
        marked = (replace(one, shared=self._is_shared(one, ask)) for one in located.contacts)
        return replace(located, contacts=tuple(marked))

    def _is_shared(self, contact: ContactPoint, ask: type_of_ask) -> bool:
        """A system that cannot be asked counts as shared: nothing is proved by that mailbox."""
        known = {contact.kind: contact.value}
        known |= _phone_forms(contact.value) if contact.kind == "phone" else {}
        for lookup in self.lookups:
            if lookup.by == contact.kind and lookup.request.needs <= set(known):
                found = lookup.people(ask, known)
                return len({self._text(one, "ref") for one in found}) != 1
        return True


def _meant(on_file: tuple[str, ...], said: str, same: Callable[[str], str]) -> str:
    """Of several on file the one that was said, else the first."""
    agreeing = (one for one in on_file if said and same(one) == same(said))
    return next(agreeing, on_file[0] if on_file else "")


def _day(value: object, forms: tuple[str, ...] = ()) -> date | None:
    found = moment(value, forms)
    return found.date() if isinstance(found, datetime) else found


def _values(subject: Subject, known_ref: str) -> dict[str, str]:
    """What is known of the subject, by the names that templates use; the unknown left out."""
    known = {
        "patient_number": subject.patient_number,
        "bsn": subject.bsn,
        "email": subject.email.strip(),
        "phone": subject.phone,
        **_phone_forms(subject.phone),
        "name": subject.name,
        "birth_date": subject.birth_date.isoformat() if subject.birth_date else "",
        "postcode": subject.postcode,
        "reference": known_ref,
    }
    return {name: value for name, value in known.items() if value}


def _phone_forms(phone: str) -> dict[str, str]:
    plain = same_phone(phone)
    abroad = "+31" + plain[1:] if plain.startswith("0") and not plain.startswith("00") else plain
    return {"phone_national": plain, "phone_e164": abroad}


def people(read: Entry) -> People:
    """The look-ups and the `person` block of the settings."""
    person = read.at("person")
    person.only(*_PERSON)
    path(person, "ref")
    lookups = [_lookup(row) for row in read.rows("lookup")]
    if not lookups:
        raise BrokenRegister(f"{read.path}.lookup: write at least one way to look a person up.")
    return People(
        lookups=lookups, person=paths(read, "person"), date_forms=read.texts("date_forms")
    )


def _lookup(row: Entry) -> Lookup:
    row.only(*_KEYS)
    by = row.text("by")
    if by not in _BY:
        raise BrokenRegister(f"{row.path}.by: write one of {', '.join(_BY)}.")
    if row.text("on_multiple", "several") != "several":
        raise BrokenRegister(f"{row.path}.on_multiple: only `several` exists; the desk chooses.")
    request = template(row.at("request"), (*_BY, *_PHONE_FORMS))
    return Lookup(
        by=by,
        request=request,
        result=path(row, "result_path"),
        then=_then(row.at("then")) if "then" in row.values else None,
        exact=_exact(row.at("require_exact")) if "require_exact" in row.values else None,
        missing_is_nobody=row.flag("empty_when_missing") or "{" in request.path,
    )


def _then(row: Entry) -> Then:
    row.only("value", "request", "result_path")
    return Then(
        value=path(row, "value", "@"),
        request=template(row.at("request"), ("found",)),
        result=path(row, "result_path", "@"),
    )


def _exact(row: Entry) -> Exact:
    row.only("path", "normalise")
    normalise = row.text("normalise", "none")
    if normalise not in _NORMALISED:
        raise BrokenRegister(f"{row.path}.normalise: write one of {', '.join(_NORMALISED)}.")
    return Exact(where=path(row, "path"), normalise=_NORMALISED[normalise])
