"""Erasing by date: the oldest first, in rounds, with what has to stay left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sql import build
from demo import appdb
from dsr.core.connector import Due, NotOffered, Place, Purged
from dsr.core.errors import NeedsPerson
from tests.connectors import post_office
from tests.connectors.app_people import APP_PEOPLE, NORA
from tests.connectors.databases import writing
from tests.connectors.post_office import ANNA, BEN, add, event, ids, letter, page, settings_of

MANY = 100_000
UNTIL = date(2026, 6, 30)
EVENTS = {
    "table": "event",
    "key": "id",
    "person": "person_id",
    "dates": {"at": "millis", "day": "day"},
}
ALONG = {"along": ["page", "scan"]}
LETTERS = Due(dataset="letters", event="sent", until=date(2026, 3, 1))


@pytest.fixture
def office(database: str) -> str:
    post_office.fill(database)
    return database


def millis(day: date, hour: int = 12) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)


def rounds(
    connector: Any, due: Due, limit: int, between: Callable[[], object] = int
) -> list[Purged]:
    done: list[Purged] = []
    while not done or done[-1].more:
        one = connector.purge(due, limit, f"op-{len(done)}")
        assert isinstance(one, Purged)
        assert one.erased == len(one.refs) <= limit
        done.append(one)
        between()
    return done


def test_a_reader_sees_rows_between_the_rounds_of_a_long_purge(office: str) -> None:
    over, later = millis(UNTIL), millis(UNTIL + timedelta(days=1))
    with writing(office) as connection:
        rows = [
            {"person_id": 1 + n % 2, "millis": later if n % 10 == 0 else over - n}
            for n in range(MANY)
        ]
        connection.execute(event.insert(), rows)
    connector = build(settings_of(office, events=EVENTS))
    due = Due(dataset="events", event="at", until=UNTIL)
    dry = connector.purge(due, 2 * MANY, "op", dry_run=True)
    assert dry == Purged(erased=MANY - MANY // 10)
    seen: list[int] = []

    def read() -> None:
        with writing(office) as other:
            seen.append(other.scalar(sa.select(sa.func.count()).select_from(event)) or 0)

    done = rounds(connector, due, 20_000, read)
    assert [one.erased for one in done] == [20_000, 20_000, 20_000, 20_000, 10_000]
    assert seen == [80_000, 60_000, 40_000, 20_000, 10_000]
    assert rounds(connector, due, 20_000) == [Purged(erased=0)]


def test_the_oldest_go_first_and_the_day_itself_counts(office: str) -> None:
    connector = build(settings_of(office, letters=ALONG))
    assert connector.purge(LETTERS, 2, "op") == Purged(erased=2, more=True, refs=("1", "2"))
    assert connector.purge(LETTERS, 2, "op") == Purged(erased=1, refs=("3",))
    assert ids(office, letter) == ids(office, page) == [4, 5]


def test_restricted_held_and_spared_rows_stay_and_are_counted(office: str) -> None:
    connector = build(settings_of(office, letters=ALONG))
    mine = Place(subject_ref=ANNA, dataset="letters")
    everything = Due(dataset="letters", event="sent", until=UNTIL, sparing=frozenset({"4"}))
    connector.restrict(mine, ["2"], "op")
    connector.hold(Place(subject_ref=BEN, dataset="letters"), "op")
    dry = connector.purge(everything, 50, "op", dry_run=True)
    assert dry == Purged(erased=2, spared=3)
    assert connector.purge(everything, 50, "op") == Purged(erased=2, spared=3, refs=("1", "3"))
    assert ids(office, letter) == [2, 4, 5]


def test_a_row_that_others_refer_to_is_passed_over(office: str) -> None:
    connector = build(settings_of(office, letters={"along": ["page"]}))
    done = rounds(connector, LETTERS, 1)
    assert done == [Purged(erased=0, spared=3)]
    assert ids(office, letter) == [1, 2, 3, 4, 5]


def test_a_person_who_is_held_in_the_table_of_marks_keeps_all(database: str) -> None:
    appdb.create(database, APP_PEOPLE)
    connector = build(appdb.settings_of(database))
    mine = appdb.account_id(NORA)
    due = Due(dataset="reviews", event="recorded", until=date(2100, 1, 1))
    connector.hold(Place(subject_ref=mine, dataset="reviews"), "op")
    own = set(connector.again(Place(subject_ref=mine, dataset="reviews"), refs_of(database)))
    assert own
    (done,) = rounds(connector, due, 5000)
    assert done.spared == len(own)
    assert set(refs_of(database)) == own
    connector.hold(Place(subject_ref=mine, dataset="reviews"), "op", lift=True)
    connector.restrict(Place(subject_ref=mine, dataset="reviews"), [min(own)], "op")
    rounds(connector, due, 2)
    assert refs_of(database) == [min(own)]


def refs_of(url: str) -> list[str]:
    with writing(url) as connection:
        return sorted(map(str, connection.scalars(sa.select(appdb.reviews.c.id))))


def test_a_row_without_a_date_or_with_a_later_one_is_never_over(office: str) -> None:
    days = ("2026-06-30", "2026-06-30T23:59:59", "2026-07-01", "2026-07-01T00:00:00+02:00", None,
            "", "2025-01-01T10:00:00Z")  # fmt: skip
    add(office, event, *({"person_id": 1, "millis": n, "day": day} for n, day in enumerate(days)))
    connector = build(settings_of(office, events=EVENTS))
    due = Due(dataset="events", event="day", until=UNTIL)
    assert rounds(connector, due, 2)[-1].more is False
    with writing(office) as connection:
        left = set(connection.scalars(sa.select(event.c.millis)))
    # the one with a zone is still June 30 in UTC, which is the map's zone
    assert left == {2, 4, 5}


def test_seconds_and_milliseconds_are_both_dates(office: str) -> None:
    over, later = millis(UNTIL, 23), millis(UNTIL + timedelta(days=1), 0)
    for number in (over, over // 1000, later, later // 1000):
        add(office, event, {"person_id": 1, "millis": number})
    connector = build(settings_of(office, events=EVENTS))
    rounds(connector, Due(dataset="events", event="at", until=UNTIL), 3)
    with writing(office) as connection:
        assert set(connection.scalars(sa.select(event.c.millis))) == {later, later // 1000}


def test_the_day_ends_when_it_ends_in_the_practice(office: str) -> None:
    add(office, event, {"person_id": 1, "millis": millis(UNTIL, 21)})
    add(office, event, {"person_id": 1, "millis": millis(UNTIL, 22)})  # July 1, in Amsterdam
    plan = {**settings_of(office, events=EVENTS), "timezone": "Europe/Amsterdam"}
    done = build(plan).purge(Due(dataset="events", event="at", until=UNTIL), 9, "op")
    assert isinstance(done, Purged)
    assert done.erased == 1


def test_rows_that_are_kept_are_emptied_once(office: str) -> None:
    connector = build(settings_of(office, letters={"erase": {"null": ["words"]}}))
    assert connector.purge(LETTERS, 2, "op") == Purged(erased=2, more=True, refs=("1", "2"))
    assert rounds(connector, LETTERS, 2) == [Purged(erased=1, refs=("3",))]
    assert rounds(connector, LETTERS, 2) == [Purged(erased=0)]
    with writing(office) as connection:
        empty = sa.select(letter.c.id).where(letter.c.words.is_(None))
        assert sorted(connection.scalars(empty)) == [1, 2, 3]


def test_what_a_person_erases_is_not_purged_and_an_unknown_date_is_named(office: str) -> None:
    by_hand = build(settings_of(office, letters={"erase": "by_hand"}))
    assert isinstance(by_hand.purge(LETTERS, 2, "op"), NotOffered)
    with pytest.raises(NeedsPerson, match="sent"):
        build(settings_of(office)).purge(
            Due(dataset="letters", event="burnt", until=UNTIL), 2, "op"
        )
