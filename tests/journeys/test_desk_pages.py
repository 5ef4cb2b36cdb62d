"""Every page of the desk, in both languages, in light and dark, holds the rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from demo.population import Cast, played_by
from dsr.cli.demo import Walk
from tests.journeys import rules
from tests.journeys.conftest import EVERYBODY, Opens, Premises
from tests.journeys.waiting import until
from tests.journeys.working import Colleague

pytestmark = pytest.mark.browser
Staff = Callable[..., Colleague]
BOTH = pytest.mark.parametrize("language", ["nl", "en"])
WRONG = {"nl": "Fout:", "en": "Error:"}
#: one page of each kind; the pages of a request come with that request
EVERYWHERE = ("", "queue", "queue?part=overdue", "queue?q=AVG-2222-2222", "log", "links")


class Look:
    """Looks at pages of the desk with all rules, in light and in dark."""

    def __init__(self, who: Colleague, language: str) -> None:
        self.who, self.language, self.faults = who, language, list[str]()
        who.speak(language)

    def here(self) -> None:
        """At the page as it stands, with everything unfolded."""
        page = self.who.window.page
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
        self.faults += rules.broken(page, public=False)
        page.emulate_media(color_scheme="dark")
        self.faults += [f"{page.title()} dark: {one}" for one in rules.axe(page, rules.COLOURS)]
        page.emulate_media(color_scheme="light")

    def at(self, path: str) -> None:
        """At another page of the desk."""
        self.who.window.open(f"/desk/{path}")
        self.here()

    def refused(self, form: str) -> None:
        """Send a form as it stands; the page that comes back says what is wrong."""
        page = self.who.window.page
        page.locator(f"form[action$='{form}'] button:not([formaction])").first.click()
        page.wait_for_load_state()
        if page.locator("#step_password").count():
            self.here()
            self.who.prove_again()
        if not page.title().startswith(WRONG[self.language]):
            self.faults.append(f"{page.title()}: does not begin with {WRONG[self.language]}")
        if page.evaluate("() => document.activeElement.id") != "fout":
            self.faults.append(f"{page.title()}: what is wrong has no focus")
        self.faults += rules.dead_links_of_summary(page)
        self.here()


def _request(premises: Premises, who: Cast, *steps: str) -> Walk:
    walk = Walk(premises.house, premises.url, played_by(EVERYBODY, who))
    for step in ("ask", *steps):
        getattr(walk, step)()
    return walk


def _judged(look: Look) -> None:
    assert not look.faults, "\n".join(look.faults)


@BOTH
def test_the_pages_of_all_requests_hold_the_rules(staff: Staff, found: Walk, language: str) -> None:
    look = Look(staff("officer", "clinician"), language)
    for place in (*EVERYWHERE, "requests/AVG-2222-2222"):
        look.at(place)
    look.at("links")
    look.refused("/links")
    _judged(look)


@BOTH
def test_signing_in_holds_the_rules(window: Opens, premises: Premises, language: str) -> None:
    opened = window(locale=language)
    look = Look(Colleague(premises.house, opened, "niemand", "Niemand"), language)
    look.at("sign-in")
    for name, value in (("login", "niemand"), ("password", "x"), ("code", "1")):
        opened.page.locator(f"#{name}").fill(value)
    opened.page.locator("form .btn").click()
    look.here()
    assert opened.page.locator("#fout").count() == 1
    _judged(look)


@BOTH
def test_a_request_whose_patient_is_not_sure_holds_the_rules(
    staff: Staff, premises: Premises, language: str
) -> None:
    look = Look(staff("officer"), language)
    place = f"requests/{_request(premises, Cast.QUIET).filed['reference']}"
    look.at(place)
    look.refused("/notes")
    look.at(f"{place}/identity")
    look.refused("/look")
    look.who.window.open(f"/desk/{place}")
    look.who.window.page.locator("form[action$='/take'] button").click()
    look.at(f"{place}/identity")
    look.refused("/identity")
    page = look.who.window.page
    page.locator("input[name=document]").first.check()
    page.locator("#veld-same").check()
    page.locator("form[action$='/identity'] button").click()
    page.locator(".slip .code").wait_for()
    look.here()
    look.at(place)
    look.refused("/by-hand")
    look.at(place)
    look.refused("/without")
    _judged(look)


@BOTH
def test_a_request_in_review_holds_the_rules(staff: Staff, found: Walk, language: str) -> None:
    look = Look(staff("officer", "clinician"), language)
    place = f"requests/{found.filed['reference']}"
    page = look.who.window.open(f"/desk/{place}/review")
    page.locator("#veld-look").fill("Waarneming voor een collega")
    page.locator("form[action$='/look'] button").click()
    look.here()
    look.at(place)
    look.at(f"{place}/review?system=sendbird")
    look.refused("/withhold")
    look.at(f"{place}/review?system=sendbird&as=person")
    page = look.who.window.open(f"/desk/{place}/review?system=sendbird")
    page.locator("#veld-words").fill("staat hier niet")
    look.refused("/black-out")
    _judged(look)


@BOTH
def test_deciding_holds_the_rules(staff: Staff, found: Walk, language: str) -> None:
    look = Look(staff("officer"), language)
    place = f"requests/{found.filed['reference']}"
    page = look.who.window.open(f"/desk/{place}/decision")
    page.locator("#veld-look").fill("Waarneming voor een collega")
    page.locator("form[action$='/look'] button").click()
    look.here()
    page.locator("input[value=refused]").check()
    look.refused("/decision")
    _judged(look)


@BOTH
def test_asking_the_law_holds_the_rules(staff: Staff, found: Walk, language: str) -> None:
    look = Look(staff("officer"), language)
    place = f"requests/{found.filed['reference']}/law"
    look.at(place)
    page = look.who.window.page
    page.locator("#veld-right").select_option("erasure")
    page.locator("#veld-age").fill("veertig")
    look.refused("/law")
    _judged(look)


def test_the_letter_beside_the_decision_holds_the_rules(
    staff: Staff, found: Walk, window: Opens
) -> None:
    anna = staff("officer")
    place = f"/desk/requests/{found.filed['reference']}"
    page = anna.window.open(f"{place}/decision")
    page.locator("#veld-look").fill("Waarneming voor een collega")
    page.locator("form[action$='/look'] button").click()
    # The frame allows no script at all; axe-core needs it, so this window does not listen.
    deaf = window(bypass_csp=True, storage_state=anna.window.context.storage_state())
    faults = rules.broken(deaf.open(f"{place}/preview"), public=False)
    assert not faults, "\n".join(faults)


@BOTH
def test_sending_holds_the_rules(staff: Staff, answered: Walk, language: str) -> None:
    look = Look(staff("officer"), language)
    place = f"requests/{answered.filed['reference']}"
    page = look.who.window.open(f"/desk/{place}/send")
    page.locator("#veld-look").fill("Vraag over het antwoord")
    page.locator("form[action$='/look'] button").click()
    look.here()
    look.at(place)
    _judged(look)


@BOTH
def test_choosing_among_namesakes_holds_the_rules(
    staff: Staff, premises: Premises, language: str
) -> None:
    look = Look(staff("officer"), language)
    walk = _request(premises, Cast.NAMESAKE, "identify")
    place = f"requests/{walk.filed['reference']}"
    choose = look.who.window.page.locator("a[href$='/people']")
    until(lambda: look.who.window.open(f"/desk/{place}") and choose.count(), "several people")
    look.here()
    choose.first.click()
    look.here()
    _judged(look)


@BOTH
def test_a_second_person_finds_pages_that_hold_the_rules(
    staff: Staff, premises: Premises, language: str
) -> None:
    walk = _request(premises, Cast.APP, "identify", "search", "by_hand")
    seen = walk.desk("anna", "GET", "")["seen"]
    words = {"facts": "Al vier keer gevraagd in een maand.", "instead": "Wij belden u."}
    refusal = {"decision": "refused", "seen": seen, "grounds": ["excessive"], **words}
    walk.desk("anna", "POST", "/decision", refusal)
    look = Look(staff("approver"), language)
    look.at("approvals")
    look.at(f"requests/{walk.filed['reference']}/approval")
    look.refused("/approve")
    _judged(look)


@BOTH
def test_the_administrators_pages_hold_the_rules(staff: Staff, language: str) -> None:
    look = Look(staff("administrator"), language)
    for place in ("", "staff", "log", "queue"):
        look.at(place)
    _judged(look)


def test_every_stop_of_the_keyboard_at_the_desk_can_be_seen(staff: Staff, found: Walk) -> None:
    anna = staff("officer")
    place = f"/desk/requests/{found.filed['reference']}"
    faults = list[str]()
    for path in ("/desk/", "/desk/queue", place):
        faults += rules.walk_by_keyboard(anna.window.open(path))
    page = anna.window.open(f"{place}/review")
    page.locator("#veld-look").fill("Waarneming voor een collega")
    page.locator("form[action$='/look'] button").click()
    faults += rules.walk_by_keyboard(page)
    assert not faults, "\n".join(faults)
