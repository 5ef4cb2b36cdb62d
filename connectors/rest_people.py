"""Finding a person in a system by the register's ordered list of look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.matching import Known, as_date, judge, same_phone, same_text
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
_KEYS = ("by", "request", "result_path", "require_exact", "on_multiple")
_PERSON = (
    "ref", "patient_number", "bsn", "name", "birth_date", "email", "phone", "town",
    "email_since", "phone_since",
)  # fmt: skip
_MANY = 25
_NORMALISED: dict[str, Callable[[str], str]] = {
    "none": str.strip,
    "lower": same_text,
    "phone": same_phone,
}


@dataclass(frozen=True, kw_only=True)
class Exact:
    """What a hit must hold to count: systems match more loosely than we may."""

    where: Path
    normalise: Callable[[str], str]

    def holds(self, person: object, said: str) -> bool:
        """Whether the person holds what was said."""
        return self.normalise(self.where.text_of(person)) == self.normalise(said)


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """One way to look a person up."""

    by: str
    request: Template
    result: Path
    exact: Exact | None

    def people(self, ask: type_of_ask, values: Mapping[str, str]) -> list[object]:
        """The hits that hold exactly what was asked; too many are left to a person."""
        body = ask(self.request, values)
        found = [] if body is None else self.result.of(body)
        if found is None:
            raise NeedsPerson(
                f"result_path of the look-up by {self.by} finds nothing in the system's answer;"
                " correct it in the register."
            )
        listed = found if isinstance(found, list) else [found]
        if len(listed) >= _MANY:
            raise NeedsPerson(
                f"The look-up by {self.by} finds {_MANY} people or more, as if the system did"
                " not look; correct the request in the register, or choose the person by hand."
            )
        said = values[self.by]
        return [one for one in listed if self.exact is None or self.exact.holds(one, said)]


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is on file. Reads what `person` names and nothing else."""

    lookups: Sequence[Lookup]
    person: Mapping[str, Path]

    def locate(self, subject: Subject, known_ref: str, ask: type_of_ask) -> Located:
        """The person, nobody, or candidates; the first look-up that finds somebody decides."""
        values = _values(subject, known_ref)
        for lookup in self.lookups:
            if lookup.request.needs <= set(values) and lookup.by in values:
                found = lookup.people(ask, values)
                located = judge(subject, self._known(found, known_ref))
                if not isinstance(located, Nobody):
                    return self._with_shared(located, ask)
        return Nobody()

    def _known(self, found: list[object], known_ref: str) -> Iterator[Known]:
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
                birth_date=self._text(one, "birth_date"),
                email=self._text(one, "email"),
                phone=self._text(one, "phone"),
                town=self._text(one, "town"),
                contacts=tuple(self._contacts(one)),
            )

    def _contacts(self, one: object) -> Iterator[ContactPoint]:
        for kind in ("email", "phone"):
            if value := self._text(one, kind):
                since = as_date(self._text(one, f"{kind}_since"))
                yield ContactPoint(kind=kind, value=value, since=since)

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
        alone = {contact.kind}
        for lookup in self.lookups:
            if lookup.by == contact.kind and lookup.request.needs <= alone:
                found = lookup.people(ask, {contact.kind: contact.value})
                return len({self._text(one, "ref") for one in found}) != 1
        return True


def _values(subject: Subject, known_ref: str) -> dict[str, str]:
    """What is known of the subject, by the names that templates use; the unknown left out."""
    known = {
        "patient_number": subject.patient_number,
        "bsn": subject.bsn,
        "email": subject.email.strip(),
        "phone": subject.phone,
        "name": subject.name,
        "birth_date": subject.birth_date.isoformat() if subject.birth_date else "",
        "postcode": subject.postcode,
        "reference": known_ref,
    }
    return {name: value for name, value in known.items() if value}


def people(read: Entry) -> People:
    """The look-ups and the `person` block of the settings."""
    person = read.at("person")
    person.only(*_PERSON)
    path(person, "ref")
    lookups = [_lookup(row) for row in read.rows("lookup")]
    if not lookups:
        raise BrokenRegister(f"{read.path}.lookup: write at least one way to look a person up.")
    return People(lookups=lookups, person=paths(read, "person"))


def _lookup(row: Entry) -> Lookup:
    row.only(*_KEYS)
    by = row.text("by")
    if by not in _BY:
        raise BrokenRegister(f"{row.path}.by: write one of {', '.join(_BY)}.")
    if row.text("on_multiple", "several") != "several":
        raise BrokenRegister(f"{row.path}.on_multiple: only `several` exists; the desk chooses.")
    exact = _exact(row.at("require_exact")) if "require_exact" in row.values else None
    return Lookup(
        by=by,
        request=template(row.at("request"), _BY),
        result=path(row, "result_path"),
        exact=exact,
    )


def _exact(row: Entry) -> Exact:
    row.only("path", "normalise")
    normalise = row.text("normalise", "none")
    if normalise not in _NORMALISED:
        raise BrokenRegister(f"{row.path}.normalise: write one of {', '.join(_NORMALISED)}.")
    return Exact(where=path(row, "path"), normalise=_NORMALISED[normalise])
