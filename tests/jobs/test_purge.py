"""Purging the systems by the register's terms: what goes, what is spared, and who has to say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dsr.core.connector import Due, Item, NotOffered, Purged
from dsr.core.errors import NeedsPerson, NotAllowed, TryAgain
from dsr.core.request import Verb
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.columns import new_id
from dsr.db.events import Event
from dsr.db.holds import Restriction
from dsr.db.plans import Batch
from dsr.jobs import purge as job
from dsr.jobs.purge import DatasetPurged
from dsr.services import plan, purge
from dsr.services.case import SYSTEM
from dsr.services.erasure_ledger import LedgerDisagrees
from dsr.services.house import House
from dsr.services.purge import Dated, Spared
from tests.fakes import FakeSystem, pages_of, systems_of
from tests.makers import Clock, make_found, make_house, make_item, make_request, the_register
from tests.services.erasing import erasing, forget, receipt_written

TODAY = date(2026, 3, 10)


@dataclass
class Purging(FakeSystem):
    """A system that erases by date, in rounds of at most `limit`."""

    rounds: list[Due] = field(default_factory=list)
    event: str = "sent"
    fails: Exception | None = None
    before_round: Callable[[int], object] = lambda _number: None

    def purge(
        self, due: Due, limit: int, operation: str, *, dry_run: bool = False
    ) -> Purged | NotOffered:
        if self.fails is not None:
            raise self.fails
        if due.event != self.event:
            raise NeedsPerson("There is no such date here.")
        if due.dataset == "messages":
            self.before_round(len(self.rounds))
            self.rounds.append(due)
        held = self._held(due.dataset).values()
        over = [one for one in held if one.dates[due.event] <= due.until]
        spared = [one.ref for one in over if one.restricted or one.ref in due.sparing]
        going = [one.ref for one in over if one.ref not in spared]
        if not dry_run:
            self._put(due.dataset, dict.fromkeys(going[:limit]))
        return Purged(erased=len(going[:limit]), spared=len(spared), more=len(going) > limit)


def message(ref: str, days_ago: int, **changed: object) -> Item:
    sent = TODAY - timedelta(days=days_ago)
    values = {"kind": "message", "data": {"text": "hallo"}, "dates": {"sent": sent}, **changed}
    return make_item(dataset="messages", ref=ref, **values)


def chats(*items: Item) -> Purging:
    return Purging(pages={"messages": pages_of(items)})


@pytest.fixture
def house(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[House]:
    """A house whose practice switched the purge on."""
    made = make_house(tmp_path, clock=clock, database_url=database_url, source_purge="on")
    yield made
    made.engine.dispose()


def purged(house: House, system: FakeSystem, *, dry_run: bool = False) -> DatasetPurged:
    """What became of the messages."""
    done = job.run(house, systems_of(house, sendbird=system), dry_run=dry_run)
    return next(one for one in done if (one.system, one.dataset) == ("sendbird", "messages"))


def left(system: FakeSystem) -> set[str]:
    return set(system._held("messages"))


# what the law lets go by itself


@pytest.mark.parametrize(
    ("system", "dataset", "found"),
    [
        ("sendbird", "messages", (("sent",), date(2026, 2, 9))),
        ("sendbird", "profile", (("obtained", "recorded"), date(2023, 12, 31))),
        ("app", "sessions", Spared.JUDGE),  # unless a professional needs it longer
        ("sendbird", "push", Spared.JUDGE),
        ("his", "dossier", Spared.JUDGE),
        ("his", "access_log", Spared.NO_TERM),  # a minimum has no end
    ],
)
def test_only_a_term_that_runs_out_by_itself_purges(
    system: str, dataset: str, found: tuple[tuple[str, ...], date] | Spared
) -> None:
    register = the_register()
    one = register.system(system)

    answer = purge.dated(register, one, one.dataset(dataset), TODAY)

    if isinstance(found, Spared):
        assert answer is found
    else:
        assert isinstance(answer, Dated)
        assert (answer.events, answer.until) == found


def test_no_dataset_with_a_medical_file_is_ever_purged_by_itself() -> None:
    register = the_register()

    for system, dataset in purge.every_dataset(register):
        if dataset.medical_file or dataset.access_log:
            assert isinstance(purge.dated(register, system, dataset, TODAY), Spared)


# the rounds


def test_what_is_past_its_term_goes_and_the_rest_stays(house: House) -> None:
    system = chats(message("old", 60), message("edge", 29), message("new", 1), message("eve", 28))

    told = purged(house, system)

    assert left(system) == {"new", "eve"}
    assert (told.erased, told.spared, told.until) == (2, 0, date(2026, 2, 9))


def test_a_dry_run_counts_and_changes_nothing(house: House) -> None:
    system = chats(message("old", 60), message("new", 1))

    told = purged(house, system, dry_run=True)

    assert (told.erased, left(system)) == (1, {"old", "new"})
    with house.reading() as session:
        assert "source_purged" not in session.scalars(sa.select(Event.action)).all()


def test_a_purge_is_off_until_the_practice_switches_it_on(tmp_path: Path, sqlite_url: str) -> None:
    house = make_house(tmp_path, database_url=sqlite_url)
    system = chats(message("old", 60))

    with pytest.raises(NotAllowed, match="DSR_SOURCE_PURGE"):
        purged(house, system)
    assert left(system) == {"old"}
    assert purged(house, system, dry_run=True).erased == 1


def test_it_goes_in_rounds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "ROUND", 3)
    system = chats(*(message(f"m-{n}", 60) for n in range(8)), message("new", 1))

    told = purged(house, system)

    assert (told.erased, len(system.rounds), left(system)) == (8, 3, {"new"})


def test_what_a_restriction_covers_is_spared(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    batch = erasing(house, "m-1", row=row)
    with house.writing() as session:
        mine = session.get_one(Batch, batch.id)
        mine.system, mine.dataset, mine.verb = "sendbird", "messages", Verb.RESTRICT
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.closed_at = house.office.now()
        session.add(
            Restriction(
                id=new_id(), practice=row.practice, request_id=row.id, item_id=fresh.items[0].id,
                plan_id=batch.plan_id, ground="accuracy", since=house.office.now(), review_on=TODAY,
            )
        )  # fmt: skip
    settle_holds(house)
    system = chats(message("m-1", 60), message("m-2", 60))

    told = purged(house, system)

    assert (left(system), told.spared, told.erased) == ({"m-1"}, 1, 1)


def settle_holds(house: House) -> None:
    with house.writing() as session:
        session.execute(sa.text("UPDATE holds SET how = 'none', outcome = 'done'"))


def test_what_a_pending_request_found_is_spared_until_it_is_answered(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, {"sendbird": [message("m-1", 60)]})
    settle_holds(house)
    system = chats(message("m-1", 60), message("m-2", 60))

    assert purged(house, system).spared == 1
    assert left(system) == {"m-1"}
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.closed_at = house.office.now()
    assert purged(house, system).erased == 1
    assert left(system) == set()


def test_what_was_found_is_spared_while_it_is_searched_for_once_more(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, {"sendbird": [message("m-1", 60)]})
    settle_holds(house)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        plan.search_again(session, house.office, fresh, SYSTEM)
    system = chats(message("m-1", 60))

    assert purged(house, system).spared == 1
    assert left(system) == {"m-1"}


def test_nothing_goes_while_the_hold_of_a_new_request_is_not_placed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request comes in between two rounds."""
    monkeypatch.setattr(job, "ROUND", 2)
    system = chats(*(message(f"m-{n}", 60) for n in range(6)))
    system.before_round = lambda number: make_request(house) if number == 1 else None

    told = purged(house, system)

    assert (told.why, told.erased, len(left(system))) == (Spared.HOLDS, 4, 2)
    settle_holds(house)
    assert purged(house, system).erased == 2


