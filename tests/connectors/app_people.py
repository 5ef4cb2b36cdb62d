"""A few made-up people who use the app, with everything that tells them apart."""

from __future__ import annotations

from dataclasses import replace

from demo.person import Person
from dsr.core.subject import Subject
from tests.connectors import medical_people
from tests.connectors.medical_people import PEOPLE


def _with_app(person: Person, sendbird_id: str = "") -> Person:
    number = f"{person.number:04d}"
    return replace(
        person,
        cognito_sub=f"00000000-0000-4000-8000-00000000{number}",
        sendbird_id=sendbird_id or f"jans-{number}",
        messages=9,
    )


#: her chat is longer than two pages, and her id needs encoding in an address
NORA = replace(_with_app(medical_people.ANNA, "anna/é 1?%"), messages=430, mfa=True)
SANNE = _with_app(medical_people.SANNE)
MARIA = _with_app(medical_people.MARIA)
OTHER_MARIA = _with_app(medical_people.OTHER_MARIA)
PAUL = _with_app(medical_people.PAUL)
AYLIN = _with_app(medical_people.AYLIN)
#: a patient without the app
COR = medical_people.COR
APP_PEOPLE = (NORA, SANNE, MARIA, OTHER_MARIA, PAUL, AYLIN, COR)
assert len(APP_PEOPLE) == len(PEOPLE)


def said(person: Person, **known_refs: str) -> Subject:
    """What a request says about a person."""
    return Subject(
        name=person.name,
        birth_date=person.birth_date,
        email=person.email,
        phone=person.phone,
        known_refs=known_refs,
    )
