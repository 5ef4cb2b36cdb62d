"""Deciding, approving and sending (T25, T26, T76, T77)."""

from __future__ import annotations

import threading

import pytest
from markupsafe import escape

from dsr.core.request import Verb
from dsr.core.subject import Level
from dsr.db import steps, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.law.grounds import REFUSALS, articles_of, ground
from dsr.services import pack, stages
from dsr.services.house import House
from tests.makers import Clock, make_item, make_request
from tests.web.browsing import Browser
from tests.web.desk import Desk, desk_of, url

REFUSAL = {
    "decision": "refused",
    "grounds": "excessive",
    "facts": "Dit is het dertiende verzoek van dit jaar om dezelfde gegevens.",
    "instead": "U krijgt de lijst met wat erbij kwam.",
}


@pytest.fixture
def desk(house: House, clock: Clock) -> Desk:
    return desk_of(house, clock)


def at_decision(desk: Desk, login: str = "anna") -> tuple[Browser, SubjectRequest]:
    browser, row = desk.mine(login)
    return browser.open(url(row, "decision")), row


def made_answer(desk: Desk, row: SubjectRequest) -> None:
    """What the worker does: a letter and, where due, a package."""
    office = desk.house.office
    with desk.house.writing() as db:
        step = next(s for s in steps.of_request(db, row.id) if s.verb == Verb.PACK)
        work = pack.begin(db, office, step.id)
    assert work is not None
    letter = office.vault.put(f"{work.folder}/letter", work.key, [b"%PDF-1.7 letter"])
    package = None
    if work.contents is not None:
        package = office.vault.put(f"{work.folder}/package", work.key, [b"PK package"])
    with desk.house.writing() as db:
        pack.finish(db, office, work, pack.Made(letter=letter, package=package))


def test_the_proposal_is_chosen_and_what_does_not_fit_is_off(desk: Desk) -> None:
    browser, _row = at_decision(desk)
    assert "voorstel: alles geven" in browser.text
    assert ("decision", "granted") in browser.form("/decision").fields
    assert browser.text.count("disabled") == 2


def test_a_ground_shows_its_article_with_a_link_to_the_law(desk: Desk) -> None:
    browser, _row = at_decision(desk)
    for one in articles_of(REFUSALS):
        assert one.cited("nl") in browser.text
        assert f'href="{escape(one.link("nl"))}"' in browser.text


def test_a_reason_to_withhold_names_its_articles_in_the_language_of_the_desk(desk: Desk) -> None:
    browser, row = desk.mine("anna")
    text = browser.open(url(row, "review")).text
    assert "Gegevens van een ander (artikel 15 lid 4 AVG, artikel 7:456 BW)" in text


def test_deciding_leads_to_the_worker(desk: Desk) -> None:
    browser, row = at_decision(desk)
    browser.send("/decision")
    assert browser.path == url(row)
    assert desk.stage(row) == "executing"


@pytest.mark.parametrize("decision", ["nothing_held", "partly", "transferred", "", "x"])
def test_a_decision_that_does_not_fit_the_facts_is_refused(desk: Desk, decision: str) -> None:
    browser, row = at_decision(desk)
    browser.send("/decision", decision=decision)
    assert browser.page.status_code == 422
    assert desk.stage(row) == "reviewing"


def test_a_decision_on_other_data_than_was_seen_does_nothing(desk: Desk) -> None:
    browser, row = at_decision(desk)
    stale = browser.form("/decision")
    browser.open(url(row, "review")).send("/withhold", n="0", reason="third_party")
    answer = browser.client.post(stale.action, data=dict(stale.fields))
    assert answer.status_code == 409
    assert "Iemand anders heeft dit net veranderd" in answer.text
    assert desk.stage(row) == "reviewing"


def test_a_made_up_digest_does_nothing(desk: Desk) -> None:
    browser, row = at_decision(desk)
    browser.send("/decision", seen="0" * 64)
    assert browser.page.status_code == 409
    assert desk.stage(row) == "reviewing"