def test_a_system_that_does_not_answer_is_named_and_the_others_go_on(house: House) -> None:
    system = chats(message("old", 60))
    system.fails = TryAgain("The system does not answer.")

    told = purged(house, system)

    assert (told.erased, told.trouble, told.again) == (0, "The system does not answer.", True)
    assert left(system) == {"old"}


def test_a_system_that_promises_more_and_erases_nothing_is_left_alone(house: House) -> None:
    @dataclass
    class Stuck(FakeSystem):
        asked_for: int = 0

        def purge(
            self, due: Due, limit: int, operation: str, *, dry_run: bool = False
        ) -> Purged | NotOffered:
            self.asked_for += 1
            return Purged(erased=0, more=True)

    system = Stuck()
    purged(house, system)

    assert system.asked_for < 10


def test_a_system_without_a_purge_says_so(house: House) -> None:
    assert purged(house, FakeSystem()).why is Spared.NOT_OFFERED


def test_a_date_that_the_system_does_not_know_is_asked_by_the_next_name(house: House) -> None:
    system = Purging(event="recorded")
    done = job.run(house, systems_of(house, sendbird=system))
    told = next(one for one in done if (one.system, one.dataset) == ("sendbird", "profile"))

    assert (told.trouble, told.why) == ("", "")
    assert told.until == date(2023, 12, 31)


def test_the_counts_are_in_the_log_of_every_practice(house: House) -> None:
    purged(house, chats(message("old", 60)))

    with house.reading() as session:
        told = session.scalars(sa.select(Event).where(Event.action == "source_purged")).all()
    assert {one.practice for one in told} == {one.id for one in the_register().practices}
    assert told[0].body == {
        "system": "sendbird", "dataset": "messages", "until": "2026-02-09", "erased": 1,
        "spared": 0,
    }  # fmt: skip


def test_no_purge_runs_on_a_database_older_than_the_ledger(house: House) -> None:
    receipt_written(house, erasing(house, "n-1", acting=False), "n-1")
    forget(house, 0)
    system = chats(message("old", 60))

    with pytest.raises(LedgerDisagrees):
        purged(house, system)
    assert left(system) == {"old"}
