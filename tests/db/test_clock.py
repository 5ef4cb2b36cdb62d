"""T75: business goes by the database's time; one host with a wrong clock changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from dsr.db.clock import ASKED_EVERY, DatabaseClock
from dsr.db.engine import make_engine

DAY = timedelta(days=1)
SOON = timedelta(seconds=30)


class Host:
    """A host whose clock is wrong, and whose count goes on when a test says so."""

    def __init__(self, wrong_by: timedelta = DAY) -> None:
        self.wrong_by = wrong_by
        self.seconds = 500.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wrong_by

    def count(self) -> float:
        return self.seconds


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


def near(told: datetime, wanted: datetime) -> bool:
    return abs(told - wanted) < SOON


@pytest.mark.parametrize("wrong_by", [DAY, -DAY])
def test_a_wrong_host_goes_by_the_database_and_says_how_wrong_it_is(
    shared: Engine, wrong_by: timedelta
) -> None:
    host = Host(wrong_by)
    clock = DatabaseClock(shared, host.now, host.count)
    assert near(clock(), datetime.now(UTC))
    assert clock().utcoffset() == timedelta(0)
    assert abs(clock.difference - wrong_by.total_seconds()) < 30


def test_a_jump_of_the_hosts_clock_moves_nothing(shared: Engine) -> None:
    host = Host(timedelta(0))
    clock = DatabaseClock(shared, host.now, host.count)
    before = clock()
    host.wrong_by = DAY
    assert clock() == before
    host.seconds += 30
    assert clock() == before + timedelta(seconds=30)


def test_the_database_is_asked_again_before_a_count_can_run_off(shared: Engine) -> None:
    host = Host()
    clock = DatabaseClock(shared, host.now, host.count)
    clock()
    host.seconds += ASKED_EVERY * 100  # a count that runs far too fast
    assert near(clock(), datetime.now(UTC))


def test_a_database_that_is_gone_leaves_the_count_as_it_is(shared: Engine) -> None:
    host = Host()
    clock = DatabaseClock(shared, host.now, host.count)
    before = clock()
    clock._engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:9/x")
    host.seconds += ASKED_EVERY
    assert clock() == before + timedelta(seconds=ASKED_EVERY)


def test_one_host_with_its_own_database_has_its_own_clock(sqlite_url: str) -> None:
    host = Host()
    clock = DatabaseClock(make_engine(sqlite_url), host.now, host.count)
    assert near(clock(), host.now())
    assert clock.difference == 0
