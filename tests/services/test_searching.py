"""Searching: never between people, never half, never lost; what cannot be done is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from dsr.core.connector import Candidate, Item, Nobody, NotKept, Page, Several
from dsr.core.errors import (
    BadAnswer,
    BadInput,
    ForeignRecord,
    MoveRefused,
    NeedsPerson,
    NotReady,
    TryAgain,
)
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.db import steps, subject_requests
from dsr.db.answers import Letter
from dsr.db.events import Event
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, case, decide, facts, plan, release, review, stages
from dsr.services.by_hand import ByHand
from dsr.services.case import Who
from dsr.services.census import census
from dsr.services.house import House
from dsr.services.staff_login import who_is
from tests.fakes import FakeSystem, one, pages_of, systems_of, work_through
from tests.makers import Clock, make_item, make_request, make_staff

TWO = Several(
    candidates=(
        Candidate(subject_ref="p-1", agrees=("birth_date", "name"), shown={"name": "Jan Visser"}),
        Candidate(subject_ref="p-2", agrees=("birth_date", "name"), shown={"name": "Jan Visser"}),
    )
)


@pytest.fixture
def officer(house: House) -> Who:
    return who_is(make_staff(house))


def contacts(count: int, **changed: Any) -> list[Item]:
    return [make_item(ref=f"r-{n}", **changed) for n in range(count)]


def crm(count: int = 3, **changed: Any) -> FakeSystem:
    """A CRM that knows the person and so many contacts."""
    return FakeSystem(located=one(), pages={"contact": pages_of(contacts(count))}, **changed)


def step_of(house: House, row: SubjectRequest, system: str, verb: str = Verb.SEARCH) -> Step:
    with house.reading() as session:
        found = steps.of_request(session, row.id, row.run)
    return next(step for step in found if (step.system, step.verb) == (system, verb))


def refs_of(house: House, row: SubjectRequest, system: str) -> list[str]:
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        key = case.case_key(session, house.office, fresh)
        step = review.search_of(session, fresh, system)
        return [r["ref"] for r in archive.records(session, house.office.vault, key, step)]


def stage_of(house: House, row: SubjectRequest) -> str:
    with house.reading() as session:
        return stages.access_item(subject_requests.by_id(session, row.id)).stage


def do(house: House, row: SubjectRequest, system: str, act: Any, verb: str = Verb.SEARCH) -> None:
    """Act at the desk on one step of a request."""
    step_id = step_of(house, row, system, verb).id
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        act(session, plan.step_of(session, fresh, step_id))


def accept(house: House, row: SubjectRequest, system: str, who: Who, verb: str = "search") -> None:
    def act(session: Any, step: Step) -> None:
        plan.accept_unsearched(session, house.office, step, "Dit systeem antwoordt niet.", who)

    do(house, row, system, act, verb)


def choose(house: House, row: SubjectRequest, system: str, ref: str, who: Who) -> None:
    def act(session: Any, step: Step) -> None:
        plan.choose_person(session, house.office, step, ref, who)

    do(house, row, system, act)


def test_every_system_that_holds_what_was_asked_gets_one_search(house: House) -> None:
    asked = {
        ("all",): ["app", "his", "crm", "cognito", "sendbird", "oneassist"],
        ("messages",): ["app", "crm", "sendbird"],
        ("medical",): ["his"],
        ("log",): ["his"],
    }
    for scope, systems in asked.items():
        row = make_request(house, level=Level.IA4, scope=scope)
        with house.reading() as session:
            assert [s.system for s in plan.searches_of(session, row)] == systems


def test_what_is_found_is_kept_in_order_and_counted(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    work_through(house, systems_of(house, crm=crm(5)))
    assert refs_of(house, row, "crm") == [f"r-{n}" for n in range(5)]
    step = step_of(house, row, "crm")
    assert (step.outcome, step.counts["contact"], step.trouble) == (Outcome.DONE, 5, "")
    assert step_of(house, row, "app").outcome == Outcome.NONE_FOUND


def test_nothing_is_read_before_the_desk_has_chosen_between_people(
    house: House, officer: Who
) -> None:
    row = make_request(house, level=Level.IA4)
    system = FakeSystem(located=TWO)
    systems = systems_of(house, crm=system)
    work_through(house, systems)
    assert step_of(house, row, "crm").outcome == Outcome.SEVERAL_PEOPLE
    assert system.read == []
    assert stage_of(house, row) == Stage.SEARCHING
    with pytest.raises(BadInput):
        choose(house, row, "crm", "p-3", officer)

    choose(house, row, "crm", "p-2", officer)
    system.located, system.pages = one("p-2", ("known_refs",)), crm().pages
    work_through(house, systems)
    assert system.subjects[-1].known_refs["crm"] == "p-2"
    assert step_of(house, row, "crm").outcome == Outcome.DONE
    assert len(refs_of(house, row, "crm")) == 3


def test_the_desk_may_say_that_it_is_none_of_them(house: House, officer: Who) -> None:
    row = make_request(house, level=Level.IA4)
    system = FakeSystem(located=TWO)
    work_through(house, systems_of(house, crm=system))
    choose(house, row, "crm", "", officer)
    assert step_of(house, row, "crm").outcome == Outcome.NONE_FOUND
    assert system.read == []


def test_a_person_is_chosen_only_where_a_system_asks_for_one(house: House, officer: Who) -> None:
    row = make_request(house, level=Level.IA4)
    work_through(house, systems_of(house, crm=crm()))
    for ref in ("", "p-1"):
        with pytest.raises(MoveRefused):
            choose(house, row, "crm", ref, officer)
    assert step_of(house, row, "crm").outcome == Outcome.DONE


def test_what_a_system_does_not_keep_is_an_answer(house: House) -> None:
    row = make_request(house, level=Level.IA4, scope=("messages",))
    off = NotKept(why="export of messages is not in this plan")
    off_system = FakeSystem(located=one(), pages={"messages": off})
    work_through(house, systems_of(house, sendbird=off_system))
    step = step_of(house, row, "sendbird")
    assert (step.outcome, step.counts) == (Outcome.NOT_KEPT, {"messages": "not_kept"})


def test_a_record_of_somebody_else_stops_the_answer_by_name(
    house: House, officer: Who, clock: Clock
) -> None:
    """No package, and what came before it in that system never leaves either (T10)."""
    row = make_request(house, level=Level.IA4)
    pages = [*pages_of(contacts(4)), ForeignRecord("This record is of another person.")]
    pages[1] = make_page_to(pages[1], "2")
    system = FakeSystem(located=one(), pages={"contact": pages})
    work_through(house, systems_of(house, crm=system))
    step = step_of(house, row, "crm")
    assert (step.outcome, step.needs_person) == (None, True)
    assert step.trouble.startswith("ForeignRecord")
    clock.move(days=30)
    work_through(house, systems_of(house, crm=system))
    assert stage_of(house, row) == Stage.SEARCHING  # by itself it never goes on
    with house.reading() as session:
        actions = session.scalars(select(Event.action)).all()
        seen = review.review_digest(session, row)
        assert "foreign_record" in actions
        assert session.scalars(select(Letter)).all() == []
    what = decide.Decided(decision=Decision.PARTLY, seen=seen)
    with pytest.raises(MoveRefused), house.writing() as session:
        decide.decide(session, house.office, row, what, officer)


def make_page_to(page: Any, after: str) -> Any:
    """The page, going on to another."""
    return type(page)(items=page.items, next=after, total=page.total)


def test_what_a_given_up_system_had_given_is_not_in_the_answer(
    house: House, officer: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PIECE", 1)  # every page is sealed at once
    row = make_request(house, level=Level.IA4)
    pages = [*pages_of(contacts(4)), ForeignRecord("This record is of another person.")]
    pages[1] = make_page_to(pages[1], "2")
    work_through(house, systems_of(house, crm=FakeSystem(located=one(), pages={"contact": pages})))
    assert len(refs_of(house, row, "crm")) == 4
    accept(house, row, "crm", officer)
    accept(house, row, "oneassist", officer)
    assert stage_of(house, row) == Stage.REVIEWING
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        counted = census(session, house.office, fresh)
        named = {s.system: s for s in facts.sources(session, house.office, fresh, counted)}
    assert counted.found.total() == 0
    assert (named["crm"].outcome, named["crm"].found) == (Outcome.FAILED, 0)
    assert "nog niet gezocht" in named["crm"].words


def test_a_system_searched_by_hand_keeps_the_reply_waiting_until_it_is_named(
    house: House, officer: Who
) -> None:
    row = make_request(house, level=Level.IA4)
    work_through(house, systems_of(house, crm=crm()))
    assert stage_of(house, row) == Stage.SEARCHING
    step = step_of(house, row, "oneassist")
    assert (step.outcome, step.needs_person, step.trouble) == (None, True, "by_hand")
    with pytest.raises(MoveRefused):
        do(house, row, "oneassist", lambda s, st: plan.retry(s, house.office, st, officer))
    accept(house, row, "oneassist", officer)
    assert stage_of(house, row) == Stage.REVIEWING
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        counted = census(session, house.office, fresh)
        named = {s.system: s for s in facts.sources(session, house.office, fresh, counted)}
    assert counted.open_systems == ("oneassist",)
    assert counted.proposal is Decision.PARTLY  # never "all", with one not yet searched
    assert named["oneassist"].outcome == Outcome.BY_HAND
    assert named["oneassist"].words


@pytest.mark.parametrize("proof", ["", "   "])
def test_a_search_by_hand_needs_words_on_how_it_was_done(
    house: House, officer: Who, proof: str
) -> None:
    row = make_request(house, level=Level.IA4)
    found = ByHand(outcome=Outcome.NONE_FOUND, proof=proof)
    with pytest.raises(BadInput):
        do(
            house, row, "oneassist",
            lambda s, step: plan.settle_by_hand(s, house.office, step, found, officer),
        )  # fmt: skip
    with pytest.raises(BadInput):
        do(
            house, row, "oneassist",
            lambda s, step: plan.accept_unsearched(s, house.office, step, proof, officer),
        )  # fmt: skip


def test_a_system_that_fails_is_tried_again_later_and_heals_by_itself(
    house: House, clock: Clock
) -> None:
    row = make_request(house, level=Level.IA4)
    system = crm()
    system.located = TryAgain("This system did not answer in time.", after=30)
    systems = systems_of(house, crm=system)
    work_through(house, systems)
    step = step_of(house, row, "crm")
    assert (step.outcome, step.attempts, step.needs_person) == (None, 1, False)
    clock.move(seconds=29)
    work_through(house, systems)
    assert step_of(house, row, "crm").attempts == 1  # it asked for thirty seconds
    system.located = one()
    clock.move(seconds=3)
    work_through(house, systems)
    assert step_of(house, row, "crm").outcome == Outcome.DONE


def test_a_system_that_refuses_us_waits_for_a_person_who_can_try_again(
    house: House, officer: Who
) -> None:
    row = make_request(house, level=Level.IA4)
    system = crm()
    system.located = NeedsPerson("The key is refused; make a new one.")
    systems = systems_of(house, crm=system)
    work_through(house, systems)
    step = step_of(house, row, "crm")
    assert (step.needs_person, step.trouble[:11]) == (True, "NeedsPerson")
    system.located = one()
    do(house, row, "crm", lambda s, step: plan.retry(s, house.office, step, officer))
    work_through(house, systems)
    assert step_of(house, row, "crm").outcome == Outcome.DONE


def test_what_came_to_its_end_is_never_read_into_the_same_archive_again(
    house: House, officer: Who
) -> None:
    row = make_request(house, level=Level.IA4)
    work_through(house, systems_of(house, crm=crm()))
    with pytest.raises(MoveRefused):
        do(house, row, "crm", lambda s, step: plan.retry(s, house.office, step, officer))
    assert len(refs_of(house, row, "crm")) == 3


def test_a_short_list_a_doubled_page_and_a_circle_are_never_called_complete(
    house: House,
) -> None:
    first = pages_of(contacts(4))[0]
    for number, pages in enumerate(
        [
            pages_of(contacts(2), total=3),
            [first, make_page_to(first, "3")],
            [make_page_to(first, "0")],
        ]
    ):
        row = make_request(house, level=Level.IA4, name=f"Iemand {number}")
        system = FakeSystem(located=one(), pages={"contact": pages})
        work_through(house, systems_of(house, crm=system))
        step = step_of(house, row, "crm")
        assert (step.outcome, step.attempts) == (None, 1)
        assert step.trouble.split(":")[0] in ("TryAgain", "BadAnswer")
        assert refs_of(house, row, "crm") == []


def test_a_search_goes_on_at_the_page_where_it_stopped(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PIECE", 1)
    row = make_request(house, level=Level.IA4)
    pages = pages_of(contacts(8))
    stumbling = [*pages[:3], BadAnswer("This answer breaks off."), *pages[3:]]
    system = FakeSystem(located=one(), pages={"contact": stumbling})
    systems = systems_of(house, crm=system)
    work_through(house, systems)
    assert step_of(house, row, "crm").outcome is None
    clock.move(minutes=1)
    work_through(house, systems)
    asked = [after for dataset, after in system.asked if dataset == "contact"]
    assert asked == ["", "1", "2", "3", "3"]  # no page before the fault is read again
    assert refs_of(house, row, "crm") == [f"r-{n}" for n in range(8)]
    assert step_of(house, row, "crm").counts["contact"] == 8


def short(pages: list[Page]) -> list[Page]:
    """The last page gives one item less than the system said."""
    return [*pages[:-1], replace(pages[-1], items=pages[-1].items[:-1])]


def shrinking(pages: list[Page]) -> list[Page]:
    """An item went while we read: the next page begins one further, and the total fits again."""
    return [pages[0], *(replace(page, items=page.items[1:], total=7) for page in pages[1:])]


def overlapping(pages: list[Page]) -> list[Page]:
    """A page begins with what the page before it ended with."""
    last = replace(pages[-1], items=(pages[-2].items[-1], *pages[-1].items[1:]))
    return [*pages[:-1], last]


def repeating(pages: list[Page]) -> list[Page]:
    """The last page gives what the first one gave."""
    return [*pages[:-1], replace(pages[0], next=None)]


def circling(pages: list[Page]) -> list[Page]:
    """The last page names itself as the next."""
    return [*pages[:-1], replace(pages[-1], next=pages[-2].next)]


@pytest.mark.parametrize("fault", [short, shrinking, overlapping, repeating, circling])
def test_a_list_that_does_not_tally_is_read_again_from_its_beginning(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    """What was sealed of it is forgotten, or the next attempts would inherit the mistake."""
    monkeypatch.setattr(archive, "PIECE", 1)
    row = make_request(house, level=Level.IA4)
    right = pages_of(contacts(8), total=8)
    system = FakeSystem(located=one(), pages={"contact": fault(right)})
    systems = systems_of(house, crm=system)
    for attempt in (1, 2):
        work_through(house, systems)
        step = step_of(house, row, "crm")
        assert (step.outcome, step.attempts, step.counts) == (None, attempt, {})
        assert step.trouble.startswith("BadAnswer")
        assert refs_of(house, row, "crm") == []
        clock.move(minutes=1)
    system.pages["contact"] = right
    work_through(house, systems)
    step = step_of(house, row, "crm")
    assert (step.outcome, step.counts["contact"]) == (Outcome.DONE, 8)
    assert refs_of(house, row, "crm") == [f"r-{n}" for n in range(8)]


@pytest.mark.parametrize("fault", [short, overlapping, repeating])
def test_what_was_read_before_a_pause_counts_when_a_list_is_tallied(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    monkeypatch.setattr(archive, "PIECE", 1)
    row = make_request(house, level=Level.IA4)
    first, *others, last = fault(pages_of(contacts(8), total=8))
    others = [replace(page, total=None) for page in others]
    pages = [first, *others, TryAgain("It stumbles."), replace(last, total=None)]
    systems = systems_of(house, crm=FakeSystem(located=one(), pages={"contact": pages}))
    work_through(house, systems)
    clock.move(minutes=1)
    work_through(house, systems)
    step = step_of(house, row, "crm")
    assert (step.outcome, step.attempts, step.counts) == (None, 2, {})
    assert step.trouble.startswith("BadAnswer")


def test_a_person_who_is_another_one_after_a_pause_is_read_from_the_beginning(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two records of one person were joined meanwhile, or the wrong one was meant."""
    monkeypatch.setattr(archive, "PIECE", 1)
    row = make_request(house, level=Level.IA4)
    pages = pages_of(contacts(6))
    system = FakeSystem(
        located=one(), pages={"contact": [*pages[:2], TryAgain("It stumbles."), *pages[2:]]}
    )
    systems = systems_of(house, crm=system)
    work_through(house, systems)
    assert len(refs_of(house, row, "crm")) == 4
    system.located = one("p-2")
    clock.move(minutes=1)
    work_through(house, systems)
    assert step_of(house, row, "crm").outcome is None
    clock.move(minutes=1)
    work_through(house, systems)
    assert [after for name, after in system.asked if name == "contact"][-3:] == ["", "1", "2"]
    assert refs_of(house, row, "crm") == [f"r-{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("located", "outcome"), [(TWO, Outcome.SEVERAL_PEOPLE), (Nobody(), Outcome.NONE_FOUND)]
)
def test_a_person_who_is_no_longer_found_after_a_pause_leaves_nothing_behind(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch, located: Any, outcome: Outcome
) -> None:
    monkeypatch.setattr(archive, "PIECE", 1)
    row = make_request(house, level=Level.IA4)
    stumbling = [*pages_of(contacts(6))[:2], TryAgain("It stumbles.")]
    system = FakeSystem(located=one(), pages={"contact": stumbling})
    systems = systems_of(house, crm=system)
    work_through(house, systems)
    system.located = located
    clock.move(minutes=1)
    work_through(house, systems)
    step = step_of(house, row, "crm")
    assert (step.outcome, step.counts) == (outcome, {})
    assert refs_of(house, row, "crm") == []


