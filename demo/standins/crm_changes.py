"""What can be changed in the CRM's stand-in, as CRMs of that kind offer it.

GET, PATCH and DELETE /api/contacts/{id}, /api/notes/{id} and /api/tickets/{id} (If-Match with the
ETag of the answer); POST /api/contacts/{id}/statements with an Idempotency-Key; and PUT
/api/contacts/{id}/uses/{use} with `{"stopped": true}`. A wrong value is 422, an e-mail address in
use 409, a record that changed meanwhile 412.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Flask, Response, request

from demo.standins.crm_data import type_of_record
from demo.standins.crm_store import CONTACTS, NOTES, TICKETS, Store, version_of
from demo.standins.faults import Fault, Faults

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_KINDS = (CONTACTS, NOTES, TICKETS)
#: fields that nobody may change, whatever is sent
_FIXED = frozenset({"id", "contact_id", "created_at", "opened_at"})


@dataclass(frozen=True)
class Changes:
    """The answers to calls that change something."""

    store: Store
    faults: Faults

    def offer(self, app: Flask) -> None:
        """Put the addresses in the app."""
        for kind in _KINDS:
            for method, answer in (
                ("GET", self.read), ("PATCH", self.change), ("DELETE", self.erase),
            ):  # fmt: skip
                name = f"{answer.__name__}_{kind}"
                address = f"/api/{kind}/<ident>"
                app.add_url_rule(address, name, answer, methods=[method], defaults={"kind": kind})
        statements, uses = "/api/contacts/<ident>/statements", "/api/contacts/<ident>/uses/<use>"
        app.add_url_rule(statements, "add_statement", self.add_statement, methods=["POST"])
        app.add_url_rule(uses, "set_use", self.set_use, methods=["PUT"])

    def read(self, kind: str, ident: str) -> Response:
        """One record with its version."""
        record = self.store.one(kind, ident)
        if record is None:
            return _error(404, "not_found")
        if self.faults.take(Fault.FOREIGN_RECORD):
            record = next(one for one in self._others(kind, ident))
        return _with_version(record)

    def change(self, kind: str, ident: str) -> Response:
        """A merge of the fields that are sent."""
        record = self.store.one(kind, ident)
        if record is None:
            return _error(404, "not_found")
        if (wanted := request.headers.get("If-Match")) and wanted != version_of(record):
            return _error(412, "changed_meanwhile")
        sent = request.get_json()
        if refused := self._refused(ident, sent):
            return refused
        made = _merged(record, {name: one for name, one in sent.items() if name not in _FIXED})
        self.store.put(kind, ident, made)
        return _with_version(made)

    def erase(self, kind: str, ident: str) -> Response:
        """A record is no more."""
        if self.store.one(kind, ident) is None:
            return _error(404, "not_found")
        if not self.faults.take(Fault.LIES):
            self.store.put(kind, ident, None)
        return Response(status=204)

    def add_statement(self, ident: str) -> Response:
        """A note with the person's own words; the same key adds it once."""
        key = request.headers.get("Idempotency-Key", "")
        if not self.store.knows(ident):
            return _error(404, "not_found")
        if key not in self.store.answered:
            sent = request.get_json()
            number = len(self.store.of(NOTES, ident)) + 1
            self.store.answered[key] = {
                "id": f"n-{ident.removeprefix('c-')}-s{number}",
                "contact_id": ident,
                "kind": "statement",
                "about": sent.get("about", ""),
                "text": sent["text"],
                "author": "contact",
                "created_at": "2026-01-05T09:00:00+01:00",
            }
            self.store.add(NOTES, ident, self.store.answered[key])
        return _json(self.store.answered[key], 201)

    def set_use(self, ident: str, use: str) -> Response:
        """Stop or resume a use of somebody's data."""
        if not self.store.knows(ident):
            return _error(404, "not_found")
        change = self.store.stopped.add if request.get_json()["stopped"] else (
            self.store.stopped.discard
        )  # fmt: skip
        change((ident, use))
        return Response(status=204)

    def _refused(self, ident: str, sent: Mapping[str, object]) -> Response | None:
        for name, is_good in _CHECKS.items():
            if name in sent and not is_good(sent[name]):
                return _error(422, "invalid", name)
        mail = str(sent.get("email", "")).casefold()
        others = (card for card in self.store.cards() if card["id"] != ident)
        if mail and any(str(card["email"]).casefold() == mail for card in others):
            return _error(409, "in_use", "email")
        return None

    def _others(self, kind: str, ident: str) -> list[type_of_record]:
        contact = ident.split("-")[1]
        found = (self.store.of(kind, one) for one in self.store.people if contact not in one)
        return [record for records in found for record in records]


def _is_day(value: object) -> bool:
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "email": lambda value: isinstance(value, str) and bool(_MAIL.fullmatch(value)),
    "birth_date": _is_day,
    "full_name": lambda value: isinstance(value, str) and bool(value.strip()),
}


def _merged(record: Mapping[str, object], sent: Mapping[str, object]) -> type_of_record:
    made = dict(record)
    for name, value in sent.items():
        below = made.get(name)
        both = isinstance(below, dict) and isinstance(value, dict)
        made[name] = {**below, **value} if both else value  # type: ignore[dict-item]
    return made


def _with_version(record: type_of_record) -> Response:
    response = _json(record, 200)
    response.headers["ETag"] = version_of(record)
    return response


def _error(code: int, word: str, name: str = "") -> Response:
    return _json({"error": word, **({"field": name} if name else {})}, code)


def _json(value: object, code: int) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), code, content_type="application/json")
