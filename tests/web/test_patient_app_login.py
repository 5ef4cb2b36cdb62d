"""Logging in with the app, against a real login over HTTP (T16, T38, T39, T59)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine

from demo.journal import Journal
from demo.person import Person
from demo.population import Cast, people, played_by
from demo.standins import cognito
from dsr.core.settings import CognitoSettings
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import app_link, case
from dsr.services.app_link import LinkFacts
from dsr.services.case import Who
from dsr.services.house import House
from dsr.services.office import utc_now
from dsr.web.app import create_app
from tests.connectors.serving import served
from tests.makers import make_house, make_item, make_staff
from tests.web.answers import make_answered
from tests.web.browsing import Browser

PEOPLE = people(count=21)
ANNA = played_by(PEOPLE, Cast.APP)
OTHER = next(p for p in PEOPLE if p.has_app and p != ANNA and p.practice == ANNA.practice)
PLAIN = next(p for p in PEOPLE if p.has_app and not p.mfa)


@dataclass(frozen=True)
class Site:
    """Our pages beside the app's login."""

    house: House
    browser: Browser

    def link(self, person: Person) -> None:
        """The practice links an account to its patient."""
        practices = ("kralingen", "centrum", "zuidplein")
        staff = make_staff(self.house, login=f"s{person.number}")
        who = Who(code="staff", staff_id=staff.id, practices=practices)
        facts = LinkFacts(
            id="",
            practice=person.practice,
            issuer=self.cognito.issuer,
            sub=person.cognito_sub,
            patient_number=person.patient_number,
        )
        with self.house.writing() as session:
            app_link.make(session, self.house.office, facts, who)

    @property
    def cognito(self) -> CognitoSettings:
        assert self.house.settings.cognito is not None
        return self.house.settings.cognito

    def to_login(self, practice: str = ANNA.practice) -> str:
        """Choose, in a fresh visit, to log in with the app; the address of its login."""
        self.browser.client.delete_cookie("visit")
        self.browser.open(f"/nl/?praktijk={practice}").send("begin")
        self.browser.send(wants=["access"]).send(scope=["all"])
        self.browser.send(way="app")
        assert self.browser.page.status_code == 303
        return str(self.browser.page.location)

    def signed_in(self, address: str, person: Person) -> str:
        """Sign in at the app; the address that the app sends the browser back to."""
        form = {"username": person.cognito_sub, "password": "demo", "code": "000000"}
        answer = httpx.post(address, data=form, timeout=10)
        assert answer.status_code == 303
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}" == self.house.settings.public_url
        return f"{back.path}?{back.query}"

    def log_in(self, person: Person) -> Browser:
        """All of it."""
        return self.browser.open(self.signed_in(self.to_login(), person))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(cognito.build(PEOPLE, Journal("cognito"))) as url:
        issuer = f"{url}/{cognito.POOL}"
        settings = CognitoSettings(
            issuer=issuer,
            jwks_url=f"{issuer}/.well-known/jwks.json",
            client_id=cognito.CLIENT_ID,
            login_url=f"{url}/oauth2/authorize",
            token_url=f"{url}/oauth2/token",
        )
        house = make_house(
            tmp_path, clock=utc_now, cognito=settings, public_url="http://127.0.0.1:5000"
        )
        yield Site(house, Browser(create_app(house)))
        house.engine.dispose()


def the_request(house: House) -> SubjectRequest:
    with house.reading() as session:
        row = session.query(SubjectRequest).one()
        return subject_requests.by_id(session, row.id)


def to_sent(site: Site, person: Person) -> Browser:
    site.log_in(person)
    return site.browser.send("versturen")


def test_the_login_is_asked_for_with_pkce_state_and_nonce(site: Site) -> None:
    asked = parse_qs(urlsplit(site.to_login()).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:5000/inloggen/terug"]
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))


def test_a_linked_account_with_a_second_factor_reaches_ia3(site: Site) -> None:
    site.link(ANNA)
    to_sent(site, ANNA)
    row = the_request(site.house)
    assert (row.level, row.level_how) == (Level.IA3, "app")
    assert "U hoeft nu niets te doen." in site.browser.text
    with site.house.reading() as session:
        key = case.case_key(session, site.house.office, row)
        subject, extra = case.open_subject(key, row)
    assert subject.patient_number == ANNA.patient_number
    assert extra["app_account"] == f"{site.cognito.issuer}|{ANNA.cognito_sub}"


