"""Attacks on the rights that change systems, each as somebody might try it."""

from __future__ import annotations

import pytest

from dsr.core.errors import ChangedMeanwhile, MoveRefused, NotReady
from dsr.core.request import Decision, WithholdReason
from dsr.core.stages import Stage
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.jobs import sweep
from dsr.law.rights import Right
from dsr.services import decide, release, resolve, review
from dsr.services.house import House
from dsr.services.review import Withhold
from tests.fakes import pages_of
from tests.makers import Clock
from tests.planned import ERASE_MESSAGES, Walk, make_walk, messages

ACCESS = Wish(right=Right.ACCESS)


def give_copy(walk: Walk, item: int) -> None:
    """The officer grants the copy, and a worker makes it."""
    with walk.house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        made = decide.Decided(decision=Decision.GRANTED, seen=review.review_digest(session, row))
        decide.decide(session, walk.house.office, row, made, walk.officer)


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
    walk.approve(digest="")


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
    give_copy(walk, 1)
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
    give_copy(walk, 1)
    walk.work()
    what = Withhold(system="sendbird", number=0, reason=WithholdReason.OTHER_PERSON)
    with house.writing() as session, pytest.raises(MoveRefused, match="copy"):
        review.withhold(session, house.office, walk.row, what, walk.officer)
