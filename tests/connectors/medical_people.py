"""A few made-up patients with everything that tells people apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from demo.person import Person
from dsr.core.subject import Subject

ANNA = Person(
    number=1,
    patient_number="P000001",
    given="Anna",
    family="de Vries",
    birth_date=date(1984, 5, 6),
    gender="female",
    street="Proefstraat 1",
    postcode="3011 ZZ",
    town="Rotterdam",
    email="anna@voorbeeld.example",
    phone="06 0000 0001",
    bsn="900010001",
    practice="centrum",
    contact_since=date(2023, 2, 1),
)
#: the twin: same family name, birth date and address
SANNE = replace(
    ANNA,
    number=2,
    patient_number="P000002",
    given="Sanne",
    email="sanne@voorbeeld.example",
    phone="06 0000 0002",
    bsn="900020002",
)
#: two people of one name and one birth date
MARIA = replace(
    ANNA,
    number=3,
    patient_number="P000003",
    given="Maria",
    family="Jansen",
    birth_date=date(1990, 3, 31),
    email="maria@voorbeeld.example",
    phone="06 0000 0003",
    bsn="900030003",
)
OTHER_MARIA = replace(
    MARIA,
    number=4,
    patient_number="P000004",
    email="m.jansen@voorbeeld.example",
    phone="06 0000 0004",
    bsn="900040004",
)
#: a couple with one mailbox
PAUL = replace(
    ANNA,
    number=5,
    patient_number="P000005",
    given="Paul",
    family="Kaya",
    birth_date=date(1981, 6, 6),
    email="familie@voorbeeld.example",
    phone="06 0000 0005",
    bsn="900050005",
)
AYLIN = replace(
    PAUL,
    number=6,
    patient_number="P000006",
    given="Aylin",
    birth_date=date(1984, 2, 29),
    phone="06 0000 0006",
    bsn="900060006",
)
#: twenty years of file
COR = replace(
    ANNA,
    number=7,
    patient_number="P000007",
    given="Cor",
    family="Ouwehand",
    birth_date=date(1951, 4, 17),
    email="cor@voorbeeld.example",
    phone="06 0000 0007",
    bsn="900070007",
    file="Marcos_Delagarza",
)
PEOPLE = (ANNA, SANNE, MARIA, OTHER_MARIA, PAUL, AYLIN, COR)


def subject_of(person: Person, *fields: str) -> Subject:
    """What a request says about a person: name and birth date, or just the named fields."""
    known = {
        "name": person.name,
        "birth_date": person.birth_date,
        "email": person.email,
        "phone": person.phone,
        "patient_number": person.patient_number,
        "bsn": person.bsn,
    }
    return Subject(**{name: known[name] for name in fields or ("name", "birth_date")})  # type: ignore[arg-type]  # a table of field values
