"""What a patient does in the browser: asks, shows who they are, fetches the answer."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from demo.person import Person
from demo.standins.cognito_login import CODE, PASSWORD
from tests.journeys.waiting import until
from tests.journeys.window import Window

Way = Literal["app", "code", "desk"]


@dataclass(frozen=True)
class Words:
    """The words on the pages of one language."""

    code: str
    start: str
    see: str
    on: str
    send: str
    all: str
    ways: dict[Way, str]
    name: str
    birth: tuple[str, str, str]
    postcode: str
    by_mail: str
    address: str
    the_code: str
    follow: str
    number: str
    key: str
    show: str
    answer: str
    from_desk: str


NL = Words(
    code="nl", start="Start uw verzoek", see="Mijn gegevens inzien", on="Verder",
    send="Verzoek versturen", all="Alles",
    ways={"app": "Inloggen met de app", "code": "Een code per e-mail", "desk": "Langskomen"},
    name="Uw hele naam", birth=("Dag", "Maand", "Jaar"), postcode="Uw postcode",
    by_mail="Per e-mail", address="E-mailadres", the_code="Uw code", follow="Volg uw verzoek",
    number="Uw nummer", key="Uw sleutel", show="Bekijk mijn verzoek",
    answer="Bekijk uw antwoord", from_desk="Ik heb een code van de balie",
)  # fmt: skip
EN = Words(
    code="en", start="Start your request", see="See my data", on="Continue",
    send="Send request", all="Everything",
    ways={"app": "Log in with the app", "code": "A code by e-mail", "desk": "Visit us"},
    name="Your full name", birth=("Day", "Month", "Year"), postcode="Your postcode",
    by_mail="By e-mail", address="E-mail address", the_code="Your code",
    follow="Follow your request", number="Your number", key="Your key", show="Show my request",
    answer="See your answer", from_desk="I have a code from the desk",
)  # fmt: skip


@dataclass(frozen=True)
class Filed:
    """What the confirmation gave."""

    reference: str
    key: str = field(repr=False)


@dataclass
class Patient:
    """Somebody of the demo practice at their browser."""

    window: Window
    person: Person
    words: Words = NL

    def ask(self, way: Way) -> Filed:
        """Walk the form for everything; ends on the confirmation."""
        self.start()
        self.choose(self.words.see)
        self.choose(self.words.all)
        self.show_who(way)
        if way != "app":
            self.tell()
        self.window.press(self.words.send)
        return self.confirmation()

    def start(self) -> None:
        """From the practice's own start page to the first question."""
        place = {"nl": "/nl/praktijk/", "en": "/en/practice/"}[self.words.code]
        self.window.open(place + self.person.practice)
        self.window.press(self.words.start)

    def choose(self, kind: str) -> None:
        """Tick one box, a right or a kind of data, and go on."""
        self.window.page.get_by_role("checkbox", name=kind, exact=True).check()
        self.window.press(self.words.on)

    def show_who(self, way: Way) -> None:
        """Choose how to show who this is; with the app, log in there."""
        name = re.compile("^" + self.words.ways[way])
        self.window.page.get_by_role("radio", name=name).check()
        self.window.press(self.words.on)
        if way == "app":
            self.log_in()

    def log_in(self) -> None:
        """The page of the app: address, password and the code of the second step."""
        page = self.window.page
        page.get_by_label("E-mailadres").fill(self.person.email)
        page.get_by_label("Wachtwoord").fill(PASSWORD)
        page.get_by_label("Code van uw").fill(CODE)
        self.window.press("Inloggen")

    def tell(self) -> None:
        """Who this is, and where to reach them."""
        page, born = self.window.page, self.person.birth_date
        page.get_by_label(self.words.name).fill(self.person.name)
        for part, value in zip(self.words.birth, (born.day, born.month, born.year), strict=True):
            page.get_by_label(part, exact=True).fill(str(value))
        page.get_by_label(self.words.postcode).fill(self.person.postcode)
        page.get_by_label(self.words.by_mail, exact=True).check()
        page.get_by_label(self.words.address, exact=True).fill(self.person.email)
        self.window.press(self.words.on)

    def confirmation(self) -> Filed:
        """Number and key of the confirmation page."""
        page = self.window.page
        reference = page.locator(".panel .ref").inner_text()
        return Filed(reference, re.sub(r"\s", "", page.locator("code.secret").inner_text()))

    def type_code(self, code: str) -> None:
        """Fill in a code."""
        self.window.page.get_by_label(self.words.the_code).fill(code)
        self.window.press(self.words.on)

    def follow(self, filed: Filed) -> None:
        """Find the request again with number and key, from any browser."""
        page = self.window.open({"nl": "/nl/volgen", "en": "/en/follow"}[self.words.code])
        page.get_by_label(self.words.number).fill(filed.reference)
        page.get_by_label(self.words.key).fill(filed.key)
        self.window.press(self.words.show)


def mailed_code(letter_box: Path, person: Person, reference: str) -> str:
    """The code that was mailed to this person for this request."""
    return until(lambda: _code_in(letter_box, person, reference), "the mail with the code")


def _code_in(letter_box: Path, person: Person, reference: str) -> str | None:
    for path in sorted(letter_box.glob("*.eml"), key=lambda one: -one.stat().st_mtime):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("plain",))
        text = str(body.get_content()) if body else ""
        found = re.search(r"code is:\s*(\d{4}\s?\d{4})", text)
        if found and reference in str(mail["Subject"]) and person.email in str(mail["To"]):
            return found[1]
    return None
