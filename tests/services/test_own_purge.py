"""What this desk itself keeps goes in time, whole, and stays gone (Art. 5(1)(e))."""

from __future__ import annotations

import json
from datetime import date

import pytest
import sqlalchemy as sa

from dsr.core.errors import NotFound, Shredded
from dsr.core.request import Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.db import events, steps, subject_requests
from dsr.db.columns import new_id
from dsr.db.data_keys import DataKey
from dsr.db.holds import Restriction
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.db.suppressions import Suppression
from dsr.db.tables import METADATA
from dsr.services import case, erasure_ledger, own_purge, suppress
from dsr.services.house import House
from dsr.services.verify_log import verify
from dsr.vault.fields import seal_text
from dsr.vault.ledger_file import Kind
from tests.makers import Clock, make_found, make_item, make_request
from tests.services.erasing import erasing

TODAY = date(2026, 3, 10)
FIVE_YEARS = 5 * 365 + 2


def closed(house: House, **changed: object) -> SubjectRequest:
    """A request that was searched, has a plan with a batch, and was closed just now."""
    row = make_request(house, level=Level.IA4, **changed)
    make_found(house, row, {"crm": [make_item()]})
    erasing(house, "n-1", row=row)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.items[0].stage, fresh.closed_at = Stage.CLOSED, house.office.now()
    return row


def rows_of(house: House, row: SubjectRequest) -> dict[str, int]:
    """In which tables something still names this request, or the rows that did."""
    found = {}
    with house.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            told = str(connection.execute(sa.select(table)).mappings().all())
            if row.id in told and table.name != "events":
                found[table.name] = told.count(row.id)
    return found


def is_there(house: House, row: SubjectRequest) -> bool:
    with house.reading() as session:
        try:
            subject_requests.by_id(session, row.id)
        except NotFound:
            return False
    return True


def test_a_case_goes_five_years_after_it_was_closed_and_no_day_sooner(
    house: House, clock: Clock
) -> None:
    row = closed(house)  # on 10 March 2026
    clock.moment = clock.moment.replace(year=2031)
    assert own_purge.purge(house) == 0
    assert is_there(house, row)

    clock.move(days=1)
    assert house.office.today() == date(2031, 3, 11)
    assert own_purge.purge(house) == 1
    assert not is_there(house, row)
    assert own_purge.purge(house) == 0


def test_of_a_purged_case_nothing_is_left_but_the_log(house: House, clock: Clock) -> None:
    row, other = closed(house), make_request(house, name="Iemand Anders")
    assert set(rows_of(house, row)) >= {"steps", "batches", "plans", "holds", "request_items"}
    clock.move(days=FIVE_YEARS)

    own_purge.purge(house)

    assert rows_of(house, row) == {}
    names = list(house.office.vault.store.names(""))
    assert [name for name in names if row.id in name] == []
    with house.reading() as session:
        told = [e.action for e in events.of_request(session, row.practice, row.id)]
        log = [json.loads(json.dumps(one)) for one in events.export(session)]
        key = session.get_one(DataKey, row.data_key_id)
    assert told[-1] == "data_purged"
    assert verify(log, [], b"\0" * 32).problems == ()
    assert (key.wrapped, key.destroyed_at is None) == (None, False)
    assert is_there(house, other)
    (line,) = house.office.ledger.lines()
    assert (line.kind, line.key) == (Kind.CASE_PURGED, row.data_key_id)
    assert erasure_ledger.check(house) is None


def test_a_suppression_outlives_the_case_it_came_from(house: House, clock: Clock) -> None:
    row = closed(house)
    with house.writing() as session:
        suppress.add(session, house.office, row, "A.2", Subject(email="a@voorbeeld.example"))
    clock.move(days=FIVE_YEARS)
    own_purge.purge(house)

    with house.reading() as session:
        kept = session.scalars(sa.select(Suppression)).one()
    assert (kept.request_id, kept.lifted_at) == (None, None)


def test_an_open_case_is_never_purged(house: House, clock: Clock) -> None:
    row = make_request(house)
    clock.move(days=3 * FIVE_YEARS)

    assert own_purge.purge(house) == 0
    assert is_there(house, row)


def test_a_case_with_a_restriction_in_force_stays_until_it_is_lifted(
    house: House, clock: Clock
) -> None:
    row = closed(house)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        plan_id = session.scalars(sa.text("SELECT id FROM plans")).one()
        made = Restriction(
            id=new_id(), practice=row.practice, request_id=row.id, item_id=fresh.items[0].id,
            plan_id=plan_id, ground="accuracy", since=house.office.now(), review_on=TODAY,
        )  # fmt: skip
        session.add(made)
    clock.move(days=FIVE_YEARS)
    assert own_purge.purge(house) == 0

    with house.writing() as session:
        session.get_one(Restriction, made.id).lifted_at = house.office.now()
    assert own_purge.purge(house) == 1


def test_a_purge_that_was_stopped_goes_on(house: House, clock: Clock) -> None:
    """Doomed and not yet destroyed: nothing opens already, and the next round ends it."""
    row = closed(house)
    clock.move(days=FIVE_YEARS)
    with house.writing() as session:
        assert own_purge.doom_cases(session, house.office) == 1
    with house.reading() as session, pytest.raises(Shredded):
        case.case_key(session, house.office, subject_requests.by_id(session, row.id))
    assert erasure_ledger.check(house) is None

    assert own_purge.finish(house) == 1
    assert rows_of(house, row) == {}


def test_many_cases_go_in_rounds(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_purge, "AT_ONCE", 2)
    rows = [closed(house) for _ in range(5)]
    clock.move(days=FIVE_YEARS)

    assert own_purge.purge(house) == 5
    assert [is_there(house, row) for row in rows] == [False] * 5


def test_whom_a_code_was_sent_to_is_forgotten_when_its_day_is_over(
    house: House, clock: Clock
) -> None:
    row = make_request(house)
    with house.writing() as session:
        key = case.case_key(session, house.office, row)
        step_id = new_id()
        sealed = seal_text(key, ("steps", "found_sealed", step_id), "whom it was sent to")
        session.add(
            Step(
                id=step_id, request_id=row.id, practice=row.practice, system="app",
                verb=Verb.IDENTIFY, run=-1, next_at=clock(), cursor={"for": "code", "code": "c"},
                outcome="done", finished_at=clock(), found_sealed=sealed,
            )
        )  # fmt: skip

    def kept() -> bool:
        own_purge.purge(house)
        with house.reading() as session:
            return session.get_one(Step, step_id).found_sealed is not None

    assert kept()
    clock.move(hours=11)  # still the same day
    assert kept()
    clock.move(hours=2)
    assert not kept()
    with house.reading() as session:
        assert [s.outcome for s in steps.of_request(session, row.id)] == ["done"]
