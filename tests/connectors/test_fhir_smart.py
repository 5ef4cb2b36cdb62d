"""SMART Backend Services: our key, our statement, the token and what it may do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask, Response, request

from connectors.fhir import build
from connectors.http import HttpSystem
from connectors.smart import Smart, smart
from connectors.smart_scope import lacking
from dsr.core.errors import BadAnswer, BrokenRegister, DsrError, NeedsPerson, TryAgain
from dsr.core.reading import Entry
from tests.connectors.serving import served

KEY = ec.generate_private_key(ec.SECP384R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def settings(**said: object) -> Entry:
    return Entry({"client_id": "practice", "key": PEM, **said}, "settings.smart")


class TokenServer:
    """A token endpoint that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: object = {"access_token": "t", "expires_in": 300, "scope": "system/*.rs"}
        self.code = 200
        self.forms: list[dict[str, str]] = []
        self.elsewhere = ""

    def app(self) -> Flask:
        app = Flask("tokens")
        app.add_url_rule("/token", "token", self.token, methods=["POST"])
        app.add_url_rule("/fhir/.well-known/smart-configuration", "known", self.known)
        return app

    def token(self) -> Response:
        self.forms.append(request.form.to_dict())
        return Response(json.dumps(self.answer), self.code, content_type="application/json")

    def known(self) -> Response:
        address = self.elsewhere or f"{request.host_url}token"
        body = json.dumps({"token_endpoint": address})
        return Response(body, content_type="application/json")


@pytest.fixture
def tokens() -> TokenServer:
    return TokenServer()


@pytest.fixture
def address(tokens: TokenServer) -> Iterator[str]:
    with served(tokens.app()) as found:
        yield found


def fetched(address: str, **said: object) -> str:
    return smart(settings(token_url=f"{address}/token", **said), f"{address}/fhir").token()


# our statement


def test_each_statement_is_signed_short_and_used_once(tokens: TokenServer, address: str) -> None:
    for _ in range(2):
        assert fetched(address, key_id="2026-1") == "t"

    statements = [form["client_assertion"] for form in tokens.forms]
    claims = [
        jwt.decode(one, KEY.public_key(), ["ES384"], audience=f"{address}/token")
        for one in statements
    ]
    assert {one["iss"] for one in claims} == {one["sub"] for one in claims} == {"practice"}
    assert all(one["exp"] - time.time() <= 300 for one in claims)
    assert len({one["jti"] for one in claims}) == 2
    assert {jwt.get_unverified_header(one)["kid"] for one in statements} == {"2026-1"}
    assert tokens.forms[0]["scope"] == "system/*.rs"


def test_the_address_of_tokens_is_found_on_the_his_own_host(
    tokens: TokenServer, address: str
) -> None:
    assert smart(settings(), f"{address}/fhir").token() == "t"

    tokens.elsewhere = "https://tokens.example/token"
    with pytest.raises(NeedsPerson, match=r"smart\.token_url"):
        smart(settings(), f"{address}/fhir").token()


# what comes back


@pytest.mark.parametrize(
    ("code", "answer", "error", "words"),
    [
        (200, {"access_token": "t", "expires_in": 300}, NeedsPerson, "without system/"),
        (200, {"access_token": "t", "scope": "system/Patient.rs"}, NeedsPerson, "without system/"),
        (200, {"access_token": "", "scope": "system/*.rs"}, NeedsPerson, "no token"),
        (
            200,
            {"access_token": "t", "scope": "system/*.rs", "expires_in": 0},
            BadAnswer,
            "how long",
        ),
        (400, {"error": "invalid_client"}, NeedsPerson, "code 400, invalid_client"),
        (400, {"error": "Anna de Vries"}, NeedsPerson, r"code 400\). Check"),
        (401, [], NeedsPerson, "code 401"),
        (503, {}, TryAgain, "503"),
    ],
)
def test_what_is_no_token_is_named(
    tokens: TokenServer,
    address: str,
    code: int,
    answer: object,
    error: type[DsrError],
    words: str,
) -> None:
    tokens.code, tokens.answer = code, answer

    with pytest.raises(error, match=words) as raised:
        fetched(address)

    assert "Anna" not in str(raised.value)
    assert len(tokens.forms) == 1  # never twice with one statement


