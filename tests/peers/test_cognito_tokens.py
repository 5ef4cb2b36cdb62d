"""Tokens that both emulators really gave at a sign-in, verified with the keys they publish."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsr.core.settings import CognitoSettings
from dsr.services.identify import AppLogin
from dsr.web.app_keys import AppKeys
from dsr.web.app_token import BadToken, verify
from tests.connectors.app_people import NORA, SANNE
from tests.peers.cognito_pools import Emulated, pool_in
from tests.peers.running import Peer

pytestmark = pytest.mark.peer
BOTH = ("moto", "cognito-local")
KINDS = ("IdToken", "AccessToken")
KID = {"moto": "dummy", "cognito-local": "CognitoLocal"}


@pytest.fixture(scope="module")
def pools(peer: Callable[..., Peer]) -> dict[str, Emulated]:
    return {name: pool_in(peer(name), NORA, SANNE) for name in BOTH}


@pytest.fixture(scope="module")
def tokens(pools: dict[str, Emulated]) -> dict[str, dict[str, str]]:
    return {name: pool.tokens(NORA) for name, pool in pools.items()}


def settings(pool: Emulated) -> CognitoSettings:
    return CognitoSettings(issuer=pool.issuer, jwks_url=pool.jwks_url, client_id=pool.app)


def check(wanted: CognitoSettings, token: str, now: datetime | None = None) -> AppLogin:
    return verify(wanted, token, keys=AppKeys(wanted.jwks_url), now=now)


def part(token: str, place: int) -> dict[str, Any]:
    text = token.split(".")[place]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return told


def with_part(token: str, place: int, **changed: object) -> str:
    """The token with changed words under its old signature."""
    parts = token.split(".")
    told = json.dumps({**part(token, place), **changed}).encode()
    parts[place] = base64.urlsafe_b64encode(told).rstrip(b"=").decode()
    return ".".join(parts)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_a_sign_in_proves_who_signed_in(
    pools: dict[str, Emulated],
    tokens: dict[str, dict[str, str]],
    proved: Callable[..., None],
    name: str,
    kind: str,
) -> None:
    pool, token = pools[name], tokens[name][kind]
    login = check(settings(pool), token)
    assert (login.issuer, login.sub) == (pool.issuer, pool.subs[NORA.number])
    assert abs(login.auth_time - datetime.now(UTC)) < timedelta(minutes=10)
    assert login.mfa is False
    assert part(token, 0)["kid"] == KID[name]
    proved(connector="cognito", peer=name, verb=f"verify {kind}")


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_only_an_id_token_has_an_audience(
    tokens: dict[str, dict[str, str]], name: str, kind: str
) -> None:
    """What the two kinds are told apart by: `token_use`, never the place they came from."""
    claims = part(tokens[name][kind], 1)
    expected = {"IdToken": ("id", True, False), "AccessToken": ("access", False, True)}
    assert (claims["token_use"], "aud" in claims, "client_id" in claims) == expected[kind]


WRONG: dict[str, Callable[[CognitoSettings], CognitoSettings]] = {
    "another client": lambda s: replace(s, client_id="another-app"),
    "another issuer": lambda s: replace(s, issuer="https://voorbeeld.example/eu-west-1_x"),
    "an issuer with a slash": lambda s: replace(s, issuer=s.issuer + "/"),
}
CHANGED: dict[str, Callable[[str], str]] = {
    "another person": lambda token: with_part(token, 1, sub="somebody-else"),
    "another use": lambda token: with_part(token, 1, token_use="id"),
    "a longer life": lambda token: with_part(token, 1, exp=4_000_000_000),
    "no algorithm": lambda token: with_part(token, 0, alg="none"),
    "no algorithm and no signature": lambda t: with_part(t, 0, alg="none").rsplit(".", 1)[0] + ".",
    "another algorithm": lambda token: with_part(token, 0, alg="HS256"),
    "an unknown key": lambda token: with_part(token, 0, kid="../../dev/null"),
    "a place of keys": lambda token: with_part(token, 0, jku="http://127.0.0.1:9/keys"),
    "no signature": lambda token: token.rsplit(".", 1)[0] + ".",
}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_every_confusion_of_a_real_token_is_refused(
    pools: dict[str, Emulated],
    tokens: dict[str, dict[str, str]],
    proved: Callable[..., None],
    name: str,
    kind: str,
) -> None:
    right, token = settings(pools[name]), tokens[name][kind]
    taken = [what for what, wrong in WRONG.items() if _is_taken(wrong(right), token)]
    taken += [what for what, change in CHANGED.items() if _is_taken(right, change(token))]
    assert taken == []
    proved(connector="cognito", peer=name, verb="confusions refused")


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_has_its_time(
    pools: dict[str, Emulated], tokens: dict[str, dict[str, str]], name: str, kind: str
) -> None:
    right, token = settings(pools[name]), tokens[name][kind]
    end = datetime.fromtimestamp(part(token, 1)["exp"], UTC)
    start = datetime.fromtimestamp(part(token, 1)["iat"], UTC)
    assert check(right, token, now=end - timedelta(seconds=1))
    for moment in (end + timedelta(seconds=61), start - timedelta(seconds=61)):
        with pytest.raises(BadToken):
            check(right, token, now=moment)


@pytest.mark.parametrize("name", BOTH)
def test_a_token_of_another_pool_at_the_same_address_is_refused(
    pools: dict[str, Emulated], peer: Callable[..., Peer], name: str
) -> None:
    """Each emulator signs all its pools with one key: then only issuer and client tell them
    apart, as a key alone never may.
    """
    other = pool_in(peer(name), NORA)
    for token in (other.tokens(NORA)[kind] for kind in KINDS):
        assert not _is_taken(settings(pools[name]), token)


def test_the_keys_of_one_peer_do_not_open_tokens_of_the_other(
    pools: dict[str, Emulated], tokens: dict[str, dict[str, str]]
) -> None:
    for ours, theirs in (BOTH, BOTH[::-1]):
        mixed = replace(settings(pools[theirs]), jwks_url=pools[ours].jwks_url)
        renamed = with_part(tokens[theirs]["IdToken"], 0, kid=KID[ours])
        assert not _is_taken(mixed, tokens[theirs]["IdToken"])
        assert not _is_taken(mixed, renamed)


@pytest.mark.parametrize("name", BOTH)
def test_a_token_outlives_the_account_until_its_time_is_up(
    pools: dict[str, Emulated], name: str
) -> None:
    """A token proves a sign-in, not that the account may still be used: whoever restricts an
    account waits for the longest life of a token, as docs/connectors-cognito.md says.
    """
    pool = pools[name]
    token = pool.tokens(SANNE)["AccessToken"]
    pool.do("admin_disable_user", SANNE)
    assert check(settings(pool), token).sub == pool.subs[SANNE.number]


def _is_taken(wanted: CognitoSettings, token: str) -> bool:
    try:
        check(wanted, token)
    except BadToken:
        return False
    return True
