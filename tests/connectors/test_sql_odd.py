"""The SQL connector with odd names, odd values and keys of several kinds, on both databases."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from connectors.sql import build
from dsr.core.connector import Nobody, One
from dsr.core.errors import NeedsPerson
from dsr.core.subject import Subject
from tests.connector_contract import items_of, pages_of
from tests.connectors.databases import writing

ODD = sa.MetaData()
odd_people = sa.Table(
    'pe"ople %s',
    ODD,
    sa.Column("k'ey %(x)s", sa.String(40), primary_key=True),
    sa.Column("na:me", sa.String(80)),
    sa.Column("born", sa.Date),
)
odd_links = sa.Table(
    "li nk",
    ODD,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("who", sa.String(40)),
)
odd_rows = sa.Table(
    'ro"w;--',
    ODD,
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("no%", sa.String(20), primary_key=True),
    sa.Column("li", sa.Integer),
    sa.Column("amount", sa.Numeric(12, 4)),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("at", sa.DateTime),
    sa.Column("yes", sa.Boolean),
    sa.Column("by", sa.String(10)),
    sa.Column("select", sa.Text),
)


def odd_settings(url: str, **more: object) -> dict[str, object]:
    return {
        "url": url,
        "page_size": 2,
        "timezone": "Europe/Amsterdam",
        "person": {
            "table": odd_people.name,
            "key": "k'ey %(x)s",
            "match": {"name": "na:me", "birth_date": "born"},
        },
        "datasets": {
            "rows": {
                "table": odd_rows.name,
                "key": ["year", "no%"],
                "path": [
                    {"table": odd_links.name, "on": {"li": "id"}},
                    {"table": odd_people.name, "on": {"who": "k'ey %(x)s"}},
                ],
                "person": "k'ey %(x)s",
                "dates": {"recorded": "at"},
                "author": {"column": "by", "values": {"p": "subject"}, "otherwise": "staff"},
                **more,
            }
        },
    }


@pytest.fixture
def odd(database: str) -> str:
    with writing(database) as connection:
        ODD.create_all(connection)
        for number, who in ((1, "O'Hara %s"), (2, "other")):
            person = {"k'ey %(x)s": who, "na:me": f"Bo {who}", "born": date(1970, 1, number)}
            connection.execute(odd_people.insert(), person)
            connection.execute(odd_links.insert(), {"id": number, "who": who})
        for number in range(7):
            row = {
                "year": 2020 + number // 4,
                "no%": f"a'{number % 4}",
                "li": 1 if number != 5 else 2,
                "amount": Decimal("12.3400"),
                "raw": b"\x00\xff",
                "at": datetime(2024, 7, 1, 12, 0, number),  # noqa: DTZ001 (a column without zone)
                "yes": number % 2 == 0,
                "by": "p" if number else "d",
                "select": "x\x7f€😀",
            }
            connection.execute(odd_rows.insert(), row)
    return database


def test_odd_names_composite_keys_and_two_joins_work(odd: str) -> None:
    connector = build(odd_settings(odd))
    located = connector.locate(Subject(name="bo o'hara %S", birth_date=date(1970, 1, 1)))
    assert isinstance(located, One)
    pages = pages_of(connector, located.subject_ref, "rows")
    assert pages[0].total == 6
    items = [item for page in pages for item in page.items]
    assert [item.ref for item in items][:2] == ['["2020", "a\'0"]', '["2020", "a\'1"]']
    assert len(items) == 6
    assert [item.author for item in items][:2] == ["staff", "subject"]


def test_values_are_kept_without_loss(odd: str) -> None:
    first = items_of(build(odd_settings(odd)), "O'Hara %s", "rows")[0]
    assert Decimal(str(first.data["amount"])) == Decimal("12.34")
    assert first.data["raw"] == {"base64": "AP8="}
    assert first.data["yes"] is True
    assert first.data["select"] == "x\x7f€😀"
    assert first.dates["recorded"] == datetime(2024, 7, 1, 10, 0, tzinfo=UTC)


def test_rows_can_be_ordered_by_a_moment(odd: str) -> None:
    items = items_of(build(odd_settings(odd, order="at")), "O'Hara %s", "rows")
    found = [item.dates["recorded"] for item in items]
    assert len(found) == 6
    assert found == sorted(found)


def test_an_order_column_that_can_be_empty_is_refused(odd: str) -> None:
    with writing(odd) as connection:
        connection.execute(odd_rows.update().values(at=None))
    with pytest.raises(NeedsPerson, match="order"):
        items_of(build(odd_settings(odd, order="at")), "O'Hara %s", "rows")


@pytest.mark.parametrize(
    ("kind", "mine", "wrong"),
    [
        (sa.Integer, 7, "7 OR 1=1"),
        (sa.BigInteger, 2**40, "9" * 40),
        (sa.Uuid, uuid.UUID(int=7), "not-a-uuid"),
    ],
)
def test_keys_that_are_no_text_are_compared_as_what_they_are(
    database: str, kind: type[sa.types.TypeEngine[object]], mine: object, wrong: str
) -> None:
    tables = sa.MetaData()
    people = sa.Table("person", tables, sa.Column("id", kind, primary_key=True))
    rows = sa.Table("row", tables, sa.Column("id", kind, primary_key=True), sa.Column("who", kind))
    with writing(database) as connection:
        tables.create_all(connection)
        connection.execute(people.insert(), {"id": mine})
        connection.execute(rows.insert(), {"id": mine, "who": mine})
    connector = build(
        {
            "url": database,
            "page_size": 1,
            "person": {"table": "person", "key": "id", "match": {"refs": {"app": "id"}}},
            "datasets": {"rows": {"table": "row", "key": "id", "person": "who"}},
        }
    )
    ref = str(mine) if not database.startswith("sqlite") or kind is not sa.Uuid else f"{7:032x}"
    located = connector.locate(Subject(known_refs={"app": ref}))
    assert isinstance(located, One)
    assert [item.ref for item in items_of(connector, located.subject_ref, "rows")] == [ref]
    assert isinstance(connector.locate(Subject(known_refs={"app": wrong})), Nobody)
    assert items_of(connector, wrong, "rows") == []
