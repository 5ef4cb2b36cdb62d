"""A short medical file in the way of a Dutch practice: a few visits with what came of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from demo.files_contacts import ALLERGIES, VISITS, Visit
from demo.files_staff import meta, patient_id, patient_of, practice_of, staff_of
from demo.person import Person

type_of_resource = dict[str, object]

ICPC = "http://hl7.org/fhir/sid/icpc-1-nl"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
_TERMS = "http://terminology.hl7.org/CodeSystem/"
_FIRST = date(2023, 9, 4)
_DAYS = 1100


@dataclass(frozen=True)
class _Contact:
    """One visit on one day; makes its resources with ids of its own."""

    person: Person
    place: int
    visit: Visit
    day: date
    other: str

    def made(self, kind: str, profile: str) -> type_of_resource:
        """The head of a resource of this contact."""
        return {
            "resourceType": kind,
            "id": self.ident(kind),
            "meta": meta(profile, self.moment("16:30:00")),
        }

    def ident(self, kind: str) -> str:
        """The id of this contact's resource of a kind."""
        return f"{patient_id(self.person)}-{kind[:4].lower()}-{self.place}"

    def moment(self, time: str) -> str:
        """A time on the day of the contact."""
        return f"{self.day.isoformat()}T{time}+01:00"


def short_file(person: Person, mentions: Sequence[Person] = ()) -> Iterator[type_of_resource]:
    """Two to seven visits with diagnosis, SOEP report, drugs, measurements; perhaps an allergy.

    One line names somebody else: the first of `mentions`, or an invented neighbour.
    """
    chance = random.Random(f"file {person.number}")
    visits = chance.sample(VISITS, k=chance.randint(2, 7))
    days = sorted(chance.sample(range(_DAYS), k=len(visits)))
    other = mentions[0].name if mentions else "buurvrouw Tonnie Zandstra"
    for place, (visit, after) in enumerate(zip(visits, days, strict=True), start=1):
        contact = _Contact(person, place, visit, _FIRST + timedelta(days=after), other)
        yield from _contact_resources(contact, chance)
    if chance.random() < 0.4:
        yield _allergy(person, chance)


def _contact_resources(contact: _Contact, chance: random.Random) -> Iterator[type_of_resource]:
    yield _encounter(contact)
    yield _condition(contact)
    yield _report(contact)
    if contact.visit.drug:
        yield _medication(contact, *contact.visit.drug)
    if contact.visit.measured:
        yield _observation(contact, chance)


def _encounter(contact: _Contact) -> type_of_resource:
    return {
        **contact.made("Encounter", "Encounter"),
        "status": "finished",
        "class": {"system": _TERMS + "v3-ActCode", "code": "AMB", "display": "consult"},
        "subject": patient_of(contact.person),
        "participant": [{"individual": staff_of(contact.person, contact.place % 2)}],
        "period": {"start": contact.moment("09:10:00"), "end": contact.moment("09:20:00")},
        "reasonCode": [_icpc(contact.visit)],
        "serviceProvider": practice_of(contact.person),
    }


def _condition(contact: _Contact) -> type_of_resource:
    return {
        **contact.made("Condition", "Problem"),
        "clinicalStatus": {"coding": [{"system": _TERMS + "condition-clinical", "code": "active"}]},
        "verificationStatus": {
            "coding": [{"system": _TERMS + "condition-ver-status", "code": "confirmed"}]
        },
        "code": _icpc(contact.visit),
        "subject": patient_of(contact.person),
        "encounter": _to(contact, "Encounter"),
        "onsetDateTime": contact.day.isoformat(),
        "recordedDate": contact.moment("09:20:00"),
        "recorder": staff_of(contact.person, contact.place % 2),
    }


def _report(contact: _Contact) -> type_of_resource:
    """The SOEP report; here is where other people are mentioned."""
    lines = [line.replace("{other}", contact.other) for line in contact.visit.soep]
    return {
        **contact.made("Composition", "SOAPReport"),
        "status": "final",
        "type": {"coding": [{"system": SNOMED, "code": "11591000146107"}]},
        "subject": patient_of(contact.person),
        "encounter": _to(contact, "Encounter"),
        "date": contact.moment("09:20:00"),
        "author": [staff_of(contact.person, contact.place % 2)],
        "title": contact.visit.title,
        "section": [
            _section(title, line)
            for title, line in zip(
                ("Subjectief", "Objectief", "Evaluatie", "Plan"), lines, strict=True
            )
        ],
    }


def _section(title: str, line: str) -> dict[str, object]:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(line, quote=False)}</div>'
    return {"title": title, "text": {"status": "generated", "div": div}}


def _medication(contact: _Contact, atc: str, name: str, use: str) -> type_of_resource:
    return {
        **contact.made("MedicationRequest", "MedicationAgreement"),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": ATC, "code": atc, "display": name}],
            "text": name,
        },
        "subject": patient_of(contact.person),
        "encounter": _to(contact, "Encounter"),
        "authoredOn": contact.moment("09:18:00"),
        "requester": staff_of(contact.person, contact.place % 2),
        "dosageInstruction": [{"text": use}],
    }


def _observation(contact: _Contact, chance: random.Random) -> type_of_resource:
    code, title, low, high, unit = contact.visit.measured or ("", "", 0.0, 0.0, "")
    return {
        **contact.made("Observation", "LaboratoryTestResult"),
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code, "display": title}], "text": title},
        "subject": patient_of(contact.person),
        "encounter": _to(contact, "Encounter"),
        "effectiveDateTime": contact.moment("09:12:00"),
        "issued": contact.moment("16:30:00"),
        "performer": [staff_of(contact.person, 3)],
        "valueQuantity": {
            "value": round(chance.uniform(low, high), 1),
            "unit": unit,
            "system": UCUM,
            "code": unit,
        },
    }


def _allergy(person: Person, chance: random.Random) -> type_of_resource:
    code, name, words = chance.choice(ALLERGIES)
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"{patient_id(person)}-alle-1",
        "meta": meta("AllergyIntolerance", "2023-10-02T09:00:00+01:00"),
        "clinicalStatus": {
            "coding": [{"system": _TERMS + "allergyintolerance-clinical", "code": "active"}]
        },
        "code": {"coding": [{"system": SNOMED, "code": code}], "text": name},
        "patient": patient_of(person),
        "recordedDate": "2023-10-02",
        "recorder": staff_of(person),
        "note": [{"text": words}],
    }


def _icpc(visit: Visit) -> dict[str, object]:
    coding = {"system": ICPC, "code": visit.icpc, "display": visit.title}
    return {"coding": [coding], "text": visit.title}


def _to(contact: _Contact, kind: str) -> dict[str, object]:
    return {"reference": f"{kind}/{contact.ident(kind)}", "type": kind}
