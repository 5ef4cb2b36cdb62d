"""What stays in the plan of an erasure or a destruction, and what its letter says of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from dsr.core.connector import Item
from dsr.core.errors import BadInput, NotReady
from dsr.core.letters_changes import DestructionAnswer
from dsr.core.plans import Treatment, from_json
from dsr.core.request import Decision
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.law.rights import Right
from dsr.services import case, staff_login, weighing
from dsr.services.house import House
from dsr.services.weighing import Judgement
from tests.makers import NOON, Clock, make_found, make_item, make_request, make_staff
from tests.planned import DESTROY, ERASE_MESSAGES, RESTRICT, Walk, make_walk, messages
from tests.services.changes import letter_of

FILE = make_item(dataset="dossier", kind="condition", ref="c-1", dates={"last_change": NOON})
CLAIM = Wish(
    right=Right.RESTRICTION, data={"ground": "needed_for_claim", "what": ["messages"], "until": ""}
)


def lines(walk: Walk, item: int = 0) -> list[tuple[Treatment, int, tuple[str, ...]]]:
    told = map(from_json, walk.plan(item).summary["lines"])
    return [(line.treatment, line.count, line.because) for line in told]


def asked_next(walk: Walk, wish: Wish, found: Sequence[Item]) -> Walk:
    """Another request, of which the same was found."""
    row = make_request(walk.house, level=Level.IA4, wishes=(wish,))
    make_found(walk.house, row, {"sendbird": found})
    return replace(walk, row=row)


def judged(walk: Walk, outcome: str) -> None:
    """The doctor decides on the file."""
    doctor = staff_login.who_is(make_staff(walk.house, login="doctor", roles=("clinician",)))
    made = Judgement(activity="A.3", outcome=outcome, reasons="Gewogen volgens de wet, per deel.")
    with walk.house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        weighing.judge(session, walk.house.office, (row, row.items[0]), made, doctor)


def test_a_restriction_leaves_the_data_of_somebody_else_alone(house: House) -> None:
    """Art. 18(1) is about the person's own data, Art. 4(1)."""
    mine, other = messages(2)
    walk = make_walk(
        house, RESTRICT, found={"sendbird": [mine, replace(other, about_subject=False)]}
    )
    walk.resolve()
    assert [line[:2] for line in lines(walk)] == [(Treatment.RESTRICT, 1), (Treatment.KEEP, 1)]
    assert sum(batch.count for batch in walk.batches()) == 1


def test_what_another_request_restricts_is_not_erased(house: House, clock: Clock) -> None:
    """Art. 18(2): it is only stored, until the restriction is lifted."""
    first = make_walk(house, RESTRICT, found={"sendbird": messages(1)})
    first.resolve()
    first.work()
    walk = asked_next(first, ERASE_MESSAGES, messages(2))
    item = walk.resolve()
    assert item.decision == Decision.PARTLY
    assert (Treatment.KEEP, 1, ("GDPR:18(2)",)) in lines(walk)
    assert [line[:2] for line in lines(walk) if line[0] is Treatment.ERASE] == [
        (Treatment.ERASE, 1)
    ]


def test_what_the_same_letter_asks_to_keep_for_a_claim_is_not_erased(house: House) -> None:
    """Art. 18(1)(b) and (c): which of the two is meant only the person can say."""
    walk = make_walk(house, ERASE_MESSAGES, CLAIM)
    assert walk.resolve().decision == Decision.REFUSED
    assert lines(walk) == [(Treatment.KEEP, 3, ("GDPR:18(2)",))]


def test_data_of_a_closed_account_are_erased_though_the_system_shows_them_switched_off(
    house: House,
) -> None:
    """A mark of the system is no restriction of ours: a stopped use looks the same."""
    off = [replace(one, restricted=True) for one in messages(2)]
    walk = make_walk(house, ERASE_MESSAGES, found={"sendbird": off})
    assert walk.resolve().decision == Decision.GRANTED


def test_what_stays_of_a_file_needs_its_reasons_before_the_rest_is_destroyed(house: House) -> None:
    """BW 7:455(2), Art. 12(4): a letter without them cannot be made when it is too late."""
    other = replace(FILE, ref="c-2", about_subject=False)
    walk = make_walk(house, DESTROY, found={"his": [FILE, other]})
    judged(walk, "grant")
    with pytest.raises(BadInput) as caught:
        walk.resolve(facts="")
    assert caught.value.field == "facts"


def test_a_refused_destruction_rests_on_7_455_and_never_on_the_duty_to_keep(house: House) -> None:
    """Never "refused, twenty years"; nor is offered what was asked and refused."""
    walk = make_walk(house, DESTROY, found={"his": [FILE]})
    judged(walk, "refuse")
    walk.resolve()
    walk.approve()
    letter = letter_of(house, walk.row)
    assert isinstance(letter, DestructionAnswer)
    assert [one.articles for one in letter.not_done] == [("BW:7:455(2)",)]
    assert not [words for words in letter.instead if "vernietigen" in words]


@pytest.mark.parametrize(("years", "decides"), [(9, False), (14, True), (17, True)])
def test_a_child_under_twelve_does_not_act_alone(house: House, years: int, decides: bool) -> None:
    """UAVG 5(4)(a), BW 7:465(1): nothing of the child goes before its representative is known."""
    row = make_request(
        house, level=Level.IA4, wishes=(ERASE_MESSAGES,), birth_date=date(NOON.year - years, 1, 1)
    )
    make_found(house, row, {"sendbird": messages()})
    walk = Walk(house, row, staff_login.who_is(make_staff(house)), case.PATIENT)
    if decides:
        assert walk.resolve().decision == Decision.GRANTED
    else:
        with pytest.raises(NotReady):
            walk.resolve()
