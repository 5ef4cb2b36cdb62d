"""The desk in a real Chromium: keys, black by selection, and no script of anybody else (T29)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from dsr.db.subject_requests import SubjectRequest
from tests.makers import PASSWORD, make_item
from tests.web.desk import Desk, make_desk, url

pytestmark = pytest.mark.browser

XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>"
SELECT = """(words) => {
  const node = document.querySelector('[data-path="/message"] p').firstChild;
  const range = document.createRange(), at = node.textContent.indexOf(words);
  range.setStart(node, at); range.setEnd(node, at + words.length);
  getSelection().removeAllRanges(); getSelection().addRange(range);
}"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture
def home(desk: Desk) -> Iterator[str]:
    """The address of the desk on this machine."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(desk: Desk, home: str, browser: Browser) -> Iterator[Page]:
    """A window in which Anna has signed in with the keyboard only."""
    desk.staff()
    context = browser.new_context(base_url=home)
    opened = context.new_page()
    opened.goto("/desk/sign-in")
    for typed in ("anna", PASSWORD, desk.code()):
        opened.keyboard.type(typed)
        opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/desk/")
    yield opened
    context.close()


def said(desk: Desk, text: str) -> SubjectRequest:
    """A request of Anna's with one message."""
    data: dict[str, object] = {"message": text}
    item = make_item(dataset="messages", kind="message", data=data)
    row = desk.found({"sendbird": [item]})
    desk.give(row, "anna")
    return row


def test_the_queue_is_walked_with_keys(desk: Desk, page: Page) -> None:
    rows = [desk.found(), desk.found()]
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/desk/queue")
    for key in "jjkjo":
        page.keyboard.press(key)
    page.wait_for_url(f"**{url(rows[1])}")


def test_keys_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0


def test_selected_words_turn_black_with_r(desk: Desk, page: Page) -> None:
    row = said(desk, "Wij spraken met Karel Jansma.")
    page.goto(url(row, "review"))
    page.evaluate(SELECT, "Karel Jansma")
    page.keyboard.press("r")
    page.locator(".item .dark-out").first.wait_for()
    assert "Karel" not in page.content()


def test_a_letter_typed_in_a_field_is_a_letter(desk: Desk, page: Page) -> None:
    page.goto(url(said(desk, "Dag."), "review"))
    page.locator("#veld-words").press_sequentially("gqrjx?")
    assert page.locator("#veld-words").input_value() == "gqrjx?"


def test_no_script_of_a_message_a_name_or_a_note_runs(desk: Desk, page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    row = said(desk, XSS)
    page.goto(url(row))
    page.locator("#veld-note").fill(XSS)
    page.get_by_role("button", name="Bewaar notitie").click()
    for part in ("", "review", "review?as=person", "decision", "identity"):
        page.goto(url(row, part))
    assert asked == []
    assert page.locator("img[src=x]").count() == 0


def test_the_preview_shows_the_letter_beside_the_decision(desk: Desk, page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda told: refused.append(told.text) if told.type == "error" else None)
    page.goto(url(said(desk, "Dag."), "decision"))
    letter = page.frame_locator("iframe[name=voorbeeld]")
    assert letter.get_by_role("heading", level=1).inner_text() == "U krijgt al uw gegevens"
    page.get_by_label("Niet geven").check()
    page.locator("#weigeren summary").click()
    page.locator("input[name=grounds]").first.check()
    page.locator("#veld-facts").fill("Dit is het dertiende verzoek van dit jaar.")
    page.locator("#veld-instead").fill("U krijgt de lijst.")
    page.get_by_role("button", name="Ververs voorbeeld").click()
    letter.get_by_text("Dit is het dertiende verzoek van dit jaar.").wait_for()
    assert refused == []
