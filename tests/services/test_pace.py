"""The pace of a system over all workers: turns, rest, places at once, and a breaker (F30)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dsr.core.errors import BadAnswer, ForeignRecord, TryAgain
from dsr.core.pace import PaceLimits
from dsr.core.request import Outcome
from dsr.core.subject import Level
from dsr.db import paces, steps
from dsr.db.paces import SystemPace
from dsr.db.subject_requests import SubjectRequest
from dsr.services import pace, plan, search
from dsr.services.house import House
from dsr.services.pace import BROKEN, RESTS, KeptPace
from tests.fakes import FakeSystem, one, systems_of, work_through
from tests.makers import Clock, make_house, make_request


class Waits:
    """Lets the clock run instead of sleeping, and remembers when each turn began."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __call__(self, seconds: float) -> None:
        self.clock.move(seconds=seconds)


def kept(house: House, clock: Clock, **limits: float) -> KeptPace:
    """The pace of the CRM as one worker keeps it."""
    values = {"per_second": limits.get("per_second"), "burst": int(limits.get("burst", 1))}
    return KeptPace(
        house=house,
        system="crm",
        limits=PaceLimits(**values),  # type: ignore[arg-type]  # two numbers, just made
        sleep=Waits(clock),
    )


def row_of(house: House, system: str = "crm") -> SystemPace:
    with house.reading() as session:
        found = paces.of(session, system)
    assert found is not None
    return found


@pytest.mark.parametrize("burst", [1, 5])
def test_two_workers_together_stay_below_what_a_system_bears(
    house: House, clock: Clock, burst: int
) -> None:
    """In any stretch of time: no more calls than the burst and the rate times that stretch."""
    workers = [kept(house, clock, per_second=4, burst=burst) for _ in range(2)]
    begun: list[datetime] = []
    for n in range(40):
        workers[n % 2].turn()
        begun.append(clock())
    for first in range(len(begun)):
        for last in range(first, len(begun)):
            seconds = (begun[last] - begun[first]).total_seconds()
            assert last - first + 1 <= burst + 4 * seconds + 1.001


def test_a_turn_that_is_far_away_gives_the_hand_back(house: House, clock: Clock) -> None:
    asked = kept(house, clock, per_second=0.1)
    asked.turn()
    with pytest.raises(TryAgain) as raised:
        asked.turn()
    assert raised.value.after == pytest.approx(10, abs=0.1)


def test_a_turn_that_is_given_up_is_left_for_others(house: House, clock: Clock) -> None:
    """However many find the queue too long, the next turn comes no later for it."""
    asked = kept(house, clock, per_second=0.1)
    asked.turn()
    for _ in range(20):
        with pytest.raises(TryAgain) as raised:
            asked.turn()
        assert raised.value.after == pytest.approx(10, abs=0.1)
    clock.move(seconds=10)
    asked.turn()


def test_a_system_that_asks_for_rest_is_left_alone_by_everybody(house: House, clock: Clock) -> None:
    for limits in ({}, {"per_second": 10.0, "burst": 5.0}):
        told, other = kept(house, clock, **limits), kept(house, clock, **limits)
        told.hold(30)
        with pytest.raises(TryAgain) as raised:
            other.turn()
        assert raised.value.after == pytest.approx(30, abs=0.5)
        clock.move(seconds=31)
        other.turn()


def test_the_longest_rest_stands_and_none_is_endless(house: House, clock: Clock) -> None:
    kept(house, clock).hold(60)
    kept(house, clock).hold(5)
    assert row_of(house).rest_until == clock() + timedelta(seconds=60)
    kept(house, clock).hold(10**9)
    assert row_of(house).rest_until == clock() + timedelta(hours=1)


