"""The sign-in of the Cognito stand-in: what an app gets, and what it does not get."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from demo.journal import Journal
from demo.population import Cast, people, played_by
from demo.standins import cognito

PEOPLE = people(count=21)
APP, GUEST, DESK = (played_by(PEOPLE, who) for who in (Cast.APP, Cast.GUEST, Cast.DESK))
BACK = "http://127.0.0.1:5000/app/back"
VERIFIER = "v" * 64


@dataclass(frozen=True)
class SignIn:
    """The pages of a stand-in, and its journal."""

    client: FlaskClient
    journal: Journal

    def asked(self, **more: str) -> dict[str, str]:
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        return {
            "response_type": "code",
            "client_id": cognito.CLIENT_ID,
            "redirect_uri": BACK,
            "scope": "openid",
            "state": "s1",
            "nonce": "n1",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **more,
        }

    def code(self, username: str, password: str = "demo", code: str = "") -> str:
        """The code that comes back, or "" when the page is shown again."""
        form = {"username": username, "password": password, "code": code}
        answer = self.client.post("/oauth2/authorize", query_string=self.asked(), data=form)
        if answer.status_code != 303:
            return ""
        query = parse_qs(urlsplit(answer.location).query)
        assert answer.location.startswith(BACK)
        assert query["state"] == ["s1"]
        return query["code"][0]

    def tokens(self, code: str, **more: str) -> tuple[int, dict[str, Any]]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": cognito.CLIENT_ID,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
            **more,
        }
        answer = self.client.post("/oauth2/token", data=form)
        return answer.status_code, answer.get_json()

    def claims(self, token: str) -> Mapping[str, Any]:
        keys = self.client.get(f"/{cognito.POOL}/.well-known/jwks.json").get_json()
        return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims


@pytest.fixture(name="door")
def open_door() -> SignIn:
    journal = Journal("cognito")
    return SignIn(cognito.build(PEOPLE, journal).test_client(), journal)


def test_a_second_factor_stands_in_the_id_token(door: SignIn) -> None:
    code, answer = door.tokens(door.code(APP.email, code="000000"))
    assert code == 200
    told = door.claims(answer["id_token"])
    assert told["sub"] == APP.cognito_sub
    assert (told["token_use"], told["aud"], told["nonce"]) == ("id", cognito.CLIENT_ID, "n1")
    assert told["amr"] == ["pwd", "mfa"]
    assert told["iss"].endswith(f"/{cognito.POOL}")
    assert abs(told["auth_time"] - told["iat"]) < 60


def test_an_access_token_has_a_client_and_no_audience(door: SignIn) -> None:
    _, answer = door.tokens(door.code(GUEST.email))
    told = door.claims(answer["access_token"])
    assert (told["token_use"], told["client_id"]) == ("access", cognito.CLIENT_ID)
    assert "aud" not in told


def test_without_a_second_factor_there_is_no_mfa(door: SignIn) -> None:
    _, answer = door.tokens(door.code(GUEST.email))
    assert door.claims(answer["id_token"])["amr"] == ["pwd"]


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        (APP.email, "wrong", "000000"),
        (APP.email, "demo", ""),
        (APP.email, "demo", "123456"),
        (DESK.email, "demo", ""),
        ("", "demo", ""),
        (played_by(PEOPLE, Cast.PARTNER).email, "demo", ""),
    ],
)
def test_who_may_not_sign_in_sees_the_page_again(
    door: SignIn, username: str, password: str, code: str
) -> None:
    assert door.code(username, password, code) == ""
    assert "ok" not in {entry["outcome"] for entry in door.journal.entries}


def test_a_couple_with_one_mailbox_signs_in_by_phone(door: SignIn) -> None:
    _, answer = door.tokens(door.code(played_by(PEOPLE, Cast.PARTNER).phone))
    assert door.claims(answer["id_token"])["sub"] == played_by(PEOPLE, Cast.PARTNER).cognito_sub


def test_a_code_works_once(door: SignIn) -> None:
    code = door.code(GUEST.email)
    assert door.tokens(code)[0] == 200
    assert door.tokens(code) == (400, {"error": "invalid_grant"})
    assert door.tokens("made-up") == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 64},
        {"redirect_uri": "http://127.0.0.1:5000/other"},
        {"client_id": "other"},
        {"grant_type": "password"},
    ],
)
def test_a_code_of_another_app_is_worth_nothing(door: SignIn, wrong: dict[str, str]) -> None:
    assert door.tokens(door.code(GUEST.email), **wrong)[0] == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://elsewhere.example/back"},
        {"client_id": "other"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"state": ""},
        {"response_type": "token"},
    ],
)
def test_a_wrong_call_is_explained_here_and_sent_nowhere(
    door: SignIn, wrong: dict[str, str]
) -> None:
    asked = door.asked(**wrong)
    for answer in (
        door.client.get("/oauth2/authorize", query_string=asked),
        door.client.post("/oauth2/authorize", query_string=asked, data={"username": "x"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_the_page_asks_for_name_password_and_code(door: SignIn) -> None:
    page = door.client.get("/oauth2/authorize", query_string=door.asked()).get_data(as_text=True)
    assert [f'name="{name}"' in page for name in ("username", "password", "code")] == [True] * 3


def test_no_private_key_leaves(door: SignIn) -> None:
    (key,) = door.client.get(f"/{cognito.POOL}/.well-known/jwks.json").get_json()["keys"]
    assert "d" not in key
    assert door.client.get("/other-pool/.well-known/jwks.json").status_code == 404
