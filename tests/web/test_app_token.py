"""App tokens: good ones prove a login, everything else is refused (T58)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask

from dsr.web.app_keys import AppKeys, KeysUnavailable, Pace
from dsr.web.app_token import BadToken, verify
from tests.connectors.serving import served
from tests.web.app_pool import (
    CLIENT,
    ISSUER,
    NOW,
    AppPool,
    crafted,
    encoded,
    open_pool,
    private_key,
)

GOOD_HEADER = {"alg": "RS256", "kid": "kid-1", "typ": "JWT"}
SECOND = int(NOW.timestamp())


@pytest.fixture
def pool() -> Iterator[AppPool]:
    with open_pool() as made:
        yield made


class Clock:
    """Monotonic seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def keys_of(pool: AppPool, clock: Clock | None = None) -> AppKeys:
    return AppKeys(pool.url, pace=Pace(timeout=20.0), clock=clock or Clock())


def check(pool: AppPool, token: str, keys: AppKeys | None = None, nonce: str | None = None) -> Any:
    return verify(pool.cognito, token, nonce=nonce, now=NOW, keys=keys or keys_of(pool))


def test_a_good_id_token_gives_who_when_and_with_how_many_factors(pool: AppPool) -> None:
    login = check(pool, pool.token())

    assert (login.issuer, login.sub, login.mfa) == (ISSUER, "6f1c-sub-of-somebody", True)
    assert login.auth_time == NOW - timedelta(seconds=60)


def test_a_good_access_token_is_judged_by_its_client(pool: AppPool) -> None:
    token = crafted(GOOD_HEADER, pool.access_claims(), private_key("first"))

    assert check(pool, token).sub == "6f1c-sub-of-somebody"


@pytest.mark.parametrize("amr", [None, [], ["pwd"], "pwd", 7, {"mfa": True}, ["MFA"], "nomfa"])
def test_without_mfa_in_amr_a_login_counts_as_one_factor(pool: AppPool, amr: Any) -> None:
    assert check(pool, pool.token(amr=amr)).mfa is False


def test_a_minute_of_difference_between_clocks_is_forgiven(pool: AppPool) -> None:
    ahead = pool.token(iat=SECOND + 55, nbf=SECOND + 55, auth_time=SECOND + 55)
    behind = pool.token(exp=SECOND - 55)

    assert check(pool, ahead).sub == check(pool, behind).sub


def test_the_nonce_of_the_hosted_login_has_to_come_back(pool: AppPool) -> None:
    token = pool.token(nonce="n-1")

    assert check(pool, token, nonce="n-1").mfa
    for offered in (token, pool.token()):
        with pytest.raises(BadToken):
            check(pool, offered, nonce="n-2")


def _signed_with_public_key(pool: AppPool) -> str:
    public = private_key("first").public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = crafted({"alg": "HS256", "kid": "kid-1"}, pool.claims()).rstrip(".")
    signature = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{encoded(signature)}"


def _with(**changed: Any) -> Callable[[AppPool], str]:
    return lambda pool: crafted(GOOD_HEADER, pool.claims(**changed), private_key("first"))


def _access(**changed: Any) -> Callable[[AppPool], str]:
    return lambda pool: crafted(GOOD_HEADER, pool.access_claims(**changed), private_key("first"))


def _headed(**changed: Any) -> Callable[[AppPool], str]:
    return lambda pool: crafted({**GOOD_HEADER, **changed}, pool.claims(), private_key("first"))


def _by_stranger(**header: Any) -> Callable[[AppPool], str]:
    return lambda pool: crafted({**GOOD_HEADER, **header}, pool.claims(), private_key("stranger"))


def _spelled(header: str, claims: Callable[[str], str] = str) -> Callable[[AppPool], str]:
    """A token that the pool itself signed, with its JSON spelled by hand."""

    def make(pool: AppPool) -> str:
        told = claims(json.dumps(pool.claims()))
        both = f"{encoded(header.encode())}.{encoded(told.encode())}"
        signature = private_key("first").sign(both.encode(), padding.PKCS1v15(), SHA256())
        return f"{both}.{encoded(signature)}"

    return make


def _twice(name: str, value: str) -> Callable[[str], str]:
    return lambda told: f'{told[:-1]}, "{name}": "{value}"}}'


