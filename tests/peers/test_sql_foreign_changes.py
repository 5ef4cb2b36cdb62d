"""Changing databases that others designed, filled and own: by YAML alone, seen by their owners."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from dsr.core.connector import Change, Connector, Place
from dsr.core.errors import ForeignRecord, ItemChanged, ValueRefused
from dsr.core.subject import Subject
from tests.connector_contract import items_of
from tests.connectors.databases import run, writing
from tests.peers.running import Peer
from tests.peers.test_sql_foreign import connector_of, fill_roundcube
from tests.peers.tryton_people import NOTES, OPPORTUNITIES, Tryton
from tests.servers import run_in, with_database

pytestmark = pytest.mark.peer
type_of_peer = Callable[..., Peer]
MARKS = (
    "CREATE TABLE privacy_mark (dataset varchar(40), ref varchar(80), mark varchar(20),"
    " PRIMARY KEY (dataset, ref, mark))"
)


def refs_of(connector: Connector, person: str, dataset: str) -> tuple[str, ...]:
    return tuple(item.ref for item in items_of(connector, person, dataset))


def erased(connector: Connector, person: str, *datasets: str) -> None:
    """Erase all of a person's datasets, and look again."""
    for dataset in datasets:
        place, refs = (
            Place(subject_ref=person, dataset=dataset),
            refs_of(connector, person, dataset),
        )
        assert refs, dataset
        receipt = connector.erase(place, refs, "op")
        assert set(receipt.done) == set(refs), (dataset, receipt.retained)
        assert connector.again(place, refs) == {}
        assert set(connector.erase(place, refs, "op").gone) == set(refs)


def test_a_django_site_is_changed_by_a_map(
    peer: type_of_peer, postgres_server: str, proved: Callable[..., None]
) -> None:
    name = f"t{secrets.token_hex(6)}"
    run_in(postgres_server, f"CREATE DATABASE {name}")
    url = with_database(postgres_server, name)
    peer("django-allauth", DATABASE_URL=url)
    run(url, MARKS)
    connector = connector_of("django-allauth", url, marks={"table": "privacy_mark"})
    nora = refs_of_person(connector, Subject(known_refs={"google": "uid-1"}))
    me = Place(subject_ref=nora, dataset="account")
    right = Change(path="/last_name", old="de Wit", new="de Wit-Smit")
    assert connector.rectify(me, nora, [right], "op").done == (nora,)
    with pytest.raises(ItemChanged):
        connector.rectify(me, nora, [Change(path="/last_name", old="de Wit", new="X")], "op")
    with pytest.raises(ValueRefused):
        connector.rectify(me, nora, [Change(path="/username", old="nora1", new="boss")], "op")
    assert connector.again(me, [nora])[nora].data["last_name"] == "de Wit-Smit"
    addresses = Place(subject_ref=nora, dataset="addresses")
    first, second = refs_of(connector, nora, "addresses")
    connector.restrict(addresses, [second], "op")
    assert [i.restricted for i in connector.again(addresses, [first, second]).values()] == [
        False, True,
    ]  # fmt: skip
    assert connector.erase(me, [nora], "op").retained
    connector.restrict(addresses, [second], "op", lift=True)
    assert connector.erase(
        Place(subject_ref=nora, dataset="groups"), refs_of(connector, nora, "groups"), "op"
    ).retained
    erased(connector, nora, "addresses", "social")
    with writing(url) as connection:
        people = connection.scalar(sa.text("SELECT count(*) FROM auth_user"))
    erased(connector, nora, "account")
    with writing(url) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM auth_user")) == (people or 0) - 1
        assert connection.scalar(sa.text("SELECT count(*) FROM auth_group")) == 2
    for verb in ("rectify", "restrict", "erase"):
        proved(connector="sql", peer="django-allauth (PostgreSQL)", verb=verb)


def refs_of_person(connector: Connector, subject: Subject) -> str:
    located = connector.locate(subject)
    return str(getattr(located, "subject_ref", located))


def test_roundcube_is_changed_by_a_map(peer: type_of_peer, proved: Callable[..., None]) -> None:
    server = sa.make_url(peer("mariadb").url)
    name = f"t{secrets.token_hex(6)}"
    run_in(
        server.set(drivername="mysql+pymysql").render_as_string(hide_password=False),
        f"CREATE DATABASE {name}",
    )
    url = server.set(database=name).render_as_string(hide_password=False)
    tables = Path(peer("roundcube-tables").url).read_text("utf-8")
    with writing(url) as connection:
        for statement in filter(str.strip, tables.split(";\n")):
            connection.exec_driver_sql(statement.replace("%", "%%"))
        fill_roundcube(connection, b"bytes")
    connector = connector_of("roundcube", url)
    senders = Place(subject_ref="1", dataset="senders")
    (sender,) = refs_of(connector, "1", "senders")
    change = Change(path="/name", old="nora", new="Nora de Wit")
    assert connector.rectify(senders, sender, [change], "op").done == (sender,)
    with pytest.raises(ForeignRecord):
        connector.erase(Place(subject_ref="1", dataset="contacts"), ["1", "5"], "op")
    erased(connector, "1", "contact_groups", "contacts", "senders", "sent_files", "account")
    with writing(url) as connection:
        for table, left in (("users", 1), ("contacts", 1), ("identities", 1), ("filestore", 0)):
            count = connection.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608
            assert count == left, table
    for verb in ("rectify", "erase"):
        proved(connector="sql", peer="roundcube (MariaDB)", verb=verb)


def test_tryton_is_changed_by_a_map_and_sees_it(
    peer: type_of_peer, proved: Callable[..., None]
) -> None:
    running = peer("tryton-crm")
    tryton = Tryton(running.url)
    connector = connector_of("tryton", f"sqlite:///{running.folder / 'db' / 'crm.sqlite'}")
    anna = str(tryton.anna)
    party = Place(subject_ref=anna, dataset="party")
    change = Change(path="/name", old="Anna de Vries", new="Anna de Vries-Smit")
    assert connector.rectify(party, anna, [change], "op").done == (anna,)
    assert tryton.held("party.party", tryton.anna, "name")[0]["name"] == "Anna de Vries-Smit"
    assert len(refs_of(connector, anna, "opportunity_notes")) == OPPORTUNITIES * NOTES
    erased(connector, anna, "opportunity_notes", "attachments", "contacts", "addresses")
    assert tryton.held("party.contact_mechanism", tryton.anna, "value") == []
    assert connector.erase(party, [anna], "op").emptied == (anna,)
    (held,) = tryton.held("party.party", tryton.anna, "name", "code")
    assert held["name"] is None or held["name"] == f"Verwijderd {anna}"
    for verb in ("rectify", "erase"):
        proved(connector="sql", peer="tryton-crm (SQLite)", verb=verb)
