"""The pages of a processor: from the link in a mail to the answer, and what stands in between."""

from __future__ import annotations

import io
import logging
from datetime import date

import pytest
from flask import Flask

from dsr.core.request import Outcome, Verb
from dsr.db.plans import Batch
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import Clock
from tests.services.processor_world import World, a_world
from tests.web.browsing import Browser

BY = "J. de Boer, servicedesk"
TODAY = "10-3-2026"
NAME = "Anouk Voorbeeld"


@pytest.fixture
def world(house: House) -> World:
    return a_world(house)


@pytest.fixture
def app(world: World) -> Flask:
    return create_app(world.house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def arrived(world: World, browser: Browser) -> Browser:
    """Behind the link of the newest mail."""
    return browser.open(f"/verwerker/{world.token()}")


def opened(world: World, browser: Browser) -> Browser:
    """Behind the code too."""
    arrived(world, browser).send("stuur-code")
    return browser.send("code", code=world.code())


def changing(world: World, verb: Verb = Verb.RESTRICT, **detail: object) -> Batch:
    batch = world.batch(verb, **detail)
    world.ask_change(batch)
    return batch


# the door


def test_the_token_leaves_the_address_at_once(world: World, browser: Browser) -> None:
    world.ask_search()
    arrived(world, browser)

    assert browser.path == "/nl/verwerker"
    assert world.token() not in browser.text
    cookie = browser.client.get_cookie("task")
    assert cookie
    assert cookie.http_only
    assert cookie.value != world.token()


def test_nothing_of_anybody_shows_before_the_code(world: World, browser: Browser) -> None:
    world.ask_search()
    arrived(world, browser)
    seen = [browser.text, browser.open("/nl/verwerker/taak").text]
    browser.send("stuur-code")
    seen.append(browser.text)
    seen.append(browser.send("code", code="12345678").text)

    assert "De code klopt niet" in seen[-1]
    assert browser.page.status_code == 422
    private = (NAME, "anouk@", "OneAssist", world.row.reference)
    assert [one for one in private if any(one in text for text in seen)] == []


def test_a_scanner_that_follows_the_link_uses_nothing_up(world: World, app: Flask) -> None:
    world.ask_search()
    for _ in range(3):
        arrived(world, Browser(app))

    assert NAME in opened(world, Browser(app)).text


@pytest.mark.parametrize("token", ["x", "0" * 43, "..%2f", "a%00b"])
def test_a_link_that_nobody_sent_tells_nothing(world: World, browser: Browser, token: str) -> None:
    world.ask_search()
    browser.open(f"/verwerker/{token}")

    assert browser.page.status_code == 404
    assert NAME not in browser.text


def test_without_the_link_there_is_nothing(browser: Browser) -> None:
    for page in ("verwerker", "verwerker/code", "verwerker/taak"):
        assert browser.open(f"/nl/{page}").page.status_code == 404


def test_a_code_of_this_visit_opens_no_other_visit(world: World, app: Flask) -> None:
    world.ask_search()
    opened(world, Browser(app))
    other = arrived(world, Browser(app)).open("/nl/verwerker/taak")

    assert other.path == "/nl/verwerker"
    assert NAME not in other.text


def test_an_open_task_closes_after_eight_hours(
    world: World, browser: Browser, clock: Clock
) -> None:
    world.ask_search()
    opened(world, browser)
    clock.move(hours=8, minutes=1)

    assert NAME not in browser.open("/nl/verwerker/taak").text


def test_after_three_codes_there_is_a_wait(world: World, browser: Browser) -> None:
    world.ask_search()
    arrived(world, browser).send("stuur-code")
    browser.send("stuur-code").send("stuur-code").send("stuur-code")

    assert browser.page.status_code == 429
    assert len(world.mails("processor_code")) == 3


def test_no_token_and_no_name_is_in_a_log(
    world: World, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.ask_search()
    opened(world, browser).send("taak", outcome="none", on=TODAY, by=BY)

    for private in (world.token(), NAME, BY):
        assert private not in caplog.text


def test_a_form_without_its_token_is_refused(world: World, browser: Browser) -> None:
    world.ask_search()
    opened(world, browser)
    answer = browser.client.post("/nl/verwerker/taak", data={"outcome": "none", "by": BY})

    assert answer.status_code == 400
    assert world.step().outcome is None


# the form


def test_a_search_shows_who_and_what_and_takes_nothing_found(
    world: World, browser: Browser
) -> None:
    world.ask_search()
    opened(world, browser)
    assert "Zoek wat u van deze persoon bewaart" in browser.title
    assert NAME in browser.text
    assert "1980" not in browser.text

    browser.send("taak", outcome="none", by=BY)

    assert browser.path == "/nl/verwerker/klaar"
    assert world.step().outcome == Outcome.NONE_FOUND
    assert browser.open("/nl/verwerker/taak").page.status_code == 404
    assert arrived(world, browser).page.status_code == 404


def test_an_answer_from_an_older_tab_settles_no_other_task(world: World, browser: Browser) -> None:
    world.ask_search()
    opened(world, browser)
    older = {**dict(browser.form("taak").fields), "outcome": "done", "on": TODAY, "by": BY}
    batch = changing(world)
    opened(world, browser)
    answer = browser.client.post("/nl/verwerker/taak", data=older)

    assert answer.status_code == 422
    assert "andere taak" in answer.get_data(as_text=True)
    with world.house.reading() as session:
        assert session.get_one(Batch, batch.id).outcome is None


def test_a_text_file_comes_in_as_what_was_found(world: World, browser: Browser) -> None:
    world.ask_search()
    opened(world, browser)
    file = (io.BytesIO("Melding: inloggen lukte niet, één keer.".encode()), "melding.txt")

    browser.client.post(
        "/nl/verwerker/taak",
        data={**dict(browser.form("taak").fields), "outcome": "found", "by": BY, "file": file},
    )

    assert world.step().counts == {"data": 1}


@pytest.mark.parametrize(
    ("content", "pasted", "words"),
    [
        (b"%PDF-1.7\x00\xff", "", "geen tekstbestand"),
        (b"tekst", "ook geplakt", "Plak tekst of kies een bestand"),
    ],
)
def test_a_file_that_is_no_text_or_one_too_many_is_refused(
    world: World, browser: Browser, content: bytes, pasted: str, words: str
) -> None:
    world.ask_search()
    opened(world, browser)
    fields = dict(browser.form("taak").fields)
    file = (io.BytesIO(content), "a.pdf")
    said = {**fields, "outcome": "found", "by": BY, "found": pasted, "file": file}

    answer = browser.client.post("/nl/verwerker/taak", data=said)

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert world.step().outcome is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"outcome": ""}, "Kies een van de antwoorden"),
        ({"outcome": "done"}, "Kies een van de antwoorden"),
        ({"by": ""}, "Schrijf wie het deed"),
        ({"on": ""}, "Kies een dag tussen onze vraag en vandaag"),
        ({"on": "31-2-2026"}, "Schrijf een dag zoals"),
        ({"on": "gisteren"}, "Schrijf een dag zoals"),
        ({"on": "2026-03-11"}, "Kies een dag tussen onze vraag en vandaag"),
        ({"outcome": "found"}, "Plak hier wat u vond"),
    ],
)
def test_a_mistake_says_what_to_mend_and_keeps_what_was_typed(
    world: World, browser: Browser, said: dict[str, str], words: str
) -> None:
    world.ask_search()
    opened(world, browser)
    browser.send("taak", values={"outcome": "none", "on": TODAY, "by": BY, **said})

    assert browser.page.status_code == 422
    assert words in browser.text
    assert browser.title.startswith("Fout:")
    assert said.get("by", BY) in browser.text
    assert world.step().outcome is None


