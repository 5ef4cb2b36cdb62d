"""What the CRM's stand-in holds at this moment: cards, notes and questions that can be changed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from demo.person import Person
from demo.standins import crm_data
from demo.standins.crm_data import type_of_record

CONTACTS, NOTES, TICKETS = "contacts", "notes", "tickets"
_MADE: Mapping[str, Callable[[Person, Sequence[Person]], list[type_of_record]]] = {
    CONTACTS: lambda person, mentions: [crm_data.card(person)],
    NOTES: crm_data.notes,
    TICKETS: crm_data.tickets,
}


@dataclass
class Store:
    """Records by kind and person, made of the people when they are first asked for.

    `answered` are answers by their idempotency key, `stopped` the uses that were stopped.
    """

    people: Mapping[str, Person]
    mentions: Mapping[str, tuple[Person, ...]]
    answered: dict[str, type_of_record] = field(default_factory=dict)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    _held: dict[tuple[str, str], list[type_of_record]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def of(self, kind: str, contact: str) -> list[type_of_record]:
        """All records of a kind about one person."""
        with self._lock:
            if (kind, contact) not in self._held:
                made = _MADE[kind](self.people[contact], self.mentions[contact])
                self._held[kind, contact] = made
            return list(self._held[kind, contact])

    def knows(self, contact: str) -> bool:
        """Whether anything is held about this person."""
        return contact in self.people and any(self.of(kind, contact) for kind in _MADE)

    def one(self, kind: str, ident: str) -> type_of_record | None:
        """A record by its own id."""
        found = (one for one in self._beside(kind, ident) if one["id"] == ident)
        return next(found, None)

    def cards(self) -> Iterator[type_of_record]:
        """The cards of everybody."""
        for contact in self.people:
            yield from self.of(CONTACTS, contact)

    def add(self, kind: str, contact: str, record: type_of_record) -> None:
        """One record more."""
        with self._lock:
            self.of(kind, contact)
            self._held[kind, contact].append(record)

    def put(self, kind: str, ident: str, record: type_of_record | None) -> None:
        """A record anew, or none of it any more."""
        with self._lock:
            held = self._beside(kind, ident)
            changed = (record if one["id"] == ident else one for one in held)
            contact = _contact_of(ident)
            self._held[kind, contact] = [one for one in changed if one is not None]

    def _beside(self, kind: str, ident: str) -> list[type_of_record]:
        contact = _contact_of(ident)
        return self.of(kind, contact) if contact in self.people else []


def version_of(record: type_of_record) -> str:
    """The entity tag of a record: another one when anything in it changes."""
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    return f'"{digest[:16]}"'


def _contact_of(ident: str) -> str:
    """`n-00012-3` belongs to `c-00012`."""
    parts = ident.split("-")
    return f"c-{parts[1]}" if len(parts) > 1 else ""
