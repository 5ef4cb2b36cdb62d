"""Review, decision and release: what leaves, at which level, by whose word."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from dsr.core.errors import (
    BadInput,
    ChangedMeanwhile,
    DsrError,
    MoveRefused,
    NotAllowed,
    NotFound,
    NotReady,
)
from dsr.core.request import Decision, WithholdReason
from dsr.core.stages import MOVES, Stage, advance
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.answers import Letter, Package, SignOff
from dsr.db.events import Event
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.law.identity import RELEASE, level_for
from dsr.services import case, decide, identify, pack, release, reply, review, stages
from dsr.services.case import Who
from dsr.services.census import Census, census
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.staff_login import who_is
from tests.fakes import systems_of, work_through
from tests.makers import make_found, make_item, make_request, make_staff

LETTER = make_item(
    dataset="contact", ref="r-1", data={"name": "Anouk", "note": "Belt na Piet de Vries."}
)
CARE = make_item(dataset="notes", ref="n-1", kind="care_note", data={"text": "Pijn op de borst."})
NOTE = make_item(dataset="notes", ref="n-2", kind="note", data={"text": "Wil een andere tijd."})
TICKET = make_item(dataset="tickets", ref="t-1", kind="ticket", data={"text": "Recept kwijt."})
FILE = make_item(dataset="dossier", ref="d-1", kind="Observation", data={"text": "RR 140/90"})


@pytest.fixture
def officer(house: House) -> Who:
    return who_is(make_staff(house, login="anna"))


@pytest.fixture
def approver(house: House) -> Who:
    return who_is(make_staff(house, login="merel", roles=("officer", "approver")))


@pytest.fixture
def doctor(house: House) -> Who:
    return who_is(make_staff(house, login="dokter", roles=("clinician",)))


def reviewing(
    house: House, *found: Any, level: Level = Level.IA4, system: str = "crm"
) -> SubjectRequest:
    row = make_request(house, level=level)
    make_found(house, row, {system: list(found)} if found else {})
    return row


def fresh(session: Any, row: SubjectRequest) -> SubjectRequest:
    return subject_requests.by_id(session, row.id)


def digest_of(house: House, row: SubjectRequest) -> str:
    with house.reading() as session:
        return review.review_digest(session, fresh(session, row))


def decided(house: House, row: SubjectRequest, who: Who, **changed: Any) -> None:
    values: dict[str, Any] = {"decision": Decision.GRANTED, "seen": digest_of(house, row)}
    with house.writing() as session:
        decide.decide(session, house.office, row, Decided(**{**values, **changed}), who)


def refused(house: House, row: SubjectRequest, who: Who, **changed: Any) -> None:
    values: dict[str, Any] = {
        "decision": Decision.REFUSED,
        "grounds": ("excessive",),
        "facts": "Dit is het vijfde gelijke verzoek in twee weken tijd.",
        "instead": "Wij hebben u gebeld en alles nog eens uitgelegd.",
    }
    decided(house, row, who, **{**values, **changed})


def withheld(house: House, row: SubjectRequest, who: Who, **what: Any) -> None:
    values: dict[str, Any] = {"system": "crm", "number": 0, "reason": WithholdReason.THIRD_PARTY}
    with house.writing() as session:
        chosen = review.Withhold(**{**values, **what})
        review.withhold(session, house.office, fresh(session, row), chosen, who)


def stage_of(house: House, row: SubjectRequest) -> str:
    with house.reading() as session:
        return stages.access_item(fresh(session, row)).stage


def tally_of(house: House, row: SubjectRequest) -> Census:
    with house.reading() as session:
        return census(session, house.office, fresh(session, row))


# The levels: one table, enforced when the answer is released


def test_the_table_of_levels_is_the_one_that_was_agreed() -> None:
    assert dict(RELEASE) == {
        "receipt": "IA0", "not_proved": "IA0", "refusal_unproved": "IA0", "plain": "IA2",
        "special": "IA3", "medical_file": "IA3",
    }  # fmt: skip
    assert [level_for(special=False), level_for(special=True)] == ["IA2", "IA3"]


@pytest.mark.parametrize(
    ("level", "given_refs"),
    [(Level.IA2, ["r-1", "n-2"]), (Level.IA3, None), (Level.IA4, None)],
)
def test_below_ia3_only_what_is_no_special_category_leaves_item_by_item(
    house: House, level: Level, given_refs: list[str] | None
) -> None:
    """Never a whole system: the same dataset holds plain notes and notes on care."""
    row = reviewing(house, LETTER, CARE, NOTE, TICKET, level=level)
    with house.reading() as session:
        now = fresh(session, row)
        step = review.search_of(session, now, "crm")
        seen = list(review.items(session, house.office, now, step))
    released = [item.record["ref"] for item in seen if item.released]
    assert released == (given_refs or ["r-1", "n-1", "n-2", "t-1"])
    held = {item.reason for item in seen if not item.released}
    assert held <= {WithholdReason.LEVEL}
    assert tally_of(house, row).proposal is (Decision.PARTLY if given_refs else Decision.GRANTED)


def test_nobody_can_choose_to_release_what_the_level_holds_back(house: House, officer: Who) -> None:
    row = reviewing(house, CARE, level=Level.IA2)
    with pytest.raises(BadInput) as shown:
        withheld(house, row, officer, reason=WithholdReason.LEVEL)
    assert shown.value.field == "reason"
    with pytest.raises(BadInput):
        decided(house, row, officer, decision=Decision.GRANTED)


MATRIX = [
    ("granted", (LETTER,), Level.IA2, "IA2"),
    ("granted", (LETTER, CARE), Level.IA4, "IA3"),
    ("partly", (LETTER, CARE), Level.IA2, "IA2"),
    ("nothing_held", (), Level.IA2, "IA3"),  # that nothing is held tells something too
]


@pytest.mark.parametrize(("decision", "found", "level", "needed"), MATRIX)
def test_an_answer_is_released_at_its_own_level_and_never_below(
    house: House, officer: Who, decision: str, found: tuple[Any, ...], level: Level, needed: str
) -> None:
    row = reviewing(house, *found, level=level)
    decided(house, row, officer, decision=Decision(decision))
    work_through(house, systems_of(house))
    with pytest.raises(NotReady), house.reading() as session:
        reply.letter(session, house.office, fresh(session, row), Level.IA4)
    with house.writing() as session:
        release.send(session, house.office, fresh(session, row), officer)
    for shown in Level:
        with house.writing() as session:
            now = fresh(session, row)
            if shown.reaches(Level(needed)):
                assert reply.letter(session, house.office, now, shown).size > 1000
                continue
            with pytest.raises(NotAllowed):
                reply.letter(session, house.office, now, shown)
            with pytest.raises((NotAllowed, NotReady)):
                reply.fetch(session, house.office, now, shown)
    with house.reading() as session:
        assert session.scalars(select(Letter.level)).all() == [needed]
        assert session.scalars(select(Package.level)).all() == ([needed] if found else [])


def test_nothing_held_of_plain_things_only_needs_no_more_than_plain(
    house: House, officer: Who
) -> None:
    row = make_request(house, level=Level.IA2, scope=("account",))
    make_found(house, row, {})
    decided(house, row, officer, decision=Decision.NOTHING_HELD)
    work_through(house, systems_of(house))
    with house.reading() as session:
        assert session.scalars(select(Letter.level)).all() == ["IA2"]


# The decision: what the facts allow, on what was seen


def test_only_what_the_facts_make_of_it_can_be_decided(house: House, officer: Who) -> None:
    cases: list[tuple[tuple[Any, ...], Decision]] = [
        ((), Decision.NOTHING_HELD),
        ((LETTER,), Decision.GRANTED),
    ]
    for found, right in cases:
        row = reviewing(house, *found)
        for wrong in set(decide.FROM_SEARCH) - {right}:
            with pytest.raises(BadInput):
                decided(house, row, officer, decision=wrong)
        for other in (Decision.TRANSFERRED, Decision.WITHDRAWN):
            with pytest.raises(BadInput):
                decided(house, row, officer, decision=other)
        decided(house, row, officer, decision=right)


@pytest.mark.parametrize("part", ["item", "field", "span"])
def test_anything_withheld_makes_it_partly(house: House, officer: Who, part: str) -> None:
    row = reviewing(house, LETTER)
    where = {
        "item": {},
        "field": {"path": "/note"},
        "span": {"path": "/note", "start": 8, "end": 22},
    }
    withheld(house, row, officer, **where[part])
    assert tally_of(house, row).proposal is Decision.PARTLY


def test_a_decision_on_other_data_than_was_seen_is_refused(house: House, officer: Who) -> None:
    """Bound to a hash over what was found, what is withheld and the level (T76)."""
    row = reviewing(house, LETTER, NOTE)
    seen = digest_of(house, row)
    for change in (
        lambda: withheld(house, row, officer, number=1),
        lambda: withheld(house, row, officer, number=0, path="/note"),
    ):
        change()
        assert digest_of(house, row) != seen
        with pytest.raises(ChangedMeanwhile):
            decided(house, row, officer, decision=Decision.PARTLY, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        decided(house, row, officer, decision=Decision.PARTLY, seen="")
    decided(house, row, officer, decision=Decision.PARTLY)


def test_an_answer_is_not_made_of_data_that_changed_after_the_decision(
    house: House, officer: Who
) -> None:
    """A higher level after the decision lets more leave: then it is looked at again."""
    row = reviewing(house, LETTER, CARE, level=Level.IA2)
    decided(house, row, officer, decision=Decision.PARTLY)
    with house.writing() as session:
        identify.at_desk(session, house.office, fresh(session, row), "passport", officer)
    work_through(house, systems_of(house))
    assert stage_of(house, row) == Stage.REVIEWING
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 0


def test_a_decision_is_an_officers(house: House, doctor: Who, officer: Who) -> None:
    row = reviewing(house, LETTER)
    for who in (doctor, case.PATIENT, case.SYSTEM, Who(code="x", roles=("officer",))):
        with pytest.raises(NotAllowed):
            decided(house, row, who)
    decided(house, row, officer)


def test_a_request_is_decided_only_while_it_is_reviewed(
    house: House, officer: Who, approver: Who
) -> None:
    row = make_request(house, level=Level.IA4)
    with pytest.raises(MoveRefused):
        decided(house, row, officer)
    row = reviewing(house, LETTER)
    refused(house, row, officer)
    with pytest.raises(MoveRefused):
        decided(house, row, officer)  # a refusal waits for its second person
    with pytest.raises(MoveRefused):
        refused(house, row, approver)
    with house.writing() as session:
        decide.approve(session, house.office, row, approver)
    with pytest.raises(MoveRefused):
        decided(house, row, officer)


# A refusal: two human beings


def test_a_refusal_names_grounds_facts_and_what_was_done_instead(
    house: House, officer: Who
) -> None:
    row = reviewing(house, LETTER)
    bad: list[tuple[str, dict[str, Any]]] = [
        ("grounds", {"grounds": ()}),
        ("grounds", {"grounds": ("too much work",)}),
        ("facts", {"facts": "Te veel werk."}),
        ("facts", {"facts": " " * 40}),
        ("instead", {"instead": "  "}),
    ]
    for field, changed in bad:
        with pytest.raises(BadInput) as shown:
            refused(house, row, officer, **changed)
        assert shown.value.field == field
    assert stage_of(house, row) == Stage.REVIEWING


def test_a_refusal_waits_for_a_second_person(house: House, officer: Who, approver: Who) -> None:
    row = reviewing(house, LETTER)
    refused(house, row, officer)
    assert stage_of(house, row) == Stage.APPROVING
    with pytest.raises(NotReady), house.writing() as session:
        release.send(session, house.office, row, officer)
    with house.writing() as session:
        decide.approve(session, house.office, row, approver)
    work_through(house, systems_of(house))
    assert stage_of(house, row) == Stage.REPLYING
    with house.reading() as session:
        assert session.scalars(select(Letter.kind)).all() == ["refusal"]
        assert session.scalar(select(func.count()).select_from(Package)) == 0


def test_the_maker_of_a_refusal_is_never_its_checker(house: House, doctor: Who) -> None:
    """Not by the same account, and not by a second account of the same human being (T26)."""
    maker = make_staff(house, login="een", roles=("officer", "approver"), person_key="mens-1")
    again = make_staff(house, login="twee", roles=("approver",), person_key="mens-1")
    other = make_staff(house, login="drie", roles=("approver",), person_key="mens-2")
    row = reviewing(house, LETTER)
    refused(house, row, who_is(maker))
    for who in (who_is(maker), who_is(again), doctor, case.SYSTEM, case.PATIENT):
        with pytest.raises(NotAllowed), house.writing() as session:
            decide.approve(session, house.office, row, who)
    assert stage_of(house, row) == Stage.APPROVING
    with house.writing() as session:
        decide.approve(session, house.office, row, who_is(other))


def test_a_refusal_that_is_sent_back_is_reviewed_again_with_the_reason_kept(
    house: House, officer: Who, approver: Who
) -> None:
    row = reviewing(house, LETTER)
    refused(house, row, officer)
    with pytest.raises(BadInput), house.writing() as session:
        decide.send_back(session, house.office, row, " ", approver)
    with house.writing() as session:
        decide.send_back(session, house.office, row, "Dit is geen goede grond.", approver)
    assert stage_of(house, row) == Stage.REVIEWING
    with house.reading() as session:
        told = session.scalars(select(Event).where(Event.action == "sent_back")).one()
        assert case.text_of(session, house.office, row, told) == "Dit is geen goede grond."
    decided(house, row, officer)


# The clinician


def test_the_medical_file_leaves_only_as_a_clinician_saw_it(
    house: House, officer: Who, doctor: Who
) -> None:
    row = reviewing(house, FILE, make_item(dataset="dossier", ref="d-2"), system="his")
    with pytest.raises(NotReady):
        decided(house, row, officer)
    with pytest.raises(NotAllowed), house.writing() as session:
        review.sign_off(session, house.office, fresh(session, row), "his", officer)
    for _ in range(2):  # twice is once
        with house.writing() as session:
            review.sign_off(session, house.office, fresh(session, row), "his", doctor)
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignOff)) == 1
    withheld(house, row, officer, system="his", number=1)
    with pytest.raises(NotReady):  # it is not what was signed any more
        decided(house, row, officer, decision=Decision.PARTLY)
    with house.writing() as session:
        review.sign_off(session, house.office, fresh(session, row), "his", doctor)
    decided(house, row, officer, decision=Decision.PARTLY)


def test_only_systems_of_the_request_can_be_signed_off(house: House, doctor: Who) -> None:
    row = reviewing(house, FILE, system="his")
    with pytest.raises(NotFound), house.writing() as session:
        review.sign_off(session, house.office, fresh(session, row), "elders", doctor)


# Withholding


def test_what_is_withheld_must_be_there(house: House, officer: Who) -> None:
    row = reviewing(house, LETTER)
    for wrong in ({"number": 7}, {"system": "elders"}):
        with pytest.raises(NotFound):
            withheld(house, row, officer, **wrong)
    for wrong in (
        {"path": "/nothing"},
        {"path": "/note", "start": 5, "end": 5000},
        {"path": "/note", "start": 9, "end": 3},
    ):
        with pytest.raises(DsrError):
            withheld(house, row, officer, **wrong)


def test_a_withholding_taken_back_gives_the_item_again(house: House, officer: Who) -> None:
    row = reviewing(house, LETTER)
    before = digest_of(house, row)
    with house.writing() as session:
        what = review.Withhold(system="crm", number=0, reason=WithholdReason.SAFETY)
        made = review.withhold(session, house.office, fresh(session, row), what, officer)
    with house.writing() as session:
        review.give_again(session, house.office, fresh(session, row), made.id, officer)
    assert digest_of(house, row) == before
    with pytest.raises(NotFound), house.writing() as session:
        review.give_again(session, house.office, fresh(session, row), made.id, officer)
    other = reviewing(house, LETTER)
    with pytest.raises(NotFound), house.writing() as session:
        review.give_again(session, house.office, fresh(session, other), made.id, officer)


def test_nothing_is_withheld_once_it_was_decided(house: House, officer: Who) -> None:
    row = reviewing(house, LETTER)
    decided(house, row, officer)
    with pytest.raises(MoveRefused):
        withheld(house, row, officer)


def test_records_of_other_people_that_came_along_are_not_given(house: House) -> None:
    row = reviewing(house, LETTER, make_item(ref="o-1", about_subject=False))
    with house.reading() as session:
        counted = census(session, house.office, fresh(session, row))
    assert counted.released.total() == 1
    assert {key[2] for key in counted.withheld} == {WithholdReason.OTHER_PERSON}


# The stages: one table, one door


def test_every_move_is_in_the_table_or_refused() -> None:
    for now, to in itertools.product(Stage, Stage):
        if to in MOVES.get(now, frozenset()):
            assert advance(now, to) is to
        else:
            with pytest.raises(MoveRefused):
                advance(now, to)


def test_no_table_leads_around_identity_review_or_a_second_person() -> None:
    """Whatever way is walked, searching needs identity, and an answer needs a review."""
    into = {to: {now for now in MOVES if to in MOVES[now]} for to in Stage}
    assert into[Stage.SEARCHING] == {Stage.IDENTIFYING, Stage.REVIEWING}
    assert into[Stage.REVIEWING] == {
        Stage.SEARCHING, Stage.DECIDING, Stage.APPROVING, Stage.COOLING_OFF, Stage.EXECUTING,
    }  # fmt: skip
    assert into[Stage.DECIDING] == {Stage.REVIEWING}
    assert into[Stage.APPROVING] == {Stage.DECIDING}
    assert into[Stage.COOLING_OFF] == {Stage.APPROVING}
    assert into[Stage.EXECUTING] == {Stage.DECIDING, Stage.APPROVING, Stage.COOLING_OFF}
    assert into[Stage.CLOSED] == {Stage.REPLYING}
    assert into[Stage.REPLYING] == {Stage.IDENTIFYING, Stage.EXECUTING, Stage.WITHDRAWN}
    assert Stage.CLOSED not in MOVES


ACTS = ("refuse", "grant", "approve", "send back", "withhold", "pack", "send", "not proved")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(st.sampled_from(ACTS), max_size=12))
def test_however_people_act_no_answer_goes_out_undecided_or_twice(
    house: House, officer: Who, approver: Who, acts: list[str]
) -> None:
    """A walk by chance: refused acts change nothing, and every move stands in the table."""
    row = reviewing(house, LETTER, NOTE)
    for act in acts:
        try:
            _act(house, row, act, officer, approver)
        except DsrError:
            continue
    with house.reading() as session:
        told = session.scalars(
            select(Event).where(Event.request_id == row.id).order_by(Event.seq)
        ).all()
        moves = [(e.body["from"], e.body["to"]) for e in told if e.action == "moved"]
        item = stages.access_item(fresh(session, row))
        kinds = [e.action for e in told]
    assert all(Stage(to) in MOVES[Stage(now)] for now, to in moves)
    assert [to for _, to in moves][:-1] == [now for now, _ in moves][1:]
    assert moves[-1][1] == item.stage
    assert kinds.count("letter_released") <= 1
    if item.stage == Stage.CLOSED:
        assert kinds.index("decided") < kinds.index("letter_made") < kinds.index("letter_released")
        if item.decision == Decision.REFUSED:
            assert item.approved_by not in (None, item.decided_by)


def _act(house: House, row: SubjectRequest, act: str, officer: Who, approver: Who) -> None:
    if act == "withhold":
        withheld(house, row, officer)
    elif act == "refuse":
        refused(house, row, officer)
    elif act == "grant":
        decided(house, row, officer, decision=tally_of(house, row).proposal)
    elif act == "not proved":
        decided(house, row, officer, decision=Decision.NOT_PROVED)
    elif act == "pack":
        _pack_without_rendering(house, row)
    else:
        with house.writing() as session:
            now = fresh(session, row)
            if act == "approve":
                decide.approve(session, house.office, now, approver)
            elif act == "send back":
                decide.send_back(session, house.office, now, "Nog eens kijken.", approver)
            else:
                release.send(session, house.office, now, officer)


def _pack_without_rendering(house: House, row: SubjectRequest) -> None:
    """What the worker does, with a byte instead of a PDF."""
    with house.reading() as session:
        due = select(Step.id).where(
            Step.request_id == row.id, Step.verb == "pack", Step.outcome.is_(None)
        )
        waiting = session.scalars(due).all()
    for step_id in waiting:
        with house.writing() as session:
            work = pack.begin(session, house.office, step_id)
        if work is not None:
            sealed = house.office.vault.put(f"{work.folder}/letter", work.key, [b"%PDF"])
            with house.writing() as session:
                pack.finish(session, house.office, work, pack.Made(letter=sealed, package=None))
