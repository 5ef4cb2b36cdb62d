"""The hands of a worker: side by side, and never two of them on one row."""

from __future__ import annotations

import threading

from dsr.jobs.hands import Hands


def test_a_row_that_a_hand_has_is_given_to_no_other() -> None:
    hands, goes_on, begun = Hands(3), threading.Event(), threading.Event()
    done: list[str] = []

    def slow(row_id: str) -> None:
        begun.set()
        goes_on.wait(30)
        done.append(row_id)

    hands.take(slow, "a")
    assert begun.wait(30)
    hands.take(done.append, "a")
    hands.take(done.append, "b")
    goes_on.set()
    assert hands.rest(30)
    assert sorted(done) == ["a", "b"]


def test_a_row_may_come_again_when_it_was_done() -> None:
    hands, done = Hands(1), list[str]()
    for _ in range(3):
        hands.take(done.append, "a")
        assert hands._free.acquire(timeout=30)  # the one hand is free again
        hands._free.release()
    assert hands.rest(30)
    assert done == ["a", "a", "a"]
