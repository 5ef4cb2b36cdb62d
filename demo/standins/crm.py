"""A stand-in for the CRM: a small JSON API of its own over loopback, behind a key.

GET /api/ping, /api/contacts?email=, /api/contacts/{id}, /api/contacts/{id}/notes?page= (numbered
pages with a total), /api/contacts/{id}/tickets?after= (next links), /api/files/{id}; and
POST /api/contacts/search with phone, patient_number, name or birth_date as JSON. What can be
changed stands in `crm_changes`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Flask, Response, request

from demo.journal import Journal
from demo.person import Person
from demo.standins import crm_data
from demo.standins.crm_changes import Changes
from demo.standins.crm_store import NOTES, TICKETS, Store
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


@dataclass(frozen=True)
class _Crm:
    """The answers to questions."""

    store: Store
    faults: Faults

    def answer_ping(self) -> Response:
        """Whether the key is good."""
        return _json({"ok": True})

    def answer_contacts(self) -> Response:
        """Cards that match every term; like many systems it compares without case."""
        asked = request.get_json() if request.method == "POST" else request.args
        terms = {_SEARCHED[key]: str(value) for key, value in asked.items() if key in _SEARCHED}
        found = [card for card in self.store.cards() if terms and _matches(card, terms)]
        return _json({"items": found, "total": len(found)})

    def answer_notes(self, ident: str) -> Response:
        """A numbered page of notes."""
        if not self.store.knows(ident):
            return _missing()
        fault = self.faults.take(Fault.FOREIGN_RECORD, Fault.REPEATED_PAGE)
        made = self.store.of(NOTES, ident)
        page = request.args.get("page", 1, type=int)
        shown = made[(page - 1) * NOTES_A_PAGE : page * NOTES_A_PAGE]
        if fault is Fault.REPEATED_PAGE:
            shown = made[:NOTES_A_PAGE]
        if fault is Fault.FOREIGN_RECORD:
            shown = [*shown, self.store.of(NOTES, self._other(ident))[0]]
        return _json({"items": shown, "page": page, "total": len(made)})

    def answer_tickets(self, ident: str) -> Response:
        """A page of questions with the link to the next."""
        if not self.store.knows(ident):
            return _missing()
        made = self.store.of(TICKETS, ident)
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

    def _other(self, ident: str) -> str:
        return next(one for one in self.store.people if one != ident)


def build(
    people: Sequence[Person],
    journal: Journal,
    *,
    key: str = DEMO_KEY,
    faults: Faults | None = None,
) -> Flask:
    """The stand-in as a Flask app; calls carry the key in `X-Api-Key`."""
    store = Store(
        people={crm_data.contact_id(person): person for person in people},
        mentions={
            crm_data.contact_id(person): (people[n - 1],) if len(people) > 1 else ()
            for n, person in enumerate(people)
        },
    )
    crm = _Crm(store, faults or Faults())
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
        ("/api/contacts/<ident>/notes", crm.answer_notes),
        ("/api/contacts/<ident>/tickets", crm.answer_tickets),
        ("/api/files/<ident>", crm.answer_file),
    ):
        app.add_url_rule(address, answer.__name__, answer)
    app.add_url_rule("/api/contacts/search", "search", crm.answer_contacts, methods=["POST"])
    Changes(store, crm.faults).offer(app)
    app.extensions["store"] = store
    return app


def _matches(card: Mapping[str, object], terms: Mapping[str, str]) -> bool:
    return all(str(card[name]).casefold() == value.casefold() for name, value in terms.items())


def _missing() -> Response:
    return _json({"error": "not_found"}, 404)


def _json(value: object, code: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), code, content_type="application/json")
