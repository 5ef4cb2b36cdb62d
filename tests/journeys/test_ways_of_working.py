"""The desk by keyboard alone, and the desk without script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from demo.population import Cast
from tests.journeys.asking import Filed, Patient
from tests.journeys.keyboard import Keyboard
from tests.journeys.working import Colleague

pytestmark = pytest.mark.browser
Comes = Callable[..., Patient]
Staff = Callable[..., Colleague]
ONEASSIST = "OneAssist"
PROOF = "Gebeld met OneAssist; niets gevonden."
#: from the queue to the sent answer, for a request with nothing odd about it
MOST_PRESSES = 12


def test_a_clean_request_needs_few_presses_and_no_mouse(
    patient: Comes, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    filed = patient(Cast.APP).ask("app")
    anna, dokter = staff("officer"), staff("clinician", name="Jan Hendriks, huisarts")
    anna.window.open("/desk/queue")
    hands = Keyboard(anna.window.page)
    _search(hands, anna, filed)
    dokter.sign_off(filed.reference, "Aftekenen medisch dossier")
    hands.press(re.compile("^Nakijken$"), "link")
    hands.press(re.compile("^Naar besluit"), "link")
    hands.press(re.compile("^Neem dit besluit"))
    anna.reach(filed.reference, "Antwoord")
    hands.press(re.compile("^Naar versturen"), "link")
    hands.press(re.compile("^Verstuur$"))
    anna.reach(filed.reference, "Afgerond")
    with capsys.disabled():
        print(f"\n{len(hands.pressed)} presses: {'; '.join(hands.pressed)}")  # noqa: T201
    assert len(hands.pressed) <= MOST_PRESSES


def _search(hands: Keyboard, anna: Colleague, filed: Filed) -> None:
    """Open the request from the queue, take it, and write down the search by hand."""
    hands.press(re.compile(filed.reference), "link")
    hands.press("Aan mij")
    summary = hands.page.locator("summary", has_text=f"Met de hand gezocht: {ONEASSIST}")
    anna.see(filed.reference, summary)
    hands.enter(summary, "Met de hand gezocht")
    hands.write(hands.page.get_by_label("Hoe en door wie gezocht"), PROOF)
    hands.press("Bewaar uitkomst")
    anna.reach(filed.reference, "Nakijken")


def test_the_keys_of_the_desk_move_through_the_queue_and_can_be_switched_off(
    patient: Comes, staff: Staff
) -> None:
    patient(Cast.APP).ask("app")
    page = staff("officer").window.open("/desk/")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/desk/queue")
    page.keyboard.press("j")
    assert page.evaluate("() => document.activeElement.closest('tr').classList.contains('at')")
    page.keyboard.press("?")
    page.get_by_label("Deze toetsen gebruiken").uncheck()
    page.get_by_role("button", name="Sluiten").click()
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") != "zoek"
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0


def test_the_desk_answers_a_request_without_script(patient: Comes, staff: Staff) -> None:
    nora = patient(Cast.APP)
    filed = nora.ask("app")
    anna = staff("officer", java_script_enabled=False)
    anna.take(filed.reference)
    anna.search_by_hand(filed.reference, ONEASSIST, PROOF)
    page = anna.open(filed.reference, "review?system=sendbird&n=5")
    words = page.locator("[data-path='/message'] .pre").inner_text().split()[0]
    page.get_by_label("Maak deze woorden zwart").fill(words)
    anna.press("Maak zwart")
    assert page.locator("[data-path='/message'] .dark-out").count() >= 1
    dokter = staff("clinician", name="Jan Hendriks, huisarts", java_script_enabled=False)
    dokter.sign_off(filed.reference, "Aftekenen medisch dossier")
    anna.decide(filed.reference)
    anna.send(filed.reference)
    nora.window.open("/nl/antwoord")
    assert nora.window.title() == "U krijgt een deel van uw gegevens"


def test_a_refusal_goes_out_only_when_a_second_person_agrees(patient: Comes, staff: Staff) -> None:
    nora = patient(Cast.APP)
    filed = nora.ask("app")
    anna = staff("officer")
    anna.take(filed.reference)
    anna.search_by_hand(filed.reference, ONEASSIST, PROOF)
    page = anna.open(filed.reference, "decision")
    page.get_by_role("radio", name="Niet geven").check()
    page.locator("details.refusal summary").click()
    page.locator("input[name=grounds]").first.check()
    page.get_by_label("De feiten").fill("U vroeg dit vier keer in een maand, steeds hetzelfde.")
    page.get_by_label("Wat deed u wel?").fill("Wij belden u en stuurden het vorige antwoord.")
    anna.press(re.compile("^Ververs voorbeeld"))
    letter = page.frame_locator("iframe[name=voorbeeld]")
    letter.get_by_text("vier keer in een maand").first.wait_for()
    anna.press(re.compile("^Neem dit besluit"))
    merel = staff("approver", name="Merel de Groot")
    seen = merel.open(filed.reference, "approval")
    if seen.locator("#veld-look").count():
        seen.locator("#veld-look").fill("Tweede persoon bij een weigering")
        merel.press("Toon de gegevens")
    seen.get_by_label("Typ het nummer").fill(filed.reference)
    merel.press("Akkoord")
    anna.send(filed.reference)
    nora.window.open("/nl/antwoord")
    assert nora.window.title() == "U krijgt uw gegevens niet"
    assert nora.window.says("Autoriteit Persoonsgegevens")
