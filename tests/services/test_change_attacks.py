"""Attacks on the rights that change systems, each as somebody might try it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dsr.core.errors import ChangedMeanwhile, ItemChanged, MoveRefused, NotReady, Shredded
from dsr.core.letters_changes import Withdrawn
from dsr.core.request import Decision, Outcome, Verb, WithholdReason
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.core.wishes import Wish
from dsr.db import holds, plans, steps, subject_requests
from dsr.jobs import sweep
from dsr.law.rights import Basis, Right
from dsr.rendering.html import letter_html
from dsr.services import (
    agreed,
    cancelling,
    case,
    change_facts,
    changing,
    decide,
    identify,
    one_by_one,
    release,
    resolve,
    review,
    settling,
    suppress,
)
from dsr.services.codes import Purpose
from dsr.services.house import House
from dsr.services.identify import Proof
from dsr.services.review import Withhold
from tests.fakes import FakeSystem, one, pages_of, systems_of, work_through
from tests.makers import Clock, make_found, make_house, make_request
from tests.planned import ERASE_MESSAGES, RESTRICT, WITHDRAW, Walk, account, make_walk, messages
from tests.services import test_impostors as impostors

ACCESS = Wish(right=Right.ACCESS)
BOTH = {"sendbird": messages(), "cognito": [account()]}


def give_copy(walk: Walk, decision: Decision = Decision.GRANTED) -> None:
    """The officer decides on the copy that was asked along."""
    with walk.house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        made = decide.Decided(decision=decision, seen=review.review_digest(session, row))
        decide.decide(session, walk.house.office, row, made, walk.officer)


def held(walk: Walk) -> int:
    """How many messages SendBird still has."""
    return len(walk.systems["sendbird"]._held("messages"))


# What a second person agrees with


def test_who_saw_a_plan_does_not_agree_with_the_refusal_that_took_its_place(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    seen = walk.plan().digest
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        what = (row, row.items[0])
        resolve.send_back(session, house.office, what, "Kijk nog eens goed.", walk.approver)
    walk.resolve(grounds=("excessive",))
    assert walk.item.stage == Stage.APPROVING
    with pytest.raises(ChangedMeanwhile):
        walk.approve(digest=seen)
    assert walk.item.approved_by is None
    walk.approve()


def test_who_saw_one_refusal_does_not_agree_with_another_that_took_its_place(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve(grounds=("excessive",))
    seen = agreed.digest(walk.item, None)
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        what = (row, row.items[0])
        resolve.send_back(session, house.office, what, "Schrijf de feiten op.", walk.approver)
    walk.resolve(grounds=("excessive",), facts="Iets heel anders dan er eerst stond.")
    with pytest.raises(ChangedMeanwhile):
        walk.approve(digest=seen)
    assert walk.item.approved_by is None
    walk.approve()


def test_a_copy_is_never_answered_with_nothing_held_by_way_of_a_plan(house: House) -> None:
    walk = make_walk(house, ACCESS)
    with pytest.raises(NotReady, match="copy"):
        walk.resolve()
    assert walk.item.stage == Stage.REVIEWING
    assert walk.item.decision is None


# Several rights in one request


def test_a_copy_that_waits_to_be_sent_outlives_a_new_search_for_a_sibling(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES, ACCESS)
    give_copy(walk)
    walk.work()
    walk.resolve()
    walk.approve()
    walk.systems["sendbird"].pages["messages"] = pages_of(messages(4))
    clock.move(days=7, seconds=1)
    walk.begin()
    walk.work()
    assert walk.items()[0].stage in (Stage.SEARCHING, Stage.REVIEWING)
    sweep.tidy(house)  # the letter is made again with the date of today
    walk.work()
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id)
        release.send(session, house.office, row, walk.officer, row.items[1].id)
    assert walk.items()[1].stage == Stage.CLOSED


def test_nothing_is_withheld_from_a_copy_that_is_made_already(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES, ACCESS)
    give_copy(walk)
    walk.work()
    what = Withhold(system="sendbird", number=0, reason=WithholdReason.OTHER_PERSON)
    with house.writing() as session, pytest.raises(MoveRefused, match="copy"):
        review.withhold(session, house.office, walk.row, what, walk.officer)


# A withdrawal in the app


def test_a_withdrawal_in_the_app_stops_the_use_of_the_very_person_and_searches_once(
    house: House,
) -> None:
    row = make_request(house, wishes=(WITHDRAW,))
    leading = house.office.register.identity_system.id
    named = Subject(name="Anouk Voorbeeld", email="anouk@voorbeeld.example")
    systems = systems_of(house, sendbird=FakeSystem(located=one("p-sb")))
    systems[leading].located = replace(one("p-app"), on_file=named)
    with house.writing() as session:
        proof = Proof(level=Level.IA3, how="app")
        identify.reach(session, house.office, row, proof, case.PATIENT)
    work_through(house, systems)
    assert systems["sendbird"].stopped == {"A.2"}
    assert all(asked.email == named.email for asked in systems["sendbird"].subjects)
    with house.reading() as session:
        found = steps.of_request(session, row.id)
        follows = subject_requests.by_id(session, row.id).items[1]
    assert [one.outcome for one in found if one.verb == Verb.IDENTIFY] == [Outcome.DONE]
    assert (follows.right, follows.decision) == (Right.ERASURE, None)


@pytest.fixture
def unserved(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[House]:
    """A house that asks consent for a use that no system keeps anything for: A.4."""
    house = make_house(tmp_path, clock=clock, database_url=database_url)
    purposes = tuple(
        replace(one, basis=Basis.CONSENT) if one.id == "A.4" else one
        for one in house.office.register.purposes
    )
    register = replace(house.office.register, purposes=purposes)
    yield replace(house, office=replace(house.office, register=register))
    house.engine.dispose()


def test_a_use_that_no_system_serves_is_suppressed_when_it_is_withdrawn_in_the_app(
    unserved: House,
) -> None:
    asked = Wish(right=Right.WITHDRAWAL, data={"purposes": ["A.4"]})
    row = make_request(unserved, wishes=(asked,))
    systems = systems_of(unserved)
    leading = unserved.office.register.identity_system.id
    known = Subject(name="Anouk Voorbeeld", email="anouk@voorbeeld.example")
    systems[leading].located = replace(one("p-app"), on_file=known)
    with unserved.writing() as session:
        identify.reach(
            session, unserved.office, row, Proof(level=Level.IA3, how="app"), case.PATIENT
        )
    work_through(unserved, systems)
    question = suppress.Question(purpose="A.4", kind="email", values=[known.email])
    with unserved.reading() as session:
        assert suppress.check(session, unserved.office, question) == [True]
        assert subject_requests.by_id(session, row.id).items[0].decision == Decision.GRANTED


# A plan that ends half-way


def broken_off(walk: Walk, system: str, after: int) -> None:
    """A system finds that an item changed, after so many calls; then the person takes it back."""
    calls: list[str] = []

    def changed(verb: str) -> None:
        calls.append(verb)
        if len(calls) > after:
            raise ItemChanged("It is not what it was.")

    walk.systems[system].before_change = changed
    walk.work()
    with walk.house.writing() as session:
        cancelling.withdraw_request(session, walk.house.office, walk.row, case.PATIENT)


def test_marks_that_a_broken_off_restriction_left_are_known_and_can_be_lifted(
    house: House,
) -> None:
    both = {"ground": "accuracy_contested", "what": ["messages", "account"], "until": ""}
    walk = make_walk(house, Wish(right=Right.RESTRICTION, data=both), found=BOTH)
    walk.resolve()
    broken_off(walk, "cognito", 0)
    assert all(one.restricted for one in walk.systems["sendbird"]._held("messages").values())
    with house.reading() as session:
        (left,) = holds.in_force(session, ["kralingen"])
    assert (left.item_id, left.plan_id) == (walk.item.id, walk.plan().id)


def test_a_restriction_that_is_planned_again_is_one_restriction(house: House) -> None:
    walk = make_walk(house, RESTRICT)
    walk.resolve()
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        plans.batches(session, walk.plan().id)[0].acting_at = house.office.now()
        changing.back_to_review(session, house.office, (row, row.items[0]), "over")
    walk.resolve()
    walk.work()
    with house.reading() as session:
        (left,) = holds.in_force(session, ["kralingen"])
    assert left.plan_id == walk.plan().id


def test_what_was_erased_in_part_is_never_told_as_nothing_erased(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES, found={"sendbird": messages(501)})
    walk.resolve()
    walk.approve()
    clock.move(days=7, seconds=1)
    walk.begin()
    broken_off(walk, "sendbird", 1)
    assert len(walk.systems["sendbird"]._held("messages")) in (1, 500)
    with house.reading() as session:
        row = subject_requests.by_id(session, walk.row.id)
        told = change_facts.letter(session, house.office, row, row.items[0])
    assert isinstance(told, Withdrawn)
    assert (told.kind, told.begun) == ("", True)
    for language, words in (("nl", "blijft zo"), ("en", "stays as it is")):
        mine = replace(told, facts=replace(told.facts, language=language))
        assert words in letter_html(mine)


# What waits for a person


def by_hand_alone(house: House, clock: Clock, *wishes: Wish) -> Walk:
    """An erasure that cooled off, in a system that a person has to look into."""
    walk = make_walk(house, ERASE_MESSAGES, *wishes)
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        review.search_of(session, row, "sendbird").outcome = Outcome.FAILED
    walk.resolve()
    walk.approve()
    clock.move(days=7, seconds=1)
    walk.begin()
    return walk


def test_what_is_done_by_hand_is_handed_over_once_the_copy_is_made(
    house: House, clock: Clock
) -> None:
    walk = by_hand_alone(house, clock, ACCESS)
    (batch,) = walk.batches()
    assert (batch.needs_person, batch.acting_at) == (True, None)
    sweep.tidy(house)
    assert walk.batches()[0].acting_at is None
    give_copy(walk, Decision.PARTLY)
    walk.work()
    sweep.tidy(house)
    assert walk.batches()[0].acting_at is not None
    made = settling.ByHand(outcome=Outcome.DONE, proof="Gedaan op 3 mei door J. de Boer.")
    with house.writing() as session:
        settling.settle(session, house.office, walk.batches()[0], made, walk.officer)
    walk.work()
    assert walk.item.stage == Stage.REPLYING


def test_what_is_done_by_hand_goes_back_when_its_approval_is_over(
    house: House, clock: Clock
) -> None:
    walk = by_hand_alone(house, clock, ACCESS)
    clock.move(days=60)
    sweep.tidy(house)
    assert walk.item.stage == Stage.REVIEWING
    assert walk.plan().ended_how == "superseded"


# One fault is the fault of one request


def test_a_plan_whose_system_left_the_register_goes_back_to_the_desk(
    house: House, clock: Clock
) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    clock.move(days=7, seconds=1)
    systems = tuple(one for one in house.office.register.systems if one.id != "sendbird")
    register = replace(house.office.register, systems=systems)
    walk.house = replace(house, office=replace(house.office, register=register))
    sweep.tidy(walk.house)
    walk.work()
    assert walk.item.stage == Stage.REVIEWING
    assert held(walk) == 3


def test_a_round_leaves_out_the_one_request_that_is_broken(house: House) -> None:
    first, second = make_request(house), make_request(house)

    def do(request_id: str) -> bool:
        row = subject_requests.by_id(session, request_id, lock=True)
        row.language = "en"
        session.flush()
        if row.id == first.id:
            raise Shredded
        return True

    with house.writing() as session:
        assert one_by_one.each(session, "test", [first.id, second.id], do) == 1
    with house.reading() as session:
        kept = [subject_requests.by_id(session, one.id).language for one in (first, second)]
    assert kept == ["nl", "en"]


# Fetching the answer when the account is gone


def proved_by_code(house: House, clock: Clock) -> Walk:
    """An erasure that was approved, of somebody who typed a code back and came to the desk."""
    walk = make_walk(house, ERASE_MESSAGES)
    row = make_request(house, wishes=(ERASE_MESSAGES,))
    impostors.ask(house, row)
    impostors.look_up(house)
    ((_address, code),) = impostors.waiting_codes(house)
    assert impostors.typed(house, row, code).good
    with house.writing() as session:
        identify.at_desk(session, house.office, row, "passport", walk.officer)
    make_found(house, row, {"sendbird": messages()})
    walk.row = row
    walk.resolve()
    walk.approve()
    clock.move(days=1)
    return walk


def asks_to_fetch(walk: Walk) -> list[str]:
    """The mailboxes that get a code to fetch the answer, when nobody is known any more."""
    before = len(impostors.waiting_codes(walk.house))
    impostors.ask(walk.house, walk.row, Purpose.DOWNLOAD)
    impostors.look_up(walk.house, FakeSystem())
    return [address for address, _code in impostors.waiting_codes(walk.house)[before:]]


def test_whose_account_is_erased_gets_a_code_at_the_mailbox_that_was_proved(
    house: House, clock: Clock
) -> None:
    walk = proved_by_code(house, clock)
    clock.move(days=6, seconds=1)
    assert asks_to_fetch(walk) == []
    walk.begin()
    clock.move(hours=2)
    assert asks_to_fetch(walk) == ["anouk@opfile.example"]


def test_an_erasure_that_was_taken_back_grants_nothing(house: House, clock: Clock) -> None:
    walk = proved_by_code(house, clock)
    with house.writing() as session:
        cancelling.cancel_erasure(session, house.office, walk.row, walk.item.id, case.PATIENT)
    walk.work()
    assert asks_to_fetch(walk) == []


# Taking back


@pytest.mark.parametrize("wishes", [(ACCESS,), (ACCESS, ERASE_MESSAGES), (ERASE_MESSAGES, ACCESS)])
def test_a_request_that_was_taken_back_gets_its_letter_and_is_closed(
    house: House, wishes: tuple[Wish, ...]
) -> None:
    walk = make_walk(house, *wishes)
    with house.writing() as session:
        cancelling.withdraw_request(session, house.office, walk.row, case.PATIENT)
    walk.work()
    sent(walk, 0)
    assert {one.stage for one in walk.items()} == {Stage.CLOSED}


def test_what_is_taken_back_in_two_steps_is_closed_in_two(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES, ACCESS, RESTRICT)
    walk.resolve()
    walk.approve()
    with house.writing() as session:
        cancelling.cancel_erasure(session, house.office, walk.row, walk.item.id, case.PATIENT)
    walk.work()
    sent(walk, 0)
    with house.writing() as session:
        cancelling.withdraw_request(session, house.office, walk.row, case.PATIENT)
    walk.work()
    sent(walk, 1)
    assert {one.stage for one in walk.items()} == {Stage.CLOSED}


def sent(walk: Walk, item: int) -> None:
    """The officer sends the answer on one right."""
    with walk.house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id)
        release.send(session, walk.house.office, row, walk.officer, row.items[item].id)
