"""The SQL connector on databases that others designed, filled and own: by YAML alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import yaml

from connectors.sql import build
from dsr.core.connector import Connector, Nobody, NotKept, One, Several
from dsr.core.subject import Subject
from dsr.systems import resolved
from tests.connector_contract import items_of, pages_of
from tests.connectors.databases import writing
from tests.peers.running import Peer
from tests.peers.tryton_people import NOTES, OPPORTUNITIES, Tryton
from tests.servers import run_in, with_database

pytestmark = pytest.mark.peer
MAPS = Path(__file__).parent / "maps"
type_of_peer = Callable[..., Peer]


def connector_of(name: str, url: str, **more: object) -> Connector:
    """The connector that a map makes of a database."""
    settings = yaml.safe_load((MAPS / f"{name}.yaml").read_text("utf-8"))
    connector = build(resolved({**settings, "url": url, **more}, {}, name))
    health = connector.check()
    assert health.usable, health.words
    return connector


@pytest.fixture
def proves(proved: Callable[..., None]) -> Callable[..., None]:
    def note(peer: str, *verbs: str) -> None:
        for verb in ("check", "locate", "find", *verbs):
            proved(connector="sql", peer=peer, verb=verb)

    return note


def test_tryton_is_read_by_a_map(peer: type_of_peer, proves: Callable[..., None]) -> None:
    running = peer("tryton-crm")
    tryton = Tryton(running.url)
    tryton.make("party.identifier", {"party": tryton.anna, "code": "NL 1234"})
    (category,) = tryton.make("party.category", {"name": f"Kwetsbaar {tryton.key}"})
    tryton.ask("model.party.party.write", [tryton.anna], {"categories": [["add", [category]]]}, {})
    connector = connector_of(
        "tryton", f"sqlite:///{running.folder / 'db' / 'crm.sqlite'}", page_size=3
    )
    ref = str(tryton.anna)
    located = connector.locate(tryton.subject)
    assert isinstance(located, One)
    assert located.subject_ref == ref
    assert {c.value for c in located.contacts} == {tryton.mail("anna"), "06 0000 0001"}
    assert isinstance(connector.locate(Subject(email=tryton.mail("gezin"))), Several)
    assert isinstance(connector.locate(Subject(email=tryton.mail("niemand"))), Nobody)
    found = {
        name: items_of(connector, ref, name) for name in connector.datasets if name != "web_visits"
    }
    assert {name: len(items) for name, items in found.items()} == {
        "party": 1,
        "contacts": tryton.count("party.contact_mechanism", ["party", "=", tryton.anna]),
        "addresses": 1,
        "identifiers": 1,
        "categories": 1,
        "opportunities": OPPORTUNITIES,
        "notes": 0,
        "opportunity_notes": OPPORTUNITIES * NOTES,
        "attachments": 1,
    }
    assert found["identifiers"][0].data["code"] == "NL 1234"
    assert found["addresses"][0].data["city"] == "Utrecht"
    assert found["attachments"][0].data["file_id"]  # the bytes lie in a folder of Tryton's
    assert found["attachments"][0].files == ()
    assert isinstance(connector.find(ref, "web_visits", None), NotKept)
    proves("tryton-crm (SQLite)")


def test_a_django_site_is_read_by_a_map(
    peer: type_of_peer, postgres_server: str, proves: Callable[..., None]
) -> None:
    name = f"t{secrets.token_hex(6)}"
    run_in(postgres_server, f"CREATE DATABASE {name}")
    url = with_database(postgres_server, name)
    peer("django-allauth", DATABASE_URL=url)
    connector = connector_of("django-allauth", url, page_size=1)
    located = connector.locate(Subject(known_refs={"google": "uid-1"}))
    assert isinstance(located, One)
    assert located.on_file.name == "Nora de Wit"
    assert {c.value for c in located.contacts} == {"nora@voorbeeld.example", "nora@thuis.example"}
    boss = Subject(known_refs={"site": "boss"})
    assert isinstance(connector.locate(boss), Nobody)
    found = {name: items_of(connector, located.subject_ref, name) for name in connector.datasets}
    assert {name: len(items) for name, items in found.items()} == {
        "account": 1,
        "addresses": 2,
        "social": 1,
        "tokens": 1,
        "groups": 2,
        "changes": 1,
    }
    assert found["account"][0].data["is_staff"] is False
    assert "password" not in found["account"][0].data
    assert found["account"][0].dates["recorded"] == datetime(2024, 7, 1, 10, 0, 1, tzinfo=UTC)
    assert found["social"][0].data["extra_data"] == {"locale": "nl", "n": 1}
    assert found["tokens"][0].data["app.name"] == "Google"
    assert found["changes"][0].data["change_message"] == [{"changed": {"fields": ["Last name"]}}]
    assert "token-1" not in str([item.data for items in found.values() for item in items])
    proves("django-allauth (PostgreSQL)")


def test_roundcube_is_read_by_a_map(peer: type_of_peer, proves: Callable[..., None]) -> None:
    url = sa.make_url(peer("mariadb").url)
    name = f"t{secrets.token_hex(6)}"
    run_in(url.set(drivername="mysql+pymysql").render_as_string(False), f"CREATE DATABASE {name}")
    address = url.set(database=name).render_as_string(hide_password=False)
    tables = Path(peer("roundcube-tables").url).read_text("utf-8")
    content = os.urandom(5_000_001)
    with writing(address) as connection:
        for statement in tables.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement.replace("%", "%%"))
        fill_roundcube(connection, content)
    connector = connector_of("roundcube", address, page_size=2)
    located = connector.locate(Subject(known_refs={"mail": "nora"}, email="nora@voorbeeld.example"))
    assert isinstance(located, One)
    assert located.agrees == ("email", "known_refs")
    found = {name: items_of(connector, located.subject_ref, name) for name in connector.datasets}
    assert {name: len(items) for name, items in found.items()} == {
        "account": 1,
        "senders": 1,
        "contacts": 3,
        "contact_groups": 3,
        "searches": 0,
        "sent_files": 1,
    }
    assert found["contact_groups"][0].data["group.name"] == "Familie"
    assert found["contact_groups"][0].ref == '["1", "1"]'
    assert found["senders"][0].data["reply-to"] == "100%@voorbeeld.example"
    (file,) = found["sent_files"][0].files
    with file.open() as parts:
        sizes, read = [], hashlib.sha256()
        for part in parts:
            sizes.append(len(part))
            read.update(part)
    assert read.digest() == hashlib.sha256(content).digest()
    assert max(sizes) <= 4_000_000
    proves("roundcube (MariaDB)", "files")


def fill_roundcube(connection: sa.Connection, content: bytes) -> None:
    """Two people; the first has three contacts in a group, and one that was thrown away."""
    for number, name in ((1, "nora"), (2, "sem")):
        whose = {"user_id": number, "name": name, "mail": f"{name}@voorbeeld.example"}
        for statement in (
            "INSERT INTO users (user_id, username, mail_host)"
            " VALUES (:user_id, :name, 'localhost')",
            "INSERT INTO identities (user_id, name, email, `reply-to`)"
            " VALUES (:user_id, :name, :mail, '100%@voorbeeld.example')",
            "INSERT INTO contactgroups (user_id, name) VALUES (:user_id, 'Familie')",
        ):
            connection.execute(sa.text(statement), whose)
    for number, whose_id, gone in ((1, 1, 0), (2, 1, 0), (3, 1, 0), (4, 1, 1), (5, 2, 0)):
        row = {"n": number, "who": whose_id, "gone": gone, "email": f"{number}@voorbeeld.example"}
        for statement in (
            "INSERT INTO contacts (contact_id, user_id, del, email)"
            " VALUES (:n, :who, :gone, :email)",
            "INSERT INTO contactgroupmembers (contactgroup_id, contact_id) VALUES (:who, :n)",
        ):
            connection.execute(sa.text(statement), row)
    connection.execute(
        sa.text(
            "INSERT INTO filestore (user_id, context, filename, mtime, data)"
            " VALUES (1, 'x', 'foto''s.zip', 1719828000, :data)"
        ),
        {"data": base64.b64encode(content).decode()},
    )


def test_a_chat_server_is_read_by_a_map(peer: type_of_peer, proves: Callable[..., None]) -> None:
    running = peer("matrix-synapse")
    name = f"nora{secrets.token_hex(4)}"
    texts = [f"Bericht {n}: 100% \N{GRINNING FACE}" for n in range(12)]
    with httpx.Client(base_url=running.url, timeout=30) as client:
        other = registered(client, f"sem{secrets.token_hex(4)}")
        mine = registered(client, name)
        room = asked(client, mine, "POST", "createRoom", {"preset": "public_chat"})["room_id"]
        asked(client, other, "POST", f"join/{room}", {})
        for number, text in enumerate(texts):
            for who in (mine, other):
                sent = {"msgtype": "m.text", "body": text if who is mine else "van een ander"}
                asked(client, who, "PUT", f"rooms/{room}/send/m.room.message/{number}", sent)
    connector = connector_of(
        "matrix-synapse", f"sqlite:///{running.folder / 'homeserver.db'}", page_size=5
    )
    ref = f"@{name}:voorbeeld.example"
    located = connector.locate(Subject(known_refs={"chat": ref}))
    assert isinstance(located, One)
    assert located.on_file.name == name
    pages = pages_of(connector, ref, "messages")
    items = [item for page in pages for item in page.items]
    assert pages[0].total == len(items) == len(texts)
    bodies = [item.data["whole.json"]["content"]["body"] for item in items]  # type: ignore[index]
    assert bodies == texts
    assert all(item.dates["sent"] > datetime(2020, 1, 1, tzinfo=UTC) for item in items)
    (account,) = items_of(connector, ref, "account")
    assert "password_hash" not in account.data
    assert len(items_of(connector, ref, "devices")) == 1
    assert len(items_of(connector, ref, "rooms")) == 1
    proves("matrix-synapse (SQLite)")


def registered(client: httpx.Client, name: str) -> str:
    """A new person; their access token."""
    nonce = client.get("/_synapse/admin/v1/register").json()["nonce"]
    password = secrets.token_hex(8)
    signed = "\0".join((nonce, name, password, "notadmin")).encode()
    mac = hmac.new(b"synapse-secret-1", signed, hashlib.sha1).hexdigest()
    told = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
    answer = client.post("/_synapse/admin/v1/register", json=told)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def asked(client: httpx.Client, token: str, method: str, path: str, body: Any) -> Any:
    """One call of the client interface."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.request(method, f"/_matrix/client/v3/{path}", json=body, headers=headers)
    answer.raise_for_status()
    return answer.json()
