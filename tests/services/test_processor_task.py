"""A processor without an API: asked by mail, reminded, and answered once with proof."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from dsr.core.actions import Action
from dsr.core.errors import BadInput, BrokenRegister
from dsr.core.request import Outcome, Verb
from dsr.core.subject import Level
from dsr.db.events import Event
from dsr.db.plans import Batch
from dsr.db.steps import Step
from dsr.rendering.mail import mail_text
from dsr.services import (
    case,
    processor_answer,
    processor_door,
    processor_task,
    processor_view,
)
from dsr.services.house import House
from dsr.services.processor_answer import Given, Made
from dsr.services.processor_door import NoTask
from dsr.vault.fields import unseal_json, unseal_text
from tests.makers import Clock, make_request
from tests.services.processor_world import MAILBOX, World, a_world, with_mailbox

FOUND = "Melding van 3 mei: inloggen lukte niet."


@pytest.fixture
def world(house: House) -> World:
    return a_world(house)


def given(world: World, outcome: Made, **more: object) -> Given:
    values = {"on": world.house.office.today(), "by": "J. de Boer, servicedesk", **more}
    return Given(outcome=outcome, **values)  # type: ignore[arg-type]


def answer(world: World, task_id: str, said: Given) -> bool:
    with world.house.writing() as session:
        return processor_answer.answer(session, world.house.office, task_id, said)


def told(world: World, action: Action) -> list[Event]:
    with world.house.reading() as session:
        return list(session.scalars(select(Event).where(Event.action == str(action))))


def remind(world: World) -> int:
    with world.house.writing() as session:
        return processor_task.remind_due(session, world.house.office)


# the mail


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_mail_holds_a_number_and_a_link_and_nothing_of_anybody(
    house: House, language: str
) -> None:
    world = a_world(house, language=language)
    task = world.ask_search()
    [mail] = world.mails()
    practice = world.house.office.register.practice(mail.practice)

    title, text = mail_text(mail, practice, "http://privacy.example")

    assert mail.address == MAILBOX
    assert world.row.reference in title
    assert f"http://privacy.example/verwerker/{mail.words['token']}" in text
    private = ["Anouk", "Voorbeeld", "anouk@", "0123", "OneAssist", "1980", task.id]
    assert [one for one in private if one in title + text] == []


def test_the_token_is_kept_as_a_hash_alone(world: World) -> None:
    task = world.ask_search()

    assert world.token() not in str(vars(world.task(task.id)))
    assert all(
        world.token() not in str(vars(event)) for event in told(world, Action.PROCESSOR_ASKED)
    )


def test_a_system_without_a_mailbox_gets_no_task(house: House) -> None:
    house = with_mailbox(house, "")
    world = World(house, make_request(house, level=Level.IA4))
    with house.writing() as session:
        step = session.get_one(Step, world.step().id)
        made = processor_task.create_for_step(session, house.office, step)

    assert made is None
    assert world.mails() == []


def test_asking_twice_is_one_task_and_one_mail(world: World) -> None:
    first, second = world.ask_search(), world.ask_search()

    assert first.id == second.id
    assert len(world.mails()) == 1


# the door


def test_a_link_opens_nothing_without_the_code_of_the_second_mail(world: World) -> None:
    task = world.ask_search()
    office = world.house.office
    with world.house.writing() as session:
        by_link = processor_door.by_token(session, office, world.token())
        assert by_link
        assert by_link.id == task.id
        assert processor_door.send_code(session, office, task.id)
    assert {mail.address for mail in world.mails("processor_code")} == {MAILBOX}
    with world.house.writing() as session:
        wrong = processor_door.check_code(session, office, task.id, "00000000")
        right = processor_door.check_code(session, office, task.id, world.code())
        again = processor_door.check_code(session, office, task.id, world.code())

    assert (wrong.good, right.good, again.good) == (False, True, False)
    assert world.task(task.id).opened_at == office.now()


def test_codes_are_counted_and_run_out(world: World, clock: Clock) -> None:
    task, office = world.ask_search(), world.house.office
    with world.house.writing() as session:
        sent = [processor_door.send_code(session, office, task.id) for _ in range(4)]
        tries = [
            processor_door.check_code(session, office, task.id, "00000000").tries_left
            for _ in range(6)
        ]
    assert sent == [True, True, True, False]
    assert tries == [4, 3, 2, 1, 0, 0]

    clock.move(hours=1)
    with world.house.writing() as session:
        assert processor_door.send_code(session, office, task.id)
    clock.move(minutes=11)
    with world.house.writing() as session:
        assert processor_door.check_code(session, office, task.id, world.code()).expired


def test_a_code_of_one_task_opens_no_other(world: World) -> None:
    search, change = world.ask_search(), world.ask_change(world.batch())
    with world.house.writing() as session:
        processor_door.send_code(session, world.house.office, search.id)
    with world.house.writing() as session:
        other = processor_door.check_code(session, world.house.office, change.id, world.code())

    assert not other.good


def test_a_link_is_dead_after_thirty_days(world: World, clock: Clock) -> None:
    task = world.ask_search()
    clock.move(days=world.house.office.terms.task_days)

    with world.house.writing() as session:
        assert processor_door.by_token(session, world.house.office, world.token()) is None
    with pytest.raises(NoTask):
        answer(world, task.id, given(world, Made.NONE))


# what is shown


def test_the_form_tells_the_name_and_what_the_register_names_and_no_more(house: House) -> None:
    world = a_world(house, {"tell": ["phone"]})
    task = world.ask_search()
    with world.house.reading() as session:
        shown = processor_view.asked(session, world.house.office, task)

    assert shown.name == "Anouk Voorbeeld"
    assert set(shown.identifiers) <= {"phone"}
    assert shown.verb is Verb.SEARCH
    assert [one.nl for one in shown.data] == ["Gegevens bij OneAssist"]


def test_a_correction_names_the_field_and_the_new_value(world: World) -> None:
    change = {"path": "/account/email", "old": "a@b.example", "new": "c@d.example"}
    task = world.ask_change(world.batch(Verb.RECTIFY, changes=[change]))
    with world.house.reading() as session:
        shown = processor_view.asked(session, world.house.office, task)

    assert [(one.name, one.new) for one in shown.corrections] == [("email", "c@d.example")]
    assert "a@b.example" not in str(shown)


@pytest.mark.parametrize("tell", [["bsn"], [], "email"])
def test_the_register_may_not_let_a_processor_know_more(house: House, tell: object) -> None:
    system = with_mailbox(house, settings={"tell": tell}).office.register.system("oneassist")
    with pytest.raises(BrokenRegister, match="tell"):
        processor_view.told_by(system)


# the answer


def test_what_a_processor_found_is_kept_like_any_other_find(world: World) -> None:
    task = world.ask_search()

    assert answer(world, task.id, given(world, Made.FOUND, found=FOUND))

    step = world.step()
    assert step.outcome == Outcome.DONE
    assert step.counts == {"data": 1}
    assert world.task(task.id).outcome == "found"


def test_nothing_found_settles_the_search_with_its_proof(world: World) -> None:
    task = world.ask_search()

    assert answer(world, task.id, given(world, Made.NONE))

    step = world.step()
    assert step.outcome == Outcome.NONE_FOUND
    with world.house.reading() as session:
        key = case.case_key(session, world.house.office, world.row)
        proof = unseal_text(key, ("steps", "proof_sealed", step.id), step.proof_sealed or b"")
        sealed = world.task(task.id).answer_sealed or b""
        kept = unseal_json(key, ("processor_tasks", "answer_sealed", task.id), sealed)
    assert "J. de Boer" in proof
    assert kept["by"] == "J. de Boer, servicedesk"


@pytest.mark.parametrize(
    ("made", "more", "outcome"),
    [
        (Made.DONE, {}, Outcome.DONE),
        (Made.NOT_HELD, {}, Outcome.ALREADY_GONE),
        (Made.KEPT, {"kept": "Fiscale bewaarplicht", "until": date(2030, 1, 1)}, Outcome.RETAINED),
    ],
)
def test_an_answer_settles_the_batch(
    world: World, made: Made, more: dict[str, object], outcome: Outcome
) -> None:
    batch = world.batch()
    task = world.ask_change(batch)

    assert answer(world, task.id, given(world, made, **more))

    with world.house.reading() as session:
        settled = session.get_one(Batch, batch.id)
    assert settled.outcome == outcome
    assert settled.proof_sealed
    [event] = told(world, Action.PROCESSOR_ANSWERED)
    assert event.actor == "processor:oneassist"


def test_an_answer_that_may_not_settle_any_more_is_kept_and_the_desk_is_told(world: World) -> None:
    """An erasure that nobody approved: what the processor says is proof all the same."""
    batch = world.batch(Verb.ERASE)
    task = world.ask_change(batch)

    assert not answer(world, task.id, given(world, Made.DONE))

    with world.house.reading() as session:
        assert session.get_one(Batch, batch.id).outcome is None
    assert world.task(task.id).answer_sealed
    assert len(world.mails("reminder")) == 1
    with pytest.raises(NoTask):
        answer(world, task.id, given(world, Made.DONE))


def test_a_task_is_answered_once(world: World) -> None:
    task = world.ask_search()
    token = world.token()
    answer(world, task.id, given(world, Made.NONE))

    with world.house.writing() as session:
        assert processor_door.by_token(session, world.house.office, token) is None
    with pytest.raises(NoTask):
        answer(world, task.id, given(world, Made.FOUND, found=FOUND))


def test_a_plan_that_ended_needs_no_answer_any_more(world: World) -> None:
    batch = world.batch()
    task = world.ask_change(batch)
    world.end_plan(batch)

    with pytest.raises(NoTask):
        answer(world, task.id, given(world, Made.DONE))


YESTERDAY = timedelta(days=-1)


@pytest.mark.parametrize(
    ("made", "more", "field"),
    [
        (Made.DONE, {}, "outcome"),
        (Made.FOUND, {}, "found"),
        (Made.NONE, {"found": FOUND}, "found"),
        (Made.FOUND, {"found": "x" * 50_001}, "found"),
        (Made.NONE, {"by": " "}, "by"),
        (Made.NONE, {"by": "x" * 201}, "by"),
        (Made.NONE, {"on": date(2026, 3, 9)}, "on"),
        (Made.NONE, {"on": date(2026, 3, 11)}, "on"),
        (Made.NONE, {"kept": "Omdat."}, "kept"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(
    world: World, made: Made, more: dict[str, object], field: str
) -> None:
    task = world.ask_search()
    with pytest.raises(BadInput) as refused:
        answer(world, task.id, given(world, made, **more))

    assert refused.value.field == field
    assert world.task(task.id).answered_at is None


@pytest.mark.parametrize(
    ("made", "more", "field"),
    [
        (Made.NONE, {}, "outcome"),
        (Made.KEPT, {}, "kept"),
        (Made.KEPT, {"kept": "x" * 2001}, "kept"),
        (Made.KEPT, {"kept": "Wet.", "until": date(2026, 3, 10)}, "until"),
    ],
)
def test_a_change_that_contradicts_itself_is_refused(
    world: World, made: Made, more: dict[str, object], field: str
) -> None:
    task = world.ask_change(world.batch())
    with pytest.raises(BadInput) as refused:
        answer(world, task.id, given(world, made, **more))

    assert refused.value.field == field


# reminding


def test_a_silent_processor_is_reminded_so_often_and_then_the_desk_hears_of_it(
    world: World, clock: Clock
) -> None:
    world.ask_search()
    days = world.house.office.register.system("oneassist").remind_after_days
    assert remind(world) == 0

    tokens = [world.token()]
    for _ in range(3):
        clock.move(days=days)
        assert (remind(world), remind(world)) == (1, 0)
        tokens.append(world.token())

    assert len(set(tokens)) == 4
    with world.house.writing() as session:
        office = world.house.office
        living = [bool(processor_door.by_token(session, office, token)) for token in tokens]
    assert living == [False, False, False, True]
    clock.move(days=days)
    assert (remind(world), remind(world)) == (1, 0)
    assert len(told(world, Action.PROCESSOR_SILENT)) == 1
    assert len(world.mails("reminder")) == 1
    clock.move(days=60)
    assert remind(world) == 0


def test_a_task_that_ran_out_is_told_to_the_desk_and_can_be_asked_again(
    world: World, clock: Clock
) -> None:
    first = world.ask_search()
    clock.move(days=31)

    assert (remind(world), remind(world)) == (1, 0)

    assert len(told(world, Action.PROCESSOR_SILENT)) == 1
    assert world.ask_search().id != first.id


def test_nobody_is_reminded_of_what_the_desk_settled(world: World, clock: Clock) -> None:
    batch = world.batch()
    task = world.ask_change(batch)
    world.end_plan(batch)
    clock.move(days=10)

    remind(world)

    assert world.task(task.id).outcome == "not_needed"
    assert world.task(task.id).reminders == 0
