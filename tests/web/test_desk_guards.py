"""Every address x every role x own, other and no request (T21, T22, T23)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from dsr.db.subject_requests import SubjectRequest
from dsr.web.guards import guard_of
from tests.web.desk import Desk, make_desk, url

ROLES = ("officer", "approver", "clinician", "administrator")
PRACTICES = ("kralingen", "centrum", "zuidplein")
#: addresses that only exist for a request
OF_REQUEST = "<reference>"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def rules(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every page of the desk but the door itself."""
    return [
        (rule.endpoint, method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("desk.") and rule.endpoint not in PUBLIC
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


#: it holds the second in which the page was made
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')
PUBLIC = ("desk.sign_in", "desk.sign_in_now")


def filled(rule: str, row: SubjectRequest) -> str:
    """An address with this request and made-up ids in it."""
    for name, value in {
        "<reference>": row.reference,
        "<step_id>": "0" * 32,
        "<letter_id>": "0" * 32,
        "<link_id>": "0" * 32,
        "<staff_id>": "0" * 32,
        "<item_id>": "0" * 32,
        "<batch_id>": "0" * 32,
        "<proof_id>": "0" * 32,
        "<restriction_id>": "0" * 32,
    }.items():
        rule = rule.replace(name, value)
    return rule


def test_only_the_door_is_public(desk: Desk) -> None:
    public = {
        rule.endpoint
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith("desk.")
        and (found := guard_of(desk.app, rule.endpoint)) is not None
        and found.kind != "desk"
    }
    assert public == set(PUBLIC)


def test_an_administrator_may_open_no_address_of_a_request(desk: Desk) -> None:
    for endpoint, _method, rule in rules(desk.app):
        found = guard_of(desk.app, endpoint)
        assert found is not None
        assert found.roles
        if OF_REQUEST in rule:
            assert "administrator" not in found.roles, endpoint


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_own_addresses_and_no_other(desk: Desk, role: str) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    row = desk.found()
    browser = desk.enter(roles=(role,))
    for endpoint, method, rule in rules(desk.app):
        if endpoint == "desk.sign_out":
            continue
        found = guard_of(desk.app, endpoint)
        assert found is not None
        answer = browser.client.open(filled(rule, row), method=method)
        refused = answer.status_code == 403 and "geen rol" in answer.text
        assert refused == (role not in found.roles), (endpoint, method, answer.status_code)
        assert answer.status_code != 500, endpoint


@pytest.mark.parametrize("practice", PRACTICES[1:])
def test_a_request_of_another_practice_reads_as_none(desk: Desk, practice: str) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    other = desk.found(practice=practice)
    browser = desk.enter(roles=("officer", "approver", "clinician"))
    for endpoint, method, rule in rules(desk.app):
        if OF_REQUEST not in rule:
            continue
        with_it = browser.client.open(filled(rule, other), method=method, data=desk.proofs())
        nothing = filled(rule, other).replace(other.reference, "AVG-2222-2222")
        without = browser.client.open(nothing, method=method, data=desk.proofs())
        assert (with_it.status_code, without.status_code) == (404, 404), endpoint
        told = without.text.replace(nothing, filled(rule, other))
        assert TOKEN.sub("", with_it.text) == TOKEN.sub("", told), endpoint


def test_somebody_of_two_practices_sees_both_and_not_the_third(desk: Desk) -> None:
    rows = {practice: desk.found(practice=practice) for practice in PRACTICES}
    browser = desk.enter(practices=PRACTICES[:2])
    page = browser.open("/desk/queue").text
    seen = {practice for practice, row in rows.items() if row.reference in page}
    assert seen == set(PRACTICES[:2])
    typed = browser.open(f"/desk/queue?q={rows['zuidplein'].reference}")
    assert "geen verzoek met dit nummer" in typed.text
    page = browser.open("/desk/queue?practice=zuidplein").text
    assert rows["zuidplein"].reference not in page


def test_the_log_of_another_practice_reads_as_none(desk: Desk) -> None:
    browser = desk.enter()
    assert browser.open("/desk/log?practice=centrum").page.status_code == 404
    assert browser.open("/desk/links?practice=centrum").page.status_code == 404


def test_an_administrator_sees_no_patient_and_no_number(desk: Desk) -> None:
    row = desk.found(name="Anouk Voorbeeld")
    browser = desk.enter("beheer", roles=("administrator",))
    for page in ("/desk/", "/desk/log", "/desk/staff"):
        text = browser.open(page).text
        assert browser.page.status_code == 200
        assert row.reference not in text
        assert "Anouk" not in text
    assert browser.open(url(row)).page.status_code == 403
    assert browser.open(f"/desk/queue?q={row.reference}").page.status_code == 403


def test_a_form_without_its_token_does_nothing(desk: Desk) -> None:
    browser, row = desk.mine()
    answer = browser.client.post(url(row, "notes"), data={"note": "iets"})
    assert answer.status_code == 400


def test_every_page_carries_its_headers_also_when_refused(desk: Desk) -> None:
    browser, row = desk.mine()
    for page in ("/desk/", url(row), url(row, "decision"), "/desk/nothing"):
        headers = browser.open(page).page.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store"
