"""A small database with every way in which rows can refer to each other: a post office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from tests.connectors.databases import writing

metadata = sa.MetaData()


def _refers(where: str, **more: Any) -> sa.Column[int]:
    name = where.split(".")[0]
    rule = more.pop("ondelete", None)
    return sa.Column(f"{name}_id", sa.ForeignKey(where, ondelete=rule), **more)


person = sa.Table(
    "person", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(40), nullable=False, unique=True),
    sa.Column("email", sa.String(60), unique=True),
    sa.Column("email_since", sa.Date),
    sa.Column("phone", sa.String(30)),
    sa.Column("born", sa.Date),
    sa.Column("letters_wanted", sa.Boolean, nullable=False, default=True),
    sa.Column("stamps", sa.Integer),
    sa.Column("about", sa.String(120)),
    sa.Column("secret", sa.String(20)),
)  # fmt: skip
letter = sa.Table(
    "letter", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("person.id", nullable=False),
    sa.Column("answer_to", sa.ForeignKey("letter.id")),
    sa.Column("sent", sa.DateTime, nullable=False),
    sa.Column("words", sa.Text),
    sa.Column("kept_back", sa.Boolean, nullable=False, default=False),
    sa.Column("waits", sa.Boolean, nullable=False, default=False),
)  # fmt: skip
page = sa.Table(
    "page", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("letter.id", nullable=False),
)  # fmt: skip
scan = sa.Table(
    "scan", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("page.id", nullable=False),
)  # fmt: skip
complaint = sa.Table(
    "complaint", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("letter.id", nullable=False),
)  # fmt: skip
stamp = sa.Table(
    "stamp", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("letter.id", nullable=False, ondelete="CASCADE"),
)  # fmt: skip
visit = sa.Table(
    "visit", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("letter.id", ondelete="SET NULL"),
)  # fmt: skip
club = sa.Table("club", metadata, sa.Column("id", sa.Integer, primary_key=True))
member = sa.Table(
    "member", metadata,
    _refers("club.id", primary_key=True),
    _refers("person.id", primary_key=True),
)  # fmt: skip
event = sa.Table(
    "event", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _refers("person.id", nullable=False),
    sa.Column("millis", sa.BigInteger, nullable=False, index=True),
    sa.Column("day", sa.String(30)),
)  # fmt: skip

ANNA, BEN = "1", "2"


def fill(url: str) -> None:
    """Anna has letters 1-4 and Ben letter 5; both are in club 1, Anna alone in club 2."""
    with writing(url) as connection:
        metadata.create_all(connection)
        people = [
            {"id": 1, "name": "anna", "email": "anna@voorbeeld.example", "phone": "0600000001",
             "born": date(1980, 2, 29), "email_since": date(2020, 1, 1), "stamps": 3,
             "secret": "hidden"},
            {"id": 2, "name": "ben", "email": "ben@voorbeeld.example", "born": date(1990, 1, 1)},
        ]  # fmt: skip
        for one in people:
            connection.execute(person.insert(), one)
        for number, whose in ((1, 1), (2, 1), (3, 1), (4, 1), (5, 2)):
            sent = datetime(2026, number, 1, 12, tzinfo=UTC).replace(tzinfo=None)
            row = {"id": number, "person_id": whose, "sent": sent, "words": f"Brief {number}"}
            connection.execute(letter.insert(), row)
        connection.execute(page.insert(), [{"id": n, "letter_id": n} for n in range(1, 6)])
        connection.execute(scan.insert(), [{"id": n, "page_id": n} for n in range(1, 6)])
        connection.execute(club.insert(), [{"id": 1}, {"id": 2}])
        members = [{"club_id": c, "person_id": p} for c, p in ((1, 1), (1, 2), (2, 1))]
        connection.execute(member.insert(), members)


def ids(url: str, table: sa.Table) -> list[int]:
    """The keys of a table's rows."""
    with writing(url) as connection:
        return sorted(connection.scalars(sa.select(table.c.id)))


def add(url: str, table: sa.Table, *rows: Mapping[str, object]) -> None:
    """Insert rows, as the application would."""
    with writing(url) as connection:
        connection.execute(table.insert(), [dict(row) for row in rows])


def settings_of(url: str, **datasets: Mapping[Any, object]) -> dict[str, Any]:
    """A map of this database; keys of a dataset can be added."""
    every: dict[str, dict[str, object]] = {
        "person": {"table": "person", "key": "id", "person": "id", "hidden": ["secret"]},
        "letters": {
            "table": "letter", "key": "id", "person": "person_id", "dates": {"sent": "sent"},
            "restricted": "kept_back", "held": "waits",
        },
        "clubs": {
            "table": "club", "key": "id", "person": "person_id",
            "path": [{"table": "member", "on": {"id": "club_id"}}],
        },
    }  # fmt: skip
    for name, more in datasets.items():
        every[name] = {**every.get(name, {}), **more}
    return {
        "url": url,
        "changes": True,
        "person": {
            "table": "person",
            "key": "id",
            "match": {
                "refs": {"post": "id"}, "name": "name", "email": "email", "phone": "phone",
                "birth_date": "born",
            },
            "since": {"email": "email_since"},
        },
        "datasets": every,
    }  # fmt: skip
