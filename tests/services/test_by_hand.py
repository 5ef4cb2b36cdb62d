"""What a person finds in a system without an API reaches the answer like any other find."""

from __future__ import annotations

import pytest

from dsr.core.errors import BadInput
from dsr.core.request import Outcome
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import plan, review
from dsr.services.by_hand import KIND, ByHand
from dsr.services.census import census
from dsr.services.house import House
from dsr.services.staff_login import who_is
from tests.makers import make_request, make_staff

WORDS = "OneAssist, gesprek van 3 mei: vraag over inloggen."


def settle(house: House, row: SubjectRequest, found: ByHand) -> None:
    who = who_is(make_staff(house))
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        step = review.search_of(session, fresh, "oneassist")
        plan.settle_by_hand(session, house.office, step, found, who)


def test_what_was_found_by_hand_can_be_reviewed_and_counts(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    settle(house, row, ByHand(outcome=Outcome.DONE, proof="Gebeld.", found=f"  {WORDS}\n"))
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        step = review.search_of(session, fresh, "oneassist")
        seen = list(review.items(session, house.office, fresh, step))
        counted = census(session, house.office, fresh)
    assert [(one.record["kind"], one.data) for one in seen] == [(KIND, {"text": WORDS})]
    assert counted.of_system(counted.released, "oneassist") == 1
    assert "oneassist" not in counted.open_systems


@pytest.mark.parametrize(
    ("outcome", "proof", "found", "field"),
    [
        (Outcome.DONE, "Gebeld.", "", "found"),
        (Outcome.NONE_FOUND, "Gebeld.", WORDS, "outcome"),
        (Outcome.DONE, " ", WORDS, "proof"),
        (Outcome.FAILED, "Gebeld.", "", "outcome"),
        (Outcome.DONE, "Gebeld.", "x" * 50_001, "found"),
    ],
)
def test_an_outcome_that_contradicts_itself_is_refused(
    house: House, outcome: Outcome, proof: str, found: str, field: str
) -> None:
    row = make_request(house, level=Level.IA4)
    with pytest.raises(BadInput) as refused:
        settle(house, row, ByHand(outcome=outcome, proof=proof, found=found))
    assert refused.value.field == field
