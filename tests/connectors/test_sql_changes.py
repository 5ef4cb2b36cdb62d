"""Correcting, adding to, marking and stopping in a database, by the map alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sql import build
from connectors.sql_rectify import same
from demo import appdb
from dsr.core.connector import Change, NotOffered, One, Place
from dsr.core.errors import ForeignRecord, ItemChanged, NeedsPerson, ValueRefused
from dsr.core.subject import Subject
from tests.connector_contract import items_of
from tests.connectors import post_office
from tests.connectors.app_people import APP_PEOPLE, NORA
from tests.connectors.databases import run, writing
from tests.connectors.post_office import ANNA, letter, person, settings_of

ME = Place(subject_ref=ANNA, dataset="person")
LETTERS = Place(subject_ref=ANNA, dataset="letters")


@pytest.fixture
def office(database: str) -> str:
    post_office.fill(database)
    return database


def data_of(url: str) -> dict[str, object]:
    return dict(build(settings_of(url)).again(ME, [ANNA])[ANNA].data)


def corrected(url: str, old: dict[str, object], new: dict[str, object]) -> object:
    changes = [Change(path=f"/{name}", old=old.get(name), new=new[name]) for name in new]
    return build(settings_of(url)).rectify(ME, ANNA, changes, "op")


def test_a_fact_of_any_type_is_corrected_alone(office: str) -> None:
    for name, new in (
        ("name", "Anna van 't Hoff %s :x \N{GRINNING FACE}"),
        ("email", None),
        ("phone", "+31 6 0000 0009"),
        ("born", "1980-03-01"),
        ("letters_wanted", False),
        ("stamps", 0),
        ("about", ""),
    ):
        before = data_of(office)
        corrected(office, before, {name: new})
        after = data_of(office)
        since = {"email_since": after["email_since"]} if name == "email" else {}
        assert after == {**before, name: new, **since}
    with writing(office) as connection:
        assert connection.scalar(sa.select(person.c.name).where(person.c.id == 2)) == "ben"


def test_a_value_that_cannot_be_is_refused_and_nothing_changes(office: str) -> None:
    before = data_of(office)
    for name, new in (
        ("born", "1981-02-29"),
        ("born", "gisteren"),
        ("born", 19800101),
        ("email", "anna#voorbeeld"),
        ("email", "anna@voorbeeld"),
        ("email", "a@voorbeeld.example, b@voorbeeld.example"),
        ("email", "ben@voorbeeld.example"),
        ("email", f"{'a' * 60}@voorbeeld.example"),
        ("phone", "bel mij"),
        ("name", None),
        ("name", "ben"),
        ("name", "x" * 41),
        ("name", "a\0b"),
        ("name", {"first": "Anna"}),
        ("stamps", "veel"),
        ("stamps", 1.5),
        ("stamps", 10**30),
        ("stamps", True),
        ("letters_wanted", "jazeker"),
        ("letters_wanted", None),
        ("id", 9),
        ("secret", "geheimpje"),
        ("nowhere", "nergens"),
        ("name; DROP TABLE person", "weg"),
    ):
        with pytest.raises(ValueRefused) as caught:
            corrected(office, before, {"stamps": 7} | {name: new})
        assert not isinstance(new, str) or new not in str(caught.value), name
        assert data_of(office) == before, name


def test_a_correction_of_two_fields_is_made_whole_or_not_at_all(office: str) -> None:
    before = data_of(office)
    with pytest.raises(ItemChanged):
        corrected(office, {**before, "stamps": 99}, {"name": "anne", "stamps": 4})
    assert data_of(office) == before
    corrected(office, before, {"name": "anne", "stamps": 4})
    assert {**before, "name": "anne", "stamps": 4} == data_of(office)


def test_the_application_that_changed_a_fact_meanwhile_is_not_overwritten(office: str) -> None:
    before = data_of(office)
    with writing(office) as connection:
        connection.execute(person.update().where(person.c.id == 1).values(name="anna bakker"))
    with pytest.raises(ItemChanged):
        corrected(office, before, {"name": "anne"})
    assert data_of(office)["name"] == "anna bakker"


def test_a_corrected_address_is_never_counted_as_old(office: str) -> None:
    corrected(office, data_of(office), {"email": "nieuw@voorbeeld.example"})
    located = build(settings_of(office)).locate(Subject(known_refs={"post": ANNA}))
    assert isinstance(located, One)
    (since,) = [c.since for c in located.contacts if c.kind == "email"]
    assert since is not None
    assert since > date(2026, 1, 1)


def test_a_moment_is_the_same_in_every_zone_and_nothing_else_is_alike() -> None:
    assert same("2024-07-01T12:00:00+02:00", "2024-07-01T10:00:00+00:00")
    assert not same("2024-07-01T12:00:00", "2024-07-01T12:00:00+00:00")
    assert not same(True, 1)
    assert not same(None, "")
    assert not same("ja", "nee")


def test_a_moment_is_corrected(office: str) -> None:
    connector = build(settings_of(office))
    (before, *_) = items_of(connector, ANNA, "letters")
    old, new = before.data["sent"], "2026-01-02T09:00:00"
    changes = [Change(path="/sent", old=old, new=new)]
    if office.startswith("sqlite"):  # SQLite keeps the text, and the application's form differs
        changes = [Change(path="/sent", old=old, new=f"{str(old)[:8]}02 09:00:00.000000")]
    assert connector.rectify(LETTERS, before.ref, changes, "op").done == (before.ref,)
    assert (
        str(connector.again(LETTERS, [before.ref])[before.ref].dates["sent"])[:10] == "2026-01-02"
    )
    impossible = [Change(path="/sent", old=changes[0].new, new="2026-02-30T09:00:00")]
    with pytest.raises(ValueRefused):
        connector.rectify(LETTERS, before.ref, impossible, "op")


def test_a_field_of_another_table_or_a_part_of_a_text_is_for_a_person(office: str) -> None:
    beside = {"beside": {"sender": [{"table": "person", "on": {"person_id": "id"}}]},
              "columns": ["*", "sender.name"]}  # fmt: skip
    connector = build(settings_of(office, letters=beside))
    for path in ("/sender.name", "/words/0"):
        change = Change(path=path, old="anna", new="geheim")
        receipt = connector.rectify(LETTERS, "1", [change], "op-3")
        assert "op-3" in receipt.by_hand
        assert "geheim" not in receipt.by_hand


def test_a_fact_in_a_row_of_somebody_else_is_not_corrected(office: str) -> None:
    change = Change(path="/words", old="Brief 5", new="x")
    with pytest.raises(ForeignRecord):
        build(settings_of(office)).rectify(LETTERS, "5", [change], "op")
    moved = Change(path="/person_id", old=1, new=2)
    with pytest.raises(ValueRefused):
        build(settings_of(office)).rectify(LETTERS, "1", [moved], "op")


def test_the_same_field_twice_or_none_is_refused(office: str) -> None:
    connector = build(settings_of(office))
    change = Change(path="/stamps", old=3, new=4)
    for changes in ([], [change, change]):
        with pytest.raises(ValueRefused):
            connector.rectify(ME, ANNA, changes, "op")


def test_a_statement_stands_below_what_was_there_and_must_fit(office: str) -> None:
    connector = build(settings_of(office, person={"statement": "about"}))
    for words in ("Dit klopt niet.", "Dit klopt niet.", "En dit ook niet {ref} %s."):
        assert connector.annotate(ME, ANNA, words, "op").done == (ANNA,)
    assert data_of(office)["about"] == "Dit klopt niet.\nEn dit ook niet {ref} %s."
    with pytest.raises(ValueRefused):
        connector.annotate(ME, ANNA, "x" * 121, "op")
    assert data_of(office)["about"] == "Dit klopt niet.\nEn dit ook niet {ref} %s."
    assert "op-9" in connector.annotate(ME, "", "Over alles.", "op-9").by_hand
    assert connector.annotate(ME, "77", "Over niets.", "op").gone == ("77",)
    with pytest.raises(ForeignRecord):
        connector.annotate(ME, "2", "Over een ander.", "op")


def test_a_statement_about_a_whole_dataset_is_a_row_of_its_own(database: str) -> None:
    appdb.create(database, APP_PEOPLE)
    mine = appdb.account_id(NORA)
    connector = build(appdb.settings_of(database))
    place = Place(subject_ref=mine, dataset="sessions")
    for _ in range(2):
        assert connector.annotate(place, "", "Over alles.", "op").done == ("",)
    with writing(database) as connection:
        ((whose, dataset, ref, words),) = connection.execute(
            sa.select(*(appdb.remarks.c[n] for n in ("account_id", "dataset", "ref", "words")))
        )
    assert (whose, dataset, ref, words) == (mine, "sessions", "", "Over alles.")


def test_a_mark_of_a_row_is_its_own_column(office: str) -> None:
    connector = build(settings_of(office))
    connector.restrict(LETTERS, ["1", "2"], "op")
    with writing(office) as connection:
        marked = sa.select(letter.c.id).where(letter.c.kept_back)
        assert sorted(connection.scalars(marked)) == [1, 2]
    with pytest.raises(ForeignRecord):
        connector.restrict(LETTERS, ["3", "5"], "op")
    assert not connector.again(LETTERS, ["3"])["3"].restricted


def test_a_mark_that_is_read_of_another_table_is_set_by_a_person(office: str) -> None:
    beside = {"beside": {"sender": [{"table": "person", "on": {"person_id": "id"}}]},
              "restricted": "sender.letters_wanted"}  # fmt: skip
    receipt = build(settings_of(office, letters=beside)).restrict(LETTERS, ["1"], "op-4")
    assert "op-4" in receipt.by_hand


def test_a_table_of_marks_tells_records_and_people_apart(office: str) -> None:
    run(
        office,
        "CREATE TABLE mark (dataset varchar(40), ref varchar(80), mark varchar(20),"
        " PRIMARY KEY (dataset, ref, mark))",
    )
    plain = {"restricted": "", "held": ""}
    connector = build({**settings_of(office, letters=plain), "marks": {"table": "mark"}})
    connector.restrict(LETTERS, ["1", "2", "2"], "op")
    connector.hold(LETTERS, "op")
    assert [item.restricted for item in items_of(connector, ANNA, "letters")] == [
        True, True, False, False,
    ]  # fmt: skip
    whole = connector.again(ME, [ANNA])[ANNA]
    assert not whole.restricted  # its key is that of a restricted letter
    connector.restrict(LETTERS, ["1"], "op", lift=True)
    connector.hold(LETTERS, "op", lift=True)
    with writing(office) as connection:
        left = connection.execute(sa.text("SELECT dataset, ref, mark FROM mark")).all()
    assert [tuple(row) for row in left] == [("letters", "2", "restricted")]


def test_a_hold_that_no_column_can_tell_is_not_offered(office: str) -> None:
    connector = build(settings_of(office, letters={"held": ""}))
    assert isinstance(connector.hold(LETTERS, "op"), NotOffered)


def test_a_hold_marks_all_rows_of_the_person_and_of_nobody_else(office: str) -> None:
    connector = build(settings_of(office))
    for lift, held in ((False, [1, 2, 3, 4]), (True, [])):
        connector.hold(LETTERS, "op", lift=lift)
        with writing(office) as connection:
            marked = sa.select(letter.c.id).where(letter.c.waits)
            assert sorted(connection.scalars(marked)) == held


STOP = {
    "news": [
        {"table": "person", "person": "id", "set": {"letters_wanted": False},
         "resume": {"letters_wanted": True}}
    ],
    "mail": [
        {"table": "letter", "person": "person_id", "where": {"words": "nothing such"},
         "set": {"waits": True}, "resume": {"waits": False}}
    ],
}  # fmt: skip


def test_a_purpose_stops_for_the_person_alone_and_others_are_told(office: str) -> None:
    connector = build({**settings_of(office), "stop": STOP})
    receipt = connector.stop_using(ANNA, ["news", "mail", "profiling"], "op")
    assert receipt.done == ("news",)
    assert receipt.gone == ("mail",)  # nothing there to stop
    assert [(kept.ref, "by hand" in kept.reason) for kept in receipt.retained] == [
        ("profiling", True)
    ]
    with writing(office) as connection:
        wanted = connection.execute(sa.select(person.c.id, person.c.letters_wanted)).all()
    assert sorted(map(tuple, wanted)) == [(1, False), (2, True)]
    assert connector.stop_using("1 OR 1=1", ["news"], "op").gone == ("news",)
    assert "op-5" in connector.stop_using(ANNA, ["profiling"], "op-5").by_hand


def test_a_brace_that_means_nothing_is_a_mistake_in_the_map(office: str) -> None:
    stop = [{"table": "member", "person": "person_id", "row": {"club_id": "{nothing}"}}]
    connector = build({**settings_of(office), "stop": {"news": stop}})
    with pytest.raises(NeedsPerson, match="nothing"):
        connector.stop_using(ANNA, ["news"], "op")


def test_what_refers_to_nothing_cannot_be_added(office: str) -> None:
    stop: list[dict[str, Any]] = [
        {"table": "member", "person": "person_id", "row": {"club_id": 99}}
    ]
    connector = build({**settings_of(office), "stop": {"news": stop}})
    with pytest.raises(ValueRefused):
        connector.stop_using(ANNA, ["news"], "op")


def test_an_unknown_dataset_is_refused_by_every_verb(office: str) -> None:
    connector: Any = build(settings_of(office))
    calls: tuple[Callable[[], object], ...]
    nowhere = Place(subject_ref=ANNA, dataset="faxes")
    calls = (
        lambda: connector.again(nowhere, ["1"]),
        lambda: connector.erase(nowhere, ["1"], "op"),
        lambda: connector.restrict(nowhere, ["1"], "op"),
        lambda: connector.annotate(nowhere, "1", "x", "op"),
        lambda: connector.rectify(nowhere, "1", [], "op"),
        lambda: connector.hold(nowhere, "op"),
        lambda: connector.every_ref("faxes", None, 1),
    )
    for verb in calls:
        with pytest.raises(NeedsPerson, match="letters"):
            verb()