def test_an_app_login_or_a_code_tells_the_other_systems_who_it_is(house: House) -> None:
    """Others are searched by what the leading system holds, never by what was typed (U4)."""
    on_file = Subject(
        name="Anouk Voorbeeld-Proef", birth_date=date(1980, 3, 31), email="op@file.example",
        patient_number="P000001", known_refs={"sendbird": "jans-1"},
    )  # fmt: skip
    row = make_request(house, email="bedrieger@example.nl")
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        stages.move(session, house.office, fresh.items[0], Stage.SEARCHING, case.SYSTEM)
        fresh.level = Level.IA2
        plan.resolve_person(session, house.office, fresh)
    other = FakeSystem()
    leading = FakeSystem(located=one(on_file=on_file))
    work_through(house, systems_of(house, app=leading, sendbird=other))
    assert [(s.name, s.email) for s in leading.subjects[:1]] == [("", "")]
    assert other.subjects[0].email == "op@file.example"
    assert other.subjects[0].name == "Anouk Voorbeeld-Proef"
    assert other.subjects[0].known_refs["sendbird"] == "jans-1"


def identifying(house: House, located: Any) -> tuple[SubjectRequest, dict[str, FakeSystem]]:
    """A request of somebody seen at the desk, whose leading system answers this."""
    row = make_request(house)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        stages.move(session, house.office, fresh.items[0], Stage.SEARCHING, case.SYSTEM)
        fresh.level = Level.IA4
        plan.resolve_person(session, house.office, fresh)
    return row, systems_of(house, app=FakeSystem(located=located))


