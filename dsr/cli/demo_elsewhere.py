"""The parts of the demo that are played elsewhere: the app's sign-in, and OneAssist's own desk."""

from __future__ import annotations

import base64
import email
import email.policy
import re
import secrets
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from demo.person import Person
from dsr.cli.demo_case import good
from dsr.cli.demo_waiting import until
from dsr.core.settings import Settings
from dsr.law.calendar import civil_date
from dsr.services.office import utc_now

PASSWORD, SECOND_FACTOR = "demo", "000000"
BY = "J. de Boer, servicedesk van OneAssist (voorbeeld)"
_TOKEN = re.compile(r"/verwerker/([A-Za-z0-9_-]{20,})")
_CODE = re.compile(r"is: ([0-9]{4} ?[0-9]{4})")
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def app_token(settings: Settings, person: Person) -> str:
    """Sign in with the app and a second factor, as a browser does; the app's own token."""
    cognito = settings.cognito
    assert cognito is not None  # noqa: S101 (the demo has an app)
    verifier, back = secrets.token_urlsafe(40), "http://127.0.0.1/app"
    digest = sha256(verifier.encode()).digest()
    asked = {
        "client_id": cognito.client_id,
        "redirect_uri": back,
        "response_type": "code",
        "state": secrets.token_urlsafe(8),
        "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }
    typed = {"username": person.email, "password": PASSWORD, "code": SECOND_FACTOR}
    sent = httpx.post(cognito.login_url, params=asked, data=typed, timeout=20)
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "client_id": cognito.client_id,
        "redirect_uri": back,
        "code": code,
        "code_verifier": verifier,
    }
    token: str = good(httpx.post(cognito.token_url, data=form, timeout=20))["id_token"]
    return token


class OneAssist:
    """The person at OneAssist who reads its mailbox and answers by the form behind the link."""

    def __init__(self, url: str, letter_box: Path) -> None:
        self.url, self.letter_box = url, letter_box
        self.seen: set[str] = set()

    def answer(self, reference: str, **answer: str) -> None:
        """Open the newest task of this request, prove to read the mailbox, and fill it in."""
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=30) as browser:
            page = browser.get(f"/verwerker/{self._newest(reference, _TOKEN)}")
            page = browser.post("/nl/verwerker/stuur-code", data=_hidden(page))
            typed = {**_hidden(page), "code": self._newest(reference, _CODE)}
            page = browser.post("/nl/verwerker/code", data=typed)
            said = {**_hidden(page), "on": civil_date(utc_now()).isoformat(), "by": BY, **answer}
            good(browser.post("/nl/verwerker/taak", data=said), read=False)

    def _newest(self, reference: str, wanted: re.Pattern[str]) -> str:
        found: list[str] = []

        def arrived() -> bool:
            for path in sorted(self.letter_box.glob("*.eml"), key=lambda one: one.stat().st_mtime):
                found.extend(self._read(path, reference, wanted))
            return bool(found)

        until(arrived, "a mail to OneAssist")
        return found[-1]

    def _read(self, path: Path, reference: str, wanted: re.Pattern[str]) -> list[str]:
        if path.name in self.seen:
            return []
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        text = mail.get_content()
        hit = wanted.search(text)
        if "oneassist" not in str(mail["to"]).lower() or hit is None:
            return []
        if reference not in text and reference not in str(mail["subject"]):
            return []
        self.seen.add(path.name)
        return [hit[1] if hit.groups() else hit[0]]


def _hidden(page: httpx.Response) -> dict[str, str]:
    good(page, read=False)
    return dict(_HIDDEN.findall(page.text))
