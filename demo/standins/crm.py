"""A stand-in for the CRM: a small JSON API of its own over loopback, behind a key.

GET /api/ping, /api/contacts?email=, /api/contacts/{id}, /api/contacts/{id}/notes?page= (numbered
pages with a total), /api/contacts/{id}/tickets?after= (next links), /api/files/{id}; and
POST /api/contacts/search with phone, patient_number, name or birth_date as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Flask, Response, request

from demo.journal import Journal
from demo.person import Person
from demo.standins import crm_data
from demo.standins.faults import Fault, Faults
from demo.standins.guard import Words, guard

DEMO_KEY = "demo-crm-key"
NOTES_A_PAGE = 25
TICKETS_A_PAGE = 2
_SEARCHED = {
    "email": "email",
    "phone": "phone",
    "patient_number": "patient_number",
    "name": "full_name",
    "birth_date": "birth_date",
}

type_of_made = Callable[[Person, Sequence[Person]], list[crm_data.type_of_record]]


@dataclass
class _Crm:
    """The people by id, and the answers."""

    people: dict[str, Person]
    mentions: dict[str, tuple[Person, ...]]
    faults: Faults
    cards: dict[str, crm_data.type_of_record] = field(default_factory=dict)

    def answer_ping(self) -> Response:
        """Whether the key is good."""
        return _json({"ok": True})

    def answer_contacts(self) -> Response:
        """Cards that match every term; like many systems it compares without case."""
        asked = request.get_json() if request.method == "POST" else request.args
        terms = {_SEARCHED[key]: str(value) for key, value in asked.items() if key in _SEARCHED}
        found = [card for card in self._all_cards() if terms and _matches(card, terms)]
        return _json({"items": found, "total": len(found)})

    def answer_contact(self, ident: str) -> Response:
        """One card."""
        if ident not in self.people:
            return _missing()
        fault = self.faults.take(Fault.FOREIGN_RECORD)
        return _json(self._card(self._other(ident) if fault else ident))

    def answer_notes(self, ident: str) -> Response:
        """A numbered page of notes."""
        if ident not in self.people:
            return _missing()
        fault = self.faults.take(Fault.FOREIGN_RECORD, Fault.REPEATED_PAGE)
        made = self._made(crm_data.notes, ident)
        page = request.args.get("page", 1, type=int)
        shown = made[(page - 1) * NOTES_A_PAGE : page * NOTES_A_PAGE]
        if fault is Fault.REPEATED_PAGE:
            shown = made[:NOTES_A_PAGE]
        if fault is Fault.FOREIGN_RECORD:
            shown = [*shown, self._made(crm_data.notes, self._other(ident))[0]]
        return _json({"items": shown, "page": page, "total": len(made)})

    def answer_tickets(self, ident: str) -> Response:
        """A page of questions with the link to the next."""
        if ident not in self.people:
            return _missing()
        made = self._made(crm_data.tickets, ident)
        start = request.args.get("after", 0, type=int)
        end = start + TICKETS_A_PAGE
        following = f"{request.base_url}?after={end}" if end < len(made) else None
        fault = self.faults.take(Fault.REPEATED_PAGE, Fault.OFF_HOST)
        if fault is Fault.REPEATED_PAGE:
            following = f"{request.base_url}?after={start}"
        if fault is Fault.OFF_HOST:
            following = "http://crm.voorbeeld.example/api/more"
        return _json({"items": made[start:end], "next": following, "total": len(made)})

    def answer_file(self, ident: str) -> Response:
        """The file of a question."""
        return Response(crm_data.file_text(ident), content_type="text/plain; charset=utf-8")

    def _made(self, make: type_of_made, ident: str) -> list[crm_data.type_of_record]:
        return make(self.people[ident], self.mentions[ident])

    def _all_cards(self) -> list[crm_data.type_of_record]:
        return [self._card(ident) for ident in self.people]

    def _card(self, ident: str) -> crm_data.type_of_record:
        if ident not in self.cards:
            self.cards[ident] = crm_data.card(self.people[ident])
        return self.cards[ident]

    def _other(self, ident: str) -> str:
        return next(one for one in self.people if one != ident)


def build(
    people: Sequence[Person],
    journal: Journal,
    *,
    key: str = DEMO_KEY,
    faults: Faults | None = None,
) -> Flask:
    """The stand-in as a Flask app; calls carry the key in `X-Api-Key`."""
    crm = _Crm(
        people={crm_data.contact_id(person): person for person in people},
        mentions={
            crm_data.contact_id(person): (people[n - 1],) if len(people) > 1 else ()
            for n, person in enumerate(people)
        },
        faults=faults or Faults(),
    )
    app = Flask("standin-crm")
    words = Words(
        has_key=lambda: request.headers.get("X-Api-Key") == key,
        refused=lambda: _json({"error": "unauthorized"}, 401),
        busy=lambda code: _json({"error": "rate_limited"}, code),
    )
    guard(app, journal, crm.faults, words)
    for address, answer in (
        ("/api/ping", crm.answer_ping),
        ("/api/contacts", crm.answer_contacts),
        ("/api/contacts/<ident>", crm.answer_contact),
        ("/api/contacts/<ident>/notes", crm.answer_notes),
        ("/api/contacts/<ident>/tickets", crm.answer_tickets),
        ("/api/files/<ident>", crm.answer_file),
    ):
        app.add_url_rule(address, answer.__name__, answer)
    app.add_url_rule("/api/contacts/search", "search", crm.answer_contacts, methods=["POST"])
    return app


def _matches(card: Mapping[str, object], terms: Mapping[str, str]) -> bool:
    return all(str(card[name]).casefold() == value.casefold() for name, value in terms.items())


def _missing() -> Response:
    return _json({"error": "not_found"}, 404)


def _json(value: object, code: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), code, content_type="application/json")
