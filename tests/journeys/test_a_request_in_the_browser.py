"""One access request as people live it: form, desk, answer, package."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from demo.population import Cast
from tests.journeys import rules
from tests.journeys.asking import EN, Patient, mailed_code
from tests.journeys.conftest import Premises
from tests.journeys.window import watched
from tests.journeys.working import Colleague

pytestmark = pytest.mark.browser
Comes = Callable[..., Patient]
Staff = Callable[..., Colleague]
BY_HAND = ("OneAssist", "Gebeld met OneAssist; niets gevonden.")


def test_a_guest_asks_in_dutch_without_script_and_shows_who_he_is_by_code(
    patient: Comes, premises: Premises
) -> None:
    guest = patient(Cast.GUEST)
    filed = guest.ask("code")
    assert guest.window.title() == "Wij hebben uw verzoek"
    assert re.fullmatch(r"AVG-[A-Z0-9]{4}-[A-Z0-9]{4}", filed.reference)
    guest.window.press("Vul uw code in", role="link")
    guest.type_code("1234 5678")
    assert guest.window.page.title().startswith("Fout:")
    guest.type_code(mailed_code(premises.letter_box, guest.person, filed.reference))
    assert guest.window.title() == "Wij zoeken uw gegevens"


def test_what_was_typed_stays_when_something_is_wrong(patient: Comes) -> None:
    guest = patient(Cast.GUEST)
    guest.start()
    guest.choose("Mijn gegevens inzien")
    guest.choose("Alles")
    guest.show_who("desk")
    page = guest.window.page
    page.get_by_label("Uw hele naam").fill("Youssef El Idrissi")
    page.get_by_label("Jaar").fill("2079")
    guest.window.press("Verder")
    assert page.title().startswith("Fout:")
    assert page.get_by_label("Uw hele naam").input_value() == "Youssef El Idrissi"
    assert page.get_by_label("Jaar").input_value() == "2079"
    assert page.evaluate("document.activeElement.classList.contains('fault')")
    page.locator(".fault a").first.click()
    assert page.evaluate("document.activeElement.id") == "day"


def test_a_patient_asks_in_english_with_the_app(patient: Comes) -> None:
    nora = patient(Cast.APP, EN)
    filed = nora.ask("app")
    assert nora.window.title() == "We have your request"
    nora.window.press("Follow your request", role="link")
    assert nora.window.title() == "We are searching for your data"
    assert nora.window.says(filed.reference)


def test_number_and_key_open_the_request_in_another_browser(patient: Comes) -> None:
    filed = patient(Cast.DESK).ask("desk")
    elsewhere = patient(Cast.DESK)
    elsewhere.follow(filed)
    assert elsewhere.window.says(filed.reference)
    stranger = patient(Cast.GUEST)
    stranger.follow(type(filed)(filed.reference, "0" * 40))
    assert stranger.window.page.title().startswith("Fout:")


def test_a_request_from_the_form_to_the_unpacked_package(
    patient: Comes, staff: Staff, browser: Browser, tmp_path: Path
) -> None:
    asks = patient(Cast.DESK, accept_downloads=True)
    filed = asks.ask("desk")
    anna = staff("officer")
    anna.look(filed.reference, "Belt over haar verzoek")
    assert anna.window.says("Grietje Hoekstra")
    anna.take(filed.reference)
    code = anna.see_at_desk(filed.reference)
    anna.search_by_hand(filed.reference, *BY_HAND)
    _review(anna, filed.reference)
    dokter = staff("clinician", name="Jan Hendriks, huisarts")
    dokter.sign_off(filed.reference, "Aftekenen medisch dossier")
    anna.decide(filed.reference)
    anna.send(filed.reference)
    asks.window.open("/nl/volgen")
    _fetch(asks, code, tmp_path)
    _opens_offline(browser, next(tmp_path.glob("inzage-*/")))


def _review(anna: Colleague, reference: str) -> None:
    """Withhold one item, and black out words of another with the key."""
    page = anna.open(reference, "review")
    given = page.locator("tr[data-row]").filter(has=page.locator(".tag.is-ok"))
    kept = page.locator("tr[data-row] .tag.is-bad")
    before = kept.count()
    given.first.get_by_role("checkbox").check()
    anna.press("Geef gekozen niet")
    assert kept.count() == before + 1
    given.first.get_by_role("link").click()
    page.locator("[data-item] dd[data-path]").first.select_text()
    page.keyboard.press("r")
    page.locator("[data-item] .dark-out").first.wait_for()
    assert page.locator("tr.on").get_by_text("deels zwart").count() == 1


def _fetch(asks: Patient, code: str, folder: Path) -> None:
    asks.window.press("Bekijk uw antwoord", role="link")
    asks.window.press("Ik heb een code van de balie", role="link")
    asks.type_code(code)
    assert asks.window.title() == "U krijgt een deel van uw gegevens"
    letter = asks.window.download("Download de brief", folder)
    assert letter.read_bytes().startswith(b"%PDF-")
    package = asks.window.download("Download zip", folder)
    zipfile.ZipFile(package).extractall(folder)


def _opens_offline(browser: Browser, folder: Path) -> None:
    """Every link of every page leads to a file; nothing is fetched; every page holds the rules."""
    window = watched(browser, "file://")
    todo, seen, broken = [folder / "LEES-MIJ-EERST.html"], set[Path](), list[str]()
    while todo:
        path = todo.pop()
        seen.add(path)
        window.page.goto(path.as_uri())
        broken += rules.broken(window.page, public=False)
        for href in window.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"):
            target = Path(re.sub(r"^file://|#.*$", "", href))
            assert target.exists(), f"{path.name} links to {target.name}"
            if target.suffix == ".html" and target not in seen:
                todo.append(target)
    window.context.close()
    assert len(seen) > 8
    assert not (window.faults + broken), "\n".join(window.faults + broken)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert all((folder / one["path"]).exists() for one in manifest["files"])
