"""From the law's word on each part to one decision: every cell of the table, and what it means."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.core.combine import TABLE, Handling, Judged, Verdict, combined, verdict
from dsr.core.request import Decision
from dsr.law.proposal import Outcome

DECISIONS = [
    ("everything is given", ["whole", "whole"], Decision.GRANTED),
    ("given where there is something, nothing elsewhere", ["whole", "nothing"], Decision.GRANTED),
    ("something stays behind", ["whole", "less"], Decision.PARTLY),
    ("all that there is stays behind", ["less", "nothing"], Decision.PARTLY),
    ("there is nothing anywhere", ["nothing", "nothing"], Decision.NOTHING_HELD),
    ("nothing was asked anywhere", [], Decision.NOTHING_HELD),
    ("a person still has to judge", ["whole", "less", "open"], None),
    ("something is given against the law", ["whole", "clash"], None),
]


@pytest.mark.parametrize(("case", "parts", "expected"), DECISIONS, ids=[c for c, *_ in DECISIONS])
def test_the_whole_follows_from_its_parts(
    case: str, parts: list[str], expected: Decision | None
) -> None:
    assert combined(Verdict(part) for part in parts) is expected


@given(st.lists(st.sampled_from(list(Verdict))))
def test_order_and_repetition_of_the_parts_change_nothing(parts: list[Verdict]) -> None:
    assert combined(parts) is combined(reversed(parts)) is combined(set(parts))


@pytest.mark.parametrize(
    ("outcome", "handling"), list(itertools.product(Outcome, Handling)), ids=str
)
def test_every_outcome_has_a_verdict_for_every_handling(
    outcome: Outcome, handling: Handling
) -> None:
    assert verdict(Judged(outcome=outcome, handling=handling)) is TABLE[outcome][handling]


@pytest.mark.parametrize(
    "outcome",
    [Outcome.REFUSE, Outcome.VERIFY_IDENTITY, Outcome.NOT_APPLICABLE, Outcome.NO_DATA],
)
def test_what_the_law_does_not_give_cannot_be_given(outcome: Outcome) -> None:
    given_anyway = verdict(Judged(outcome=outcome, handling=Handling.GIVEN))
    assert combined([given_anyway]) is None


@pytest.mark.parametrize("handling", [Handling.GIVEN, Handling.KEPT_BACK])
def test_a_judgement_of_a_professional_is_waited_for_whatever_the_desk_did(
    handling: Handling,
) -> None:
    judged = Judged(outcome=Outcome.PROFESSIONAL_JUDGEMENT, handling=handling)
    assert combined([verdict(judged)]) is None


@pytest.mark.parametrize(
    ("handling", "expected"),
    [(Handling.GIVEN, Decision.GRANTED), (Handling.KEPT_BACK, Decision.PARTLY)],
)
def test_a_judgement_that_was_made_is_followed(handling: Handling, expected: Decision) -> None:
    judged = Judged(outcome=Outcome.PROFESSIONAL_JUDGEMENT, handling=handling, answered=True)
    assert combined([verdict(judged)]) is expected


def test_an_answer_to_a_question_nobody_asked_changes_nothing() -> None:
    cells = itertools.product(Outcome, Handling)
    for outcome, handling in cells:
        if outcome is not Outcome.PROFESSIONAL_JUDGEMENT:
            asked = verdict(Judged(outcome=outcome, handling=handling))
            answered = verdict(Judged(outcome=outcome, handling=handling, answered=True))
            assert asked is answered


def test_who_may_keep_something_back_and_keeps_nothing_back_gives_the_whole() -> None:
    """Art. 15(4) lets, it does not order: a letter cannot name what was not kept back."""
    given_whole = verdict(Judged(outcome=Outcome.PARTLY, handling=Handling.GIVEN))
    assert combined([given_whole]) is Decision.GRANTED


@pytest.mark.parametrize("handling", Handling)
def test_a_processor_never_answers_in_the_place_of_the_controller(handling: Handling) -> None:
    assert combined([verdict(Judged(outcome=Outcome.FORWARD, handling=handling))]) is None
