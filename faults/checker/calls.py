"""Calls after which something is not there any more, from the systems' own journals."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from faults.checker.evidence import Evidence, Row


@dataclass(frozen=True)
class Call:
    """One destructive call that a system confirmed. `ref` is empty where the call names none."""

    at: float
    system: str
    verb: str
    number: int | None
    dataset: str = ""
    ref: str = ""


_CRM = {"contacts": "contact", "notes": "notes", "tickets": "tickets"}
_APP = {
    "account": "account", "account_mail": "account_mail",
    "app_session": "sessions", "review": "reviews",
}  # fmt: skip
#: operations of Cognito by what they do away with
_COGNITO = {"AdminDeleteUser": "account", "AdminForgetDevice": "", "AdminRemoveUserFromGroup": ""}
_STOPPED = "stopped"
#: what a restriction writes in a record of the CRM, and nothing else
_MARK = ["restricted"]


def destructive(seen: Evidence) -> Iterator[Call]:
    """All of them, of all systems."""
    people = _Known(seen)
    path = Path(seen.told["systems"]) / "changes.jsonl"
    for text in path.read_text().splitlines() if path.exists() else ():
        line = json.loads(text)
        if line["code"] < 300:
            yield from _READ[line["system"]](line, people)
    yield from _app(Path(seen.told["systems"]) / "app.db", people)


class _Known:
    """Who goes by which identifier."""

    def __init__(self, seen: Evidence) -> None:
        self.subs = {p["cognito_sub"]: n for n, p in seen.people.items() if p["cognito_sub"]}
        self.users = {p["sendbird_id"]: n for n, p in seen.people.items() if p["sendbird_id"]}
        self.accounts = {
            str(uuid.uuid5(uuid.NAMESPACE_URL, f"account/{sub}")): number
            for sub, number in self.subs.items()
        }


def _crm(line: Row, people: _Known) -> Iterator[Call]:
    parts = line["path"].strip("/").split("/")
    parts = parts[1:] if parts[0] == "crm" else parts
    kind, ident = [*parts[1:], "", ""][:2]
    verb = {"DELETE": "erase", "PATCH": "rectify"}.get(line["method"])
    if verb and kind in _CRM and line["fields"] != _MARK:
        yield Call(line["at"], "crm", verb, int(ident.split("-")[1]), _CRM[kind], ident)


def _cognito(line: Row, people: _Known) -> Iterator[Call]:
    if line["path"] in _COGNITO and line.get("GroupName") != _STOPPED:
        sub = str(line.get("Username", ""))
        dataset = _COGNITO[line["path"]]
        ref = sub if dataset else ""
        yield Call(line["at"], "cognito", "erase", people.subs.get(sub), dataset, ref)


def _sendbird(line: Row, people: _Known) -> Iterator[Call]:
    parts = line["path"].strip("/").split("/")[2:]
    if line["method"] != "DELETE":
        return
    user = parts[1] if parts[0] == "users" else parts[1].rpartition("_")[2]
    number = people.users.get(user)
    if len(parts) == 4 and parts[2] == "messages":
        ref = f"{parts[1]}/{parts[3]}"
        yield Call(line["at"], "sendbird", "erase", number, "messages", ref)
    else:
        yield Call(line["at"], "sendbird", "erase", number)


def _his(line: Row, people: _Known) -> Iterator[Call]:
    asked = line.get("entries") or [f"{line['method']} {line['path'].partition('/fhir/')[2]}"]
    for one in asked:
        method, _, place = one.partition(" ")
        named = re.search(r"pat-0*(\d+)", place)
        # The bytes of a document go with the document that names them.
        if method == "DELETE" and not place.startswith("Binary/"):
            yield Call(line["at"], "his", "erase", int(named[1]) if named else None, "", place)


def _app(path: Path, people: _Known) -> Iterator[Call]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        told = connection.execute("SELECT at, held, ref, owner FROM fault_journal").fetchall()
    for at, held, ref, owner in told:
        yield Call(at, "app", "erase", people.accounts.get(owner), _APP[held], str(ref))


_READ = {"crm": _crm, "cognito": _cognito, "sendbird": _sendbird, "his": _his}
