"""Erasing rows of a database: in order of its foreign keys, all of a batch or nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from connectors.batch import MOST_REFS
from connectors.sql import build
from demo import appdb
from dsr.core.connector import Place
from dsr.core.errors import ForeignRecord, NeedsPerson, TryAgain
from dsr.core.receipts import Receipt
from tests.connector_contract import items_of, refused_settings
from tests.connectors import post_office
from tests.connectors.app_people import APP_PEOPLE, NORA
from tests.connectors.databases import run, writing
from tests.connectors.post_office import (
    ANNA,
    BEN,
    add,
    club,
    complaint,
    ids,
    letter,
    member,
    page,
    scan,
    settings_of,
    stamp,
    visit,
)

LETTERS = Place(subject_ref=ANNA, dataset="letters")
ALONG = {"along": ["page", "scan"]}


@pytest.fixture
def office(database: str) -> str:
    post_office.fill(database)
    return database


def why(receipt: Receipt) -> dict[str, str]:
    return {kept.ref: kept.reason for kept in receipt.retained}


def test_what_refers_to_a_row_goes_before_it_when_the_map_says_so(office: str) -> None:
    receipt = build(settings_of(office, letters=ALONG)).erase(LETTERS, ["1", "2"], "op")
    assert receipt.done == ("1", "2")
    assert receipt.evidence == {"along": {"page": 2, "scan": 2}}
    assert ids(office, letter) == ids(office, page) == ids(office, scan) == [3, 4, 5]


def test_records_elsewhere_keep_a_row_and_are_named(office: str) -> None:
    add(office, complaint, {"id": 1, "letter_id": 2})
    receipt = build(settings_of(office, letters=ALONG)).erase(LETTERS, ["1", "2"], "op")
    assert receipt.done == ("1",)
    assert why(receipt) == {"2": "Records of 'complaint' refer to it."}
    assert ids(office, letter) == ids(office, scan) == [2, 3, 4, 5]


def test_what_refers_from_deeper_down_keeps_a_row_too(office: str) -> None:
    receipt = build(settings_of(office, letters={"along": ["page"]})).erase(LETTERS, ["1"], "op")
    assert why(receipt) == {"1": "Records of 'scan' refer to it."}
    assert ids(office, page) == [1, 2, 3, 4, 5]


def test_the_databases_own_cascade_erases_nothing_by_surprise(office: str) -> None:
    add(office, stamp, {"id": 1, "letter_id": 1})
    connector = build(settings_of(office, letters=ALONG))
    assert why(connector.erase(LETTERS, ["1"], "op")) == {"1": "Records of 'stamp' refer to it."}
    assert ids(office, stamp) == [1]
    connector = build(settings_of(office, letters={"along": ["page", "scan", "stamp"]}))
    assert connector.erase(LETTERS, ["1"], "op").done == ("1",)
    assert ids(office, stamp) == []


def test_a_reference_that_the_database_empties_by_itself_is_no_obstacle(office: str) -> None:
    add(office, visit, {"id": 1, "letter_id": 1})
    assert build(settings_of(office, letters=ALONG)).erase(LETTERS, ["1"], "op").done == ("1",)
    with writing(office) as connection:
        assert list(connection.execute(sa.select(visit.c.id, visit.c.letter_id))) == [(1, None)]


def test_the_persons_other_datasets_go_with_what_they_refer_to(office: str) -> None:
    pages = {
        "table": "page", "key": "id", "person": "person_id",
        "path": [{"table": "letter", "on": {"letter_id": "id"}}],
    }  # fmt: skip
    scans = {
        "table": "scan", "key": "id", "person": "person_id",
        "path": [
            {"table": "page", "on": {"page_id": "id"}},
            {"table": "letter", "on": {"letter_id": "id"}},
        ],
    }  # fmt: skip
    connector = build(settings_of(office, pages=pages, scans=scans))
    assert connector.erase(LETTERS, ["1"], "op").done == ("1",)
    assert ids(office, scan) == [2, 3, 4, 5]
    strict = build(settings_of(office, pages=pages, scans=scans, letters={"along": []}))
    assert why(strict.erase(LETTERS, ["2"], "op")) == {"2": "Records of 'page' refer to it."}


def test_a_dataset_that_is_kept_emptied_is_not_erased_along(office: str) -> None:
    pages = {
        "table": "page", "key": "id", "person": "person_id", "erase": "by_hand",
        "path": [{"table": "letter", "on": {"letter_id": "id"}}],
    }  # fmt: skip
    connector = build(settings_of(office, pages=pages))
    assert why(connector.erase(LETTERS, ["1"], "op")) == {"1": "Records of 'page' refer to it."}
    by_hand = connector.erase(Place(subject_ref=ANNA, dataset="pages"), ["1"], "op-7")
    assert "op-7" in by_hand.by_hand


def answers(office: str, *pairs: tuple[int, int]) -> None:
    with writing(office) as connection:
        for answer, to in pairs:
            put = letter.update().where(letter.c.id == answer).values(answer_to=to)
            connection.execute(put)


def test_rows_that_refer_to_each_other_go_together_or_not_at_all(office: str) -> None:
    answers(office, (2, 1), (3, 2), (1, 3))
    connector = build(settings_of(office, letters=ALONG))
    receipt = connector.erase(LETTERS, ["1", "2"], "op")
    assert set(why(receipt)) == {"1", "2"}
    assert ids(office, letter) == [1, 2, 3, 4, 5]
    assert set(connector.erase(LETTERS, ["1", "2", "3"], "op").done) == {"1", "2", "3"}
    assert ids(office, letter) == [4, 5]


def test_an_answer_of_somebody_else_keeps_what_it_answers(office: str) -> None:
    answers(office, (5, 1))
    receipt = build(settings_of(office, letters=ALONG)).erase(LETTERS, ["1", "4"], "op")
    assert why(receipt) == {"1": "Other records of 'letter' refer to it."}
    assert receipt.done == ("4",)


def test_a_restricted_row_keeps_what_it_refers_to(office: str) -> None:
    connector = build(settings_of(office, person={"along": ["letters", "page", "scan", "member"]}))
    letters = build(settings_of(office, letters=ALONG))
    letters.restrict(LETTERS, ["3"], "op")
    whole = Place(subject_ref=ANNA, dataset="person")
    assert "have to stay" in why(connector.erase(whole, [ANNA], "op"))[ANNA]
    assert ids(office, letter) == [1, 2, 3, 4, 5]
    letters.restrict(LETTERS, ["3"], "op", lift=True)
    receipt = connector.erase(whole, [ANNA], "op")
    assert receipt.done == (ANNA,)
    assert receipt.evidence == {"along": {"letter": 4, "page": 4, "scan": 4, "member": 2}}
    assert ids(office, letter) == [5]


def test_what_is_shared_with_somebody_else_stays(office: str) -> None:
    clubs = Place(subject_ref=ANNA, dataset="clubs")
    connector = build(settings_of(office, clubs={"along": ["member"]}))
    receipt = connector.erase(clubs, ["1", "2"], "op")
    assert receipt.done == ("2",)
    assert "somebody else's" in why(receipt)["1"]
    assert ids(office, club) == [1]


def test_what_leads_to_nobody_any_more_is_for_a_person(office: str) -> None:
    with writing(office) as connection:
        connection.execute(member.delete())
    receipt = build(settings_of(office)).erase(
        Place(subject_ref=ANNA, dataset="clubs"), ["1"], "op"
    )
    assert "leads to nobody" in why(receipt)["1"]
    assert ids(office, club) == [1, 2]


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"null": ["email", "phone", "born"]}, {"email": None, "phone": None, "born": None}),
        ({None: ["email"]}, {"email": None, "name": "anna"}),
        ({"empty": {"name": "gone-{id}", "email": None}}, {"name": "gone-1", "email": None}),
        ({"empty": {"letters_wanted": False, "stamps": 0}}, {"letters_wanted": False, "stamps": 0}),
    ],
)
def test_a_row_that_is_kept_loses_its_content(
    office: str, rule: dict[str, object], holds: dict[str, object]
) -> None:
    connector = build(settings_of(office, person={"erase": rule}))
    place = Place(subject_ref=ANNA, dataset="person")
    (before,) = items_of(connector, ANNA, "person")
    assert not before.emptied
    for _ in range(2):
        assert connector.erase(place, [ANNA, "77"], "op") == Receipt(emptied=(ANNA,), gone=("77",))
        (after,) = items_of(connector, ANNA, "person")
        assert after.emptied
        assert connector.again(place, [ANNA])[ANNA] == after
        assert {name: after.data[name] for name in holds} == holds
    (other,) = items_of(connector, BEN, "person")
    assert not other.emptied


def test_a_column_that_cannot_be_emptied_is_a_mistake_in_the_map(office: str) -> None:
    connector = build(settings_of(office, person={"erase": {"null": ["name"]}}))
    with pytest.raises(NeedsPerson, match="'person'"):
        connector.erase(Place(subject_ref=ANNA, dataset="person"), [ANNA], "op")
    assert items_of(connector, ANNA, "person")[0].data["name"] == "anna"


class Killed(BaseException):
    """As a process that is killed."""


def test_what_is_killed_between_two_statements_changed_nothing(office: str) -> None:
    connector: Any = build(settings_of(office, letters=ALONG))
    rows = connector._rows(connector._plan.datasets["letters"])

    def half(work: Any) -> None:
        owned = rows.owned(work, ANNA, ["1", "2"])
        assert rows.erase(work, owned.rows, owned.keys).refs == ("1", "2")
        assert work.statements >= 3
        raise Killed

    with pytest.raises(Killed):
        connector._writing.transaction(half)
    assert ids(office, letter) == ids(office, page) == ids(office, scan) == [1, 2, 3, 4, 5]
    assert connector.erase(LETTERS, ["1", "2"], "op").done == ("1", "2")


def test_somebody_elses_reference_takes_the_whole_batch_back(office: str) -> None:
    with pytest.raises(ForeignRecord):
        build(settings_of(office, letters=ALONG)).erase(LETTERS, ["1", "5"], "op")
    assert ids(office, letter) == ids(office, scan) == [1, 2, 3, 4, 5]


STRANGE = (
    "1 OR 1=1", "1' OR '1'='1", "1); DROP TABLE letter; --", "%(p0)s", ":p0", "?", "", "\0",
    "1\0", "9" * 400, '["1", "2"]', "1.0", " 1", "\N{ARABIC-INDIC DIGIT ONE}",
)  # fmt: skip


def test_a_reference_is_never_more_than_a_value(office: str) -> None:
    connector = build(settings_of(office, letters=ALONG))
    for ref in (*STRANGE, *STRANGE):
        assert connector.erase(LETTERS, [ref], "op") == Receipt(gone=(ref,))
        assert connector.again(LETTERS, [ref]) == {}
        assert connector.restrict(LETTERS, [ref], "op") == Receipt(gone=(ref,))
    assert connector.erase(LETTERS, STRANGE, "op") == Receipt(gone=STRANGE)
    assert ids(office, letter) == [1, 2, 3, 4, 5]


def test_a_row_that_the_application_uses_now_is_tried_again_later(office: str) -> None:
    connector = build({**settings_of(office, letters=ALONG), "statement_timeout": 1})
    engine = sa.create_engine(office)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.execute(letter.update().where(letter.c.id == 1).values(words="anders"))
        with pytest.raises(TryAgain):
            connector.erase(LETTERS, ["1"], "op")
        connection.rollback()
    engine.dispose()
    assert connector.erase(LETTERS, ["1"], "op").done == ("1",)


def test_a_table_that_is_rightly_absent_holds_nothing_again(office: str) -> None:
    absent = {"table": "fax", "key": "id", "person": "person_id", "optional": True}
    connector: Any = build(settings_of(office, faxes=absent))
    assert connector.again(Place(subject_ref=ANNA, dataset="faxes"), ["1"]) == {}
    assert connector.every_ref("faxes", None, 10).refs == ()
    receipt = connector.erase(Place(subject_ref=ANNA, dataset="faxes"), ["1"], "op")
    assert receipt == Receipt(gone=("1",))


def test_every_reference_of_everybody_comes_once_with_whose_it_is(office: str) -> None:
    connector: Any = build(settings_of(office))
    for dataset, all_of_them in {
        "letters": [("1", "1"), ("1", "2"), ("1", "3"), ("1", "4"), ("2", "5")],
        "clubs": [("1", "1"), ("1", "2"), ("2", "1")],
    }.items():
        for limit in (1, 2, 100):
            found, after = [], None
            while True:
                page_of = connector.every_ref(dataset, after, limit)
                assert len(page_of.refs) <= limit
                found += page_of.refs
                after = page_of.next
                if after is None:
                    break
            assert sorted(found) == all_of_them


@pytest.fixture
def app(database: str) -> str:
    appdb.create(database, APP_PEOPLE)
    return database


def test_erasing_a_full_batch_takes_a_handful_of_statements(app: str) -> None:
    mine = appdb.account_id(NORA)
    with writing(app) as connection:
        (first,) = connection.execute(
            sa.select(appdb.sessions).where(appdb.sessions.c.account_id == mine).limit(1)
        ).mappings()
        more = {name: value for name, value in first.items() if name != "id"}
        connection.execute(appdb.sessions.insert(), [more] * MOST_REFS)
    connector: Any = build(appdb.settings_of(app))
    refs = [item.ref for item in items_of(connector, mine, "sessions")][:MOST_REFS]
    rows = connector._rows(connector._plan.datasets["sessions"])

    def erase(work: Any) -> int:
        owned = rows.owned(work, mine, refs)
        assert len(rows.erase(work, owned.rows, owned.keys).refs) == MOST_REFS
        return int(work.statements)

    assert connector._writing.transaction(erase) <= 3


def test_an_account_goes_once_its_datasets_are_gone(app: str) -> None:
    connector = build(appdb.settings_of(app))
    mine = appdb.account_id(NORA)
    whole = Place(subject_ref=mine, dataset="account")
    connector.annotate(whole, mine, "Mijn naam is anders.", "op")
    connector.stop_using(mine, ["A.5"], "op")
    assert why(connector.erase(whole, [mine], "op"))
    for dataset in ("consents", "account_mail", "reviews", "sessions"):
        refs = [item.ref for item in items_of(connector, mine, dataset)]
        receipt = connector.erase(Place(subject_ref=mine, dataset=dataset), refs, "op")
        assert set(receipt.done) == set(refs)
    receipt = connector.erase(whole, [mine], "op")
    assert receipt.done == (mine,)
    along = receipt.evidence["along"]
    assert isinstance(along, dict)
    assert set(along) == {"econsult", "opt_out", "remark"}
    assert connector.again(whole, [mine]) == {}


def test_a_rule_that_only_the_database_knows_keeps_the_whole_batch(office: str) -> None:
    if office.startswith("sqlite"):
        run(
            office,
            "CREATE TRIGGER stays BEFORE DELETE ON letter WHEN old.id = 2"
            " BEGIN SELECT RAISE(ABORT, 'this one stays'); END",
        )
    elif office.startswith("postgresql"):
        run(
            office,
            "CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF old.id = 2 THEN RAISE foreign_key_violation; END IF; RETURN old; END $$",
            "CREATE TRIGGER stays BEFORE DELETE ON letter FOR EACH ROW EXECUTE FUNCTION stays()",
        )
    else:
        run(
            office,
            "CREATE TRIGGER stays BEFORE DELETE ON letter FOR EACH ROW IF old.id = 2 THEN"
            " SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1451; END IF",
        )
    receipt = build(settings_of(office, letters=ALONG)).erase(LETTERS, ["1", "2", "77"], "op")
    assert set(why(receipt)) == {"1", "2"}
    assert receipt.gone == ("77",)
    assert ids(office, letter) == ids(office, scan) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"erase": "shred"}, "settings.datasets.letters.erase"),
        ({"erase": {"null": []}}, "at least one column"),
        ({"erase": {"null": ["id"]}}, "none of `key` and `person`"),
        ({"erase": {"empty": {"words": ["x"]}}}, "settings.datasets.letters.erase.empty.words"),
        ({"erase": {"nil": ["words"]}}, "'nil'"),
        ({"along": 7}, "settings.datasets.letters.along"),
        ({"statement": {"table": "x"}}, "settings.datasets.letters.statement.text"),
    ],
)
def test_a_mistake_in_how_to_change_is_named(more: dict[str, object], words: str) -> None:
    assert words in refused_settings(build, **settings_of("sqlite:////nowhere.db", letters=more))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"stop": {"A.5": []}}, "settings.stop.A.5"),
        ({"stop": {"A.5": [{"table": "x", "person": ["a", "b"], "row": {}}]}}, "as many columns"),
        ({"stop": {"A.5": [{"table": "x", "person": "a"}]}}, "either `set` and `resume`"),
        (
            {"stop": {"A.5": [{"table": "x", "person": "a", "set": {"b": 1}, "resume": {"c": 1}}]}},
            "the same columns",
        ),
        ({"marks": {"tabel": "x"}}, "'tabel'"),
        ({"change_url": "postgresql://x/y"}, "settings.change_url"),
    ],
)
def test_a_mistake_in_what_changes_is_named(more: dict[str, object], words: str) -> None:
    assert words in refused_settings(build, **{**settings_of("sqlite:////nowhere.db"), **more})


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"marks": {"table": "mark"}}, "'mark'"),
        ({"stop": {"A.5": [{"table": "person", "person": "id", "row": {"no": 1}}]}}, "'no'"),
        ({"datasets": {"held": "nowhere"}}, "'nowhere'"),
        ({"datasets": {"erase": {"null": ["nothing"]}}}, "'nothing'"),
        ({"datasets": {"statement": "remark"}}, "'remark'"),
        (
            {"datasets": {"statement": {"table": "page", "text": "t", "values": {}}}},
            "'t'",
        ),
    ],
)
def test_a_check_names_what_a_change_would_miss(
    office: str, more: dict[str, Any], missing: str
) -> None:
    settings = settings_of(office, letters=more.get("datasets", {}))
    rest = {name: value for name, value in more.items() if name != "datasets"}
    health = build({**settings, **rest}).check()
    assert not health.usable
    assert missing in health.words
