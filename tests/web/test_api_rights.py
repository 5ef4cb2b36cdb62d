"""Each right over the desk's API: the same acts, the same refusals, and never an approval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dsr.core.wishes import Wish
from dsr.services.house import House
from tests.makers import Clock, make_house
from tests.planned import (
    CORRECT_EMAIL,
    DESTROY,
    ERASE_ALL,
    ERASE_MESSAGES,
    Walk,
    account,
    make_walk,
)
from tests.web.api import bearer, client_of, make_key, post
from tests.web.test_desk_items import FILE, purpose_of

WHY = {"View-Reason": "testing the desk"}
REASONS = "Dit volgt uit het gesprek met de patiënt van maandag."


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str, clock: Clock) -> House:
    return make_house(tmp_path, clock=clock, database_url=sqlite_url)


@pytest.fixture
def client(small: House) -> FlaskClient:
    return client_of(small)


def asked(small: House, wish: Wish = ERASE_MESSAGES, **found: Any) -> tuple[Walk, str, str]:
    """A request in review, the address of its right, and the key of an officer."""
    walk = make_walk(small, wish, found=found or None)
    _person, key = make_key(small, login="sleutel")
    path = f"/api/v1/desk/requests/{walk.row.reference}/items/{walk.item.id}"
    return walk, path, key


def shown(client: FlaskClient, path: str, key: str) -> Any:
    answer = client.get(path, headers={**bearer(key), **WHY})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_right_shows_its_law_its_plan_and_what_it_takes(
    small: House, client: FlaskClient
) -> None:
    walk, path, key = asked(small)
    told = shown(client, path, key)
    assert (told["right"], told["stage"], told["expected"]) == ("erasure", "reviewing", "granted")
    assert [(one["treatment"], one["count"]) for one in told["would_do"]] == [("erase", 3)]
    assert told["second_person"] is True
    assert walk.item.stage == "reviewing"


def test_a_right_is_not_shown_without_a_reason(small: House, client: FlaskClient) -> None:
    _walk, path, key = asked(small)
    assert client.get(path, headers=bearer(key)).status_code == 403


def test_facts_are_said_and_the_plan_is_decided(small: House, client: FlaskClient) -> None:
    walk, path, key = asked(small, ERASE_ALL, app=[account()])
    told = {"purpose": "A.1", "facts": {"account_closed": True}}
    assert post(client, f"{path}/facts", told, **bearer(key)).status_code == 204
    seen = shown(client, path, key)["seen"]
    answer = post(client, f"{path}/decision", {"seen": seen}, **bearer(key))
    assert answer.json["stage"] == "approving"
    assert shown(client, path, key)["plan"]["digest"] == walk.plan().digest


@pytest.mark.parametrize(
    "body",
    [
        {"purpose": "A.1", "facts": {"identity": "verified"}},
        {"purpose": "A.1", "facts": {"his_decision": "destroy"}},
        {"purpose": "A.1", "facts": {"account_closed": "yes"}},
        {"purpose": "A.1", "facts": {"account_closed": [True]}},
        {"purpose": "A.1", "facts": {"no_such_fact": True}},
        {"purpose": "A.99", "facts": {"account_closed": True}},
        {"purpose": "A.1"},
        {"facts": {}},
    ],
)
def test_facts_that_cannot_be_said_change_nothing(
    small: House, client: FlaskClient, body: dict[str, Any]
) -> None:
    walk, path, key = asked(small, ERASE_ALL, app=[account()])
    assert post(client, f"{path}/facts", body, **bearer(key)).status_code == 422
    assert "said" not in walk.item.facts


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"seen": "0" * 64}, 409),
        ({}, 422),
        ({"seen": "", "delivery": "post"}, 422),
        ({"seen": "", "grounds": ["zomaar"]}, 422),
        ({"seen": "", "approved": True}, 422),
        ({"seen": "", "corrections": [{"system": "app"}]}, 422),
    ],
)
def test_a_decision_that_cannot_be_meant_changes_nothing(
    small: House, client: FlaskClient, body: dict[str, Any], code: int
) -> None:
    walk, path, key = asked(small)
    assert post(client, f"{path}/decision", body, **bearer(key)).status_code == code
    assert walk.item.stage == "reviewing"


def test_a_field_is_corrected_by_its_candidate(small: House, client: FlaskClient) -> None:
    walk, path, key = asked(small, CORRECT_EMAIL, app=[account()])
    told = shown(client, path, key)
    one = {name: told["candidates"][0][name] for name in ("system", "key", "path")}
    body = {"seen": told["seen"], "corrections": [{**one, "new": "nieuw@voorbeeld.example"}]}
    assert post(client, f"{path}/decision", body, **bearer(key)).json["decision"] == "granted"
    assert walk.item.stage == "approving"


def test_only_a_clinicians_key_judges_on_a_file(small: House, client: FlaskClient) -> None:
    walk, path, key = asked(small, DESTROY, his=FILE)
    body = {"purpose": purpose_of(walk), "outcome": "grant", "reasons": REASONS}
    assert post(client, f"{path}/judgements", body, **bearer(key)).status_code == 403
    _doctor, doctors = make_key(small, login="dokter", roles=("clinician",))
    assert post(client, f"{path}/judgements", body, **bearer(doctors)).status_code == 204
    assert walk.item.facts["judged"][body["purpose"]]["outcome"] == "grant"


def test_no_key_approves_a_plan(small: House, client: FlaskClient) -> None:
    walk, path, _key = asked(small)
    walk.resolve()
    roles = ("officer", "approver")
    _second, second = make_key(small, login="tweede", roles=roles)
    digest = {"digest": walk.plan().digest}
    for place in (f"{path}/approval", f"{path}/approve"):
        assert post(client, place, digest, **bearer(second)).status_code == 404
    request = path.partition("/items/")[0]
    assert post(client, f"{request}/approval", **bearer(second)).status_code == 409
    assert walk.item.stage == "approving"


def test_a_right_of_another_practice_reads_as_none(small: House, client: FlaskClient) -> None:
    _walk, path, _key = asked(small)
    _other, theirs = make_key(small, login="ver", practices=("centrum",))
    assert client.get(path, headers={**bearer(theirs), **WHY}).status_code == 404
    for act in ("facts", "judgements", "decision", "answer"):
        body = {"purpose": "A.2", "facts": {}, "outcome": "grant", "reasons": REASONS, "seen": "x"}
        answer = post(client, f"{path}/{act}", body, **bearer(theirs))
        assert answer.status_code in (404, 422)
