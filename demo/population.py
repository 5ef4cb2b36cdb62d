"""The made-up patients of the demo practice: a fixed cast for the hard cases, and a seeded crowd.

Nobody here exists. Every BSN fails the eleven-test, every address and number is invented.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import IntEnum

from demo import names
from demo.person import Person

#: The day that the demo plays on when nobody names another: tests are the same on every day.
DEMO_DAY = date(2026, 11, 22)
PRACTICES = ("kralingen", "centrum", "zuidplein")
#: A FHIR sample (`demo.files_samples.samples`) that begins a medical file of twenty years.
LONG_FILE = "Marcos_Delagarza"


class Cast(IntEnum):
    """Who plays what; the value is `Person.number`, and the place in `people()` plus one."""

    APP = 1  #: signs in with the app and a second factor: IA3
    GUEST = 2  #: no sign-in; gets a code at an address on file: IA2
    DESK = 3  #: no app account; comes to the desk with an identity document: IA4
    TWIN = 4  #: same family name, birth date and address as OTHER_TWIN
    OTHER_TWIN = 5
    FATHER = 6  #: same name and address as SON, another birth date
    SON = 7
    NAMESAKE = 8  #: same name AND birth date as OTHER_NAMESAKE, at another practice
    OTHER_NAMESAKE = 9
    CHILD_OF_9 = 10
    CHILD_OF_14 = 11
    PARTNER = 12  #: shares an e-mail address with OTHER_PARTNER
    OTHER_PARTNER = 13
    NEW_CONTACT = 14  #: e-mail address and phone changed ten days ago
    HEAVY = 15  #: 20,000 messages and a file of more than twenty years
    JUST_16 = 16  #: has the app since their sixteenth birthday
    CYRILLIC = 17
    ARABIC = 18
    LONG_NAME = 19
    NO_MAIL = 20  #: an app account with a phone number only
    QUIET = 21  #: an app account without a single message


def people(seed: int = 2026, count: int = 400, *, today: date = DEMO_DAY) -> tuple[Person, ...]:
    """The cast and a crowd, `count` people together; the same for the same arguments.

    Of `today` hang only the children's years of birth and when contacts were changed.
    """
    dice = random.Random(seed)
    taken: set[tuple[str, date]] = set()
    found = list(_cast(dice, today))
    taken.update((person.name, person.birth_date) for person in found)
    for number in range(len(found) + 1, count + 1):
        found.append(_new_face(dice, number, found[-1], taken))
    return tuple(found[:count])


def played_by(everybody: tuple[Person, ...], who: Cast) -> Person:
    """The person who plays this part."""
    return everybody[who - 1]


def passes_eleven_test(digits: str) -> bool:
    """Whether nine digits could be a real BSN (the sum 9a+8b+...+2h-i divides by eleven)."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0


def _cast(dice: random.Random, today: date) -> Iterator[Person]:
    for number, part in enumerate(_parts(today), start=1):
        base = _bare(dice, number, part[0], part[1], part[2])
        yield _with_app(dice, base, **part[3])


_Part = tuple[str, str, date, dict[str, object]]


def _parts(today: date) -> tuple[_Part, ...]:
    home = {"street": "Proefstraat 8", "postcode": "3062 ZZ"}
    shared = {"street": "Testkade 21", "postcode": "3011 ZX", "practice": "centrum"}
    couple = {**shared, "email": "familie.kaya@voorbeeld.example"}
    child = {**shared, "app": False, "email": "", "gender": "female"}
    return (
        ("Nora", "van der Velde", date(1988, 5, 14), {**home, "practice": "kralingen",
            "email": "n.vandervelde@voorbeeld.example", "mfa": True, "messages": 46}),
        ("Youssef", "El Idrissi", date(1979, 10, 2), {"practice": "centrum", "gender": "male",
            "email": "y.elidrissi@voorbeeld.example", "messages": 24}),
        ("Grietje", "Hoekstra", date(1944, 3, 31), {"practice": "zuidplein", "app": False,
            "email": "g.hoekstra@voorbeeld.example"}),
        ("Emma", "de Wit", date(1996, 7, 19), {**home, "practice": "kralingen", "messages": 12}),
        ("Sophie", "de Wit", date(1996, 7, 19), {**home, "practice": "kralingen", "messages": 9}),
        ("Jan", "Visser", date(1957, 1, 8), {"street": "Fictiesingel 3", "postcode": "3083 ZY",
            "practice": "zuidplein", "gender": "male", "messages": 7}),
        ("Jan", "Visser", date(1985, 11, 30), {"street": "Fictiesingel 3", "postcode": "3083 ZY",
            "practice": "zuidplein", "gender": "male", "messages": 15}),
        ("Maria", "Jansen", date(1990, 3, 31), {"practice": "kralingen", "messages": 11}),
        ("Maria", "Jansen", date(1990, 3, 31), {"practice": "zuidplein", "messages": 6}),
        ("Elif", "Kaya", _aged(today, 9), child),
        ("Derya", "Kaya", _aged(today, 14), child),
        ("Aylin", "Kaya", date(1984, 2, 29), {**couple, "messages": 33}),
        ("Murat", "Kaya", date(1981, 6, 6), {**couple, "gender": "male", "messages": 18}),
        ("Chantal", "Pinas", date(1992, 12, 1), {"practice": "centrum", "messages": 20,
            "contact_since": today - timedelta(days=10)}),
        ("Cornelis", "Ouwehand", date(1951, 4, 17), {"practice": "kralingen", "gender": "male",
            "mfa": True, "messages": 20_000, "file": LONG_FILE, "registered": date(2001, 2, 12)}),
        ("Tess", "Zijlstra", _aged(today, 16), {"practice": "kralingen", "messages": 5,
            "contact_since": today - timedelta(days=60)}),
        ("Олена", "Коваленко", date(1987, 8, 24), {"practice": "centrum", "messages": 14}),
        ("سارة", "الحداد", date(1999, 1, 3), {"practice": "zuidplein", "messages": 10}),
        ("Maria Josephina Wilhelmina Catharina", "van Wageningen-Oosterhuis tot Achterberg",
            date(1969, 9, 9), {"practice": "kralingen", "messages": 8}),
        ("Sam", "in 't Veld", date(2001, 5, 5), {"practice": "centrum", "gender": "other",
            "email": "", "messages": 6}),
        ("Bo", "O'Hara", date(1974, 2, 11), {"practice": "zuidplein", "messages": 0}),
    )  # fmt: skip


