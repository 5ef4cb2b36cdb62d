"""What each right comes to: by hand, destruction, rectification, restriction, withdrawal."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from dsr.core.errors import (
    BadInput,
    NotAllowed,
    NotReady,
)
from dsr.core.request import Decision, Outcome
from dsr.core.stages import Stage
from dsr.core.subject import Subject
from dsr.core.wishes import Wish
from dsr.db import holds, subject_requests
from dsr.db.suppressions import Suppression
from dsr.law.rights import Right
from dsr.services import (
    archive,
    case,
    identify,
    lifting,
    settling,
    staff_login,
    weighing,
)
from dsr.services import plan as search_plan
from dsr.services.correcting import Correction, Corrections
from dsr.services.house import House
from dsr.services.settling import ByHand
from tests.fakes import one, pages_of
from tests.makers import Clock, make_item, make_staff
from tests.planned import (
    CORRECT_EMAIL,
    DESTROY,
    ERASE_ALL,
    RESTRICT,
    WITHDRAW,
    Walk,
    account,
    make_walk,
    messages,
)
from tests.services.walked import erased, held

PORTABLE = Wish(right=Right.PORTABILITY, data={"to": "me", "recipient": ""})


def test_a_system_without_a_connector_waits_for_a_person_with_proof(
    house: House, clock: Clock
) -> None:
    found = {"oneassist": [make_item(dataset="data", kind="by_hand", ref="h-1")]}
    walk = make_walk(house, ERASE_ALL, found=found)
    walk.say("A.1", account_closed=True)
    erased(walk, clock)
    batch = walk.batches()[-1]
    assert batch.needs_person
    with house.writing() as session:
        with pytest.raises(BadInput):
            settling.settle(
                session, house.office, batch, ByHand(outcome=Outcome.DONE, proof=" "), walk.officer
            )
        made = ByHand(outcome=Outcome.DONE, proof="Gebeld op 10 maart, gewist door J.")
        settling.settle(session, house.office, batch, made, walk.officer)
    assert walk.batches()[-1].outcome == Outcome.DONE
    assert walk.plan().ended_how == "done"
    assert "oneassist" in {line.system for line in house.office.ledger.lines()}


def test_nothing_is_settled_by_hand_before_its_approval(house: House) -> None:
    found = {"oneassist": [make_item(dataset="data", kind="by_hand", ref="h-1")]}
    walk = make_walk(house, ERASE_ALL, found=found)
    walk.say("A.1", account_closed=True)
    walk.resolve()
    made = ByHand(outcome=Outcome.DONE, proof="Gebeld op 10 maart.")
    with house.writing() as session, pytest.raises(NotReady):
        settling.settle(session, house.office, walk.batches()[-1], made, walk.officer)


def test_the_medical_file_is_in_no_plan_without_the_road_of_destruction(house: House) -> None:
    file = make_item(dataset="dossier", kind="Condition", ref="h-1", dates={})
    walk = make_walk(house, ERASE_ALL, found={"his": [file], "sendbird": messages(1)})
    walk.resolve()
    assert {one.system for one in walk.batches()} == {"sendbird"}


def test_destruction_waits_for_the_clinician_and_then_for_a_second_person(
    house: House, clock: Clock
) -> None:
    file = make_item(dataset="dossier", kind="Condition", ref="h-1", dates={"recorded": clock()})
    walk = make_walk(house, DESTROY, found={"his": [file]})
    with pytest.raises(NotReady):
        walk.resolve()
    gp = staff_login.who_is(make_staff(house, login="gp", roles=("clinician",)))
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        made = weighing.Judgement(
            activity="A.3", outcome="grant", reasons="Geen belang van een ander, geen klacht."
        )
        with pytest.raises(NotAllowed):
            weighing.judge(session, house.office, (row, row.items[0]), made, walk.officer)
        weighing.judge(session, house.office, (row, row.items[0]), made, gp)
    walk.resolve()
    assert walk.item.stage == Stage.APPROVING
    walk.approve()
    clock.move(days=8)
    walk.begin()
    walk.work()
    assert not held(walk, "his", "dossier")


def correction(walk: Walk, new: str, path: str = "/email") -> Corrections:
    with walk.house.reading() as session:
        row = subject_requests.by_id(session, walk.row.id)
        key = case.case_key(session, walk.house.office, row)
        step = next(s for s in search_plan.searches_of(session, row) if s.system == "app")
        record = next(archive.records(session, walk.house.office.vault, key, step))
    return Corrections(fields=(Correction(system="app", key=record["key"], path=path, new=new),))


def test_a_correction_is_done_on_the_value_that_was_seen(house: House) -> None:
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [account()]})
    walk.resolve(corrections=correction(walk, "nieuw@voorbeeld.example"))
    walk.approve()
    walk.work()
    system = walk.systems["app"]
    assert system._held("account")["a-1"].data["email"] == "nieuw@voorbeeld.example"
    assert walk.batches()[-1].outcome == Outcome.DONE


def test_a_field_that_somebody_changed_meanwhile_is_shown_and_never_overwritten(
    house: House,
) -> None:
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [account()]})
    walk.resolve(corrections=correction(walk, "nieuw@voorbeeld.example"))
    walk.approve()
    walk.systems["app"].pages["account"] = pages_of([account(email="ander@voorbeeld.example")])
    walk.work()
    held_now = walk.systems["app"]._held("account")["a-1"].data["email"]
    assert held_now == "ander@voorbeeld.example"
    assert walk.item.stage in (Stage.REVIEWING, Stage.SEARCHING)


@pytest.mark.parametrize(
    ("path", "new"),
    [("/email", "geen adres"), ("/email", "a@b"), ("/nothing", "x"), ("/born", "1980-02-31"),
     ("/birth_date", "2999-01-01"), ("/count", "veel"), ("/flag", "misschien")],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_nothing_changes(
    house: House, path: str, new: str
) -> None:
    held_item = account(born="1980-03-31", birth_date="1980-03-31", count=3, flag=True)
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [held_item]})
    with pytest.raises(BadInput):
        walk.resolve(corrections=correction(walk, new, path))
    assert walk.item.stage == Stage.REVIEWING
    assert walk.systems["app"].did == []


def test_an_item_that_was_not_found_cannot_be_corrected(house: House) -> None:
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [account()]})
    stray = Corrections(
        fields=(Correction(system="app", key="0" * 32, path="/email", new="a@b.nl"),)
    )
    with pytest.raises(BadInput):
        walk.resolve(corrections=stray)


def test_a_restriction_marks_is_told_before_it_ends_and_is_lifted(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, RESTRICT)
    walk.resolve()
    walk.work()
    assert all(one.restricted for one in walk.systems["sendbird"]._held("messages").values())
    why = "De gegevens zijn nu nagekeken en kloppen."
    with house.writing() as session:
        one = lifting.opened(
            session, holds.in_force(session, ["kralingen"])[0].id, walk.officer.practices
        )
        with pytest.raises(NotReady):
            lifting.announce(session, house.office, one, why, walk.officer)
        one.item.stage = Stage.CLOSED  # its answer was sent
        with pytest.raises(NotReady):
            lifting.lift(session, house.office, one, why, walk.officer)
        lifting.announce(session, house.office, one, why, walk.officer)
        with pytest.raises(NotReady):
            lifting.lift(session, house.office, one, why, walk.officer)
    clock.move(days=8)
    with house.writing() as session:
        one = lifting.opened(
            session, holds.in_force(session, ["kralingen"])[0].id, walk.officer.practices
        )
        lifting.lift(session, house.office, one, why, walk.officer)
        with pytest.raises(NotReady):
            lifting.lift(session, house.office, one, why, walk.officer)
    walk.work()
    assert not any(one.restricted for one in walk.systems["sendbird"]._held("messages").values())
    with house.reading() as session:
        assert holds.in_force(session, ["kralingen"]) == []


def test_a_withdrawal_stops_the_use_and_plans_the_erasure_without_starting_it(
    house: House,
) -> None:
    walk = make_walk(house, WITHDRAW)
    walk.resolve()
    walk.work()
    assert walk.systems["sendbird"].stopped == {"A.2"}
    assert held(walk, "sendbird", "messages")
    follows = [one for one in walk.items() if one.right == Right.ERASURE]
    assert len(follows) == 1
    assert not follows[0].decision
    assert all(verb == "stop" for verb, _operation in walk.systems["sendbird"].did)


def test_no_rule_ever_starts_a_destructive_verb_by_itself(house: House, clock: Clock) -> None:
    walk = make_walk(house, WITHDRAW)
    walk.resolve()
    for _ in range(5):
        clock.move(days=10)
        walk.begin()
        walk.work()
    assert {verb for system in walk.systems.values() for verb, _id in system.did} == {"stop"}


def test_who_objects_or_withdraws_is_suppressed_for_that_purpose_alone(house: House) -> None:
    object_to = Wish(right=Right.OBJECTION, data={"purposes": ["A.4"], "reason": "Mijn situatie."})
    walk = make_walk(house, object_to, WITHDRAW)
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        on_file = Subject(name="Anouk Voorbeeld", email="anouk@voorbeeld.example")
        known = one("p-1", on_file=on_file)
        key = case.case_key(session, house.office, row)
        identify.remember_on_file(key, row, "app", known)
    walk.say("A.4", controller_compelling_grounds=False)
    walk.resolve()
    walk.resolve(item=1)
    walk.work()
    with house.reading() as session:
        found = {one.purpose for one in session.scalars(select(Suppression))}
    assert found == {"A.4", "A.2"}


@pytest.mark.parametrize(
    ("author", "decision"),
    [("subject", Decision.GRANTED), ("staff", Decision.REFUSED)],
)
def test_what_really_goes_along_decides_on_portability(
    house: House, author: str, decision: Decision
) -> None:
    own = make_item(dataset="account", kind="account", ref="a-1", author=author)
    walk = make_walk(house, PORTABLE, found={"app": [own]})
    assert walk.resolve().decision == decision


def test_nothing_to_take_along_is_said(house: House) -> None:
    walk = make_walk(house, PORTABLE, found={})
    assert walk.resolve().decision == Decision.NOTHING_HELD


def test_a_note_about_care_in_the_administration_stays_with_the_file(
    house: House, clock: Clock
) -> None:
    """BW 7:454: what is about care goes by destruction alone, wherever it stands."""
    notes = [
        make_item(dataset="notes", kind=kind, ref=f"n-{kind}") for kind in ("note", "care_note")
    ]
    walk = make_walk(house, ERASE_ALL, found={"crm": notes})
    erased(walk, clock)
    assert held(walk, "crm", "notes") == {"n-care_note"}
