"""The SQL connector's way from rows to people: links, generic relations, values kept elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sql import build
from dsr.core.connector import Nobody, One, Several
from dsr.core.errors import NeedsPerson
from dsr.core.subject import Subject
from tests.connector_contract import items_of, pages_of
from tests.connectors.databases import writing

CRM = sa.MetaData()
parties = sa.Table(
    "party",
    CRM,
    sa.Column("practice", sa.String(10), primary_key=True),
    sa.Column("no", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("full name", sa.String(80)),
    sa.Column("deleted_at", sa.DateTime),
)
births = sa.Table(
    "birth",
    CRM,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("practice", sa.String(10)),
    sa.Column("party_no", sa.Integer),
    sa.Column("day", sa.Date),
)
contacts = sa.Table(
    "contact_mechanism",
    CRM,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("practice", sa.String(10)),
    sa.Column("party_no", sa.Integer),
    sa.Column("type", sa.String(10)),
    sa.Column("value", sa.String(80)),
    sa.Column("changed", sa.Date),
)
groups = sa.Table(
    "group", CRM, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20))
)
members = sa.Table(
    "group_party",
    CRM,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("group", sa.Integer),
    sa.Column("practice", sa.String(10)),
    sa.Column("party_no", sa.Integer),
)
countries = sa.Table(
    "country",
    CRM,
    sa.Column("code", sa.String(2), primary_key=True),
    sa.Column("name", sa.String(20)),
)
addresses = sa.Table(
    "address",
    CRM,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("practice", sa.String(10)),
    sa.Column("party_no", sa.Integer),
    sa.Column("city", sa.String(40)),
    sa.Column("country", sa.String(2)),
    sa.Column("active", sa.Boolean),
)
notes = sa.Table(
    "note",
    CRM,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("resource", sa.String(40)),
    sa.Column("text", sa.String(40)),
)
marks = sa.Table(
    "mark",
    CRM,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("object_id", sa.String(40)),
    sa.Column("object_type", sa.String(40)),
)
PARTY = {"practice": "practice", "party_no": "no"}
EVA, TOM = '["west", "1"]', '["west", "2"]'


def step(table: sa.Table, on: dict[str, str], **more: object) -> dict[str, object]:
    return {"table": table.name, "on": on, **more}


def person() -> dict[str, Any]:
    back = {"practice": "practice", "no": "party_no"}
    return {
        "table": "party",
        "key": ["practice", "no"],
        "where": {"deleted_at": None},
        "beside": {
            "mail": [step(contacts, back, where={"type": "email"})],
            "call": [step(contacts, back, where={"type": ["phone", "mobile"]})],
            "born": [step(births, back)],
            "home": [step(addresses, back, where={"active": True})],
        },
        "match": {
            "name": "full name",
            "birth_date": "born.day",
            "email": "mail.value",
            "phone": "call.value",
            "town": "home.city",
        },
        "since": {"email": "mail.changed"},
    }


def dataset(table: sa.Table, **more: object) -> dict[str, object]:
    return {"table": table.name, "key": "id", "person": ["practice", "party_no"], **more}


def settings(url: str, **datasets: object) -> dict[str, Any]:
    return {"url": url, "page_size": 2, "person": person(), "datasets": datasets}


@pytest.fixture
def crm(database: str) -> str:
    with writing(database) as connection:
        CRM.create_all(connection)
        fill(connection)
    return database


def fill(connection: sa.Connection) -> None:
    people = [("west", 1, "Eva Vos"), ("west", 2, "Tom Vos"), ("oost", 1, "Eva Vos")]
    for number, (practice, no, name) in enumerate(people, start=1):
        whose = {"practice": practice, "party_no": no}
        connection.execute(parties.insert(), {"practice": practice, "no": no, "full name": name})
        connection.execute(births.insert(), {"id": number, **whose, "day": date(1980, 1, number)})
        for kind, value in (
            ("email", f"p{number}@voorbeeld.example"),
            ("email", "samen@voorbeeld.example" if number < 3 else "x@voorbeeld.example"),
            ("mobile", f"06 0000 000{number}"),
            ("fax", "010 0000000"),
        ):
            row = {**whose, "type": kind, "value": value, "changed": date(2020, 1, number)}
            connection.execute(contacts.insert(), row)
        for city, active in (("Delft", True), ("Gouda", False)):
            row = {**whose, "city": city, "country": "NL" if active else None, "active": active}
            connection.execute(addresses.insert(), row)
    connection.execute(parties.insert(), {"practice": "west", "no": 9, "full name": "Weg Man"})
    connection.execute(parties.update().where(parties.c.no == 9).values(deleted_at=sa.func.now()))
    born = {"id": 9, "practice": "west", "party_no": 9, "day": date(1970, 1, 1)}
    connection.execute(births.insert(), born)
    connection.execute(countries.insert(), {"code": "NL", "name": "Nederland"})
    for number in range(1, 6):
        connection.execute(groups.insert(), {"id": number, "name": f"group {number}"})
        for no in (1, 1, 2) if number < 5 else (2,):  # linked twice to the first
            link = {"group": number, "practice": "west", "party_no": no}
            connection.execute(members.insert(), link)
    for number, resource in enumerate(("party,1", "party,2", "order,1", "party,11"), start=1):
        connection.execute(notes.insert(), {"id": number, "resource": resource, "text": resource})
        kind, object_id = resource.split(",")
        mark = {"id": number, "object_id": object_id, "object_type": kind}
        connection.execute(marks.insert(), mark)


def test_a_person_is_found_by_values_kept_in_other_tables(crm: str) -> None:
    connector = build(settings(crm, addresses=dataset(addresses)))
    located = connector.locate(Subject(name="eva vos", birth_date=date(1980, 1, 1)))
    assert isinstance(located, One)
    assert located.subject_ref == EVA
    assert {(c.kind, c.value, c.shared, c.since) for c in located.contacts} == {
        ("email", "p1@voorbeeld.example", False, date(2020, 1, 1)),
        ("email", "samen@voorbeeld.example", True, date(2020, 1, 1)),
        ("phone", "06 0000 0001", False, None),
    }


@pytest.mark.parametrize("email", ["P2@voorbeeld.example", "samen@voorbeeld.example"])
def test_any_of_several_addresses_is_the_persons(crm: str, email: str) -> None:
    connector = build(settings(crm, addresses=dataset(addresses)))
    subject = Subject(name="Tom Vos", birth_date=date(1980, 1, 2), email=email)
    located = connector.locate(subject)
    assert isinstance(located, One)
    assert located.agrees == ("birth_date", "email", "name")


def test_a_shared_address_shows_all_who_have_it_with_their_town(crm: str) -> None:
    connector = build(settings(crm, addresses=dataset(addresses)))
    located = connector.locate(Subject(email="samen@voorbeeld.example"))
    assert isinstance(located, Several)
    assert {c.subject_ref for c in located.candidates} == {EVA, TOM}
    assert {c.shown["town"] for c in located.candidates} == {"Delft"}


def test_people_who_miss_the_maps_condition_are_nobody(crm: str) -> None:
    connector = build(settings(crm, addresses=dataset(addresses)))
    gone = Subject(name="Weg Man", birth_date=date(1970, 1, 1))
    assert isinstance(connector.locate(gone), Nobody)


@pytest.mark.parametrize(
    "ref", ["west", '["west"]', '["west", "x"]', '["west", 1]', "[", '{"a": 1}']
)
def test_a_reference_that_fits_no_composite_key_is_nobodys(crm: str, ref: str) -> None:
    connector = build(settings(crm, addresses=dataset(addresses)))
    assert items_of(connector, ref, "addresses") == []


def test_rows_of_a_person_with_a_composite_key_stay_apart(crm: str) -> None:
    connector = build(settings(crm, addresses=dataset(addresses)))
    mine = items_of(connector, EVA, "addresses")
    assert [item.ref for item in mine] == ["1", "2"]
    assert [item.ref for item in items_of(connector, '["oost", "1"]', "addresses")] == ["5", "6"]


def test_rows_over_a_link_table_come_once_though_linked_twice(crm: str) -> None:
    path = [step(members, {"id": "group"})]
    connector = build(settings(crm, groups=dataset(groups, path=path)))
    pages = pages_of(connector, EVA, "groups")
    assert [item.ref for page in pages for item in page.items] == ["1", "2", "3", "4"]
    assert pages[0].total == 4


def test_a_text_that_names_table_and_key_leads_to_the_person(crm: str) -> None:
    path = [step(parties, {"resource": "party,{no}"}, where={"practice": "west"})]
    connector = build(settings(crm, notes=dataset(notes, path=path, person=["practice", "no"])))
    assert [item.data["text"] for item in items_of(connector, EVA, "notes")] == ["party,1"]


def test_a_number_kept_as_text_leads_to_the_person(crm: str) -> None:
    path = [step(parties, {"object_id": "no"}, where={"practice": "west"})]
    where = {"object_type": "party"}
    people = ["practice", "no"]
    connector = build(settings(crm, marks=dataset(marks, path=path, where=where, person=people)))
    assert [item.ref for item in items_of(connector, EVA, "marks")] == ["1"]


def test_a_table_beside_adds_its_columns(crm: str) -> None:
    beside = {"land": [step(countries, {"country": "code"})]}
    more = {"beside": beside, "columns": ["city", "land.name"]}
    connector = build(settings(crm, addresses=dataset(addresses, **more)))
    assert [item.data for item in items_of(connector, EVA, "addresses")] == [
        {"city": "Delft", "land.name": "Nederland"},
        {"city": "Gouda", "land.name": None},
    ]


def test_a_table_beside_with_several_rows_for_one_is_refused(crm: str) -> None:
    beside = {"mail": [step(contacts, {"practice": "practice", "party_no": "party_no"})]}
    more = {"beside": beside, "columns": ["city", "mail.value"]}
    connector = build(settings(crm, addresses=dataset(addresses, **more)))
    with pytest.raises(NeedsPerson, match="beside"):
        items_of(connector, EVA, "addresses")


def test_a_key_that_tells_no_rows_apart_is_refused(crm: str) -> None:
    connector = build(settings(crm, addresses=dataset(addresses, key="practice")))
    with pytest.raises(NeedsPerson, match="key"):
        items_of(connector, EVA, "addresses")


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"type": "email"}, 2),
        ({"type": ["email", "fax"]}, 3),
        ({"type": {"not": "email"}}, 2),
        ({"type": {"not": ["email", "fax"]}}, 1),
        ({"type": None}, 0),
        ({"type": {"not": None}}, 4),
        ({"type": [None, "fax"]}, 1),
        ({"type": "email", "value": "p1@voorbeeld.example"}, 1),
        ({"type": "' OR 1=1 --"}, 0),
        ({"party_no": "1"}, 4),
    ],
)
def test_fixed_conditions_choose_rows(crm: str, where: dict[str, object], found: int) -> None:
    connector = build(settings(crm, contacts=dataset(contacts, where=where)))
    assert len(items_of(connector, EVA, "contacts")) == found


def test_a_condition_that_can_never_be_met_is_named(crm: str) -> None:
    connector = build(settings(crm, contacts=dataset(contacts, where={"party_no": "one"})))
    with pytest.raises(NeedsPerson, match="'party_no'"):
        items_of(connector, EVA, "contacts")


def test_a_view_is_read_like_a_table(crm: str) -> None:
    with writing(crm) as connection:
        connection.execute(
            sa.text(
                "CREATE VIEW mails AS SELECT id, practice, party_no AS nr, value FROM"
                " contact_mechanism WHERE type = 'email'"
            )
        )
    whole = {"table": "mails", "key": "id", "person": ["practice", "nr"]}
    connector = build(settings(crm, mails=whole))
    assert connector.check().usable, connector.check().words
    assert len(items_of(connector, EVA, "mails")) == 2


def test_check_tries_every_statement_and_says_what_is_wrong(crm: str) -> None:
    right = settings(crm, addresses=dataset(addresses))
    assert build(right).check().usable, build(right).check().words
    wrong = settings(crm, addresses=dataset(addresses, person=["practice", "nr"]))
    wrong["person"]["match"]["town"] = "home.town"
    words = build(wrong).check().words
    assert "'nr'" in words
    assert "'town'" in words
    assert "city" in words  # what there is instead