def test_who_is_known_by_the_app_asks_in_six_pages(site: Site) -> None:
    site.link(ANNA)
    site.log_in(ANNA)
    assert site.browser.title.startswith("Stap 5 van 5: Controleer uw verzoek")
    assert ANNA.name in site.browser.text
    assert "/nl/over-u" not in site.browser.links, "what the app says is not for changing"
    site.browser.send("versturen")
    assert site.browser.path == "/nl/verstuurd"


def test_a_linked_account_without_a_second_factor_reaches_ia2_and_is_told_so(site: Site) -> None:
    site.link(PLAIN)
    site.log_in(PLAIN)
    assert "U logde in zonder extra code." in site.browser.text
    site.browser.send("versturen")
    assert the_request(site.house).level == Level.IA2


def test_an_account_that_is_not_linked_must_show_itself_otherwise(site: Site) -> None:
    site.log_in(ANNA)
    assert site.browser.path == "/nl/wie-bent-u"
    assert "nog niet gekoppeld aan een patiënt" in site.browser.text
    site.browser.open("/nl/controleren")
    assert site.browser.path == "/nl/wie-bent-u"


def test_the_practice_of_the_link_answers(site: Site) -> None:
    site.link(ANNA)
    elsewhere = next(one for one in ("zuidplein", "centrum") if one != ANNA.practice)
    site.browser.open(site.signed_in(site.to_login(elsewhere), ANNA))
    site.browser.send("versturen")
    assert the_request(site.house).practice == ANNA.practice


def test_an_answer_of_the_login_counts_once(site: Site) -> None:
    site.link(ANNA)
    back = site.signed_in(site.to_login(), ANNA)
    assert site.browser.open(back).page.status_code == 200
    assert site.browser.open(back).page.status_code == 403


def test_an_answer_with_another_state_is_refused(site: Site) -> None:
    site.link(ANNA)
    back = site.signed_in(site.to_login(), ANNA)
    code = parse_qs(urlsplit(back).query)["code"][0]
    for state in ("", "guessed", "ü"):
        site.to_login()
        forged = site.browser.client.get(
            "/inloggen/terug", query_string={"code": code, "state": state}
        )
        assert forged.status_code == 403


def test_a_code_of_somebody_elses_login_is_refused(site: Site) -> None:
    site.link(ANNA)
    theirs = site.signed_in(site.to_login(), ANNA)
    code = parse_qs(urlsplit(theirs).query)["code"][0]
    mine = Browser(site.browser.client.application)
    victim = Site(site.house, mine)
    state = parse_qs(urlsplit(victim.to_login()).query)["state"][0]
    mine.open(f"/inloggen/terug?code={code}&state={state}")
    assert mine.page.status_code == 503, "the verifier does not fit"
    assert mine.open("/nl/controleren").path == "/nl/wie-bent-u"


def test_who_turns_back_at_the_login_can_choose_again(site: Site) -> None:
    state = parse_qs(urlsplit(site.to_login()).query)["state"][0]
    site.browser.open(f"/inloggen/terug?error=access_denied&state={state}")
    assert site.browser.path == "/nl/wie-bent-u"


def test_nothing_in_the_answer_chooses_where_to_go(site: Site) -> None:
    for bad in ("//evil.example", "/\\evil.example", "https:evil.example", "%0d%0aLocation:x"):
        state = parse_qs(urlsplit(site.to_login()).query)["state"][0]
        answer = site.browser.client.get(
            "/inloggen/terug",
            query_string={"error": "x", "state": state, "next": bad, "url": bad, "leeg": bad},
        )
        assert answer.location == "/nl/wie-bent-u"


def test_a_forged_host_changes_no_address(site: Site) -> None:
    client = site.browser.client
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for address in ("/", "/nl", "/en/volgen", "/nl/gegevens"):
        assert client.get(address, headers=evil).location.startswith("/")
    assert "evil.example" not in client.get("/nl/", headers=evil).get_data(as_text=True)
    site.browser.open("/nl/?praktijk=kralingen").send("begin")
    site.browser.send(wants=["access"]).send(scope=["all"])
    form = site.browser.form()
    filled = site.browser.filled(form, {"way": "app"})
    kept = {name: client.get_cookie(name) for name in ("visit", "login")}
    cookies = "; ".join(f"{name}={one.value}" for name, one in kept.items() if one)
    stranger = client.application.test_client(use_cookies=False)
    answer = stranger.post("/nl/wie-bent-u", data=filled, headers={**evil, "Cookie": cookies})
    asked = parse_qs(urlsplit(answer.location).query)
    assert asked["redirect_uri"] == ["http://127.0.0.1:5000/inloggen/terug"]


