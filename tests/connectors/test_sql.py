"""The connector of the app database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sql import build
from connectors.sql_database import Statement
from demo import appdb
from dsr.core.connector import Nobody, NotKept, One, Page, Several
from dsr.core.errors import BadAnswer, ForeignRecord, NeedsPerson, TryAgain
from dsr.core.subject import Subject
from tests.connector_contract import Case, Changing, ConnectorContract, items_of, refused_settings
from tests.connectors.app_changes import changing
from tests.connectors.app_people import (
    APP_PEOPLE,
    AYLIN,
    COR,
    MARIA,
    NORA,
    OTHER_MARIA,
    SANNE,
    said,
)
from tests.connectors.databases import writing


def settings(url: str, **more: object) -> dict[str, object]:
    return {**appdb.settings_of(url), **more}


@pytest.fixture
def filled(database: str) -> str:
    appdb.create(database, APP_PEOPLE)
    return database


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, filled: str) -> Case:
        return Case(
            connector=build(settings(filled, page_size=3)),
            subject=said(NORA),
            ref=appdb.account_id(NORA),
            stranger=said(COR),
            several=replace(said(MARIA), email="", phone=""),
            dataset="sessions",
            secrets=("pin_hash", "argon2id"),
            changing=changing(filled),
        )


class TestContractOfALoginThatOnlyReads(ConnectorContract):
    @pytest.fixture
    def case(self, filled: str) -> Case:
        return Case(
            connector=build(settings(filled, changes=False)),
            subject=said(NORA),
            ref=appdb.account_id(NORA),
            stranger=said(COR),
            several=replace(said(MARIA), email="", phone=""),
            dataset="sessions",
            changing=Changing(looks=True),
        )


def test_a_person_is_found_by_the_reference_of_another_system(filled: str) -> None:
    subject = Subject(known_refs={"cognito": SANNE.cognito_sub})
    located = build(settings(filled)).locate(subject)
    assert isinstance(located, One)
    assert located.agrees == ("known_refs",)
    assert located.on_file.known_refs == {
        "app": appdb.account_id(SANNE),
        "cognito": SANNE.cognito_sub,
        "sendbird": SANNE.sendbird_id,
    }
    assert located.on_file.name == SANNE.name


def test_a_fixed_reference_settles_it_between_namesakes(filled: str) -> None:
    subject = said(MARIA, app=appdb.account_id(OTHER_MARIA))
    located = build(settings(filled)).locate(subject)
    assert isinstance(located, One)
    assert located.subject_ref == appdb.account_id(OTHER_MARIA)


def test_contacts_say_since_when_and_whether_somebody_else_has_them(filled: str) -> None:
    located = build(settings(filled)).locate(said(AYLIN))
    assert isinstance(located, One)
    assert [(c.kind, c.since, c.shared) for c in located.contacts] == [
        ("email", date(2023, 2, 1), True),
        ("phone", date(2023, 2, 1), False),
    ]


def test_name_and_birth_date_are_enough_and_case_and_spaces_do_not_matter(filled: str) -> None:
    subject = Subject(name="  anna  DE vries ", birth_date=NORA.birth_date)
    assert isinstance(build(settings(filled)).locate(subject), One)


@pytest.mark.parametrize("phone", ["0600000001", "+31 6 00000001", "0031-600000001"])
def test_a_phone_number_is_compared_by_its_digits(filled: str, phone: str) -> None:
    located = build(settings(filled)).locate(Subject(phone=phone))
    assert isinstance(located, Several)
    assert [c.subject_ref for c in located.candidates] == [appdb.account_id(NORA)]


def test_an_address_alone_never_chooses_a_person(filled: str) -> None:
    subject = replace(said(COR), email=NORA.email.upper())
    located = build(settings(filled)).locate(subject)
    assert isinstance(located, Several)
    assert [c.agrees for c in located.candidates] == [("email",)]


def test_a_patient_number_with_another_birth_date_is_for_the_desk(filled: str) -> None:
    subject = Subject(patient_number=NORA.patient_number, birth_date=date(1901, 1, 1))
    assert isinstance(build(settings(filled)).locate(subject), Several)


@pytest.mark.parametrize("said_number", ["' OR 1=1 --", "P%", "\0", "9" * 400])
def test_a_strange_patient_number_is_nobodys(filled: str, said_number: str) -> None:
    located = build(settings(filled)).locate(Subject(patient_number=said_number))
    assert isinstance(located, Nobody)


def test_another_persons_rows_stay_out(filled: str) -> None:
    connector = build(settings(filled))
    mine = items_of(connector, appdb.account_id(NORA), "sessions")
    theirs = items_of(connector, appdb.account_id(SANNE), "sessions")
    assert mine
    assert theirs
    assert not {i.ref for i in mine} & {i.ref for i in theirs}


def test_a_path_over_another_table_leads_to_the_person(filled: str) -> None:
    reviews = items_of(build(settings(filled)), appdb.account_id(NORA), "reviews")
    assert reviews
    assert all(review.author == "subject" for review in reviews)


def test_a_file_in_a_row_streams(filled: str) -> None:
    mails = items_of(build(settings(filled)), appdb.account_id(NORA), "account_mail")
    ((file,),) = [mail.files for mail in mails if mail.files]
    with file.open() as parts:
        content = b"".join(parts)
    assert content.startswith(b"%PDF-")
    assert (file.name, file.media_type, file.size) == (
        "voorwaarden.pdf",
        "application/pdf",
        len(content),
    )


def test_a_file_that_was_removed_meanwhile_is_no_whole_file(filled: str) -> None:
    mails = items_of(build(settings(filled)), appdb.account_id(NORA), "account_mail")
    (file,) = [file for mail in mails for file in mail.files]
    with writing(filled) as connection:
        connection.execute(appdb.mails.delete())
    with pytest.raises(BadAnswer), file.open() as parts:
        list(parts)


def test_rows_that_vanish_between_pages_neither_stop_nor_double(filled: str) -> None:
    connector = build(settings(filled, page_size=3))
    ref = appdb.account_id(NORA)
    first = connector.find(ref, "sessions", None)
    assert isinstance(first, Page)
    with writing(filled) as connection:
        last = int(first.items[-1].ref)
        gone = appdb.sessions.c.id.in_([last, last + 1])
        connection.execute(appdb.sessions.delete().where(gone))
    second = build(settings(filled, page_size=3)).find(ref, "sessions", first.next)
    assert isinstance(second, Page)
    assert {i.ref for i in first.items}.isdisjoint(i.ref for i in second.items)
    assert str(last + 1) not in {i.ref for i in second.items}


def test_the_connector_cannot_write(filled: str) -> None:
    connector: Any = build(settings(filled))
    with pytest.raises((NeedsPerson, TryAgain)):
        connector._database.rows(Statement("DELETE FROM app_session", {}), {})
    with writing(filled) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(appdb.sessions)).scalar()


def test_a_missing_table_is_named_and_only_an_optional_one_is_not_kept(filled: str) -> None:
    plan: Any = settings(filled)
    plan["datasets"]["faxes"] = {"table": "fax", "key": "id", "person": "account_id"}
    connector = build(plan)
    with pytest.raises(NeedsPerson, match="'fax'"):
        connector.find("x", "faxes", None)
    assert "'fax'" in connector.check().words
    plan["datasets"]["faxes"]["optional"] = True
    assert isinstance(build(plan).find("x", "faxes", None), NotKept)
    assert build(plan).check().usable


def test_a_missing_column_is_named(filled: str) -> None:
    plan: Any = settings(filled)
    plan["datasets"]["sessions"]["dates"] = {"recorded": "begun_at"}
    health = build(plan).check()
    assert not health.usable
    assert "'begun_at'" in health.words


def test_a_row_that_the_database_takes_for_the_persons_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "loose.db"
    with sqlite3.connect(path) as loose:
        loose.execute("CREATE TABLE p (k TEXT COLLATE NOCASE PRIMARY KEY)")
        loose.execute("CREATE TABLE r (id INTEGER PRIMARY KEY, who TEXT COLLATE NOCASE)")
        loose.execute("INSERT INTO r VALUES (1, 'ANNA')")
    loose.close()
    connector = build(
        {
            "url": f"sqlite:///{path}",
            "person": {"table": "p", "key": "k", "match": {}},
            "datasets": {"rows": {"table": "r", "key": "id", "person": "who"}},
        }
    )
    with pytest.raises(ForeignRecord):
        connector.find("anna", "rows", None)


def test_a_database_that_is_not_there_says_try_again_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    connector = build(settings(f"sqlite:///{path}"))
    with pytest.raises(TryAgain):
        connector.find("x", "account", None)
    assert not connector.check().usable
    assert not path.exists()


def test_a_server_that_is_not_there_says_try_again() -> None:
    connector = build(settings("postgresql://nobody@127.0.0.1:9/x", statement_timeout=2))
    with pytest.raises(TryAgain):
        connector.find("x", "account", None)


def test_an_endless_statement_stops_in_sqlite_too(tmp_path: Path) -> None:
    path = tmp_path / "endless.db"
    with sqlite3.connect(path) as endless:
        endless.execute("CREATE TABLE p (k TEXT PRIMARY KEY)")
        endless.execute(
            "CREATE VIEW r AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
            " SELECT id, 'nobody' || id AS who FROM n"
        )
    endless.close()
    connector = build(
        {
            "url": f"sqlite:///{path}",
            "statement_timeout": 0.2,
            "person": {"table": "p", "key": "k", "match": {}},
            "datasets": {"rows": {"table": "r", "key": "id", "person": "who"}},
        }
    )
    with pytest.raises(TryAgain):
        connector.find("anna", "rows", None)


def test_two_threads_can_read_at_once(filled: str) -> None:
    connector = build(settings(filled, page_size=2))
    found: list[int] = []

    def read() -> None:
        found.append(len(items_of(connector, appdb.account_id(NORA), "sessions")))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.update(url="oracle://x/y"), "mariadb or sqlite"),
        (lambda s: s.update(url="::"), "database address"),
        (lambda s: s.update(url="sqlite://"), "name a database file"),
        (lambda s: s.update(timezone="Mars"), "settings.timezone"),
        (lambda s: s.update(page_size=0), "settings.page_size"),
        (lambda s: s.update(pagesize=5), "'pagesize'"),
        (lambda s: s["datasets"]["account"].pop("table"), "settings.datasets.account.table"),
        (lambda s: s["datasets"]["account"].update(key=[]), "settings.datasets.account.key"),
        (
            lambda s: s["datasets"]["account"].update(path=[{"table": "x", True: {"a": "b"}}]),
            "between quotes",
        ),
    ],
)
def test_a_mistake_in_the_map_is_named(change: Callable[[Any], None], words: str) -> None:
    plan: Any = settings("sqlite:////nowhere.db")
    change(plan)
    assert words in refused_settings(build, **plan)
