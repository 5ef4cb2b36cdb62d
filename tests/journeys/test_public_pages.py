"""Every public page, empty, wrong, filled and done, in both languages, holds the rules."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from demo.population import Cast
from dsr.cli.demo import Walk
from tests.journeys import rules
from tests.journeys.asking import EN, NL, Filed, Patient, Words, mailed_code
from tests.journeys.conftest import Premises
from tests.journeys.looking import Look

pytestmark = pytest.mark.browser
Comes = Callable[..., Patient]
BOTH = pytest.mark.parametrize("words", [NL, EN], ids=["nl", "en"])
#: slugs that differ between the languages
FORM = {"nl": "/nl/vorm", "en": "/en/form"}


def _questions(guest: Patient) -> list[Callable[[], None]]:
    """What answers the questions of the form, one page each."""
    return [
        lambda: guest.choose(guest.words.see),
        lambda: guest.choose(guest.words.all),
        lambda: guest.show_who("code"),
        guest.tell,
    ]


@BOTH
def test_the_form_holds_the_rules(patient: Comes, words: Words, premises: Premises) -> None:
    guest = patient(Cast.GUEST, words, java_script_enabled=True)
    look, start = Look(guest), f"/{words.code}/"
    for path in (start, f"{start}privacy", f"{start}bestaat-niet"):
        look.at(path)
    guest.window.open(start)
    guest.window.press(words.start)
    look.here()
    look.refused()
    guest.window.page.get_by_role("radio", name="Centrum").check()
    guest.window.press(words.on)
    for go_on in _questions(guest):
        look.here()
        look.refused()
        go_on()
    look.here()
    look.at(FORM[words.code])
    guest.window.press(words.on)
    guest.window.press(words.send)
    look.here()
    filed = guest.confirmation()
    guest.window.page.locator("a.btn").first.click()
    look.here()
    look.refused()
    guest.type_code(mailed_code(premises.letter_box, guest.person, filed.reference))
    look.here()
    assert not look.faults, "\n".join(look.faults)


@BOTH
def test_following_and_the_answer_hold_the_rules(
    patient: Comes, words: Words, answered: Walk
) -> None:
    nora = patient(Cast.APP, words, java_script_enabled=True)
    look = Look(nora)
    look.at({"nl": "/nl/volgen", "en": "/en/follow"}[words.code])
    look.refused()
    nora.follow(Filed(answered.filed["reference"], answered.filed["secret"]))
    look.here()
    nora.window.press(re.compile(words.answer), role="link")
    look.here()
    nora.window.press(words.from_desk, role="link")
    look.here()
    nora.type_code(answered.code)
    for summary in nora.window.page.locator("details > summary").all():
        summary.click()
    look.here()
    assert not look.faults, "\n".join(look.faults)


@BOTH
def test_a_request_that_waits_for_its_patient_holds_the_rules(patient: Comes, words: Words) -> None:
    grietje = patient(Cast.DESK, words, java_script_enabled=True)
    look = Look(grietje)
    grietje.ask("desk")
    look.here()
    grietje.window.press(re.compile(words.follow), role="link")
    look.here()
    assert not look.faults, "\n".join(look.faults)


def test_every_stop_of_the_keyboard_can_be_seen(patient: Comes) -> None:
    guest = patient(Cast.GUEST, java_script_enabled=True)
    faults = rules.walk_by_keyboard(guest.window.open("/nl/"))
    guest.start()
    for go_on in _questions(guest):
        faults += rules.walk_by_keyboard(guest.window.page)
        go_on()
    faults += rules.walk_by_keyboard(guest.window.page)
    assert not faults, "\n".join(faults)