@pytest.mark.parametrize(
    ("asked", "granted", "missing"),
    [
        ("system/*.rs", "system/*.rs", ""),
        ("system/*.rs", "system/*.cruds", ""),
        ("system/*.rs", "system/*.read", ""),
        ("system/*.read", "system/*.rs", ""),
        ("system/Patient.rs", "system/*.rs", ""),
        ("system/*.rs", "system/Patient.rs", "system/*.rs"),
        ("system/*.rs", "system/*.r", "system/*.rs"),
        ("system/*.rs", "user/*.rs", "system/*.rs"),
        ("system/*.rs", "system/Observation.rs?category=laboratory", "system/*.rs"),
        ("system/Patient.rs fhirUser", "system/*.rs", "fhirUser"),
        ("system/*.rs", "", "system/*.rs"),
    ],
)
def test_what_was_granted_is_held_against_what_was_asked(
    asked: str, granted: str, missing: str
) -> None:
    assert " ".join(lacking(asked.split(), granted.split())) == missing


# keeping a token


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def counted(seconds: float) -> Callable[[], tuple[str, float]]:
    numbers = iter(range(1, 100))
    return lambda: (f"t{next(numbers)}", seconds)


def test_a_token_is_kept_and_renewed_before_its_end() -> None:
    clock = Clock()
    kept = Smart(counted(300), clock)

    assert [kept.token(), kept.token()] == ["t1", "t1"]
    clock.now += 269
    assert kept.token() == "t1"
    clock.now += 2
    assert kept.token() == "t2"


def test_a_token_of_seconds_is_still_used() -> None:
    clock = Clock()
    kept = Smart(counted(10), clock)

    assert [kept.token(), kept.token()] == ["t1", "t1"]
    clock.now += 6
    assert kept.token() == "t2"


def test_many_threads_fetch_one_token() -> None:
    kept = Smart(counted(300))
    start = threading.Barrier(8)
    found: list[str] = []

    def ask() -> None:
        start.wait(10)
        found.append(kept.token())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert found == ["t1"] * 8


@pytest.mark.parametrize(
    ("good", "code", "asked"), [("t2", 200, 2), ("t9", 401, 2), ("t1", 200, 1)]
)
def test_a_refused_token_is_replaced_once(good: str, code: int, asked: int) -> None:
    seen: list[str] = []
    app = Flask("his")

    @app.route("/x")
    def answer() -> Response:
        seen.append(request.headers["Authorization"])
        return Response("{}", 200 if seen[-1] == f"Bearer {good}" else 401)

    with served(app) as address:
        http = HttpSystem(address, auth=Smart(counted(300)))
        assert http.get("x").code == code
        http.close()

    assert len(seen) == asked


# our key


def test_a_key_may_stand_in_a_file_or_be_a_jwk(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(PEM)
    strong = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(strong)

    for key in ({"key_file": str(path)}, {"key": jwk}):
        assert isinstance(smart(Entry({"client_id": "x", **key}), "https://his.example"), Smart)


def weak_keys() -> dict[str, str]:
    keys = {
        "P-384": ec.generate_private_key(ec.SECP256R1()),
        "2048 bits": rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505 (weak on purpose)
    }
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {word: key.private_bytes(*form).decode() for word, key in keys.items()}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"key": "secret-and-no-key"}, "cannot be read"),
        ({"key": '{"kty": "EC"}'}, "cannot be read"),
        ({"key_file": "/nowhere/key.pem"}, "either"),
        ({"key": None}, "write a text"),
        ({"token_url": "ftp://x"}, "token_url"),
        ({"client": "x"}, "client"),
        *(({"key": key}, word) for word, key in weak_keys().items()),
    ],
)
def test_a_wrong_setting_is_named_and_no_key_is_told(said: dict[str, object], words: str) -> None:
    with pytest.raises(BrokenRegister, match=words) as raised:
        smart(settings(**said), "https://his.example")

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("more", "scope"), [({}, "system/*.rs"), ({"changes": {}}, "system/*.cruds")]
)
def test_a_his_that_is_changed_is_asked_for_leave_to_change(
    tokens: TokenServer, address: str, more: dict[str, object], scope: str
) -> None:
    tokens.answer = {"access_token": "t", "expires_in": 300, "scope": scope}
    keys = {"client_id": "practice", "key": PEM, "token_url": f"{address}/token"}
    connector = build({"base_url": f"{address}/fhir", "smart": keys, **more})

    connector.server.http.get("metadata")

    assert [form["scope"] for form in tokens.forms] == [scope]
    connector.server.http.close()
