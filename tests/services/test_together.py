"""Two at once: whatever two people or workers do at the same moment, one thing comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import func, select

from dsr.core.chain import GENESIS, row_hash
from dsr.core.errors import DsrError, NotReady
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import events, steps, subject_requests
from dsr.db.answers import Letter, Package, Withholding
from dsr.db.columns import new_id
from dsr.db.data_keys import HOUSE, DataKey
from dsr.db.events import Event
from dsr.db.outbox import OutboxMail
from dsr.db.subject_requests import SubjectRequest
from dsr.jobs import worker
from dsr.services import case, decide, plan, reply, review, stages, tallies
from dsr.services.by_hand import ByHand
from dsr.services.case import Told
from dsr.services.census import census
from dsr.services.house import House
from dsr.services.staff_login import who_is
from tests.fakes import FakeSystem, one, pages_of, systems_of
from tests.makers import make_found, make_item, make_request, make_staff

T = TypeVar("T")


def at_once(count: int, do: Callable[[int], T]) -> list[T | Exception]:
    """What comes of doing something in so many threads that begin at the same moment."""
    came: list[T | Exception] = [RuntimeError("did not end")] * count
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait(10)
        try:
            came[number] = do(number)
        except Exception as error:
            came[number] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return came


def ends_while(held: Callable[[], object], do: Callable[[], object]) -> None:
    """Begin `do` beside us; call `held` (our commit) once it ended or visibly waits for us."""
    faults: list[Exception] = []

    def run() -> None:
        try:
            do()
        except Exception as error:
            faults.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.3)
    held()
    thread.join(20)
    assert not thread.is_alive()
    assert faults == []


def test_the_last_two_systems_that_end_at_once_begin_the_review(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA4)
    found = ByHand(outcome=Outcome.NONE_FOUND, proof="Gezocht door Anna.")

    def settle(session: object, number: int) -> None:
        fresh = subject_requests.by_id(session, row.id)  # type: ignore[arg-type]
        step = plan.searches_of(session, fresh)[number]  # type: ignore[arg-type]
        plan.settle_by_hand(session, house.office, step, found, officer)  # type: ignore[arg-type]

    with house.reading() as session:
        count = len(plan.searches_of(session, row))
    for number in range(count - 2):
        with house.writing() as session:
            settle(session, number)

    def other() -> None:
        with house.writing() as session:
            settle(session, count - 1)

    with house.sessions() as session:
        settle(session, count - 2)
        ends_while(session.commit, other)
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        assert stages.access_item(fresh).stage == Stage.REVIEWING


def test_a_search_that_ends_while_the_desk_acts_on_it_locks_in_the_same_order(
    house: House,
) -> None:
    """A worker and the desk each held what the other waited for, and one of them was killed."""
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA4)
    with house.reading() as session:
        step_id = plan.searches_of(session, row)[0].id
    entered, go_on = threading.Event(), threading.Event()

    def slow(_dataset: str, _after: str | None) -> None:
        entered.set()
        go_on.wait(10)

    busy = FakeSystem(located=one(), pages={"account": pages_of([])}, before_find=slow)
    working = worker.make_tasks(house, systems_of(house, app=busy))["step"]
    thread = threading.Thread(target=working, args=(step_id,))
    thread.start()
    assert entered.wait(10)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        go_on.set()
        thread.join(0.5)  # it is about to write its result
        step = plan.step_of(session, fresh, step_id)
        plan.accept_unsearched(session, house.office, step, "Het systeem is weg.", officer)
    thread.join(20)
    with house.reading() as session:
        assert session.get_one(steps.Step, step_id).outcome in (Outcome.FAILED, "none_found")


def test_a_hundred_rings_and_eight_workers_search_a_system_once(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    with house.reading() as session:
        step_id = plan.searches_of(session, row)[0].id
    system = FakeSystem(located=one(), pages={"account": pages_of([make_item(dataset="account")])})
    ring = worker.make_tasks(house, systems_of(house, app=system))["step"]
    at_once(8, lambda _n: [ring(step_id) for _ in range(13)])
    assert [call[0] for call in system.asked].count("locate") == 1
    with house.reading() as session:
        step = session.get_one(steps.Step, step_id)
        assert (step.outcome, step.counts["account"], step.fence) == (Outcome.DONE, 1, 1)
        told = select(func.count()).where(Event.action == "system_searched")
        assert session.scalar(told) == 1


def test_of_two_officers_who_decide_at_once_exactly_one_wins(house: House) -> None:
    anna = who_is(make_staff(house, login="anna"))
    boris = who_is(make_staff(house, login="boris"))
    for _ in range(5):
        row = make_request(house, level=Level.IA4)
        make_found(house, row, {"crm": [make_item()]})
        with house.reading() as session:
            seen = review.review_digest(session, row)
        grant = decide.Decided(decision=Decision.GRANTED, seen=seen)
        refuse = decide.Decided(
            decision=Decision.REFUSED, grounds=("excessive",), seen=seen,
            facts="Dit is het vijfde gelijke verzoek in twee weken.", instead="Uitleg gegeven.",
        )  # fmt: skip

        def act(number: int, row: SubjectRequest = row) -> None:
            with house.writing() as session:
                what, who = ((grant, anna), (refuse, boris))[number]  # noqa: B023
                decide.decide(session, house.office, row, what, who)

        came = at_once(2, act)
        assert len([c for c in came if c is None]) == 1
        assert len([c for c in came if isinstance(c, DsrError)]) == 1
        with house.reading() as session:
            decided = select(func.count()).where(
                Event.request_id == row.id, Event.action == "decided"
            )
            assert session.scalar(decided) == 1


def test_parallel_events_make_one_chain_without_forks_or_gaps(house: House) -> None:
    row = make_request(house)

    def tell(_number: int) -> None:
        for _ in range(10):
            with house.writing() as session:
                fresh = subject_requests.by_id(session, row.id)
                told = Told(who=case.SYSTEM, action=case.Action.NOTED)
                case.tell(session, house.office, fresh, told)

    assert at_once(8, tell) == [None] * 8
    with house.reading() as session:
        rows = list(events.export(session, "kralingen"))
    assert [r["seq"] for r in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == 82
    before = GENESIS("kralingen")
    for told in rows:
        body = {k: v for k, v in told.items() if k != "row_hash"}
        before = row_hash(before, body)
        assert told["row_hash"] == before.hex()


def test_the_first_tries_of_one_thing_are_counted_exactly(house: House) -> None:
    def tried(_number: int) -> bool:
        with house.writing() as session:
            return tallies.allowed(session, house.office, "x", 3, timedelta(hours=1))

    came = at_once(8, tried)
    assert sorted(map(repr, came)) == ["False"] * 5 + ["True"] * 3


def test_eight_forms_from_one_address_at_once_all_come_in(house: House) -> None:
    came = at_once(8, lambda _n: make_request(house).reference)
    assert len({c for c in came if isinstance(c, str)}) == 8
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 1


def test_the_house_key_is_made_once_by_the_first_who_needs_it(house: House) -> None:
    with house.writing() as session:
        session.delete(session.get_one(DataKey, HOUSE))

    def key(_number: int) -> bytes:
        with house.writing() as session:
            return case.house_key(session, house.office)

    came = at_once(8, key)
    assert len(set(came)) == 1
    assert isinstance(came[0], bytes)


def test_downloads_at_once_never_exceed_what_is_allowed(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    now = house.office.now()
    with house.writing() as session:
        item = stages.access_item(row)
        session.add(
            Letter(
                id=new_id(), request_id=row.id, item_id=item.id, kind="access_answer",
                language="nl", level="IA2", blob="x", bytes=1, sha256="0" * 64,
                made_at=now, released_at=now,
            )
        )  # fmt: skip
        session.add(
            Package(
                id=new_id(), request_id=row.id, item_id=item.id, blob="x", bytes=1,
                sha256="0" * 64, level="IA2", made_at=now, downloads_allowed=3,
                expires_at=now + timedelta(days=1),
            )
        )  # fmt: skip

    def fetch(_number: int) -> None:
        with house.writing() as session:
            fresh = subject_requests.by_id(session, row.id)
            reply.fetch(session, house.office, fresh, Level.IA4)

    came = at_once(8, fetch)
    assert came.count(None) == 3
    assert len([c for c in came if isinstance(c, NotReady)]) == 5
    with house.reading() as session:
        assert session.scalars(select(Package.downloads)).one() == 3
        counted = select(func.count()).where(Event.action == "downloaded")
        assert session.scalar(counted) == 3


def test_what_is_withheld_while_another_decides_is_refused_or_decided_on(house: House) -> None:
    """An officer's withholding never lands in an answer that is being made without it (I12)."""
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA4)
    make_found(house, row, {"crm": [make_item(), make_item(ref="r-2")]})
    what = review.Withhold(system="crm", number=0, reason=WithholdReason.THIRD_PARTY)
    came: list[object] = []

    def withhold() -> None:
        with house.sessions() as session, session.begin():
            fresh = subject_requests.by_id(session, row.id)  # as it was before the decision
            opened.set()
            decided.wait(10)
            try:
                came.append(review.withhold(session, house.office, fresh, what, officer))
            except DsrError as error:
                came.append(error)

    opened, decided = threading.Event(), threading.Event()
    if house.engine.dialect.name == "sqlite":
        decided.set()  # its writers stand in line from their first word
        withhold()
    else:
        thread = threading.Thread(target=withhold)
        thread.start()
        assert opened.wait(10)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        choice = census(session, house.office, fresh).proposal
        seen = review.review_digest(session, fresh)
        chosen = decide.Decided(decision=choice, seen=seen)
        decide.decide(session, house.office, fresh, chosen, officer)
    if house.engine.dialect.name != "sqlite":
        decided.set()
        thread.join(20)
        assert isinstance(came[0], DsrError)
    with house.reading() as session:
        kept = session.scalar(select(func.count()).select_from(Withholding))
        fresh = subject_requests.by_id(session, row.id)
        now = review.review_digest(session, fresh)
        assert stages.access_item(fresh).frozen_digest == now
        assert kept == (1 if house.engine.dialect.name == "sqlite" else 0)
