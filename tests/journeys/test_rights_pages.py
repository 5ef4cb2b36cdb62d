"""Every right asked in the browser: each page empty, wrong and filled, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from demo.population import Cast
from tests.journeys import rules
from tests.journeys.asking import EN, NL, Filed, Patient, Words
from tests.journeys.conftest import Premises
from tests.journeys.looking import Look
from tests.rendering.test_sent_files import photo
from tests.web.answers import collection_code
from tests.web.changing import ACCESS, DESTROY, ERASE, make_cooling

pytestmark = pytest.mark.browser
Comes = Callable[..., Patient]
BOTH = pytest.mark.parametrize("words", [NL, EN], ids=["nl", "en"])
#: the fields that answer the page of each right, in the order of the form: boxes, then texts
PAGES: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("scope-all",), {}),
    (("field-address",), {"now": "Straat 1", "should": "Laan 2\n3063 AB Rotterdam"}),
    (("what-account", "what-medical_file", "understood"), {}),
    (("understood",), {"which": "Het bezoek van 4 mei 2019"}),
    (("ground-needed_for_claim", "what-medical"), {"day": "1", "month": "5", "year": "2035"}),
    (("to-other",), {"recipient": "Huisarts De Linde"}),
    (("purposes-A.4",), {"reason": "Ik werk hier zelf."}),
    (("purposes-A.2",), {}),
)
HELP = {"nl": "/nl/help-mij-kiezen", "en": "/en/help-me-choose"}
STOP = {"nl": "/nl/verzoek-stoppen", "en": "/en/stop-request"}
PROOF = {"nl": "/nl/volgen/bewijs", "en": "/en/follow/proof"}
CANCEL = {"nl": "/nl/verwijderen-stoppen", "en": "/en/stop-deletion"}


def fill(page: Page, boxes: tuple[str, ...], texts: dict[str, str]) -> None:
    """Answer one page of a right."""
    for one in boxes:
        page.locator(f"[id='{one}']").check()
    for name, text in texts.items():
        page.locator(f"#{name}").fill(text)


@BOTH
def test_the_page_of_every_right_holds_the_rules(patient: Comes, words: Words) -> None:
    guest = patient(Cast.GUEST, words, java_script_enabled=True)
    look, page = Look(guest), guest.window.page
    guest.start()
    look.here()
    look.refused()
    look.at(HELP[words.code])
    look.refused()
    for name in ("know-yes", "change-gone", "use-agreed"):
        page.locator(f"#{name}").check()
    guest.window.press(words.on)
    look.here()
    for box in page.locator("input[name=wants]").all():
        box.check()
    guest.window.press(words.on)
    for boxes, texts in PAGES:
        look.here()
        look.refused()
        fill(page, boxes, texts)
        guest.window.press(words.on)
    guest.show_who("desk")
    guest.tell()
    look.here()
    guest.window.press(words.send)
    look.here()
    guest.window.press(re.compile(words.follow), role="link")
    look.here()
    look.at(STOP[words.code])
    look.at(PROOF[words.code])
    look.refused()
    sent = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo((600, 400))}
    page.set_input_files("#file", files=[sent])
    page.locator("main form .btn").first.click()
    page.locator("[role=status]").wait_for()
    look.here()
    assert not look.faults, "\n".join(look.faults)


def test_three_rights_are_asked_without_script_and_the_request_is_stopped(patient: Comes) -> None:
    guest = patient(Cast.GUEST)
    page = guest.window.page
    guest.start()
    for name in ("Gegevens verbeteren", "Gegevens laten verwijderen", "Toestemming intrekken"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    guest.window.press("Verder")
    page.get_by_role("radio", name="Mijn adres").check()
    page.get_by_label("Wat moet er staan?").fill("Laan 2")
    guest.window.press("Verder")
    page.get_by_role("checkbox", name="Mijn berichten").check()
    page.get_by_role("checkbox", name="Ik begrijp dat dit niet terug te draaien is").check()
    guest.window.press("Verder")
    page.get_by_role("checkbox", name="Berichten sturen tussen u en de praktijk").check()
    guest.window.press("Verder")
    assert guest.window.says("Een code per e-mail is niet genoeg voor: Gegevens verbeteren")
    guest.show_who("desk")
    guest.tell()
    page.go_back()
    page.go_forward()
    guest.window.press("Verzoek versturen")
    guest.window.press("Volg uw verzoek", role="link")
    assert page.get_by_text("Wij beginnen als u laat zien dat u het bent.").count() == 3
    guest.window.press("Stop dit verzoek", role="link")
    guest.window.press("Ja, stop mijn verzoek")
    assert guest.window.says("Gestopt. U krijgt daar een brief over.")
    assert page.get_by_text("U hebt dit gestopt.").count() == 3


@BOTH
def test_stopping_an_erasure_holds_the_rules(
    patient: Comes, words: Words, premises: Premises
) -> None:
    house = premises.house
    row = make_cooling(house, ACCESS, ERASE, DESTROY, cooling=("erasure", "destruction"))
    nora = patient(Cast.APP, words, java_script_enabled=True)
    look = Look(nora)
    nora.follow(Filed(row.reference, house.office.secret_of(row.reference)))
    look.here()
    look.at(CANCEL[words.code])
    nora.window.open(f"/{words.code}/code/collect")
    nora.type_code(collection_code(house, row))
    look.at(CANCEL[words.code])
    nora.window.page.locator("main form .btn").first.click()
    look.here()
    assert not look.faults, "\n".join(look.faults)


def test_every_stop_of_the_keyboard_on_the_pages_of_the_rights_can_be_seen(patient: Comes) -> None:
    guest = patient(Cast.GUEST, java_script_enabled=True)
    guest.start()
    faults = []
    for slug in (
        "wat", "help-mij-kiezen", "verbeteren", "verwijderen", "vernietigen", "gebruik-stoppen",
        "meenemen", "bezwaar", "toestemming",
    ):  # fmt: skip
        faults += rules.walk_by_keyboard(guest.window.open(f"/nl/{slug}"))
    assert not faults, "\n".join(faults)
