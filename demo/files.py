"""The medical file of a demo person as FHIR R4 resources; the same person, the same file, always.

A person whose `file` names a sample (`files_samples.samples()`) has a file of twenty years on top
of the short one.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from demo.files_gp import short_file
from demo.files_samples import long_file
from demo.files_staff import (
    BSN,
    PATIENT_NUMBER,
    STAFF,
    meta,
    patient_id,
    patient_of,
    practice_of,
    practice_resources,
    staff_of,
)
from demo.person import Person

type_of_resource = dict[str, object]

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def resources_of(person: Person, mentions: Sequence[Person] = ()) -> Iterator[type_of_resource]:
    """Every resource of the person's file: the Patient first, Binary and AuditEvent last.

    `mentions` are people whose names stand in the reports of this person.
    """
    yield patient_resource(person)
    yield from practice_resources(person)
    yield _relative(person, mentions)
    yield from short_file(person, mentions)
    if person.file:
        yield from long_file(person)
    yield from _documents(person)
    yield from _looks(person)


def patient_resource(person: Person) -> type_of_resource:
    """The Patient with nl-core identifiers, name, contacts (with their start) and address."""
    since = {"start": person.contact_since.isoformat()}
    telecom = [
        {"system": system, "value": value, "use": "home", "period": since}
        for system, value in (("email", person.email), ("phone", person.phone))
        if value
    ]
    numbers = ((PATIENT_NUMBER, person.patient_number), (BSN, person.bsn))
    return {
        "resourceType": "Patient",
        "id": patient_id(person),
        "meta": meta("Patient", f"{person.contact_since.isoformat()}T10:00:00+01:00"),
        "identifier": [{"system": system, "value": number} for system, number in numbers if number],
        "active": True,
        "name": [
            {
                "use": "official",
                "text": person.name,
                "family": person.family,
                "given": person.given.split(),
            }
        ],
        **({"telecom": telecom} if telecom else {}),
        "gender": person.gender,
        "birthDate": person.birth_date.isoformat(),
        "address": [
            {
                "use": "home",
                "line": [person.street],
                "postalCode": person.postcode,
                "city": person.town,
                "country": "NL",
            }
        ],
        "managingOrganization": practice_of(person),
    }


def _relative(person: Person, mentions: Sequence[Person]) -> type_of_resource:
    """The contact person: another patient of the practice where one is given."""
    child = person.birth_date > date(2010, 11, 1)
    name = mentions[0].name if mentions else "Tonnie Zandstra"
    code, words = ("MTH", "moeder") if child else ("NBOR", "buurvrouw")
    return {
        "resourceType": "RelatedPerson",
        "id": f"{patient_id(person)}-rela-1",
        "meta": meta("ContactPerson", "2023-09-10T10:00:00+01:00"),
        "active": True,
        "patient": patient_of(person),
        "relationship": [{"coding": [{"system": _ROLES, "code": code}], "text": words}],
        "name": [{"text": name}],
        "telecom": [{"system": "phone", "value": "06 0000 0999"}],
    }


def _documents(person: Person) -> Iterator[type_of_resource]:
    """A letter (PDF, by address), a note (text, by address) and a short text inside the record."""
    letter = f"Brief van de specialist over {person.name}: controle akkoord."
    note = f"Telefoonnotitie {person.name}: belt terug over de uitslag. Gesproken met de buurvrouw."
    ident = patient_id(person)
    files = (
        ("1", "Specialistenbrief", "application/pdf", _pdf("Specialistenbrief, controle akkoord.")),
        ("2", "Telefoonnotitie", "text/plain", note.encode()),
    )
    for number, title, media_type, content in files:
        attachment = {
            "contentType": media_type,
            "url": f"Binary/{ident}-bina-{number}",
            "size": len(content),
            "title": title,
        }
        yield _document(person, number, attachment)
    inline = {"contentType": "text/plain; charset=utf-8", "title": "Samenvatting brief"}
    yield _document(person, "3", {**inline, "data": _base64(letter.encode())})
    for number, _, media_type, content in files:
        yield {
            "resourceType": "Binary",
            "id": f"{ident}-bina-{number}",
            "contentType": media_type,
            "securityContext": patient_of(person),
            "data": _base64(content),
        }


def _document(person: Person, number: str, attachment: dict[str, object]) -> type_of_resource:
    return {
        "resourceType": "DocumentReference",
        "id": f"{patient_id(person)}-docu-{number}",
        "meta": meta("DocumentReference", f"2025-03-1{number}T12:00:00+01:00"),
        "status": "current",
        "type": {"text": str(attachment["title"])},
        "subject": patient_of(person),
        "date": f"2025-03-1{number}T11:30:00+01:00",
        "author": [staff_of(person, int(number) % 2)],
        "content": [{"attachment": attachment}],
    }


def _looks(person: Person) -> Iterator[type_of_resource]:
    """Who opened the file and when (NEN 7513)."""
    chance = random.Random(f"looks {person.number}")
    for number in range(1, chance.randint(4, 12)):
        day = date(2024, 1, 8) + timedelta(days=chance.randrange(1000))
        place = chance.randrange(len(STAFF))
        yield {
            "resourceType": "AuditEvent",
            "id": f"{patient_id(person)}-audi-{number}",
            "meta": {"lastUpdated": f"{day.isoformat()}T08:{number + 10}:00+01:00"},
            "type": {"system": _DCM, "code": "110110", "display": "Patient Record"},
            "action": chance.choice("RRRU"),
            "recorded": f"{day.isoformat()}T08:{number + 10}:00+01:00",
            "outcome": "0",
            "agent": [
                {
                    "role": [{"text": STAFF[place][0]}],
                    "who": staff_of(person, place),
                    "requestor": True,
                }
            ],
            "source": {"observer": {"display": "HIS van de demopraktijk"}},
            "entity": [{"what": patient_of(person)}],
        }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _pdf(line: str) -> bytes:
    """The smallest PDF of one page with one ASCII line."""
    drawn = f"BT /F1 14 Tf 72 760 Td ({line}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 6\n0000000000 65535 f \n%b"
        b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))
    )
