"""What the law proposes on an access request, drawn from the case itself, and what it stops."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.core.combine import Handling, Verdict
from dsr.core.connector import Item
from dsr.core.errors import BadInput, NotReady
from dsr.core.letters import AccessAnswer, ground_for
from dsr.core.purposes import Purpose
from dsr.core.register import Register
from dsr.core.request import Decision, WithholdReason
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.articles import cited_together
from dsr.law.identity import level_for
from dsr.law.proposal import Asks, Outcome
from dsr.law.rights import Basis, Nature
from dsr.services import decide, facts, propose, review, stages
from dsr.services.case import Who
from dsr.services.census import Census, census
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.propose import Line, Proposed, Standing
from dsr.services.staff_login import who_is
from tests.makers import make_found, make_item, make_request, make_staff, the_register

CONTACT = make_item(dataset="contact", ref="r-1")
MESSAGE = make_item(dataset="messages", ref="m-1", kind="message", data={"message": "Dag Piet."})
FILE = make_item(dataset="dossier", ref="d-1", kind="Observation", data={"text": "RR 140/90"})
LOOKED = make_item(dataset="access_log", ref="l-1", kind="AuditEvent", data={"who": "J. Hendriks"})
LOGIN = make_item(dataset="sessions", ref="s-1", kind="session", data={"began": "2026-03-01"})

#: what the register keeps the log of the medical file for
LOOKED_AT = propose.activity_of(the_register().system("his").dataset("access_log"))
GIVEN, KEPT_BACK = Handling.GIVEN, Handling.KEPT_BACK


@pytest.fixture
def officer(house: House) -> Who:
    return who_is(make_staff(house, login="anna"))


@pytest.fixture
def doctor(house: House) -> Who:
    return who_is(make_staff(house, login="dokter", roles=("clinician",)))


def reviewing(house: House, found: dict[str, list[Item]], **changed: Any) -> SubjectRequest:
    row = make_request(house, **{"level": Level.IA4, **changed})
    make_found(house, row, found)
    return row


def law_on(house: House, row: SubjectRequest) -> Proposed:
    with house.reading() as session:
        now = subject_requests.by_id(session, row.id)
        counted = census(session, house.office, now)
        return propose.proposed(session, house.office, now, counted)


def line_of(found: Proposed, activity: str, handling: Handling, obj: str | None = None) -> Line:
    lines = [
        line
        for line in found.lines
        if (line.activity, line.handling, line.facts.get("object")) == (activity, handling, obj)
    ]
    assert len(lines) == 1, [(one.activity, one.handling, dict(one.facts)) for one in found.lines]
    return lines[0]


def keep_back(house: House, row: SubjectRequest, who: Who, system: str, **what: Any) -> None:
    values: dict[str, Any] = {"number": 0, "reason": WithholdReason.THIRD_PARTY, **what}
    with house.writing() as session:
        now = subject_requests.by_id(session, row.id)
        review.withhold(session, house.office, now, review.Withhold(system=system, **values), who)


def sign(house: House, row: SubjectRequest, who: Who, system: str = "his") -> None:
    with house.writing() as session:
        now = subject_requests.by_id(session, row.id)
        review.sign_off(session, house.office, now, system, who)


def decided(house: House, row: SubjectRequest, who: Who, decision: Decision, **more: Any) -> None:
    with house.writing() as session:
        now = subject_requests.by_id(session, row.id)
        seen = review.review_digest(session, now)
        what = Decided(decision=decision, seen=seen, **more)
        decide.decide(session, house.office, now, what, who)


def item_of(house: House, row: SubjectRequest) -> RequestItem:
    with house.reading() as session:
        return stages.access_item(subject_requests.by_id(session, row.id))


# What is known of a case, and nothing more


def test_the_facts_are_those_of_the_case(house: House) -> None:
    found = {"crm": [CONTACT], "his": [FILE, LOOKED], "sendbird": [MESSAGE], "app": [LOGIN]}
    law = law_on(house, reviewing(house, found))
    known = {"identity": "verified", "requester": "self"}
    assert line_of(law, "A.2", GIVEN).facts == known
    assert line_of(law, "A.3", GIVEN, "medical_file").facts == known | {"object": "medical_file"}
    looked = line_of(law, LOOKED_AT, GIVEN, "access_log")
    assert looked.facts == known | {"object": "access_log"}
    assert line_of(law, "A.5", GIVEN).facts == known


def test_the_patient_hears_who_looked_in_the_file(house: House) -> None:
    row = reviewing(house, {"his": [LOOKED]})
    line = line_of(law_on(house, row), LOOKED_AT, GIVEN, "access_log")
    assert line.proposal.outcome is Outcome.GRANT
    assert "WABVPZ:15e" in line.proposal.grounds


def test_below_the_level_of_the_release_it_is_not_sure_who_asks(house: House) -> None:
    row = reviewing(house, {"crm": [CONTACT], "sendbird": [MESSAGE]}, level=Level.IA2)
    law = law_on(house, row)
    kept = line_of(law, "A.2", KEPT_BACK)
    assert kept.facts["identity"] == "unverified"
    assert (kept.proposal.outcome, kept.verdict) == (Outcome.VERIFY_IDENTITY, Verdict.LESS)
    assert {line.facts["identity"] for line in law.lines if line.handling is GIVEN} == {"verified"}
    assert law.decision is Decision.PARTLY


def test_figures_that_are_about_nobody_are_outside_the_right(house: House) -> None:
    law = law_on(house, reviewing(house, {}))
    line = line_of(law, "A.4", Handling.NOTHING_FOUND)
    assert line.facts["anonymous"] is True
    assert (line.systems, line.proposal.outcome) == ((), Outcome.NOT_APPLICABLE)


def test_figures_are_no_part_of_a_request_for_something_else(house: House) -> None:
    law = law_on(house, reviewing(house, {}, scope=("messages",)))
    assert "A.4" not in {line.activity for line in law.lines}


def test_a_complete_search_that_found_nothing_says_so(house: House) -> None:
    law = law_on(house, reviewing(house, {}))
    told = {line.proposal.outcome for line in law.lines if line.activity != "A.4"}
    assert told == {Outcome.NO_DATA}
    assert law.decision is Decision.NOTHING_HELD
    assert law.grounds


def test_a_purpose_with_something_in_one_system_is_not_also_empty(house: House) -> None:
    law = law_on(house, reviewing(house, {"sendbird": [MESSAGE]}))
    assert [line.handling for line in law.lines if line.activity == "A.2"] == [GIVEN]


def test_whose_words_another_told_is_not_guessed(house: House, officer: Who) -> None:
    row = reviewing(house, {"sendbird": [MESSAGE]})
    keep_back(house, row, officer, "sendbird", path="/message", start=4, end=8)
    line = line_of(law_on(house, row), "A.2", KEPT_BACK)
    assert line.facts["third_party_in_message"] is True
    assert "supplied_by" not in line.facts
    assert (line.black, line.count) == (True, 1)


def test_notes_for_oneself_are_no_part_of_the_file(house: House, officer: Who) -> None:
    row = reviewing(house, {"his": [FILE]})
    keep_back(house, row, officer, "his", reason=WithholdReason.WORK_NOTES)
    line = line_of(law_on(house, row), "A.3", KEPT_BACK, "personal_work_notes")
    assert (line.proposal.outcome, line.verdict) == (Outcome.REFUSE, Verdict.LESS)


# One decision for the whole


COUNTS = st.integers(min_value=0, max_value=3)


@st.composite
def standings(draw: st.DrawFn) -> tuple[Standing, Census]:
    """A request at a level with any counts that such a level can have."""
    register, level = the_register(), draw(st.sampled_from([Level.IA2, Level.IA3, Level.IA4]))
    released, held = Counter[Any](), Counter[Any]()
    redacted = Counter[Any]()
    for system in register.systems:
        for dataset in system.datasets:
            where = (system.id, dataset.id)
            may = level.reaches(Level(level_for(special=dataset.special)))
            released[where] = draw(COUNTS) if may else 0
            for reason in draw(st.sets(st.sampled_from(list(WithholdReason)), max_size=2)):
                if reason is not WithholdReason.LEVEL or not may:
                    held[(*where, reason, False)] = draw(COUNTS)
            if released[where] and draw(st.booleans()):
                redacted[where] = 1
                held[(*where, WithholdReason.SAFETY, True)] = 1
    found = released.copy()
    for (system_id, dataset_id, _reason, black), count in held.items():
        found[system_id, dataset_id] += 0 if black else count
    names = [system.id for system in register.systems]
    counted = Census(
        found=+found, released=+released, redacted=+redacted, withheld=+held, special=True,
        medical_released=(), open_systems=tuple(draw(st.sets(st.sampled_from(names), max_size=1))),
        searched=tuple(names),
    )  # fmt: skip
    signed = frozenset(draw(st.sets(st.sampled_from(["his"]))))
    return Standing(level=level, scope=("all",), signed=signed), counted


@settings(max_examples=200, deadline=None)
@given(standings())
def test_the_law_and_the_counts_never_lead_to_two_decisions(
    drawn: tuple[Standing, Census],
) -> None:
    standing, counted = drawn
    law = propose.of(the_register(), standing, counted)
    assert law.decision in (None, counted.proposal)
    waits = any(line.verdict is Verdict.OPEN for line in law.lines)
    assert (law.decision is None) == (waits or law.clashes)


@settings(max_examples=200, deadline=None)
@given(standings())
def test_every_thing_that_was_counted_stands_in_one_line(drawn: tuple[Standing, Census]) -> None:
    standing, counted = drawn
    law = propose.of(the_register(), standing, counted)
    given_things = sum(line.count for line in law.lines if line.handling is GIVEN)
    kept_back = sum(line.count for line in law.lines if line.handling is KEPT_BACK)
    assert given_things == counted.released.total()
    assert kept_back == counted.withheld.total()


# Who has to judge first


def test_what_another_told_in_confidence_waits_for_the_clinician(
    house: House, officer: Who, doctor: Who
) -> None:
    row = reviewing(house, {"his": [FILE], "crm": [CONTACT]})
    keep_back(house, row, officer, "his")
    assert law_on(house, row).waits_for(Asks.CLINICIAN)
    with pytest.raises(NotReady, match="clinician"):
        decided(house, row, officer, Decision.PARTLY)
    sign(house, row, doctor)
    assert law_on(house, row).decision is Decision.PARTLY
    decided(house, row, officer, Decision.PARTLY)


def test_a_signature_for_other_data_is_no_answer(house: House, officer: Who, doctor: Who) -> None:
    row = reviewing(house, {"his": [FILE], "crm": [CONTACT]})
    sign(house, row, doctor)
    keep_back(house, row, officer, "his")
    assert law_on(house, row).waits_for(Asks.CLINICIAN)


def with_purpose(house: House, purpose_id: str, **changed: Any) -> House:
    """The same house under a register in which one purpose is another."""
    register = house.office.register

    def as_wanted(purpose: Purpose) -> Purpose:
        return replace(purpose, **changed) if purpose.id == purpose_id else purpose

    purposes = tuple(as_wanted(purpose) for purpose in register.purposes)
    changed_register: Register = replace(register, purposes=purposes)
    return replace(house, office=replace(house.office, register=changed_register))


def test_figures_about_few_people_wait_for_the_data_protection_officer(
    house: House, officer: Who
) -> None:
    house = with_purpose(house, "A.5", nature=Nature.STATISTICS, held=())
    row = reviewing(house, {"app": [LOGIN]})
    assert law_on(house, row).waits_for(Asks.DPO)
    with pytest.raises(BadInput) as refused:
        decided(house, row, officer, Decision.GRANTED, heard="Ja.")
    assert refused.value.field == "heard"
    heard = "De functionaris zei op 9 maart: dit zijn gegevens van deze persoon."
    decided(house, row, officer, Decision.GRANTED, heard=heard)
    assert item_of(house, row).decision == Decision.GRANTED


def test_what_is_kept_for_another_controller_is_not_answered_here(
    house: House, officer: Who
) -> None:
    house = with_purpose(house, "A.5", basis=Basis.PROCESSOR)
    row = reviewing(house, {"app": [LOGIN]})
    law = law_on(house, row)
    assert (law.clashes, law.decision) == (True, None)
    with pytest.raises(NotReady, match="not let us give"):
        decided(house, row, officer, Decision.GRANTED)
    assert item_of(house, row).decision is None


# What is kept of it


def test_a_decision_keeps_the_articles_it_rests_on(house: House, officer: Who) -> None:
    row = reviewing(house, {"sendbird": [MESSAGE]})
    law = law_on(house, row)
    decided(house, row, officer, Decision.GRANTED)
    assert item_of(house, row).grounds == list(law.grounds) == ["GDPR:15(1)", "GDPR:15(3)"]


def test_a_refusal_keeps_the_grounds_that_were_chosen(house: House, officer: Who) -> None:
    row = reviewing(house, {"sendbird": [MESSAGE]})
    decided(
        house, row, officer, Decision.REFUSED, grounds=("excessive",),
        facts="Dit is het vijfde gelijke verzoek.", instead="Wij belden u.",
    )  # fmt: skip
    assert item_of(house, row).grounds == ["excessive"]


def test_the_letter_names_the_articles_by_which_the_law_keeps_a_part_back(
    house: House, officer: Who, doctor: Who
) -> None:
    row = reviewing(house, {"his": [FILE], "crm": [CONTACT]})
    keep_back(house, row, officer, "his")
    sign(house, row, doctor)
    decided(house, row, officer, Decision.PARTLY)
    with house.reading() as session:
        now = subject_requests.by_id(session, row.id)
        letter = facts.answer(session, house.office, now, census(session, house.office, now))
    assert isinstance(letter, AccessAnswer)
    codes = ("BW:7:456", "GDPR:15(4)", "UAVG:41(1)(i)")
    assert [part.ground.article.nl for part in letter.withheld] == [cited_together(codes, "nl")]
    assert set(codes) <= set(item_of(house, row).grounds)


@pytest.mark.parametrize("reason", WithholdReason)
def test_the_law_never_keeps_back_by_another_article_than_the_letter_names(
    reason: WithholdReason,
) -> None:
    register = the_register()
    for system in register.systems:
        for dataset in system.datasets:
            codes = propose.limits(register, Level.IA4, dataset, reason)
            cited = ground_for(reason, medical_file=dataset.medical_file, also=codes).articles
            assert set(codes) <= set(cited) & propose.LIMITS


def test_what_is_about_somebody_else_is_no_data_of_the_requester() -> None:
    """Art. 15(1): no limit of access is needed, also not BW 7:456 in the medical file."""
    register, reason = the_register(), WithholdReason.OTHER_PERSON
    for system in register.systems:
        for dataset in system.datasets:
            codes = propose.limits(register, Level.IA4, dataset, reason)
            ground = ground_for(reason, medical_file=dataset.medical_file, also=codes)
            assert ground.articles == ("GDPR:15(1)",)
