"""What staff do in the browser: sign in, search, review, decide, send."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import pyotp
from playwright.sync_api import Locator, Page

from dsr.services import staff_login
from dsr.services.house import House
from dsr.services.staff_login import NewStaff
from tests.journeys.waiting import until
from tests.journeys.window import Window

PASSWORD = "een-lang-wachtwoord-voor-tests"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Colleague:
    """A staff member with an account of their own; no test waits for another's one-time code."""

    house: House
    window: Window
    login: str
    name: str
    password: str = field(default=PASSWORD, repr=False)
    secret: str = field(default=SECRET, repr=False)
    _step: int = field(default=-1, repr=False)

    def code(self) -> str:
        """The next one-time code: the desk takes three steps of the clock, each once.

        The oldest of the three is left alone where the clock may tick before the desk reads it.
        """
        now, into = divmod(time.time(), 30)
        oldest = int(now) - (1 if into < 15 else 0)
        self._step = max(self._step + 1, oldest)
        return pyotp.TOTP(self.secret).at(self._step * 30)

    def sign_in(self) -> Page:
        """Sign in by the page; ends on the day's overview."""
        page = self.window.open("/desk/sign-in")
        page.get_by_label("Gebruikersnaam").fill(self.login)
        page.get_by_label("Wachtwoord").fill(self.password)
        page.get_by_label("Code van 6 cijfers").fill(self.code())
        self.window.press("Aanmelden")
        # The next page that is opened would break the sign-in off while it is under way.
        page.get_by_role("button", name="Afmelden").wait_for()
        return page

    def open(self, reference: str, place: str = "") -> Page:
        """A page of a request."""
        return self.window.open(f"/desk/requests/{reference}{'/' if place else ''}{place}")

    def prove_again(self) -> None:
        """Fill in the page that asks for password and code before something weighty."""
        page = self.window.page
        page.locator("#step_password").fill(self.password)
        page.locator("#step_code").fill(self.code())
        page.locator("main form .btn").click()
        page.wait_for_load_state()

    def press(self, name: str | re.Pattern[str], *, role: Any = "button") -> Page:
        """Press what is called so; prove again where the desk asks for it."""
        page = self.window.press(name, role=role)
        if page.locator("#step_password").count():
            self.prove_again()
        return page

    def take(self, reference: str) -> None:
        """Take a request."""
        self.open(reference)
        self.press("Aan mij")

    def look(self, reference: str, why: str) -> None:
        """See who asks, with a reason."""
        page = self.open(reference)
        page.get_by_label("Reden om te kijken").fill(why)
        self.press(re.compile("^Toon"))

    def see_at_desk(self, reference: str) -> str:
        """Say that the person stood here with a document; gives the code on the slip."""
        page = self.open(reference, "identity")
        page.get_by_label("Identiteitskaart").check()
        page.get_by_label("Naam, geboortedatum en foto kloppen").check()
        self.press("Ik heb deze persoon gezien")
        return page.locator(".slip .code").inner_text()

    def search_by_hand(self, reference: str, system: str, proof: str) -> None:
        """Write down what was found in a system without an API, once the others are done."""
        opener = self.window.page.get_by_text(f"Met de hand gezocht: {system}")
        self.see(reference, opener)
        opener.click()
        self.window.page.get_by_label("Hoe en door wie gezocht").first.fill(proof)
        self.press("Bewaar uitkomst")
        self.reach(reference, "Nakijken")

    def see(self, reference: str, target: Locator) -> None:
        """Look at the request until this stands on it."""
        until(lambda: self.open(reference) and target.count(), f"{target}")

    def reach(self, reference: str, stage: str) -> None:
        """Look at the request until it stands in this stage."""
        now = self.window.page.locator("ol.stages [aria-current=step]")
        until(
            lambda: self.open(reference) and now.count() and now.inner_text().strip() == stage,
            f"the stage {stage}",
        )

    def tab(self, system: str) -> None:
        """Open a system on the page for reviewing."""
        self.press(re.compile(f"^{re.escape(system)}"), role="link")

    def sign_off(self, reference: str, why: str) -> None:
        """A clinician signs for each system with medical data in it."""
        page = self.open(reference, "review")
        if page.locator("#veld-look").count():
            page.locator("#veld-look").fill(why)
            self.press("Toon de gegevens")
        for name in page.get_by_role("link", name=re.compile("zorgverlener tekent")).all():
            name.click()
            self.press("Ik teken hiervoor")

    def decide(self, reference: str, words: str | None = None) -> None:
        """Take the proposed decision, or the one with these words."""
        page = self.open(reference, "decision")
        if words:
            page.get_by_role("radio", name=words).check()
        self.press("Neem dit besluit")

    def send(self, reference: str) -> None:
        """Send the answer once the letter is there."""
        self.reach(reference, "Antwoord")
        self.open(reference, "send")
        self.press("Verstuur")

    def speak(self, language: str) -> None:
        """Switch the desk to Dutch or English, where it speaks the other."""
        names = {"nl": "Nederlands", "en": "English"}
        page, other = self.window.page, names["en" if language == "nl" else "nl"]
        button = page.get_by_role("button", name=names[language], exact=True)
        if button.count():
            button.click()
            page.get_by_role("button", name=other, exact=True).wait_for()


def colleague(house: House, window: Window, *roles: str, name: str = "Anna Bakker") -> Colleague:
    """A new account with these roles at all practices, and its window."""
    login = f"{roles[0]}-{secrets.token_hex(4)}"
    new = NewStaff(
        login=login,
        name=name,
        password=PASSWORD,
        roles=roles,
        practices=tuple(one.id for one in house.office.register.practices),
        person_key=login,
        totp_secret=SECRET,
    )
    with house.writing() as session:
        staff_login.make(session, house.office, new)
    return Colleague(house=house, window=window, login=login, name=name)
