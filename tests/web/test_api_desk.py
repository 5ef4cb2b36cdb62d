"""The desk's API: keys, scopes, practices, and the whole work of a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from dsr.core.connector import Candidate, Several
from dsr.core.request import Outcome
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.events import Event
from dsr.db.staff import ApiKey, Staff, StaffLogin
from dsr.db.subject_requests import SubjectRequest
from dsr.services import api_keys, case, plan, staff_login
from dsr.services.api_keys import NewKey
from dsr.services.house import House
from dsr.web import guards
from dsr.web.app import create_app
from tests.makers import Clock, make_found, make_house, make_item, make_request, make_staff
from tests.web.api import PDF, ZIP, bearer, client_of, make_answered, make_key, post

DESK = "/api/v1/desk/requests"
WHY = {"View-Reason": "testing the desk"}
ALL_ROLES = ("officer", "clinician")
REFUSAL = {
    "decision": "refused",
    "grounds": ["excessive"],
    "facts": "Het verzoek is deze maand negen keer herhaald, zonder dat er iets veranderde.",
    "instead": "Wij hebben het eerdere antwoord opnieuw gestuurd.",
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str, clock: Clock) -> House:
    return make_house(tmp_path, clock=clock, database_url=sqlite_url)


@pytest.fixture
def client(small: House) -> FlaskClient:
    return client_of(small)


def reviewing(house: House, *, level: Level = Level.IA4, **changed: Any) -> SubjectRequest:
    """A request under review with one plain item of the CRM."""
    row = make_request(house, level=level, **changed)
    make_found(house, row, {"crm": [make_item()]})
    return row


def shown(client: FlaskClient, row: SubjectRequest, key: str) -> Any:
    answer = client.get(f"{DESK}/{row.reference}", headers={**bearer(key), **WHY})
    assert answer.status_code == 200, answer.text
    return answer.json


def event_of(house: House, action: str) -> Event:
    with house.reading() as session:
        return session.scalars(
            select(Event).where(Event.action == action).order_by(Event.seq.desc()).limit(1)
        ).one()


def test_a_key_is_shown_once_and_kept_as_a_hash(small: House) -> None:
    _person, key = make_key(small)

    with small.reading() as session:
        dump = str(session.execute(text("SELECT * FROM api_keys")).all())
    assert key.startswith("dsr_")
    assert len(key) >= 4 + 43
    assert key not in dump
    assert key.removeprefix("dsr_") not in dump


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("login", {"login": "nobody"}),
        ("practice", {"practice": "centrum"}),
        ("scopes", {"scopes": ("everything",)}),
        ("scopes", {"scopes": ()}),
        ("days", {"days": 0}),
        ("days", {"days": 4000}),
    ],
)
def test_a_key_that_cannot_be_is_not_made(small: House, field: str, values: dict[str, Any]) -> None:
    make_staff(small, login="privacy")
    new = NewKey(**{"login": "privacy", "practice": "kralingen", **values})

    with pytest.raises(api_keys.BadInput) as refused, small.writing() as session:
        api_keys.make(session, small.office, new)

    assert refused.value.field == field


def test_stating_identity_and_deciding_are_off_unless_asked_for(
    small: House, client: FlaskClient
) -> None:
    row = reviewing(small)
    _person, key = make_key(small, scopes=api_keys.DEFAULT_SCOPES)
    path = f"{DESK}/{row.reference}"
    tried = [
        post(client, f"{path}/identity", {"document": "passport"}, **bearer(key)),
        post(client, f"{path}/decision", {"decision": "granted", "seen": "x"}, **bearer(key)),
        post(client, f"{path}/answer", **bearer(key)),
    ]

    assert [one.status_code for one in tried] == [403, 403, 403]
    assert "scope `identity`" in tried[0].json["message"]


@pytest.mark.parametrize("how", ["ended", "expired", "disabled", "moved", "wrong", "cut"])
def test_a_key_that_is_over_opens_nothing(
    small: House, client: FlaskClient, clock: Clock, how: str
) -> None:
    person, key = make_key(small, days=5)
    assert client.get(DESK, headers=bearer(key)).status_code == 200
    if how == "expired":
        clock.move(days=5)
    with small.writing() as session:
        row = session.scalars(select(ApiKey)).one()
        if how == "ended":
            api_keys.end(session, small.office, row.id)
        if how == "disabled":
            staff_login.disable(session, small.office, person.id)
        if how == "moved":
            session.get_one(Staff, person.id).practices = ["centrum"]
    offered = {"wrong": "dsr_" + "x" * 43, "cut": key[:-1]}.get(how, key)

    answer = client.get(DESK, headers=bearer(offered))

    assert (answer.status_code, answer.json["error"]) == (401, "not_known")


def test_no_endpoint_of_the_desk_opens_without_a_key(small: House) -> None:
    app = create_app(small)
    client = app.test_client()
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/desk")]

    for rule in rules:
        values = dict.fromkeys(rule.arguments, "AVG-2222-2222")
        path = rule.rule
        for name, value in values.items():
            path = path.replace(f"<{name}>", value)
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            for headers in ({}, {"Authorization": "Request abc"}, {"Cookie": "login=abc"}):
                answer = client.open(path, method=method, headers=headers, json={})
                assert (answer.status_code, answer.json["error"]) == (401, "not_known"), path
        found = guards.guard_of(app, rule.endpoint)
        assert found is not None
        assert found.kind == "api"
    assert len(rules) >= 18


def test_an_administrator_sees_no_patient(small: House, client: FlaskClient) -> None:
    row = reviewing(small)
    _person, key = make_key(small, roles=("administrator",))

    for path in (DESK, f"{DESK}/{row.reference}", f"{DESK}/{row.reference}/systems/crm/items"):
        assert client.get(path, headers={**bearer(key), **WHY}).status_code == 403


def test_another_practice_s_request_does_not_exist(small: House, client: FlaskClient) -> None:
    row, other = reviewing(small), reviewing(small, practice="centrum")
    _person, key = make_key(small, practices=("kralingen", "centrum"))

    listed = client.get(DESK, headers=bearer(key)).json["requests"]
    missing = client.get(f"{DESK}/{other.reference}", headers={**bearer(key), **WHY})
    nothing = client.get(f"{DESK}/AVG-2222-2222", headers={**bearer(key), **WHY})

    assert [one["reference"] for one in listed] == [row.reference]
    assert missing.status_code == nothing.status_code == 404
    assert missing.json["error"] == nothing.json["error"] == "not_found"


def test_the_queue_pages_by_due_date_and_holds_no_person(
    small: House, client: FlaskClient, clock: Clock
) -> None:
    rows = []
    for day in range(5):
        clock.move(days=day)
        rows.append(make_request(small, name=f"Persoon {day}"))
    _person, key = make_key(small)
    seen, after = [], ""
    while True:
        page = client.get(DESK, query_string={"limit": 2, "after": after}, headers=bearer(key))
        assert "Persoon" not in page.text
        seen += [one["reference"] for one in page.json["requests"]]
        after = page.json["next"] or ""
        if not after:
            break

    assert seen == [row.reference for row in rows]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "stage=zzz", "after=%27%20OR%201=1", "order=due",
        "limit=1&limit=2", "limit[]=1", "closed=maybe", "practice=centrum", "after=" + "A" * 90,
        "stage=searching'--",
    ],
)  # fmt: skip
def test_a_question_to_the_queue_that_is_not_known_is_refused(
    small: House, client: FlaskClient, query: str
) -> None:
    _person, key = make_key(small)

    answer = client.get(f"{DESK}?{query}", headers=bearer(key))

    assert (answer.status_code, answer.json["error"]) == (422, "bad_input")


def test_looking_needs_a_reason_or_the_request_and_is_noted(
    small: House, client: FlaskClient
) -> None:
    row = reviewing(small)
    person, key = make_key(small)
    path = f"{DESK}/{row.reference}"

    barred = client.get(path, headers=bearer(key))
    allowed = client.get(path, headers={**bearer(key), **WHY})
    taken = post(client, f"{path}/take", **bearer(key))
    mine = client.get(path, headers=bearer(key))

    assert [barred.status_code, allowed.status_code, taken.status_code, mine.status_code] == [
        403, 200, 204, 200,
    ]  # fmt: skip
    assert "View-Reason" in barred.json["message"]
    event = event_of(small, "viewed")
    with small.reading() as session:
        key_id = session.scalars(select(ApiKey.id)).one()
    assert event.actor == f"staff:{person.id}"
    assert (event.body["api_key"], event.body["what"]) == (key_id, "request")


def test_a_request_is_shown_with_its_person_and_the_outcome_of_every_source(
    small: House, client: FlaskClient
) -> None:
    row = reviewing(small)
    _person, key = make_key(small)

    told = shown(client, row, key)

    assert told["subject"]["name"] == "Anouk Voorbeeld"
    outcomes = {one["system"]: one["outcome"] for one in told["sources"] if one["verb"] == "search"}
    assert outcomes == {
        "app": "none_found", "his": "none_found", "crm": "done", "cognito": "none_found",
        "sendbird": "none_found", "oneassist": "none_found",
    }  # fmt: skip
    assert (told["stage"], told["level"], told["decision"]) == ("reviewing", "IA4", None)


def test_items_are_paged_and_show_what_would_be_given(small: House, client: FlaskClient) -> None:
    row = make_request(small, level=Level.IA2)
    items = [make_item(ref=f"r-{n}", data={"note": f"n {n}"}) for n in range(120)]
    make_found(small, row, {"crm": items})
    _person, key = make_key(small)
    first, numbers, pages = 0, [], 0
    while first is not None:
        page = client.get(
            f"{DESK}/{row.reference}/systems/crm/items",
            query_string={"first": first},
            headers={**bearer(key), **WHY},
        ).json
        numbers += [one["number"] for one in page["items"]]
        first, pages = page["next"], pages + 1

    assert (numbers, pages) == (list(range(120)), 3)
    assert page["items"][0]["data"] == page["items"][0]["given"] == {"note": "n 100"}


def test_a_whole_request_goes_from_desk_to_answer(house: House) -> None:
    client, row = client_of(house), make_request(house, level=Level.IA2)
    make_found(house, row, {"crm": [make_item(ref="a"), make_item(ref="b")]})
    _person, key = make_key(house, roles=ALL_ROLES)
    path, auth = f"{DESK}/{row.reference}", bearer(key)
    span = {"system": "crm", "number": 0, "path": "/note", "start": 0, "end": 4}
    cut = post(client, f"{path}/withholdings", {**span, "reason": "third_party"}, **auth)
    whole = {"system": "crm", "number": 1, "reason": "third_party"}
    kept = post(client, f"{path}/withholdings", whole, **auth)
    back = client.delete(f"{path}/withholdings/{kept.json['id']}", headers=auth)
    assert [cut.status_code, kept.status_code, back.status_code] == [201, 201, 204]
    old_seen = "0" * 64
    seen = shown(client, row, key)["seen"]

    blind = post(client, f"{path}/decision", {"decision": "partly", "seen": old_seen}, **auth)
    wrong = post(client, f"{path}/decision", {"decision": "granted", "seen": seen}, **auth)
    good = post(client, f"{path}/decision", {"decision": "partly", "seen": seen}, **auth)

    assert [blind.status_code, wrong.status_code, good.status_code] == [409, 422, 200]
    assert good.json == {"decision": "partly", "stage": "executing"}
    early = post(client, f"{path}/answer", **auth)
    assert (early.status_code, early.json["error"]) == (409, "not_now")
    assert event_of(house, "decided").body["api_key"]


def test_the_proposal_of_the_law_stands_beside_what_was_found(
    small: House, client: FlaskClient
) -> None:
    row = make_request(small, level=Level.IA4)
    make_found(small, row, {"crm": [make_item()]})
    _person, key = make_key(small, roles=ALL_ROLES)
    path, auth = f"{DESK}/{row.reference}", bearer(key)

    law = shown(client, row, key)["proposal"]
    given = [part for part in law["parts"] if part["handling"] == "given"]

    assert (law["decision"], law["waits_for"], law["clashes"]) == ("granted", [], False)
    assert [(part["systems"], part["count"], part["outcome"]) for part in given] == [
        (["crm"], 1, "grant")
    ]
    assert given[0]["facts"]["identity"] == "verified"
    assert "GDPR:15(1)" in given[0]["grounds"]
    body = {"decision": "granted", "seen": shown(client, row, key)["seen"]}
    assert post(client, f"{path}/decision", body, **auth).status_code == 200
    after = shown(client, row, key)
    assert after["proposal"] is None
    assert set(given[0]["grounds"]) <= set(after["grounds"])
    assert {one["code"] for one in after["ground_articles"]} == set(after["grounds"])


def test_letter_and_package_come_out_at_the_desk(small: House, client: FlaskClient) -> None:
    row = make_answered(small)
    _person, key = make_key(small)
    auth = {**bearer(key), **WHY}
    told = shown(client, row, key)
    letter_id = told["letters"][-1]["id"]

    letter = client.get(f"{DESK}/{row.reference}/letters/{letter_id}", headers=auth)
    package = client.get(f"{DESK}/{row.reference}/package", headers=auth)
    none = client.get(f"{DESK}/{row.reference}/letters/{'0' * 32}", headers=auth)

    assert (letter.data, package.data) == (PDF, ZIP)
    assert none.status_code == 404
    assert event_of(small, "downloaded").body["by"] == "desk"


def test_a_document_seen_at_the_desk_gives_ia4_and_a_code(
    small: House, client: FlaskClient
) -> None:
    row = make_request(small)
    _person, key = make_key(small)
    path = f"{DESK}/{row.reference}/identity"

    wrong = post(client, path, {"document": "library card"}, **bearer(key))
    number = post(client, path, {"document": "passport", "number": "NX0000000"}, **bearer(key))
    good = post(client, path, {"document": "passport"}, **bearer(key))

    assert (wrong.status_code, number.status_code, good.status_code) == (422, 422, 200)
    assert good.json["level"] == "IA4"
    assert len(good.json["collection_code"]) == 14
    assert shown(client, row, key)["stage"] == "searching"


def _several(house: House, row: SubjectRequest) -> str:
    """The CRM knows two people; the id of its step."""
    people = tuple(Candidate(subject_ref=ref, agrees=("name",), shown={}) for ref in ("p1", "p2"))
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        key = case.case_key(session, house.office, fresh)
        step = next(s for s in plan.searches_of(session, fresh) if s.system == "crm")
        step.outcome = Outcome.SEVERAL_PEOPLE
        plan.keep_candidates(key, step, Several(candidates=people))
        return step.id


def test_of_several_people_a_person_chooses(small: House, client: FlaskClient) -> None:
    row = make_request(small, level=Level.IA4)
    step = _several(small, row)
    _person, key = make_key(small)
    path, auth = f"{DESK}/{row.reference}/steps/{step}/person", bearer(key)
    source = next(one for one in shown(client, row, key)["sources"] if one["step"] == step)

    wrong = post(client, path, {"person": "p3"}, **auth)
    good = post(client, path, {"person": "p2"}, **auth)
    again = post(client, path, {"person": "p1"}, **auth)

    assert [one["ref"] for one in source["candidates"]] == ["p1", "p2"]
    assert (wrong.status_code, good.status_code, again.status_code) == (422, 204, 409)


def test_a_system_is_retried_settled_by_hand_or_left_out_with_a_reason(
    small: House, client: FlaskClient
) -> None:
    row = make_request(small, level=Level.IA4)
    other = make_request(small, level=Level.IA4, name="Iemand Anders")
    _person, key = make_key(small)
    auth = bearer(key)
    step = {one["system"]: one["step"] for one in shown(client, row, key)["sources"]}
    strange = shown(client, other, key)["sources"][-1]["step"]
    path = f"{DESK}/{row.reference}/steps"
    by_hand = {"outcome": "none_found", "proof": "In het scherm gezocht op naam."}

    answers = [
        post(client, f"{path}/{step['his']}/retry", **auth),
        post(client, f"{path}/{step['oneassist']}/by-hand", by_hand, **auth),
        post(client, f"{path}/{step['crm']}/accept", {"reason": "Ligt al 3 weken plat."}, **auth),
        post(client, f"{path}/{step['oneassist']}/by-hand", by_hand, **auth),
        post(client, f"{path}/{strange}/accept", {"reason": "Niet van dit verzoek."}, **auth),
        post(client, f"{path}/{step['app']}/accept", {"reason": " "}, **auth),
    ]

    assert [one.status_code for one in answers] == [204, 204, 204, 409, 404, 422]
    told = {one["system"]: one["outcome"] for one in shown(client, row, key)["sources"]}
    assert (told["oneassist"], told["crm"], told["his"]) == ("none_found", "failed", None)


def test_the_medical_file_needs_a_clinician_s_key(small: House, client: FlaskClient) -> None:
    row = make_request(small, level=Level.IA4)
    make_found(small, row, {"his": [make_item(dataset="dossier", kind="Observation")]})
    _one, officer = make_key(small)
    _two, clinician = make_key(small, login="arts", roles=("clinician",))
    seen = shown(client, row, officer)["seen"]
    path, body = f"{DESK}/{row.reference}/sign-offs", {"system": "his", "seen": seen}
    decision = {"decision": "granted", "seen": seen}

    unsigned = post(client, f"{DESK}/{row.reference}/decision", decision, **bearer(officer))
    not_theirs = post(client, path, body, **bearer(officer))
    stale = post(client, path, {**body, "seen": "0" * 64}, **bearer(clinician))
    signed = post(client, path, body, **bearer(clinician))
    decided = post(client, f"{DESK}/{row.reference}/decision", decision, **bearer(officer))

    codes = [one.status_code for one in (unsigned, not_theirs, stale, signed, decided)]
    assert codes == [409, 403, 409, 201, 200]


def test_a_refusal_waits_for_another_person_with_another_key(
    small: House, client: FlaskClient
) -> None:
    row = reviewing(small)
    _one, officer = make_key(small, roles=("officer", "approver"))
    _two, second = make_key(small, login="tweede", roles=("approver",))
    path, seen = f"{DESK}/{row.reference}", shown(client, row, officer)["seen"]

    refused = post(client, f"{path}/decision", {**REFUSAL, "seen": seen}, **bearer(officer))
    own = post(client, f"{path}/approval", **bearer(officer))
    back = post(client, f"{path}/send-back", {"reason": "Te kort."}, **bearer(second))
    again = post(client, f"{path}/decision", {**REFUSAL, "seen": seen}, **bearer(officer))
    told = shown(client, row, officer)["ground_articles"]
    good = post(client, f"{path}/approval", **bearer(second))

    assert refused.json["stage"] == again.json["stage"] == "approving"
    assert [own.status_code, back.status_code, good.status_code] == [403, 204, 204]
    assert [one["code"] for one in told] == ["GDPR:12(5)(b)"]
    assert told[0]["cited"]["nl"] == "artikel 12 lid 5 onder b van de AVG"
    assert told[0]["url"]["en"].startswith("https://eur-lex.europa.eu/")


def test_in_production_weighty_calls_need_a_fresh_sign_in_of_that_person(
    tmp_path: Path, sqlite_url: str, clock: Clock
) -> None:
    house = make_house(tmp_path, clock=clock, database_url=sqlite_url, environment="production")
    row = make_request(house)
    person, key = make_key(house)
    client, path = client_of(house), f"{DESK}/{row.reference}/identity"
    body = {"document": "passport"}

    without = post(client, path, body, **bearer(key))
    _sign_in(house, make_staff(house, login="colleague"))
    by_colleague = post(client, path, body, **bearer(key))
    _sign_in(house, person)
    fresh = post(client, path, body, **bearer(key))
    clock.move(minutes=6)
    late = post(client, path, body, **bearer(key))
    reading = client.get(DESK, headers=bearer(key))

    codes = [one.status_code for one in (without, by_colleague, fresh, late, reading)]
    assert codes == [403, 403, 200, 403, 200]
    assert "Sign in again at the desk" in without.json["message"]


def _sign_in(house: House, person: Staff) -> None:
    now = house.office.now()
    with house.writing() as session:
        session.add(
            StaffLogin(
                token_hash=person.id.rjust(64, "0"), staff_id=person.id, made_at=now,
                seen_at=now, stepped_up_at=now,
            )
        )  # fmt: skip


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(
    small: House, client: FlaskClient, clock: Clock
) -> None:
    _person, key = make_key(small)
    used = []
    for seconds in (0, 30, 40):
        clock.move(seconds=seconds)
        client.get(DESK, headers=bearer(key))
        with small.reading() as session:
            used.append(session.scalars(select(ApiKey.used_at)).one())

    assert used[0] == used[1] != used[2] == clock()