def _swapped(pool: AppPool) -> str:
    head, _, signature = pool.token().split(".")
    return f"{head}.{encoded(json.dumps(pool.claims(sub='other')).encode())}.{signature}"


_STRANGER: dict[str, Any] = {"kty": "RSA", "e": "AQAB", "n": "AQAB"}

BAD: dict[str, Callable[[AppPool], str]] = {
    "no algorithm": lambda pool: crafted({"alg": "none", "kid": "kid-1"}, pool.claims()),
    "no algorithm in capitals": lambda pool: crafted(
        {"alg": "NONE", "kid": "kid-1"}, pool.claims()
    ),
    "signed with the public key": _signed_with_public_key,
    "another RSA algorithm": _headed(alg="RS512"),
    "a key id that is a path": _headed(kid="../../../dev/null"),
    "a key id that is SQL": _headed(kid="x' UNION SELECT 'key' --"),
    "a key id that is no text": _headed(kid=["kid-1"]),
    "an empty key id": _headed(kid=""),
    "a critical extension": _headed(crit=["exp"], exp=SECOND),
    "keys of the sender's choice (jku)": _by_stranger(jku="http://127.0.0.1:9/keys.json"),
    "a certificate of the sender's choice (x5u)": _by_stranger(x5u="http://127.0.0.1:9/c.pem"),
    "a key in the header (jwk)": _by_stranger(jwk=_STRANGER),
    "another signer": _by_stranger(),
    "a place of keys under a good signature": _headed(jku="https://voorbeeld.example/keys.json"),
    "a key under a good signature": _headed(jwk=_STRANGER),
    "a chain of certificates under a good signature": _headed(x5c=["MIIB"]),
    "a payload that is not encoded": _headed(b64=False),
    "a payload that is packed": _headed(zip="DEF"),
    "a token in a token": _headed(cty="JWT"),
    "a key id that is an address": _headed(kid="https://voorbeeld.example/keys.json"),
    "an algorithm twice": _spelled('{"alg": "none", "alg": "RS256", "kid": "kid-1"}'),
    "a subject twice": _spelled(json.dumps(GOOD_HEADER), _twice("sub", "somebody-else")),
    "an issuer twice": _spelled(json.dumps(GOOD_HEADER), _twice("iss", ISSUER)),
    "a header that is a list": _spelled("[]"),
    "claims swapped under a good signature": _swapped,
    "no signature": lambda pool: pool.token().rsplit(".", 1)[0] + ".",
    "another audience": _with(aud="another-app"),
    "no audience": _with(aud=None),
    "a client where the audience belongs": _with(aud=None, client_id=CLIENT),
    "a list of audiences with only our app": _with(aud=[CLIENT]),
    "an audience where the client belongs": _access(client_id=None, aud=CLIENT),
    "our app among other audiences": _with(aud=[CLIENT, "another-app"]),
    "another issuer": _with(iss="https://cognito-idp.eu-west-1.amazonaws.example/eu-west-1_Other"),
    "an issuer in capitals": _with(iss=ISSUER.upper()),
    "a list of issuers": _with(iss=[ISSUER]),
    "an issuer with a tail": _with(iss=ISSUER + "/"),
    "an unknown use": _with(token_use="refresh"),
    "no use": _with(token_use=None),
    "an id token that plays access token": _with(token_use="access"),
    "an access token that plays id token": _access(token_use="id"),
    "an access token of another client": _access(client_id="another-app"),
    "expired": _with(exp=SECOND - 61),
    "no expiry": _with(exp=None),
    "an expiry in words": _with(exp="2099-01-01"),
    "an expiry beyond all time": _with(exp=10**30),
    "not valid yet": _with(nbf=SECOND + 120),
    "issued in the future": _with(iat=SECOND + 120),
    "no time of sign-in": _with(auth_time=None),
    "a time of sign-in that is true": _with(auth_time=True),
    "signed in in the future": _with(auth_time=SECOND + 3600),
    "no subject": _with(sub=None),
    "an empty subject": _with(sub=" "),
    "a subject that is a number": _with(sub=12),
    "claims that are a list": lambda pool: crafted(GOOD_HEADER, ["a"], private_key("first")),
    "two parts": lambda pool: pool.token().rsplit(".", 1)[0],
    "five parts": lambda pool: pool.token() + ".a.b",
    "not base64": lambda pool: "@.@.@",
    "letters beyond ASCII": lambda pool: "é.é.é",
    "a space before": lambda pool: " " + pool.token(),
    "a line end behind": lambda pool: pool.token() + "\n",
    "filling signs behind": lambda pool: pool.token() + "==",
    "nothing": lambda pool: "",
    "far too long": lambda pool: pool.token(padding="x" * 9000),
}