def test_of_two_officers_at_once_one_decides_and_one_hears_it(desk: Desk) -> None:
    anna, row = at_decision(desk)
    merel = desk.enter("merel").open(url(row, "decision"))
    merel.send("/look", look="collega is ziek")
    forms = [(one, one.form("/decision")) for one in (anna, merel)]
    codes: list[int] = []

    def decide(browser: Browser, action: str, fields: dict[str, str]) -> None:
        codes.append(browser.client.post(action, data=fields).status_code)

    threads = [
        threading.Thread(target=decide, args=(one, form.action, dict(form.fields)))
        for one, form in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(codes) == [303, 409]
    with desk.house.reading() as db:
        packs = [s for s in steps.of_request(db, row.id) if s.verb == Verb.PACK]
    assert len(packs) == 1


def test_a_medical_file_waits_for_the_clinician(desk: Desk) -> None:
    item = make_item(dataset="dossier", kind="Condition", data={"code": {"text": "Eczeem"}})
    browser, row = desk.mine(items={"his": [item]})
    browser.open(url(row, "decision")).send("/decision")
    assert browser.page.status_code == 409
    assert "Eerst tekent een zorgverlener" in browser.text
    assert desk.stage(row) == "reviewing"


@pytest.mark.parametrize("missing", ["grounds", "facts", "instead"])
def test_a_refusal_without_its_parts_is_sent_back_with_what_was_typed(
    desk: Desk, missing: str
) -> None:
    browser, row = at_decision(desk)
    browser.send("/decision", {**REFUSAL, missing: ""})
    assert browser.page.status_code == 422
    assert f'id="fout-{missing}"' in browser.text
    kept = [words for name, words in REFUSAL.items() if name in ("facts", "instead")]
    assert all(words in browser.text for words in kept if words != REFUSAL[missing])
    assert desk.stage(row) == "reviewing"


def refused(desk: Desk) -> SubjectRequest:
    browser, row = at_decision(desk)
    browser.send("/decision", REFUSAL)
    assert desk.stage(row) == "approving"
    return row


def approving(desk: Desk, row: SubjectRequest, **changed: str) -> Browser:
    """A second person who types the number over and proves who they are."""
    browser = desk.enter("ruben", roles=("approver",), **changed)
    browser.open(url(row, "approval"))
    return browser


def test_a_refusal_goes_out_only_after_a_second_person(desk: Desk) -> None:
    row = refused(desk)
    browser = approving(desk, row)
    assert REFUSAL["facts"] in browser.text
    browser.send("/approve", typed=row.reference.lower())
    assert browser.page.status_code == 401
    assert desk.stage(row) == "approving"
    browser.send("/approve", desk.proofs())
    assert browser.path == "/desk/approvals"
    assert desk.stage(row) == "executing"


@pytest.mark.parametrize("code", ["rights_of_others", "important_interest"])
def test_a_ground_that_is_offered_no_longer_still_shows_in_what_was_decided(
    desk: Desk, code: str
) -> None:
    row = refused(desk)
    with desk.house.writing() as db:
        stages.access_item(subject_requests.by_id(db, row.id)).grounds = [code]
    browser = approving(desk, row)
    assert ground(code).words("nl") in browser.text
    preview = browser.client.get(url(row, "preview")).get_data(as_text=True)
    assert ground(code).article("nl") in preview


def test_approving_asks_who_you_are_also_just_after_signing_in(desk: Desk) -> None:
    row = refused(desk)
    assert approving(desk, row).send("/approve", typed=row.reference).page.status_code == 401


def test_the_number_has_to_be_typed_over(desk: Desk) -> None:
    row = refused(desk)
    browser = approving(desk, row)
    browser.send("/approve", typed="AVG-2222-2222").send("/approve", desk.proofs())
    assert browser.page.status_code == 422
    assert desk.stage(row) == "approving"


def test_nobody_approves_their_own_decision(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    browser = desk.enter("anna", roles=("officer", "approver"))
    row = desk.found()
    desk.give(row, "anna")
    browser.open(url(row, "decision")).send("/decision", REFUSAL)
    browser.open(url(row, "approval"))
    assert "U nam dit besluit zelf" in browser.text
    typed = {"typed": row.reference, **desk.proofs()}
    assert browser.client.post(url(row, "approve"), data=typed).status_code == 403
    assert desk.stage(row) == "approving"


def test_a_second_account_of_the_same_person_is_no_second_person(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    row = refused(desk)
    browser = desk.enter("anna2", roles=("approver",), person_key="anna")
    assert "U nam dit besluit zelf" in browser.open(url(row, "approval")).text
    typed = {"typed": row.reference, **desk.proofs()}
    assert browser.client.post(url(row, "approve"), data=typed).status_code == 403
    assert desk.stage(row) == "approving"


def test_a_second_person_may_send_it_back_with_a_reason(desk: Desk) -> None:
    row = refused(desk)
    browser = approving(desk, row)
    browser.send("/send-back", why=" ")
    assert browser.page.status_code == 422
    browser.open(url(row, "approval")).send("/send-back", why="Twaalf keer is niet te veel.")
    assert desk.stage(row) == "reviewing"


def test_the_preview_is_the_letter_with_a_policy_of_its_own(desk: Desk) -> None:
    browser, row = at_decision(desk)
    answer = browser.open(url(row, "preview")).page
    policy = answer.headers["Content-Security-Policy"]
    assert "U krijgt al uw gegevens" in answer.text
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy
    assert "asset:" not in answer.text
    assert desk.stage(row) == "reviewing"


def test_the_preview_of_a_refusal_shows_what_is_typed_and_keeps_nothing(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    browser, row = at_decision(desk)
    answer = browser.client.post(url(row, "preview"), data=REFUSAL)
    assert REFUSAL["facts"] in answer.text
    assert "artikel 12 lid 5 onder b van de AVG" in answer.text
    with desk.house.reading() as db:
        item = subject_requests.by_id(db, row.id).items[0]
    assert (item.decision, item.reasons_sealed, item.stage) == (None, None, "reviewing")


def test_the_answer_is_sent_and_the_request_closed(desk: Desk) -> None:
    browser, row = at_decision(desk)
    browser.send("/decision")
    made_answer(desk, row)
    browser.open(url(row, "send"))
    assert "Antwoord op inzage" in browser.text
    letter = next(link for link in browser.links if "/letters/" in link)
    pdf = browser.client.get(letter)
    assert (pdf.mimetype, pdf.data) == ("application/pdf", b"%PDF-1.7 letter")
    browser.open(url(row, "send")).send("/send")
    assert desk.stage(row) == "closed"
    assert "Antwoord verstuurd." in browser.text


def test_sending_after_five_minutes_asks_who_you_are(desk: Desk) -> None:
    browser, row = at_decision(desk)
    browser.send("/decision")
    made_answer(desk, row)
    desk.clock.move(minutes=6)
    browser.open(url(row, "send")).send("/send")
    assert browser.page.status_code == 401
    assert desk.stage(row) == "replying"
    browser.send("/send", desk.proofs())
    assert desk.stage(row) == "closed"


def test_nothing_is_sent_before_the_letter_is_made(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    browser, row = at_decision(desk)
    assert browser.client.post(url(row, "send")).status_code == 409
    browser.client.post(url(row, "decision"), data=dict(browser.form("/decision").fields))
    assert browser.client.post(url(row, "send")).status_code == 409
    assert desk.stage(row) == "executing"


def test_nothing_is_decided_before_the_search_is_over(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    browser = desk.enter()
    row = make_request(desk.house, level=Level.IA4)
    desk.give(row, "anna")
    answer = browser.client.post(url(row, "decision"), data={"decision": "granted", "seen": "x"})
    assert answer.status_code == 409
    assert desk.stage(row) == "searching"


def test_a_package_is_handed_over_at_the_desk_and_recorded(desk: Desk) -> None:
    browser, row = at_decision(desk)
    browser.send("/decision")
    made_answer(desk, row)
    browser.open(url(row, "send")).send("/send")
    browser.open(url(row, "send")).send("/package")
    assert browser.page.data == b"PK package"
    assert "Pakket opgehaald." in browser.open(url(row)).text


def test_a_clean_request_takes_at_most_twelve_clicks(desk: Desk) -> None:
    """From the queue to sent: take, review, decide, send; each send() and open() is a click."""
    row = desk.found()
    browser = desk.enter().open("/desk/queue")
    clicks = 0
    for go in (
        lambda: browser.open(url(row)),
        lambda: browser.send("/take"),
        lambda: browser.open(url(row, "review")),
        lambda: browser.open(url(row, "decision")),
        lambda: browser.send("/decision"),
    ):
        go()
        clicks += 1
    made_answer(desk, row)
    for go in (lambda: browser.open(url(row, "send")), lambda: browser.send("/send")):
        go()
        clicks += 1
    assert desk.stage(row) == "closed"
    assert clicks <= 12
