"""What the demo practice's CRM holds about a person: a card, notes and questions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from demo.person import Person

type_of_record = dict[str, object]

_NOTES = (
    ("note", "Belde over de parkeerplaats bij de praktijk."),
    ("note", "Wil voortaan liever gebeld worden na vier uur."),
    ("note", "Partner {other} belde namens patiënt over de afspraak; niets doorgegeven."),
    ("note", "Uitnodiging informatieavond gestuurd, komt samen met {other}."),
    ("note", "Adres nagekeken aan de balie, klopt."),
    ("care_note", "Vroeg om herhaling van de bloeddruktabletten, doorgezet naar de huisarts."),
    ("care_note", "Meldt hoofdpijn sinds de nieuwe pillen; terugbelafspraak gemaakt."),
    ("care_note", "Zus {other} maakt zich zorgen over het slapen; besproken met de assistente."),
)
_QUESTIONS = (
    ("Inloggen lukt niet", "Ik krijg de code niet binnen op mijn telefoon."),
    ("Afspraak verzetten", "Kan mijn afspraak van donderdag naar volgende week?"),
    ("Uitslag", "Wanneer hoor ik de uitslag van het bloedonderzoek?"),
    ("Inschrijven gezinslid", "Ik wil {other} ook bij de praktijk inschrijven."),
)
_STAFF = ("w.tichelaar", "j.haverkort", "balie")


def contact_id(person: Person) -> str:
    """The CRM's own id of a person."""
    return f"c-{person.number:05d}"


def card(person: Person) -> type_of_record:
    """The contact card; `portal_hash` is a secret that no copy may hold."""
    return {
        "id": contact_id(person),
        "patient_number": person.patient_number,
        "full_name": person.name,
        "birth_date": person.birth_date.isoformat(),
        "email": person.email,
        "email_since": person.contact_since.isoformat(),
        "phone": person.phone,
        "phone_since": person.contact_since.isoformat(),
        "address": {
            "street": person.street,
            "postcode": person.postcode,
            "city": person.town,
        },
        "practice": person.practice,
        "created_at": f"{person.registered.isoformat()}T09:00:00+01:00",
        "updated_at": f"{person.contact_since.isoformat()}T15:30:00+01:00",
        "newsletter": person.number % 3 == 0,
        "portal": {"last_login": None, "portal_hash": f"$2b$12$invented{person.number:05d}"},
    }


def notes(person: Person, mentions: Sequence[Person]) -> list[type_of_record]:
    """Notes by staff, some about care, some that name somebody else."""
    chance = random.Random(f"crm notes {person.number}")
    amount = chance.randint(1, 6) if person.messages < 1000 else 120
    chosen = [chance.choice(_NOTES) for _ in range(amount)]
    return [
        {
            "id": f"n-{person.number:05d}-{number}",
            "contact_id": contact_id(person),
            "kind": kind,
            "text": text.replace("{other}", _other(mentions)),
            "author": chance.choice(_STAFF),
            "created_at": f"{_day(chance).isoformat()}T10:{number % 60:02d}:00+01:00",
        }
        for number, (kind, text) in enumerate(chosen, start=1)
    ]


def tickets(person: Person, mentions: Sequence[Person]) -> list[type_of_record]:
    """Questions by the person with the answer of the practice; some with a file."""
    chance = random.Random(f"crm tickets {person.number}")
    made: list[type_of_record] = []
    for number in range(1, chance.randint(0, 4) + 1):
        title, text = chance.choice(_QUESTIONS)
        ident = f"t-{person.number:05d}-{number}"
        opened = _day(chance)
        made.append(
            {
                "id": ident,
                "contact_id": contact_id(person),
                "title": title,
                "messages": [
                    {"from": "contact", "text": text.replace("{other}", _other(mentions))},
                    {"from": chance.choice(_STAFF), "text": "Dank voor uw bericht, geregeld."},
                ],
                "opened_at": f"{opened.isoformat()}T11:00:00+01:00",
                "closed_at": f"{(opened + timedelta(days=2)).isoformat()}T12:00:00+01:00",
                "files": [_file(ident)] if chance.random() < 0.4 else [],
            }
        )
    return made


def file_text(ident: str) -> bytes:
    """What stands in the file of a ticket."""
    return f"Schermafdruk bij vraag {ident}: code niet ontvangen.\n".encode()


def _file(ident: str) -> type_of_record:
    return {
        "url": f"/api/files/{ident}",
        "name": "schermafdruk.txt",
        "type": "text/plain",
        "size": len(file_text(ident)),
    }


def _other(mentions: Sequence[Person]) -> str:
    return mentions[0].name if mentions else "Tonnie Zandstra"


def _day(chance: random.Random) -> date:
    return date(2024, 1, 8) + timedelta(days=chance.randrange(1000))