@pytest.mark.parametrize("name", BAD)
def test_a_crafted_token_is_refused(pool: AppPool, name: str) -> None:
    with pytest.raises(BadToken) as refused:
        check(pool, BAD[name](pool))

    assert "Sign in again" in str(refused.value)


def test_a_bad_token_never_makes_us_call_another_address(pool: AppPool) -> None:
    with open_pool(published={"kid-1": "stranger"}) as strange:
        with pytest.raises(BadToken):
            check(pool, _by_stranger(jku=strange.url, x5u=strange.url)(pool))

        assert strange.fetched == 0


def test_an_address_in_a_token_plays_no_part_verified_or_not(pool: AppPool) -> None:
    """Who somebody is follows from `sub` alone; an address can be typed by anybody."""
    told = [
        check(pool, pool.token(email="anna@voorbeeld.example", email_verified=verified))
        for verified in (True, False, "true")
    ]

    assert told[0] == told[1] == told[2]
    assert "voorbeeld.example" not in str(told)


def test_only_rsa_keys_for_signing_are_taken_from_what_is_published() -> None:
    """Else the published bytes of another kind could be a secret for HS256."""
    odd = [
        {"kty": "oct", "k": "AAAA", "kid": "a", "alg": "HS256"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "b"},
        {**_STRANGER, "kid": "c", "use": "enc"},
        {**_STRANGER, "kid": "d", "alg": "RS512"},
        {**_STRANGER, "kid": 5},
        "no key at all",
    ]
    app = Flask("odd keys")
    app.add_url_rule("/keys.json", view_func=lambda: {"keys": odd})
    with served(app) as address:
        keys = AppKeys(f"{address}/keys.json")
        for kid in "abcd":
            with pytest.raises(KeysUnavailable):
                keys.key(kid)


def test_keys_that_are_rotated_are_fetched_once_more_and_not_too_often(pool: AppPool) -> None:
    clock = Clock()
    keys = keys_of(pool, clock)
    check(pool, pool.token(), keys)
    pool.published = {"kid-2": "second"}
    token = crafted({"alg": "RS256", "kid": "kid-2"}, pool.claims(), private_key("second"))
    with pytest.raises(BadToken):
        check(pool, token, keys)

    clock.seconds += 181
    assert check(pool, token, keys).mfa
    for place in range(20):
        with pytest.raises(BadToken):
            check(pool, pool.token(kid=f"made-up-{place}"), keys)

    assert pool.fetched == 2


def test_when_the_keys_cannot_be_had_a_known_key_serves_for_an_hour_and_no_longer(
    pool: AppPool,
) -> None:
    clock = Clock()
    keys = keys_of(pool, clock)
    check(pool, pool.token(), keys)
    pool.answer = "down"
    clock.seconds += 3599
    with pytest.raises(BadToken):
        check(pool, pool.token(kid="unknown"), keys)
    assert check(pool, pool.token(), keys).mfa

    clock.seconds += 1
    with pytest.raises(KeysUnavailable):
        check(pool, pool.token(), keys)
    pool.answer = "keys"
    clock.seconds += 10
    assert check(pool, pool.token(), keys).mfa


@pytest.mark.parametrize("answer", ["redirect", "huge", "broken", "down"])
def test_an_answer_without_keys_lets_nobody_in(pool: AppPool, answer: str) -> None:
    pool.answer = answer
    keys = keys_of(pool)

    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            check(pool, pool.token(), keys)

    assert pool.fetched == 1


def test_nobody_at_the_address_lets_nobody_in(pool: AppPool) -> None:
    token = pool.token()
    nowhere = AppKeys("http://127.0.0.1:1/keys.json", pace=Pace(timeout=20.0))

    with pytest.raises(KeysUnavailable):
        check(pool, token, nowhere)


def test_a_key_that_is_too_short_is_not_used(pool: AppPool) -> None:
    pool.published = {"kid-1": "short"}

    with pytest.raises(KeysUnavailable):
        check(pool, pool.token())
