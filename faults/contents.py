"""What the practice's systems hold of some people at this moment, as plain references.

Read from the state of the stand-ins themselves and never through a connector: what a connector
cannot see any more may still be there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from demo import world
from demo.appdb import account_id
from demo.files_staff import patient_id
from demo.person import Person
from demo.standins.crm_data import contact_id
from demo.standins.sendbird_records import MAIN
from demo.standins.sendbird_rooms import GROUP

#: dataset -> table, and the column that says whose a row is
TABLES = {
    "account": ("account", "id"),
    "account_mail": ("account_mail", "account_id"),
    "sessions": ("app_session", "account_id"),
}
_REVIEWS = (
    "SELECT r.id FROM review r JOIN econsult e ON e.id = r.econsult_id WHERE e.account_id = ?"
)
#: what changes a row of the app's database for good is written down by the database itself
_WATCHED = ("account", "account_mail", "app_session", "review")
type_of_content = dict[str, dict[str, list[str]]]


@dataclass
class Contents:
    """The stand-ins, caught when the world builds them, and the app's database."""

    apps: dict[str, Flask] = field(default_factory=dict)
    database: str = ""

    def catch(self) -> None:
        """From now on every stand-in that is built is remembered."""
        for name, build in list(world._BUILD.items()):
            world._BUILD[name] = self._catching(name, build)

    def _catching(self, name: str, build: Callable[..., Flask]) -> Callable[..., Flask]:
        def built(*given: Any, **more: Any) -> Flask:
            self.apps[name] = build(*given, **more)
            return self.apps[name]

        return built

    def watch(self) -> None:
        """Let the app's database keep a journal of what is deleted there."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(
                "CREATE TABLE fault_journal (at REAL NOT NULL, held TEXT NOT NULL,"
                " ref TEXT NOT NULL, owner TEXT NOT NULL)"
            )
            for table in _WATCHED:
                owner = {
                    "account": "OLD.id",
                    "review": "(SELECT account_id FROM econsult WHERE id = OLD.econsult_id)",
                }.get(table, "OLD.account_id")
                connection.execute(
                    f"CREATE TRIGGER watched_{table} BEFORE DELETE ON {table} BEGIN INSERT INTO"
                    " fault_journal VALUES ((julianday('now') - 2440587.5) * 86400.0,"
                    f" '{table}', OLD.id, coalesce({owner}, '')); END"
                )

    def of(self, person: Person) -> type_of_content:
        """System -> dataset -> references; a dataset that is not here was not looked at."""
        return {
            "app": self._app(person),
            "crm": self._crm(person),
            "cognito": self._cognito(person),
            "sendbird": self._sendbird(person),
            "his": {"dossier": self._his(person)},
        }

    def _app(self, person: Person) -> dict[str, list[str]]:
        owner = account_id(person)
        with closing(sqlite3.connect(self.database, timeout=20)) as connection:
            found = {
                dataset: _refs(connection, f"SELECT id FROM {table} WHERE {column} = ?", owner)
                for dataset, (table, column) in TABLES.items()
            }
            return {**found, "reviews": _refs(connection, _REVIEWS, owner)}

    def _crm(self, person: Person) -> dict[str, list[str]]:
        store = self.apps["crm"].extensions["store"]
        kinds = {"contact": "contacts", "notes": "notes", "tickets": "tickets"}
        held = {name: store.of(kind, contact_id(person)) for name, kind in kinds.items()}
        return {name: [str(one["id"]) for one in records] for name, records in held.items()}

    def _cognito(self, person: Person) -> dict[str, list[str]]:
        pool = self.apps["cognito"].extensions["pool"]
        there = person.cognito_sub and person.cognito_sub not in pool.gone
        return {"account": [person.cognito_sub] if there else []}

    def _sendbird(self, person: Person) -> dict[str, list[str]]:
        chats, user = self.apps["sendbird"].extensions["chats"], person.sendbird_id
        url = f"{MAIN}_{user}"
        found: dict[str, list[str]] = {
            "messages": [],
            "profile": [user] if user not in chats.gone else [],
        }
        if url not in chats.no_channels:
            talk, hidden = chats.room(GROUP, url).talk, chats.removed | chats.taken_back
            ids = (talk.record(place)["message_id"] for place in range(len(talk)))
            found["messages"] = [f"{url}/{one}" for one in ids if one not in hidden]
        return found

    def _his(self, person: Person) -> list[str]:
        store = self.apps["his"].extensions["store"]
        file: list[Mapping[str, object]] = store.file(patient_id(person))
        return [f"{one['resourceType']}/{one['id']}" for one in file]


def _refs(connection: sqlite3.Connection, question: str, owner: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(question, (owner,))]
