"""The answer that desk and terminal share: words for every code, and what the act needs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dsr.core.explanation import (
    Explanation,
    Question,
    explain,
    is_special,
    name_of,
    reasons,
    rules_of,
)
from dsr.core.register import Register
from dsr.law.deadlines import Kind
from dsr.law.errors import ImpossibleDate, UnknownValue
from dsr.law.identity import Assurance, Gate
from dsr.law.proposal import Outcome, Proposal
from dsr.law.rights import Right
from dsr.law.windows import Ended
from dsr.systems import load_register

TODAY = date(2026, 11, 22)
WHO = {"identity": "verified", "requester": "self"}


@pytest.fixture(scope="module")
def jansapp() -> Register:
    return load_register(Path("registers/jansapp.yaml"))


@pytest.fixture(scope="module")
def viplive() -> Register:
    return load_register(Path("registers/viplive.yaml"))


def question(register: Register, right: Right, activity: str, **changed: Any) -> Question:
    asked = {
        "right": right,
        "activity": register.activity(activity),
        "facts": WHO,
        "today": TODAY,
        "special": is_special(register, activity),
        "rules": rules_of(register, activity),
        **changed,
    }
    return Question(**asked)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("right", Right)
def test_every_purpose_is_explained_for_every_right(
    jansapp: Register, viplive: Register, right: Right, language: str
) -> None:
    for register in (jansapp, viplive):
        for activity in register.activity_ids:
            told = explain(question(register, right, activity), language)
            assert told.reasons.outcome.words
            assert told.reasons.grounds
            assert all(one.cited and one.words for one in told.reasons.grounds)
            assert bool(told.reasons.asked.code) == bool(told.reasons.question.code)


def test_an_answer_that_asks_nobody_names_nobody(jansapp: Register) -> None:
    told = explain(question(jansapp, Right.ACCESS, "A.1"), "en").reasons
    assert (told.asked.code, told.asked.words, told.question.code) == ("", "", "")


def test_a_proposal_can_be_told_without_a_question() -> None:
    told = reasons(Proposal(outcome=Outcome.NO_DATA, grounds=("GDPR:15(1)",)), "nl")
    assert told.grounds[0].cited == "artikel 15 lid 1 van de AVG"
    assert told.grounds[0].url.endswith("/NL/TXT/?uri=CELEX:32016R0679")


@pytest.mark.parametrize(
    ("right", "activity", "facts", "kind"),
    [
        (Right.ACCESS, "A.1", {}, Kind.GDPR),
        (Right.ACCESS, "A.3", {}, Kind.WGBO_ACCESS),
        (Right.ERASURE, "A.3", {}, Kind.WGBO_DESTRUCTION),
        (Right.ERASURE, "A.3", {"content": "non_care_note"}, Kind.GDPR),
        (Right.RECTIFICATION, "A.3", {}, Kind.GDPR),
    ],
)
def test_a_period_rests_on_the_law_of_what_is_asked(
    jansapp: Register, right: Right, activity: str, facts: dict[str, object], kind: Kind
) -> None:
    asked = question(jansapp, right, activity, facts={**WHO, **facts}, received=TODAY)
    term = explain(asked, "en").term
    assert term is not None
    assert term.kind is kind


def test_no_period_is_counted_before_anything_was_received(jansapp: Register) -> None:
    assert explain(question(jansapp, Right.ACCESS, "A.1"), "en").term is None
    with pytest.raises(ImpossibleDate, match="received"):
        explain(question(jansapp, Right.ACCESS, "A.1", received=date(2026, 11, 23)), "en")


@pytest.mark.parametrize(
    ("right", "activity", "changed", "level"),
    [
        (Right.ACCESS, "A.1", {}, Assurance.IA2),
        (Right.ACCESS, "A.2", {}, Assurance.IA3),
        (Right.ACCESS, "A.1", {"contact_settled": False}, Assurance.IA3),
        (Right.ERASURE, "A.3", {}, Assurance.IA4),
        (Right.OBJECTION, "A.4", {}, Assurance.IA1),
    ],
)
def test_what_is_asked_says_how_sure_it_must_be_who_asks(
    jansapp: Register, right: Right, activity: str, changed: dict[str, object], level: Assurance
) -> None:
    assert explain(question(jansapp, right, activity, **changed), "en").needed.level is level


def test_a_representative_shows_its_authority(jansapp: Register) -> None:
    parent = {"identity": "verified", "requester": "parent", "child_age": 8, "has_custody": True}
    needed = explain(question(jansapp, Right.ACCESS, "A.3", facts=parent), "en").needed
    assert Gate.AUTHORITY_PROVED in needed.gates
    own = explain(question(jansapp, Right.ACCESS, "A.3"), "en").needed
    assert Gate.AUTHORITY_PROVED not in own.gates


def test_a_part_has_its_own_name_and_rules(jansapp: Register) -> None:
    assert name_of(jansapp, "CRM") != name_of(jansapp, "A.3")
    assert [rule.id for rule in rules_of(jansapp, "CRM")] == [
        "jans_a3_other_2y_from_deregistration"
    ]


def test_where_nothing_is_connected_the_categories_say_what_is_special(viplive: Register) -> None:
    assert is_special(viplive, "VIP.nis")
    assert not is_special(viplive, "VIP.platform")


def test_an_event_that_is_missing_stops_one_rule_alone(jansapp: Register) -> None:
    asked = question(jansapp, Right.ERASURE, "A.3", events={"last_change": date(2010, 2, 3)})
    kept = {one.rule.id: one for one in explain(asked, "en").periods}
    health = kept["jans_a3_health_20y_from_last_change"].kept
    assert health is not None
    assert health.until == date(2030, 2, 3)
    other = kept["jans_a3_other_2y_from_deregistration"]
    assert other.kept is None
    assert other.missing == ("deregistered", "account_holder_deregistered")


def test_a_fact_that_nobody_knows_is_refused(jansapp: Register) -> None:
    with pytest.raises(UnknownValue, match="mood"):
        explain(question(jansapp, Right.ACCESS, "A.1", facts={"mood": "cross"}), "en")


def test_before_identity_is_sure_it_tells_what_would_follow(jansapp: Register) -> None:
    asked = question(jansapp, Right.ERASURE, "A.3", facts={"system": "HIS"})
    told = explain(asked, "en")
    assert told.proposal.outcome is Outcome.VERIFY_IDENTITY
    assert told.afterwards is not None
    assert told.afterwards.outcome.code == Outcome.PROFESSIONAL_JUDGEMENT


@pytest.mark.parametrize(
    "facts",
    [
        WHO,
        {"requester": "lawyer"},
        {"identity": "verified"},
        {"identity": "verified", "requester": "lawyer", "authorisation": "none"},
    ],
)
def test_it_looks_ahead_for_the_person_itself_alone(
    jansapp: Register, facts: dict[str, object]
) -> None:
    assert explain(question(jansapp, Right.ACCESS, "A.1", facts=facts), "nl").afterwards is None


PARENT = {"identity": "verified", "requester": "parent", "has_custody": True}


def dated(register: Register, facts: dict[str, object], **dates: date) -> Explanation:
    asked = question(register, Right.ACCESS, "A.3", facts=facts, dates=dates)
    return explain(asked, "en")


@pytest.mark.parametrize(
    ("born", "outcome", "until", "why"),
    [
        (date(2014, 11, 23), Outcome.GRANT, date(2026, 11, 23), Ended.AGE_12),
        (date(2014, 11, 22), Outcome.VERIFY_IDENTITY, date(2030, 11, 22), Ended.AGE_16),
        (date(2010, 11, 22), Outcome.REFUSE, date(2026, 11, 22), Ended.AGE_16),
    ],
)
def test_a_birthday_ends_what_a_parent_may_do(
    jansapp: Register, born: date, outcome: Outcome, until: date, why: Ended
) -> None:
    told = dated(jansapp, PARENT, born=born)
    assert told.proposal.outcome is outcome
    assert told.window is not None
    assert (told.window.until, told.window.ended_because) == (until, why)


MENTOR = {"identity": "verified", "requester": "mentor", "patient_incapable": True}
LAWYER = {
    "identity": "verified",
    "requester": "lawyer",
    "authorisation": "signed_specific_recent",
}


@pytest.mark.parametrize("facts", [MENTOR, {**LAWYER, "authorisation": "none"}])
def test_papers_that_ended_are_no_papers(jansapp: Register, facts: dict[str, object]) -> None:
    told = dated(jansapp, facts, since=date(2020, 1, 1), until=date(2025, 1, 1))
    assert told.proposal.outcome is Outcome.VERIFY_IDENTITY
    assert told.window is not None
    assert told.window.until == date(2025, 1, 2)


def test_custody_that_ended_is_no_custody(jansapp: Register) -> None:
    facts = {"identity": "verified", "requester": "parent"}
    born, ended = date(2017, 5, 5), date(2025, 1, 1)
    told = dated(jansapp, facts, born=born, until=ended)
    assert told.proposal.outcome is Outcome.REFUSE
    assert told.window is not None
    assert told.window.ended_because is Ended.CUSTODY
    with pytest.raises(ImpossibleDate, match="has_custody"):
        dated(jansapp, PARENT, born=born, until=ended)


def test_papers_in_force_let_act(jansapp: Register) -> None:
    told = dated(jansapp, MENTOR, since=date(2020, 1, 1), until=date(2027, 1, 1))
    assert told.proposal.outcome is Outcome.GRANT
    revoked = dated(jansapp, MENTOR | {"court_order": False}, since=date(2020, 1, 1))
    assert revoked.proposal.outcome is Outcome.VERIFY_IDENTITY


def test_dates_and_facts_may_not_say_two_things(jansapp: Register) -> None:
    with pytest.raises(ImpossibleDate, match="child_age"):
        dated(jansapp, PARENT | {"child_age": 5}, born=date(2010, 1, 1))
    with pytest.raises(ImpossibleDate, match="authorisation"):
        dated(jansapp, LAWYER, since=date(2020, 1, 1), until=date(2025, 1, 1))


def test_a_birth_in_the_future_and_an_unknown_date_are_named(jansapp: Register) -> None:
    with pytest.raises(ImpossibleDate, match="born"):
        dated(jansapp, PARENT, born=date(2027, 1, 1))
    with pytest.raises(UnknownValue, match="revoked, since, until"):
        dated(jansapp, PARENT, birth=date(2017, 1, 1))


def test_dates_of_the_person_itself_give_its_age_and_no_window(jansapp: Register) -> None:
    told = dated(jansapp, WHO, born=date(2013, 1, 1))
    assert "plain_language_child" in told.proposal.actions
    assert told.window is None
    assert dated(jansapp, PARENT | {"child_age": 8}, died=date(2026, 1, 1)).window is None
