"""From the decision to the letter, through the whole work: what the systems did is what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dsr.core.connector import Place
from dsr.core.errors import NotReady
from dsr.core.letters_changes import ErasureAnswer
from dsr.core.letters_parts import Telling, Wait, Work
from dsr.core.receipts import Receipt, Retained
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.rendering.html import letter_html
from dsr.services import archive, cancelling, case
from dsr.services.correcting import Correction, Corrections
from dsr.services.house import House
from tests.makers import Clock, make_item
from tests.planned import (
    CORRECT_EMAIL,
    ERASE_ALL,
    ERASE_MESSAGES,
    RESTRICT,
    WITHDRAW,
    Walk,
    account,
    make_walk,
    messages,
)
from tests.services.changes import letter_of, rows, waits


def written(walk: Walk, item: int = 0) -> Any:
    """The letter as it can be made now, in words."""
    letter = letter_of(walk.house, walk.row, item)
    letter_html(letter)
    return letter


def carried_out(walk: Walk, clock: Clock) -> None:
    """Decided, approved, cooled off, done."""
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    walk.work()


def test_an_erasure_is_told_once_it_was_done_and_not_before(house: House, clock: Clock) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    with pytest.raises(NotReady):
        written(walk)
    clock.move(days=8)
    walk.begin()
    walk.work()
    letter = written(walk)
    assert rows(letter) == [("Uw berichten", Work.ERASED, 3)]
    assert letter.done[0].day == house.office.today()
    assert [one.name for one in letter.told if one.how is Telling.TOLD] == ["SendBird Inc."]


def test_a_system_that_lies_is_never_quoted(house: House, clock: Clock) -> None:
    """T79: it says erased, and the data are there."""
    walk = make_walk(house, ERASE_MESSAGES)
    walk.systems["sendbird"].lies = True
    carried_out(walk, clock)
    for _ in range(5):
        clock.move(hours=2)
        walk.work()
    letter = written(walk)
    assert letter.done == ()
    assert waits(letter) == [("Uw berichten", Wait.BY_HAND, 3)]


def test_a_restriction_is_told_with_its_case(house: House, clock: Clock) -> None:
    walk = make_walk(house, RESTRICT)
    walk.resolve()
    walk.work()
    assert rows(written(walk)) == [("Uw berichten", Work.RESTRICTED, 3)]


def test_a_withdrawal_is_told_with_what_stopped(house: House, clock: Clock) -> None:
    walk = make_walk(house, WITHDRAW)
    walk.resolve()
    walk.work()
    letter = written(walk)
    assert ("Berichten sturen tussen u en de praktijk", Work.STOPPED, 1) in rows(letter)


def test_a_correction_is_told_with_its_new_value(house: House, clock: Clock) -> None:
    walk = make_walk(house, CORRECT_EMAIL, found={"app": [account()]})
    key = _key_of(walk)
    one = Correction(system="app", key=key, path="/email", new="nieuw@voorbeeld.example")
    walk.resolve(corrections=Corrections(fields=(one,)))
    walk.approve()
    walk.work()
    letter = written(walk)
    assert rows(letter) == [("Uw account in de app", Work.CORRECTED, 1)]
    assert letter.now_says == "nieuw@voorbeeld.example"


def test_an_erasure_that_was_stopped_in_time_is_told_as_stopped(house: House) -> None:
    walk = make_walk(house, ERASE_MESSAGES)
    walk.resolve()
    walk.approve()
    with house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        item = row.items[0].id
        cancelling.cancel_erasure(session, house.office, row, item, case.PATIENT)
    assert written(walk).kind == "erasure"


def _key_of(walk: Walk) -> str:
    return archive.item_key(walk.house.office, "app", account())


def test_a_letter_is_made_where_one_system_kept_all_that_was_to_go(
    house: House, clock: Clock
) -> None:
    """What a system keeps is told; its processor has nothing to know of (Art. 19)."""
    walk = make_walk(house, ERASE_ALL, found={"sendbird": messages(1), "crm": [make_item()]})
    crm = walk.systems["crm"]

    def keeps(place: Place, refs: Sequence[str], operation: str) -> Receipt:
        return Receipt(retained=tuple(Retained(ref, "in use") for ref in refs))

    crm.erase = keeps  # type: ignore[method-assign]
    walk.resolve()
    walk.approve()
    clock.move(days=8)
    walk.begin()
    walk.work()
    assert walk.item.stage == Stage.REPLYING
    letter = letter_of(house, walk.row)
    assert isinstance(letter, ErasureAnswer)
    told = {one.name for one in letter.told}
    assert house.office.register.system("sendbird").kept_by in told
    assert house.office.register.system("crm").kept_by not in told