def test_all_that_is_wrong_is_said_at_once(world: World, browser: Browser) -> None:
    world.ask_search()
    opened(world, browser).send("taak", on="gisteren")

    for words in ("Kies een van de antwoorden", "Schrijf een dag zoals", "Schrijf wie het deed"):
        assert words in browser.text
    assert {"#outcome-0", "#on", "#by"} <= set(browser.links)


def test_what_is_kept_is_settled_with_its_reason(world: World, browser: Browser) -> None:
    batch = changing(world)
    opened(world, browser)
    browser.send(
        "taak", outcome="kept", kept="Fiscale bewaarplicht", until="1-1-2030", on=TODAY, by=BY
    )

    assert browser.path == "/nl/verwerker/klaar"
    with world.house.reading() as session:
        assert session.get_one(Batch, batch.id).outcome == Outcome.RETAINED


@pytest.mark.parametrize(
    ("verb", "detail", "words"),
    [
        (Verb.ERASE, {}, "Verwijder de gegevens"),
        (
            Verb.RECTIFY,
            {"changes": [{"path": "/email", "old": "x", "new": "nieuw@voorbeeld.example"}]},
            "nieuw@voorbeeld.example",
        ),
        (Verb.ANNOTATE, {"statement": "Dat zei ik niet."}, "Dat zei ik niet."),
        (Verb.RESTRICT, {}, "gebruik ze nergens voor"),
        (Verb.LIFT, {}, "weer gebruiken"),
        (Verb.STOP, {"purposes": ["A.1"]}, "Een account voor u maken in de app"),
        (Verb.RESUME, {"purposes": ["iets"]}, "iets"),
    ],
)
def test_each_change_says_what_to_do(
    world: World, browser: Browser, verb: Verb, detail: dict[str, object], words: str
) -> None:
    changing(world, verb, **detail)

    assert words in opened(world, browser).text


def test_every_page_speaks_english_too(world: World, browser: Browser) -> None:
    changing(world, Verb.ERASE)
    opened(world, browser)
    for page, words in (
        ("processor", "A task for you"),
        ("processor/code", "a second e-mail with a code of 8 digits"),
        ("processor/task", "Delete the data of this person"),
        ("processor/done", "We have your answer"),
    ):
        assert words in browser.open(f"/en/{page}").text
        assert 'lang="en"' in browser.text
    assert "Deze link" in browser.open("/verwerker/x").text


def test_what_a_person_is_called_cannot_change_the_page(house: House) -> None:
    world = a_world(house)
    batch = world.batch(Verb.ANNOTATE, statement="<script>alert(1)</script>")
    world.ask_change(batch)
    page = opened(world, Browser(create_app(world.house))).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_day_may_be_written_as_browsers_or_as_people_do(world: World, clock: Clock) -> None:
    for typed in ("10-3-2026", "10/03/2026", "2026-03-10"):
        browser = Browser(create_app(world.house))
        world.ask_search()
        opened(world, browser).send("taak", outcome="none", on=typed, by="")
        assert "Kies een dag" not in browser.text
        assert world.house.office.today() == date(2026, 3, 10)
        clock.move(hours=1)
