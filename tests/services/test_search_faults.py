"""How a search ends when its system fails: for each kind of fault, wherever it strikes.

What `dsr.services.search.trouble` promises, with the real services: something to read for the
desk, a time to try again or a person to wait for, and nothing lost when the fault is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dsr.core.actions import Action
from dsr.core.connector import Item
from dsr.core.errors import BadAnswer, DsrError, ForeignRecord, NeedsPerson, TryAgain
from dsr.core.request import Outcome, Verb
from dsr.core.subject import Level
from dsr.db import steps, subject_requests
from dsr.db.events import Event
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, case, plan, review
from dsr.services.house import House
from dsr.services.search import BACK_OFF
from dsr.services.staff_login import who_is
from tests.fakes import FakeSystem, one, pages_of, systems_of, work_through
from tests.makers import Clock, make_house, make_item, make_request, make_staff

#: our own pause, with the jitter that comes on top
FIRST_PAUSE = (BACK_OFF[0], BACK_OFF[0] + 1)
NAME = "Anouk Voorbeeld"


@dataclass(frozen=True)
class Fault:
    """What a system raises, and what the step then says. `pause` in seconds, None: a person."""

    raised: Exception
    trouble: str
    pause: tuple[float, float] | None
    action: Action = Action.SYSTEM_FAILED


FAULTS = {
    "later": Fault(TryAgain("It is busy."), "TryAgain: It is busy.", FIRST_PAUSE),
    "later, in a minute": Fault(TryAgain("It is busy.", after=60), "TryAgain", (60, 61)),
    "later, in a year": Fault(TryAgain("It is busy.", after=3e7), "TryAgain", (3600, 3601)),
    "later, at once": Fault(TryAgain("It is busy.", after=0), "TryAgain", FIRST_PAUSE),
    "bad answer": Fault(BadAnswer("It is cut."), "BadAnswer: It is cut.", FIRST_PAUSE),
    "bad from its start": Fault(BadAnswer("Odd.", from_start=True), "BadAnswer", FIRST_PAUSE),
    "needs a person": Fault(NeedsPerson("Renew the key."), "NeedsPerson: Renew the key.", None),
    "foreign record": Fault(
        ForeignRecord("Of another."), "ForeignRecord", None, Action.FOREIGN_RECORD
    ),
    "another of ours": Fault(DsrError("Odd."), "DsrError", FIRST_PAUSE),
    "not foreseen": Fault(KeyError(NAME), "BadAnswer", FIRST_PAUSE),
}


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str, clock: Clock) -> Iterator[House]:
    made = make_house(tmp_path, clock=clock, database_url=sqlite_url)
    yield made
    made.engine.dispose()


def contacts(count: int) -> list[Item]:
    return [make_item(ref=f"r-{n}") for n in range(count)]


def step_of(house: House, row: SubjectRequest) -> Step:
    with house.reading() as session:
        found = steps.of_request(session, row.id, row.run)
    return next(step for step in found if (step.system, step.verb) == ("crm", Verb.SEARCH))


def refs_of(house: House, row: SubjectRequest) -> list[str]:
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        key = case.case_key(session, house.office, fresh)
        step = review.search_of(session, fresh, "crm")
        return [r["ref"] for r in archive.records(session, house.office.vault, key, step)]


def system_that_fails(where: str, fault: Exception) -> FakeSystem:
    """A CRM with eight contacts that fails once: at the look-up, or at a page."""
    pages = pages_of(contacts(8), total=8)
    if where == "locate":
        return FakeSystem(located=fault, pages={"contact": pages})
    place = {"first page": 0, "third page": 2}[where]
    return FakeSystem(located=one(), pages={"contact": [*pages[:place], fault, *pages[place:]]})


@pytest.mark.parametrize("where", ["locate", "first page", "third page"])
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_ends_as_it_is_written_down_and_heals(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    monkeypatch.setattr(archive, "PIECE", 1)  # every page is a checkpoint
    fault, row = FAULTS[name], make_request(house, level=Level.IA4)
    crm = system_that_fails(where, fault.raised)
    systems = systems_of(house, crm=crm)
    work_through(house, systems)

    step = step_of(house, row)
    assert (step.outcome, step.attempts, step.lease_until) == (None, 1, None)
    assert step.trouble.startswith(fault.trouble)
    assert step.needs_person is (fault.pause is None)
    if fault.pause is not None:
        assert step.next_at is not None
        waits = step.next_at - clock()
        assert timedelta(seconds=fault.pause[0]) <= waits <= timedelta(seconds=fault.pause[1])
    with house.reading() as session:
        told = session.scalars(select(Event).where(Event.action == fault.action)).one()
    assert (told.body["system"], told.body["attempts"]) == ("crm", "1")
    assert NAME not in f"{step.trouble} {told.body}"

    crm.located = one()
    if fault.pause is None:
        who = who_is(make_staff(house))
        with house.writing() as session:
            plan.retry(session, house.office, session.get_one(Step, step.id), who)
    clock.move(seconds=3700)
    work_through(house, systems)
    step = step_of(house, row)
    assert (step.outcome, step.counts["contact"], step.trouble) == (Outcome.DONE, 8, "")
    assert refs_of(house, row) == [f"r-{n}" for n in range(8)]


def test_pauses_grow_and_never_end(house: House, clock: Clock) -> None:
    row = make_request(house, level=Level.IA4)
    systems = systems_of(house, crm=FakeSystem(located=TryAgain("It is busy.")))
    waited = []
    for attempt in range(1, len(BACK_OFF) + 3):
        work_through(house, systems)
        step = step_of(house, row)
        assert (step.outcome, step.attempts, step.needs_person) == (None, attempt, False)
        assert step.next_at is not None
        waited.append((step.next_at - clock()).total_seconds() // 1)
        clock.move(seconds=waited[-1] + 2)
    assert waited == sorted(waited)
    assert waited[-1] in (BACK_OFF[-1], BACK_OFF[-1] + 1)


@pytest.mark.parametrize(
    "data", [{"n": 10**30}, {"text": "half \ud83d"}, {"deep": None}], ids=["huge", "half", "deep"]
)
def test_an_item_that_cannot_be_kept_is_told_of_and_is_no_mistake_of_ours(
    house: House, data: dict[str, object]
) -> None:
    deep: dict[str, object] = data
    for _ in range(400 if "deep" in data else 0):
        deep = {"deep": deep}
    row = make_request(house, level=Level.IA4)
    pages = pages_of([*contacts(2), make_item(ref="r-2", data=deep)])
    work_through(house, systems_of(house, crm=FakeSystem(located=one(), pages={"contact": pages})))
    step = step_of(house, row)
    assert (step.outcome, step.trouble.split(":")[0]) == (None, "BadAnswer")
    assert "cannot be kept" in step.trouble
    assert refs_of(house, row) == []