def test_the_login_page_is_the_only_other_place_a_form_may_end(site: Site) -> None:
    site.browser.open(f"/nl/?praktijk={ANNA.practice}").send("begin")
    site.browser.send(wants=["access"]).send(scope=["all"])
    policy = site.browser.page.headers["Content-Security-Policy"]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(site.cognito.login_url))
    assert f"form-action 'self' {origin};" in policy
    assert (
        "form-action 'self';"
        in site.browser.open("/nl/privacy").page.headers["Content-Security-Policy"]
    )


def test_only_the_persons_own_account_opens_an_answer(site: Site) -> None:
    site.link(ANNA)
    site.link(OTHER)
    to_sent(site, ANNA)
    mine = the_request(site.house)
    finished = make_answered(site.house, row=mine, found={"crm": [make_item()]})
    site.browser.open("/nl/antwoord")
    assert site.browser.title.startswith("U krijgt al uw gegevens")
    for person, opens in ((OTHER, False), (ANNA, True)):
        site.browser.client.delete_cookie("visit")
        site.browser.open("/nl/volgen").send(
            "zoeken",
            reference=finished.reference,
            key=site.house.office.secret_of(finished.reference),
        )
        site.browser.open("/nl/antwoord").send("inloggen")
        back = site.signed_in(str(site.browser.page.location), person)
        site.browser.open(back)
        assert site.browser.path == "/nl/antwoord"
        assert site.browser.title.startswith("U krijgt al") is opens
        if not opens:
            assert "Met dit app-account kunt u dit antwoord niet openen." in site.browser.text
            assert site.browser.client.get("/nl/antwoord/brief.pdf").status_code == 403


def test_without_a_login_of_the_app_it_is_not_offered(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    browser = Browser(create_app(house)).open("/nl/?praktijk=kralingen").send("begin")
    browser.send(wants=["access"]).send(scope=["all"])
    assert "Inloggen met de app" not in browser.text
    browser.send(way="app")
    assert browser.page.status_code == 422
    house.engine.dispose()


def test_a_login_that_has_grown_old_is_said_to_open_less(site: Site) -> None:
    site.link(ANNA)
    site.log_in(ANNA)
    assert "15 minuten geleden" not in site.browser.text
    later = utc_now() + timedelta(minutes=16)
    with time_machine.travel(later, tick=True):
        site.browser.open("/nl/controleren")
    assert "U logde langer dan 15 minuten geleden in." in site.browser.text


def test_who_just_signed_in_withdraws_a_consent_in_three_clicks(site: Site) -> None:
    site.link(ANNA)
    to_sent(site, ANNA)
    before = the_request(site.house).id
    browser = site.browser.open("/nl/").send("begin", wants="withdrawal")  # the card
    assert browser.path == "/nl/toestemming"
    assert "Nu intrekken" in browser.text
    browser.send(purposes=["A.2"])  # a tick, and the button
    assert browser.path == "/nl/verstuurd"
    with site.house.reading() as session:
        (made,) = session.query(SubjectRequest).filter(SubjectRequest.id != before)
        row = subject_requests.by_id(session, made.id)
    assert ([item.right for item in row.items], row.level) == (["withdrawal"], Level.IA3)


def test_a_withdrawal_sent_twice_at_once_is_one_request(site: Site) -> None:
    site.link(ANNA)
    to_sent(site, ANNA)
    browser = site.browser.open("/nl/").send("begin", wants="withdrawal")
    data = browser.filled(browser.form(), {"purposes": ["A.2"]})
    codes = [browser.client.post("/nl/toestemming", data=data).status_code for _ in range(2)]
    assert codes == [303, 303]
    with site.house.reading() as session:
        assert session.query(SubjectRequest).count() == 2


def test_a_withdrawal_with_another_right_is_checked_first(site: Site) -> None:
    site.link(ANNA)
    to_sent(site, ANNA)
    browser = site.browser.open("/nl/").send("begin")
    browser.send(wants=["portability", "withdrawal"]).send(values={"to": "me"})
    assert "Nu intrekken" not in browser.text
    assert browser.send(purposes=["A.2"]).path == "/nl/controleren"


def test_a_login_of_half_an_hour_ago_is_asked_again(site: Site) -> None:
    site.link(ANNA)
    to_sent(site, ANNA)
    with time_machine.travel(utc_now() + timedelta(minutes=31), tick=True):
        browser = site.browser.open("/nl/").send("begin", wants="withdrawal")
        assert "Nu intrekken" not in browser.text
        assert browser.send(purposes=["A.2"]).path == "/nl/wie-bent-u"
