"""Files kept in rows: read in parts on both databases, in place where SQLite can."""

from __future__ import annotations

import base64
import tracemalloc
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from connectors.sql import build
from dsr.core.connector import ItemFile
from dsr.core.errors import BadAnswer, NeedsPerson
from tests.connector_contract import items_of
from tests.connectors.databases import writing

STORE = sa.MetaData()
papers = sa.Table(
    "paper",
    STORE,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("who", sa.Integer),
    sa.Column("name", sa.String(80)),
    sa.Column("kind", sa.String(40)),
    sa.Column("scan", sa.LargeBinary(20_000_000)),
    sa.Column("letter", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")),
)
BYTES = bytes(range(256)) * 12_000


def settings(url: str, **file: object) -> dict[str, Any]:
    file = {"content": "scan", "name": "name", "type": "kind", **file}
    paper = {"table": "paper", "key": "id", "person": "who", "files": [file]}
    person = {"table": "paper", "key": "id", "match": {}}
    return {"url": url, "person": person, "datasets": {"papers": paper}}


@pytest.fixture
def store(database: str) -> str:
    with writing(database) as connection:
        STORE.create_all(connection)
        whole = {"id": 1, "who": 7, "name": "C:\\scans\\foto.png", "kind": "image/png"}
        lines = base64.encodebytes(BYTES[:100_000]).decode()
        connection.execute(papers.insert(), {**whole, "scan": BYTES, "letter": lines})
        connection.execute(papers.insert(), {"id": 2, "who": 7, "scan": b"", "letter": "é"})
        connection.execute(papers.insert(), {"id": 3, "who": 7})
    return database


def files_of(url: str, **file: object) -> list[ItemFile]:
    items = items_of(build(settings(url, **file)), "7", "papers")
    return [file for item in items for file in item.files]


def content(file: ItemFile) -> bytes:
    with file.open() as parts:
        return b"".join(parts)


def test_files_come_with_name_type_and_size(store: str) -> None:
    first, second = files_of(store)
    assert (first.name, first.media_type, first.size) == ("foto.png", "image/png", len(BYTES))
    assert (second.name, second.media_type, second.size) == ("scan", "application/octet-stream", 0)
    assert content(first) == BYTES
    assert content(second) == b""


def test_a_text_is_a_file_in_utf_8(store: str) -> None:
    assert content(files_of(store, content="letter")[1]) == "é".encode()


def test_a_file_written_in_base64_is_decoded(store: str) -> None:
    first, second = files_of(store, content="letter", base64=True)
    assert first.size is None
    assert content(first) == BYTES[:100_000]
    with pytest.raises(NeedsPerson, match="base64"):
        content(second)


def test_a_file_that_was_cut_meanwhile_is_no_whole_file(store: str) -> None:
    first, _ = files_of(store)
    with writing(store) as connection:
        connection.execute(papers.update().where(papers.c.id == 1).values(scan=BYTES[:-1]))
    with pytest.raises(BadAnswer):
        content(first)


def test_a_file_that_was_removed_meanwhile_is_no_whole_file(store: str) -> None:
    first, _ = files_of(store)
    with writing(store) as connection:
        connection.execute(papers.delete())
    with pytest.raises(BadAnswer):
        content(first)


def test_a_file_is_not_in_memory_as_a_whole(database: str) -> None:
    with writing(database) as connection:
        STORE.create_all(connection)
        connection.execute(papers.insert(), {"id": 1, "who": 7, "scan": BYTES * 4})
    (file,) = files_of(database)
    tracemalloc.start()
    with file.open() as parts:
        size = sum(len(part) for part in parts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == len(BYTES) * 4
    assert peak < size * 0.8
