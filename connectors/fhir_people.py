"""Finding a patient in a HIS: by number, by name with birth date, and at last by a contact point.

Every search is a POST: a BSN or a patient number never stands in an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.fhir_json import is_replaced, objects, type_of_resource
from connectors.fhir_server import FhirServer
from connectors.matching import Known, as_date, email_forms, judge, same_phone, same_text
from dsr.core.connector import Candidate, ContactPoint, Located, Nobody, One, Several
from dsr.core.errors import NeedsPerson
from dsr.core.subject import Subject

_COUNT = "50"
_SYSTEMS = {"email": "email", "phone": "phone", "sms": "phone"}


@dataclass(frozen=True)
class Naming:
    """The identifier systems of this HIS: one for patient numbers, one for the BSN."""

    patient_number: str
    bsn: str


@dataclass(frozen=True)
class People:
    """Who is on file. Reads the Patient resource only."""

    server: FhirServer
    naming: Naming

    def locate(self, subject: Subject, known_ref: str = "") -> Located:
        """The person, nobody, or candidates; the first search that finds somebody decides."""
        for found in self._searches(subject, known_ref):
            located = judge(subject, self._known(found, subject, known_ref))
            if isinstance(located, Nobody):
                located = _nearly(found, subject)
            if not isinstance(located, Nobody):
                return self._with_shared(located)
        return Nobody()

    def _searches(self, subject: Subject, known_ref: str) -> Iterator[list[type_of_resource]]:
        if known_ref:
            held = self.server.read(known_ref)
            yield [held] if held else []
        numbers = list(self._by_number(subject))
        yield numbers
        if subject.name and subject.birth_date:
            born = subject.birth_date.isoformat()
            families = ",".join(map(_escaped, _families(subject.name)))
            yield self._patients({"birthdate": born, "family": families})
        for form in email_forms(subject.email):
            yield self._patients({"email": _escaped(form)})
        if subject.phone:
            yield self._patients({"phone": _escaped(subject.phone)})

    def _by_number(self, subject: Subject) -> Iterator[type_of_resource]:
        """Who has the patient number or the BSN; answers that do not have it are left out."""
        for system, number in (
            (self.naming.patient_number, subject.patient_number),
            (self.naming.bsn, subject.bsn),
        ):
            if not system or not number:
                continue
            found = self._patients({"identifier": f"{_escaped(system)}|{_escaped(number)}"})
            having = [one for one in found if _number(one, system) == number]
            if found and not having:
                raise NeedsPerson(
                    "The HIS answers a search for a number with people who do not have it; ask"
                    " its supplier to switch on the search by identifier."
                )
            yield from having

    def _patients(self, form: Mapping[str, str]) -> list[type_of_resource]:
        bundle = self.server.search("Patient", {**form, "_count": _COUNT})
        if bundle.next or (bundle.total or 0) > len(bundle.resources):
            raise NeedsPerson(
                "More than fifty people in the HIS match; give the patient number, or choose the"
                " person by hand."
            )
        found = [one for one in bundle.resources if one["resourceType"] == "Patient"]
        return [one for one in found if not is_replaced(one)] or found

    def _known(
        self, found: list[type_of_resource], subject: Subject, known_ref: str
    ) -> Iterator[Known]:
        for patient in found:
            ident = str(patient.get("id"))
            if subject.bsn and ident == subject.bsn:
                raise NeedsPerson(
                    "The HIS uses the BSN as its own id of a patient, so every address would"
                    " hold it; ask the supplier for other ids, or make the copy by hand."
                )
            yield self._one(patient, subject, known_ref)

    def _one(self, patient: type_of_resource, subject: Subject, known_ref: str) -> Known:
        ref = f"Patient/{patient.get('id')}"
        contacts = tuple(_contacts(patient))
        names = list(_names(patient))
        said = same_text(subject.name)
        address = next(iter(objects(patient.get("address"))), {})
        return Known(
            subject_ref=ref,
            by_reference=ref == known_ref,
            patient_number=_number(patient, self.naming.patient_number),
            bsn=_number(patient, self.naming.bsn),
            name=next((name for name in names if same_text(name) == said), [*names, ""][0]),
            birth_date=str(patient.get("birthDate", "")),
            email=_matching(contacts, "email", subject.email),
            phone=_matching(contacts, "phone", subject.phone),
            town=str(address.get("city", "")),
            contacts=contacts,
        )

    def _with_shared(self, located: Located) -> Located:
        """Marks the contact points that more than one patient has: no code may go there."""
        if not isinstance(located, One):
            return located
        return replace(located, contacts=tuple(map(self._shared, located.contacts)))

    def _shared(self, contact: ContactPoint) -> ContactPoint:
        """A HIS that cannot be asked for it counts as shared: nothing is proved by that mailbox."""
        form = {contact.kind: _escaped(contact.value), "_count": "2"}
        try:
            bundle = self.server.search("Patient", form)
        except NeedsPerson:
            return replace(contact, shared=True)
        people = {one.get("id") for one in bundle.resources if one["resourceType"] == "Patient"}
        return replace(contact, shared=len(people) != 1 or bool(bundle.next))


def _nearly(found: list[type_of_resource], subject: Subject) -> Located:
    """Candidates with the birth date, a family name and the initial: a HIS often holds no more.

    "A. de Vries" may be Anna, and "de Vries-Kok" may have married: the desk knows.
    """
    born = subject.birth_date.isoformat() if subject.birth_date else ""
    near = [
        Candidate(subject_ref=f"Patient/{one.get('id')}", agrees=("birth_date",), shown=_shown(one))
        for one in found
        if born and one.get("birthDate") == born and _is_near(one, subject.name)
    ]
    return Several(tuple(near)) if near else Nobody()


def _is_near(patient: type_of_resource, said: str) -> bool:
    families = {part for family in _families(same_text(said)) for part in family.split("-")}
    for name in objects(patient.get("name")):
        given = name.get("given")
        first = same_text(str(given[0])) if isinstance(given, list) and given else ""
        family = set(same_text(str(name.get("family", ""))).split("-")) - {""}
        if family & families and same_text(said).startswith(first[:1]):
            return True
    return False


def _shown(patient: type_of_resource) -> dict[str, str]:
    address = next(iter(objects(patient.get("address"))), {})
    shown = {
        "name": next((name for name in _names(patient) if name), ""),
        "birth_date": str(patient.get("birthDate", "")),
        "town": str(address.get("city", "")),
    }
    return {name: value for name, value in shown.items() if value}


def _families(name: str) -> tuple[str, ...]:
    """What may be the family name: "Vries" and "de Vries" of "Anna de Vries"."""
    words = name.split()
    return tuple(" ".join(words[start:]) for start in range(len(words) - 1, 0, -1)) or (name,)


def _names(patient: type_of_resource) -> Iterator[str]:
    """Every way in which the record writes the name, the official one first."""
    names = sorted(objects(patient.get("name")), key=lambda name: name.get("use") != "official")
    for name in names:
        family = str(name.get("family", ""))
        given = name.get("given")
        words = [str(one) for one in given] if isinstance(given, list) else []
        yield from (" ".join([*words, family]).strip(), " ".join([*words[:1], family]).strip())
        yield str(name.get("text", ""))


def _number(patient: type_of_resource, system: str) -> str:
    for identifier in objects(patient.get("identifier")):
        if system and identifier.get("system") == system:
            return str(identifier.get("value", ""))
    return ""


def _contacts(patient: type_of_resource) -> Iterator[ContactPoint]:
    """The mailboxes and phone numbers that are in use, with the day they came into use."""
    today = datetime.now(UTC).date()
    for telecom in objects(patient.get("telecom")):
        kind = _SYSTEMS.get(str(telecom.get("system")))
        period = next(iter(objects(telecom.get("period"))), {})
        end = as_date(str(period.get("end", "")))
        if not kind or not telecom.get("value") or telecom.get("use") == "old":
            continue
        if end is None or end >= today:
            since = as_date(str(period.get("start", "")))
            yield ContactPoint(kind=kind, value=str(telecom["value"]), since=since)


def _matching(contacts: tuple[ContactPoint, ...], kind: str, said: str) -> str:
    """The contact point that the subject gave if it is on file, else the first of its kind."""
    compared = same_phone if kind == "phone" else same_text
    values = [contact.value for contact in contacts if contact.kind == kind]
    return next((value for value in values if compared(value) == compared(said)), [*values, ""][0])


def _escaped(value: str) -> str:
    """A search value in which FHIR's own separators mean nothing."""
    for sign in "\\,|$":
        value = value.replace(sign, "\\" + sign)
    return value