@pytest.fixture
def narrow(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[House]:
    """A house whose CRM bears one search at a time."""
    house = make_house(tmp_path, clock=clock, database_url=database_url)
    register = house.office.register
    systems = tuple(
        replace(system, pace=PaceLimits(at_once=1)) if system.id == "crm" else system
        for system in register.systems
    )
    office = replace(house.office, register=replace(register, systems=systems))
    yield replace(house, office=office)
    house.engine.dispose()


def crm_step(house: House, row: SubjectRequest) -> str:
    with house.reading() as session:
        return next(s.id for s in plan.searches_of(session, row) if s.system == "crm")


def test_no_more_searches_than_a_system_bears_and_the_next_follows(narrow: House) -> None:
    first, second = (crm_step(narrow, make_request(narrow, level=Level.IA4)) for _ in range(2))
    with narrow.writing() as session:
        work = search.begin(session, narrow.office, first)
    assert work is not None
    with narrow.writing() as session:
        assert search.begin(session, narrow.office, second) is None
    with narrow.writing() as session:
        search.complete(session, narrow.office, work, {"cursor": {}, "counts": {}}, None)
    assert pace.after_search(narrow, "crm", failed=False) == second
    with narrow.writing() as session:
        assert search.begin(session, narrow.office, second) is not None
    assert pace.after_search(narrow, "crm", failed=False) is None


def test_a_dead_system_rests_and_is_then_tried_by_one(house: House, clock: Clock) -> None:
    rows = [make_request(house, level=Level.IA4) for _ in range(BROKEN + 2)]
    ids = [crm_step(house, row) for row in rows]
    for step_id in ids[:BROKEN]:
        with house.writing() as session:
            work = search.begin(session, house.office, step_id)
        assert work is not None
        with house.writing() as session:
            search.trouble(session, house.office, work, TryAgain("It is away."))
        pace.after_search(house, "crm", failed=True)
    with house.writing() as session:
        assert search.begin(session, house.office, ids[-1]) is None
    with house.reading() as session:
        waiting = session.get_one(steps.Step, ids[-1])
        assert (waiting.attempts, waiting.next_at) == (0, clock() + timedelta(seconds=RESTS[0]))
    clock.move(seconds=RESTS[0])
    with house.writing() as session:
        assert search.begin(session, house.office, ids[-1]) is not None
    with house.writing() as session:
        assert search.begin(session, house.office, ids[-2]) is None


def test_a_system_that_answers_again_is_searched_by_all(house: House, clock: Clock) -> None:
    crm = FakeSystem(located=TryAgain("It is away."))
    row = make_request(house, level=Level.IA4)
    systems = systems_of(house, crm=crm)
    for _ in range(BROKEN):
        work_through(house, systems)
        clock.move(minutes=20)
    assert row_of(house).failures == BROKEN
    crm.located = one()
    work_through(house, systems)
    clock.move(minutes=20)
    work_through(house, systems)
    assert row_of(house).failures == 0
    with house.reading() as session:
        done = {s.system: s.outcome for s in plan.searches_of(session, row)}
    assert done["crm"] == Outcome.NONE_FOUND


def test_a_system_that_is_back_makes_nobody_wait_out_a_pause(house: House, clock: Clock) -> None:
    """What failed an hour ago is tried as soon as one search gets through (F31)."""
    rows = [make_request(house, level=Level.IA4) for _ in range(3)]
    crm = FakeSystem(located=TryAgain("It is away."))
    systems = systems_of(house, crm=crm)
    for _ in range(8):
        work_through(house, systems)
        clock.move(seconds=241)
    crm.located = one()
    work_through(house, systems)
    with house.reading() as session:
        for row in rows:
            done = {s.system: s.outcome for s in plan.searches_of(session, row)}
            assert done["crm"] == Outcome.NONE_FOUND


@pytest.mark.parametrize(
    ("error", "speaks_against"),
    [
        (None, False),
        (TryAgain("It is away."), True),
        (BadAnswer("Half an answer."), True),
        (TryAgain("Not now.", after=7), False),
        (ForeignRecord("Of another."), False),
    ],
)
def test_only_silence_speaks_against_a_system(
    error: TryAgain | ForeignRecord | None, speaks_against: bool
) -> None:
    assert search.is_failure(error) is speaks_against
