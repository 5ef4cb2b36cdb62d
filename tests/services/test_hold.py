"""Freeze at receipt: kept while a request is pending, and seen by nobody before it is proved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from dsr.core.connector import Item, ItemFile, NotOffered, Place, Several
from dsr.core.errors import (
    ChangedMeanwhile,
    DsrError,
    ForeignRecord,
    NotAllowed,
    Shredded,
    TryAgain,
)
from dsr.core.receipts import Receipt
from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.db import events, holds, steps, subject_requests
from dsr.db.data_keys import DataKey
from dsr.db.holds import Hold
from dsr.db.steps import Segment
from dsr.db.subject_requests import SubjectRequest
from dsr.jobs import hold as job
from dsr.jobs import sweep
from dsr.jobs.seen import Seen
from dsr.services import archive, case, census, hold, identify, plan, search
from dsr.services.archive import ArchiveWriter
from dsr.services.house import House
from dsr.vault.ledger_file import Kind
from tests.fakes import FakeSystem, one, pages_of, systems_of, work_through
from tests.makers import Clock, make_item, make_request

SHORT = {
    ("app", "sessions"), ("cognito", "devices"), ("cognito", "auth_events"),
    ("sendbird", "channels"), ("sendbird", "messages"), ("sendbird", "push"),
}  # fmt: skip


@dataclass
class Keeping(FakeSystem):
    """A system that can hold a dataset itself."""

    held: set[tuple[str, str]] = field(default_factory=set)

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        self._acts("unhold" if lift else "hold", operation)
        what = (place.subject_ref, place.dataset)
        self.held = self.held - {what} if lift else self.held | {what}
        return Receipt(done=(place.dataset,))


def message(ref: str, **changed: object) -> Item:
    return make_item(dataset="messages", ref=ref, kind="message", data={"text": f"bericht {ref}"},
                     **changed)  # fmt: skip


def chat(*refs: str) -> FakeSystem:
    """A chat system that knows the person, has no hold, and holds these messages."""
    return FakeSystem(located=one("sb-1"), pages={"messages": pages_of([message(r) for r in refs])})


def leading(**known: str) -> FakeSystem:
    """The leading system, which knows exactly one person."""
    on_file = Subject(name="Anouk Voorbeeld", known_refs=known)
    return FakeSystem(located=one("h-1", on_file=on_file))


def systems(house: House, sendbird: FakeSystem, **more: FakeSystem) -> dict[str, FakeSystem]:
    found = {house.office.register.identity_system.id: leading(sendbird="sb-1"), **more}
    return systems_of(house, **{"sendbird": sendbird, **found})


def work_off(house: House, clock: Clock, known: dict[str, FakeSystem]) -> None:
    """Let a minute pass, and do every hold that is due."""
    clock.move(seconds=61)
    with house.reading() as session:
        due = holds.due(session, house.office.now(), 100)
    for hold_id in due:
        with suppress(DsrError):  # as the worker does: the hold itself says why
            job.run(house, known, hold_id)


def holds_of(house: House, row: SubjectRequest) -> dict[str, Hold]:
    with house.reading() as session:
        return {one.dataset: one for one in holds.of_request(session, row.id)}


def blobs(house: House) -> list[str]:
    return list(house.office.vault.store.names("holds"))


def actions(house: House, row: SubjectRequest) -> list[str]:
    with house.reading() as session:
        return [one.action for one in events.of_request(session, row.practice, row.id)]


def close(house: House, row: SubjectRequest, decision: Decision | None = None) -> None:
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.items[0].stage, fresh.items[0].decision = Stage.CLOSED, decision
        fresh.closed_at = house.office.now()


# what is asked for


def test_everything_that_lives_two_months_at_most_is_asked_for(house: House) -> None:
    row = make_request(house)

    with house.reading() as session:
        asked = {(one.system, one.dataset) for one in holds.of_request(session, row.id)}
    assert asked == SHORT


def test_what_was_not_asked_for_is_not_held(house: House) -> None:
    row = make_request(house, scope=("medical",))

    assert holds_of(house, row) == {}


# T18: the same for everybody


def test_nothing_tells_whether_somebody_is_known(house: House, clock: Clock) -> None:
    """The same rows and events before a proof, whatever the systems answer."""
    known, unknown = make_request(house), make_request(house, name="Nie Mand")
    work_off(house, clock, systems(house, chat("m-1")))
    other = make_request(house, name="Nie Mand")
    work_off(house, clock, systems_of(house))

    assert holds_of(house, known)["messages"].how == "snapshot"
    assert holds_of(house, other)["messages"].how == "none"
    assert len(holds_of(house, known)) == len(holds_of(house, other)) == len(SHORT)
    assert actions(house, known) == actions(house, unknown) == actions(house, other)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Several(candidates=()), "several"),
        (one("sb-2", agrees=("email",)), "several"),  # one shared contact is no sure match
        (ForeignRecord(), "ForeignRecord"),
    ],
)
def test_without_one_sure_match_nothing_is_kept_and_nobody_is_asked(
    house: House, clock: Clock, answer: object, why: str
) -> None:
    row = make_request(house)
    chats = chat("m-1")
    chats.located = answer  # type: ignore[assignment]  # one of the answers of a fake
    work_off(house, clock, systems(house, chats))

    found = holds_of(house, row)["messages"]
    assert (found.how, found.why, found.outcome) == ("none", why, "done")
    assert chats.read == []
    assert found.data_key_id is None
    assert [name for name in blobs(house) if found.id in name] == []


def test_nobody_in_the_leading_system_is_nobody_anywhere(house: House, clock: Clock) -> None:
    row, chats = make_request(house), chat("m-1")
    work_off(house, clock, systems_of(house, sendbird=chats))

    assert holds_of(house, row)["messages"].why == "nobody"
    assert chats.asked == []


# how it is kept


def test_a_system_that_can_holds_it_itself(house: House, clock: Clock) -> None:
    row = make_request(house)
    chats = Keeping(located=one("sb-1"), pages={"messages": pages_of([message("m-1")])})
    work_off(house, clock, systems(house, chats))

    assert holds_of(house, row)["messages"].how == "held"
    assert ("sb-1", "messages") in chats.held
    assert chats.read == []
    close(house, row)
    sweep.tidy(house)
    work_off(house, clock, systems(house, chats))
    assert chats.held == set()
    assert holds_of(house, row)["messages"].lifted_at is not None


def test_where_a_system_cannot_a_snapshot_is_sealed_that_no_role_sees(
    house: House, clock: Clock
) -> None:
    row = make_request(house)
    work_off(house, clock, systems(house, chat("m-1", "m-2", "m-3")))

    kept = holds_of(house, row)["messages"]
    assert (kept.how, kept.outcome) == ("snapshot", "done")
    assert blobs(house) != []
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        assert kept.data_key_id not in (None, fresh.data_key_id)
        assert session.scalars(sa.select(Segment)).all() == []
        assert census.census(session, house.office, fresh).found.total() == 0
        assert steps.of_request(session, row.id) == []
    store = house.settings.folder / "vault"
    raw = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
    assert b"bericht" not in raw


def test_a_system_that_does_not_answer_is_asked_again(house: House, clock: Clock) -> None:
    row, chats = make_request(house), chat("m-1")
    chats.located = TryAgain("The system does not answer.")
    work_off(house, clock, systems(house, chats))
    waiting = holds_of(house, row)["messages"]
    assert (waiting.how, waiting.outcome) == ("waiting", None)
    assert "does not answer" in waiting.trouble

    chats.located = one("sb-1")
    work_off(house, clock, systems(house, chats))
    assert holds_of(house, row)["messages"].how == "snapshot"


def test_what_was_searched_by_then_needs_no_second_copy(house: House, clock: Clock) -> None:
    row, chats = make_request(house, level=Level.IA4), chat("m-1")
    with house.writing() as session:
        for step in steps.of_request(session, row.id):
            step.outcome = "done"
    work_off(house, clock, systems(house, chats))

    found = holds_of(house, row)["messages"]
    assert (found.how, found.why) == ("none", "searched")
    assert chats.asked == []


# opened at IA2 or higher


def opened(house: House, row: SubjectRequest, person: str, *there: str) -> list[dict[str, object]]:
    """What a search adds of the snapshot that found these messages itself."""
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        step = next(s for s in steps.of_request(session, row.id) if s.system == "sendbird")
        key = case.case_key(session, house.office, fresh)
    work = search.Work(
        step_id=step.id, request_id=row.id, system="sendbird", verb="search", fence=1, attempts=1,
        subject=Subject(), key=key, datasets=("channels", "messages", "push"), cursor={},
        counts={}, folder=archive.folder_of(step), pieces=0, items=0,
    )  # fmt: skip
    writer = ArchiveWriter(vault=house.office.vault, key=key, folder=work.folder, fence=1,
                           next_piece=0, next_item=0)  # fmt: skip
    seen = Seen()
    counts: dict[str, object] = {"messages": len(there)}
    for ref in there:
        seen.add(archive.item_key(house.office, "sendbird", message(ref)))
    take = job.into_archive(writer, seen, counts)
    job.merge(house, work, Place(subject_ref=person, dataset="messages"), take)
    piece = writer.seal(step.id)
    assert counts["messages"] == len(there) + (piece.count if piece else 0)
    return list(archive.records_in(house.office.vault, key, [piece] if piece else []))


def test_a_proved_person_gets_what_was_purged_meanwhile_marked(house: House, clock: Clock) -> None:
    row = make_request(house)
    work_off(house, clock, systems(house, chat("m-1", "m-2", "m-3")))
    prove(house, row)

    found = opened(house, row, "sb-1", "m-2")  # two were purged before the search

    assert [(r["ref"], r["at_receipt"], r["data"]) for r in found] == [
        ("m-1", True, {"text": "bericht m-1"}), ("m-3", True, {"text": "bericht m-3"}),
    ]  # fmt: skip
    assert actions(house, row).count("hold_opened") == 1
    assert opened(house, row, "sb-1", "m-1", "m-2", "m-3") == []
    assert actions(house, row).count("hold_opened") == 1


def prove(house: House, row: SubjectRequest, level: Level = Level.IA2) -> None:
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        proof = identify.Proof(level=level, how="code")
        identify.reach(session, house.office, fresh, proof, case.PATIENT)
        plan.search_all(session, house.office, fresh)


def test_below_ia2_it_stays_shut(house: House, clock: Clock) -> None:
    row = make_request(house)
    work_off(house, clock, systems(house, chat("m-1")))

    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        place = Place(subject_ref="sb-1", dataset="messages")
        with pytest.raises(NotAllowed):
            hold.snapshots(session, house.office, fresh, "sendbird", place)
    assert "hold_opened" not in actions(house, row)


def test_what_was_kept_of_somebody_else_stays_shut(house: House, clock: Clock) -> None:
    """Typed data led to one person, and the proof to another."""
    row = make_request(house)
    work_off(house, clock, systems(house, chat("m-1")))
    prove(house, row)

    assert opened(house, row, "sb-9") == []
    assert "hold_opened" not in actions(house, row)


def test_a_file_of_a_snapshot_comes_along(house: House, clock: Clock) -> None:
    @contextmanager
    def chunks() -> Iterator[Iterator[bytes]]:
        yield iter([b"een ", b"foto"])

    photo = ItemFile(name="foto.jpg", media_type="image/jpeg", open=chunks, size=8)
    chats = FakeSystem(
        located=one("sb-1"), pages={"messages": pages_of([message("m-1", files=(photo,))])}
    )
    row = make_request(house)
    work_off(house, clock, systems(house, chats))
    prove(house, row)

    (found,) = opened(house, row, "sb-1")

    with house.reading() as session:
        key = case.case_key(session, house.office, subject_requests.by_id(session, row.id))
    (stored,) = found["files"]  # type: ignore[misc]  # a list, in JSON
    assert b"".join(archive.file_bytes(house.office.vault, key, stored)) == b"een foto"


def test_a_search_finds_what_was_purged_since_the_request_came_in(
    house: House, clock: Clock
) -> None:
    row, chats = make_request(house), chat("m-1", "m-2", "m-3")
    known = systems(house, chats)
    work_off(house, clock, known)
    chats.pages["messages"] = pages_of([message("m-3"), message("m-4")])
    prove(house, row)
    for _ in range(2):
        work_through(house, known)

    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        key = case.case_key(session, house.office, fresh)
        step = next(s for s in steps.of_request(session, row.id) if s.system == "sendbird")
        found = list(archive.records(session, house.office.vault, key, step))
    assert {r["ref"]: r.get("at_receipt", False) for r in found} == {
        "m-1": True, "m-2": True, "m-3": False, "m-4": False,
    }  # fmt: skip
    assert (step.outcome, step.counts["messages"]) == ("done", 4)


# shredded


@pytest.mark.parametrize(
    ("decision", "why"),
    [(Decision.NOT_PROVED, "not_proved"), (Decision.WITHDRAWN, "withdrawn"),
     (Decision.GRANTED, "closed")],
)  # fmt: skip
def test_a_snapshot_is_shredded_when_it_is_over_and_the_event_says_why(
    house: House, clock: Clock, decision: Decision, why: str
) -> None:
    row, known = make_request(house), systems(house, chat("m-1"))
    work_off(house, clock, known)
    key_id = str(holds_of(house, row)["messages"].data_key_id)
    close(house, row, decision)

    sweep.tidy(house)
    with house.reading() as session, pytest.raises(Shredded):
        case.open_key(session, house.office, key_id)  # at once, before a worker came by
    work_off(house, clock, known)

    ended = holds_of(house, row)["messages"]
    assert (ended.ending, ended.blob, ended.outcome) == (why, "", "done")
    assert ended.lifted_at is not None
    assert blobs(house) == []
    with house.reading() as session:
        assert session.get_one(DataKey, key_id).wrapped is None
        told = [e for e in events.of_request(session, row.practice, row.id)
                if e.action == "hold_ended"]  # fmt: skip
    assert [one.body for one in told] == [{"ground": why}]
    assert key_id in {line.key for line in house.office.ledger.lines()}
    assert {line.kind for line in house.office.ledger.lines()} == {Kind.KEY_DESTROYED}


def test_a_request_that_goes_on_keeps_what_is_held(house: House, clock: Clock) -> None:
    row, known = make_request(house), systems(house, chat("m-1"))
    work_off(house, clock, known)
    sweep.tidy(house)
    work_off(house, clock, known)

    assert holds_of(house, row)["messages"].ending == ""
    assert blobs(house) != []


def test_an_end_while_a_system_is_read_leaves_nothing_behind(house: House, clock: Clock) -> None:
    row, chats = make_request(house), chat("m-1", "m-2", "m-3")
    known = systems(house, chats)

    def withdraw(_dataset: str, _after: str | None) -> None:
        chats.before_find = None
        with house.writing() as session:
            fresh = subject_requests.by_id(session, row.id, lock=True)
            hold.end(session, house.office, fresh, "withdrawn")

    chats.before_find = withdraw
    clock.move(seconds=61)
    due = [one.id for one in holds_of(house, row).values() if one.system == "sendbird"]
    with suppress(ChangedMeanwhile):
        job.run(house, known, due[0])
    work_off(house, clock, known)

    assert {one.lifted_at is None for one in holds_of(house, row).values()} == {False}
    assert blobs(house) == []


def test_trouble_of_our_own_database_is_not_laid_on_the_system(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, known = make_request(house), systems(house, chat("m-1"))
    due = next(one.id for one in holds_of(house, row).values() if one.dataset == "messages")

    def fail(*_given: object) -> None:
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    clock.move(seconds=61)
    with monkeypatch.context() as patched:
        patched.setattr(hold, "placed", fail)
        with pytest.raises(OperationalError):
            job.run(house, known, due)
    assert holds_of(house, row)["messages"].trouble == ""
    clock.move(minutes=30)
    work_off(house, clock, known)
    assert holds_of(house, row)["messages"].outcome == "done"