def test_a_leading_system_that_stays_away_does_not_hold_the_others_for_ever(
    house: House, officer: Who
) -> None:
    row, systems = identifying(house, NeedsPerson("This system is gone."))
    work_through(house, systems)
    assert stage_of(house, row) == Stage.SEARCHING
    accept(house, row, "app", officer, Verb.IDENTIFY)
    work_through(house, systems)
    with house.reading() as session:
        outcomes = {s.system: s.outcome for s in plan.searches_of(session, row)}
    assert outcomes == {
        "app": None, "his": "none_found", "crm": "none_found", "cognito": "none_found",
        "sendbird": "none_found", "oneassist": None,
    }  # fmt: skip


@pytest.mark.parametrize(("ref", "known"), [("p-2", "p-2"), ("", None)])
def test_of_several_people_in_the_leading_system_the_desk_chooses(
    house: House, officer: Who, ref: str, known: str | None
) -> None:
    row, systems = identifying(house, TWO)
    work_through(house, systems)
    with house.reading() as session:
        assert plan.searches_of(session, row) == []

    def act(session: Any, step: Step) -> None:
        plan.choose_person(session, house.office, step, ref, officer)

    do(house, row, "app", act, Verb.IDENTIFY)
    systems["app"].located = one("p-2", ("known_refs",)) if ref else Nobody()
    work_through(house, systems)
    assert systems["crm"].subjects[0].known_refs.get("app") == known


