"""What follows on a use that stops, and what its letter says (Art. 7(3), 17(1)(b), 21)."""

from __future__ import annotations

import pytest

from dsr.core.letters_changes import WithdrawalAnswer
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.law.rights import Right
from dsr.rendering.html import letter_html
from dsr.services import wishes
from dsr.services.house import House
from tests.makers import make_item
from tests.planned import WITHDRAW, Walk, account, make_walk, messages
from tests.services.changes import letter_of

ACCOUNT = Wish(right=Right.ERASURE, data={"what": ["account"], "reason": "", "understood": True})
ALL = Wish(right=Right.ERASURE, data={"what": ["all"], "reason": "", "understood": True})


def erased(walk: Walk) -> list[object]:
    """What the erasures of a request that nobody typed are about."""
    with walk.house.reading() as session:
        row = subject_requests.by_id(session, walk.row.id)
        asked = [wishes.of(session, walk.house.office, row, one) for one in row.items]
        return [wish.data["activities"] for wish in asked if "activities" in wish.data]


@pytest.mark.parametrize(("beside", "planned"), [(ACCOUNT, [["A.2"]]), (ALL, [])])
def test_an_erasure_that_was_asked_beside_it_counts_only_for_what_it_is_about(
    house: House, beside: Wish, planned: list[object]
) -> None:
    found = {"sendbird": messages(), "app": [account()]}
    walk = make_walk(house, WITHDRAW, beside, found=found)
    walk.resolve()
    walk.work()
    assert erased(walk) == planned
    letter = letter_of(house, walk.row)
    assert isinstance(letter, WithdrawalAnswer)
    assert letter.erased_later


def test_what_rested_on_the_consent_to_security_is_erased_too(house: House) -> None:
    wish = Wish(right=Right.WITHDRAWAL, data={"purposes": ["A.5"]})
    signed_in = make_item(dataset="devices", kind="device", ref="d-1")
    found = {"sendbird": messages(), "app": [account()], "cognito": [signed_in]}
    walk = make_walk(house, wish, found=found)
    walk.resolve()
    walk.work()
    assert erased(walk) == [["A.5"]]


def test_a_use_that_is_in_no_register_is_answered_beside_the_others(house: House) -> None:
    """Art. 12(3): all that was asked has an answer."""
    data = {"purposes": ["A.4", "other"], "reason": "Ik wil niet in de cijfers staan."}
    walk = make_walk(house, Wish(right=Right.OBJECTION, data=data))
    walk.say("A.4", controller_compelling_grounds=False)
    walk.resolve()
    walk.work()
    assert "noemde ook een ander gebruik" in letter_html(letter_of(house, walk.row))