def _aged(today: date, years: int) -> date:
    """A birth date (a third of March) of somebody who is this old today."""
    had_birthday = (today.month, today.day) >= (3, 3)
    return date(today.year - years - (not had_birthday), 3, 3)


def _bare(dice: random.Random, number: int, given: str, family: str, born: date) -> Person:
    """A person without an app account; all that is not given is drawn."""
    return Person(
        number=number,
        patient_number=f"P{number:06d}",
        given=given,
        family=family,
        birth_date=born,
        gender="female",
        street=f"{dice.choice(names.STREETS)} {dice.randint(1, 240)}",
        postcode=f"30{dice.randint(11, 89)} Z{dice.choice('WXYZ')}",
        town="Rotterdam",
        email=f"patient{number:05d}@{dice.choice(('example.nl', 'voorbeeld.example'))}",
        phone=f"06 0000 {number:04d}",
        bsn=_false_bsn(dice, number),
        practice=dice.choice(PRACTICES),
        contact_since=date(2023, 9, 1) + timedelta(days=dice.randint(0, 900)),
        registered=max(born, date(1999, 1, 1) + timedelta(days=dice.randint(0, 9000))),
    )


def _with_app(dice: random.Random, person: Person, **more: object) -> Person:
    if not more.pop("app", True):
        return replace(person, **more)  # type: ignore[arg-type]  # a table of field values
    account = {
        "cognito_sub": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "sendbird_id": f"jans-{person.number:05d}",
    }
    return replace(person, **account, **more)  # type: ignore[arg-type]  # as above


def _false_bsn(dice: random.Random, number: int) -> str:
    """Nine digits that no BSN can be, other ones for each number below 10,000."""
    while True:
        digits = f"9{number % 10_000:04d}{dice.randint(0, 9999):04d}"
        if not passes_eleven_test(digits):
            return digits


def _new_face(
    dice: random.Random, number: int, last: Person, taken: set[tuple[str, date]]
) -> Person:
    """One of the crowd; every ninth is a near-twin of the one before."""
    while True:
        gender = dice.choices(("female", "male", "other"), (49, 49, 2))[0]
        given, family = dice.choice(_given(gender)), dice.choice(names.FAMILY)
        born = DEMO_DAY - timedelta(days=dice.randint(1, 95 * 365))
        if number % 9 == 0:
            given, family, born = _near(dice, last, given, born)
        if (f"{given} {family}", born) not in taken:
            break
    taken.add((f"{given} {family}", born))
    person = replace(_bare(dice, number, given, family, born), gender=gender)
    return _maybe_app(dice, person)


def _near(dice: random.Random, last: Person, given: str, born: date) -> tuple[str, str, date]:
    """Same family name and birth date, or the same name and another birth date."""
    if dice.random() < 0.5:
        return given, last.family, last.birth_date
    return last.given, last.family, born


def _given(gender: str) -> tuple[str, ...]:
    return {"female": names.FEMALE, "male": names.MALE, "other": names.OTHER}[gender]


def _maybe_app(dice: random.Random, person: Person) -> Person:
    """Seven in ten have the app, and nobody under sixteen (privacy statement, VII)."""
    old_enough = person.birth_date <= DEMO_DAY - timedelta(days=16 * 366)
    if not old_enough or dice.random() > 0.7:
        return person
    return _with_app(dice, person, mfa=dice.random() < 0.4, messages=dice.randint(5, 60))