def test_searching_again_keeps_what_was_withheld_and_reads_afresh(
    house: House, officer: Who
) -> None:
    row = make_request(house, level=Level.IA4)
    work_through(house, systems_of(house, crm=crm()))
    accept(house, row, "oneassist", officer)
    what = review.Withhold(system="crm", number=1, reason=review.WithholdReason.THIRD_PARTY)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        review.withhold(session, house.office, fresh, what, officer)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        plan.search_again(session, house.office, fresh, officer)
    again = FakeSystem(located=one(), pages={"contact": pages_of(list(reversed(contacts(4))))})
    work_through(house, systems_of(house, crm=again))
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        step = review.search_of(session, fresh, "crm")
        seen = {
            item.record["ref"]: item.released
            for item in review.items(session, house.office, fresh, step)
        }
    assert seen == {"r-0": True, "r-1": False, "r-2": True, "r-3": True}


def test_an_answer_cannot_be_sent_before_it_is_made(house: House, officer: Who) -> None:
    row = make_request(house, level=Level.IA4)
    with pytest.raises(NotReady), house.writing() as session:
        release.send(session, house.office, row, officer)


def test_a_systems_own_mark_of_a_page_is_sealed_while_it_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such marks name chats and people: "leeg_jans-00001"."""
    monkeypatch.setattr(archive, "PIECE", 1)
    make_request(house, level=Level.IA4)
    page = make_page_to(pages_of(contacts(2))[0], "1_jans-00001")
    told = []

    class Named(FakeSystem):
        def find(self, subject_ref: str, dataset: str, after: str | None) -> Any:
            told.append(after)
            if after:
                raise TryAgain
            return page if dataset == "contact" else pages_of([])[0]

    system = Named(located=one())
    work_through(house, systems_of(house, crm=system))
    with house.engine.connect() as connection:
        kept = [str(r[0]) for r in connection.exec_driver_sql("SELECT cursor FROM steps")]
    assert "contact" in " ".join(kept)
    assert "jans" not in " ".join(kept)
    assert told[-1] == "1_jans-00001"
