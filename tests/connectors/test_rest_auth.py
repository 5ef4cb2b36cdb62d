"""Every way in which a system knows us, against one that checks it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask, Response, jsonify, request

from connectors.http import HttpSystem
from connectors.rest import build
from connectors.rest_sigv4 import AwsKey, AwsSignature
from dsr.core.errors import BrokenRegister, NeedsPerson, TryAgain
from tests.connectors.json_systems import a_list, connected, refs, rows
from tests.connectors.serving import served


@pytest.mark.parametrize("method", ["basic", "post"])
def test_client_credentials_are_exchanged_for_a_token_once(method: str) -> None:
    asked: list[dict[str, str]] = []
    app, settings = a_list(lambda: {"items": rows(0, 1)})

    def token() -> Response:
        asked.append({**request.form.to_dict(), "basic": request.headers.get("Authorization", "")})
        return jsonify({"access_token": "t1", "expires_in": 300})

    def guard() -> tuple[str, int] | None:
        wanted = request.path == "/token" or request.headers.get("Authorization") == "Bearer t1"
        return None if wanted else ("no", 401)

    app.add_url_rule("/token", "token", token, methods=["POST"])
    app.before_request(guard)
    with served(app) as address:
        sign_in = {
            "kind": "oauth2_client_credentials",
            "token_url": f"{address}/token",
            "client_id": "us",
            "client_secret": "s",
            "scope": "read",
            "auth_method": method,
        }
        connector = build({"base_url": address, **settings, "auth": sign_in})
        connector.find("a", "lines", None)
        connector.find("a", "lines", None)
        connector.http.close()

    [call] = asked
    assert call["grant_type"] == "client_credentials"
    assert (call["basic"] == "") == (method == "post")
    assert call.get("client_secret", "") == ("s" if method == "post" else "")


@pytest.mark.parametrize(
    ("sign_in", "header"),
    [
        ({"kind": "bearer", "token": "t"}, "Bearer t"),
        ({"kind": "basic", "name": "us", "password": "p"}, "Basic dXM6cA=="),
        ({"kind": "api_key", "header": "Authorization", "value": "k"}, "k"),
        ({"kind": "none"}, None),
    ],
)
def test_each_way_to_sign_in_sends_its_header(sign_in: dict[str, str], header: str | None) -> None:
    seen: list[str | None] = []

    def answer() -> object:
        seen.append(request.headers.get("Authorization"))
        return {"items": []}

    with connected(*a_list(answer, auth=sign_in)) as connector:
        connector.find("a", "lines", None)

    assert seen == [header]


def test_a_sign_in_that_is_refused_is_for_a_person() -> None:
    app, settings = a_list(dict)
    app.add_url_rule("/login", "login", lambda: ("no", 403), methods=["POST"])
    sign_in = {"kind": "login_call", "request": {"method": "POST", "path": "/login"}, "token": "t"}
    with (
        connected(app, {**settings, "auth": sign_in}) as connector,
        pytest.raises(NeedsPerson, match="sign-in"),
    ):
        connector.find("a", "lines", None)


# signatures


def guarded(may: Callable[[], bool], **auth: Any) -> tuple[Flask, dict[str, Any]]:
    """One list of two things, given only to calls that `may` read it."""
    app, settings = a_list(lambda: {"items": rows(0, 2)}, auth=auth)

    def guard() -> tuple[str, int] | None:
        return None if request.path == "/login" or may() else ("no", 401)

    app.before_request(guard)
    return app, settings


SIGNED: dict[str, Any] = {
    "kind": "hmac",
    "key_id": "us",
    "secret": "s3cret",
    "sign": ["{method}", "{path_and_query}", "{date}", "{nonce}", "{body_digest}"],
    "headers": {
        "Authorization": "HMAC {key_id}:{signature}",
        "X-Date": "{date}",
        "X-Nonce": "{nonce}",
        "X-Digest": "{body_digest}",
    },
}


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_what_is_sent_is_signed_as_the_register_says(algorithm: str) -> None:
    nonces: list[str] = []

    def may() -> bool:
        digest = hashlib.sha256(request.get_data()).hexdigest()
        told = request.headers
        nonces.append(told["X-Nonce"])
        text = "\n".join(["POST", "/lines?q=a%26b", told["X-Date"], told["X-Nonce"], digest])
        made = hmac.new(b"s3cret", text.encode(), algorithm).digest()
        expected = "HMAC us:" + base64.b64encode(made).decode()
        return told["X-Digest"] == digest and told["Authorization"] == expected

    app, settings = guarded(may, **SIGNED, algorithm=algorithm, date_form="iso")
    query = {"method": "POST", "path": "/lines", "query": {"q": "a&b"}, "body": {"x": 1}}
    settings["datasets"]["lines"]["request"] = query
    with connected(app, settings) as connector:
        assert refs(connector, "lines", "a") == ["0", "1"]
        connector.find("a", "lines", None)

    assert len(set(nonces)) == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sign": ["{bodi}"]}, "bodi"),
        ({"sign": []}, "sign"),
        ({"headers": {"X-Date": "{date}"}}, "signature"),
        ({"algorithm": "md5"}, "sha256"),
        ({"date_form": "roman"}, "epoch"),
    ],
)
def test_a_signature_that_cannot_be_made_is_refused(changed: dict[str, Any], words: str) -> None:
    settings = a_list(dict, auth={**SIGNED, **changed})[1]
    with pytest.raises(BrokenRegister, match=words):
        build({"base_url": "http://127.0.0.1:1", **settings})


@pytest.mark.parametrize("address", ["/a/b", "/a%20b/~c", "/p?z=1&a=x%20y&a=%2F", "/p?empty="])
@pytest.mark.parametrize("token", ["", "temporary"])
def test_awss_own_signer_signs_the_same(address: str, token: str) -> None:
    seen: list[tuple[str, str, dict[str, str]]] = []
    app = Flask("aws")

    def keep(rest: str) -> str:
        seen.append(
            (request.headers["Host"], request.environ["REQUEST_URI"], dict(request.headers))
        )
        return "{}"

    app.add_url_rule("/<path:rest>", "keep", keep)
    key = AwsKey(key_id="AK", secret="sk", token=token, region="eu-west-1", service="execute-api")
    with served(app) as base:
        system = HttpSystem(base, auth=AwsSignature(key))
        assert system.get(address).ok
        system.close()

    [(host, uri, headers)] = seen
    assert headers["Authorization"] == _awss_own(
        f"http://{host}{uri}", headers["X-Amz-Date"], token
    )


def _awss_own(url: str, moment: str, token: str) -> str:
    signer = SigV4Auth(Credentials("AK", "sk", token or None), "execute-api", "eu-west-1")
    asked = AWSRequest(method="GET", url=url, headers={"X-Amz-Date": moment})
    asked.context["timestamp"] = moment
    if token:
        asked.headers["X-Amz-Security-Token"] = token
    canonical = signer.canonical_request(asked)
    return (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(asked)}, "
        f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(asked))}, "
        f"Signature={signer.signature(signer.string_to_sign(asked, canonical), asked)}"
    )


def test_the_register_asks_for_awss_signature() -> None:
    def may() -> bool:
        return request.headers.get("Authorization", "").startswith(
            "AWS4-HMAC-SHA256 Credential=AK/"
        )

    auth = {"kind": "aws_sigv4", "key_id": "AK", "secret": "sk", "region": "eu-west-1"}
    with connected(*guarded(may, **auth)) as connector:
        assert refs(connector, "lines", "a") == ["0", "1"]


def test_a_signed_statement_is_exchanged_for_a_token() -> None:
    ours = ec.generate_private_key(ec.SECP384R1())
    pem = ours.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    seen: list[dict[str, Any]] = []
    app, settings = guarded(lambda: request.headers.get("Authorization") == "Bearer t1")

    def token() -> Response:
        told = request.form["client_assertion"]
        seen.append(jwt.decode(told, ours.public_key(), ["ES384"], audience="https://op.example"))
        assert jwt.get_unverified_header(told)["kid"] == "k1"
        return jsonify({"access_token": "t1", "expires_in": 300})

    app.add_url_rule("/login", "token", token, methods=["POST"])
    with served(app) as address:
        sign_in = {
            "kind": "oauth2_client_credentials",
            "token_url": f"{address}/login",
            "client_id": "us",
            "auth_method": "private_key_jwt",
            "alg": "ES384",
            "kid": "k1",
            "key": pem.replace("\n", "\\n"),
            "assertion_audience": "https://op.example",
        }
        connector = build({"base_url": address, **settings, "auth": sign_in})
        assert refs(connector, "lines", "a") == ["0", "1"]
        connector.http.close()

    [told] = seen
    assert told["iss"] == told["sub"] == "us"
    assert told["exp"] - told["iat"] <= 300


def test_a_signed_statement_is_never_sent_twice() -> None:
    asked: list[str] = []
    key = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    ).decode()
    app, settings = guarded(lambda: True)

    def token() -> tuple[str, int]:
        asked.append(request.form["client_assertion"])
        return "", 503

    app.add_url_rule("/login", "token", token, methods=["POST"])
    with served(app) as address:
        sign_in = {
            "kind": "oauth2_client_credentials",
            "token_url": f"{address}/login",
            "client_id": "us",
            "auth_method": "private_key_jwt",
            "alg": "ES256",
            "key": pem,
        }
        connector = build({"base_url": address, **settings, "auth": sign_in})
        with pytest.raises(TryAgain):
            connector.find("a", "lines", None)
        connector.http.close()

    assert len(asked) == 1


def test_a_key_that_is_none_is_refused_at_the_start() -> None:
    sign_in = {
        "kind": "oauth2_client_credentials",
        "token_url": "http://127.0.0.1:1/token",
        "client_id": "us",
        "auth_method": "private_key_jwt",
        "key": "no key",
    }
    settings = a_list(dict, auth=sign_in)[1]
    with pytest.raises(BrokenRegister, match=r"auth\.key"):
        build({"base_url": "http://127.0.0.1:1", **settings})


# sessions


def login_with(answer: Callable[[], Response], sent: tuple[str, str], **auth: Any) -> list[str]:
    """What a list gives to somebody who signed in at /login and then sends a header."""
    sign_in = {"kind": "login_call", "request": {"method": "POST", "path": "/login"}, **auth}
    app, settings = guarded(lambda: request.headers.get(sent[0]) == sent[1], **sign_in)
    app.add_url_rule("/login", "login", answer, methods=["POST"])
    with connected(app, settings) as connector:
        return refs(connector, "lines", "a")


def test_a_session_may_be_a_cookie() -> None:
    def answer() -> Response:
        response = Response("welcome")
        response.set_cookie("other", "x")
        response.set_cookie("sid", "abc", httponly=True)
        return response

    assert login_with(answer, ("Cookie", "sid=abc"), cookie="sid") == ["0", "1"]


def test_a_session_may_be_in_a_header_of_the_answer() -> None:
    def answer() -> Response:
        return Response("{}", headers={"X-Subject-Token": "abc"})

    auth = {"answer_header": "X-Subject-Token", "header": "X-Auth-Token"}
    assert login_with(answer, ("X-Auth-Token", "abc"), **auth) == ["0", "1"]


def test_a_session_may_be_a_text_made_of_parts() -> None:
    def answer() -> Response:
        return jsonify({"user": {"id": 7}, "key": "abc"})

    auth = {
        "parts": {"id": "user.id", "key": "key"},
        "known": {"name": "us"},
        "value": "{name}:{id}:{key}",
        "encode": "base64",
        "prefix": "Session ",
    }
    value = "Session " + base64.b64encode(b"us:7:abc").decode()
    assert login_with(answer, ("Authorization", value), **auth) == ["0", "1"]


def test_a_part_that_nothing_finds_is_refused_at_the_start() -> None:
    sign_in = {
        "kind": "login_call",
        "request": {"path": "/login"},
        "value": "{sesion}",
        "token": "t",
    }
    settings = a_list(dict, auth=sign_in)[1]
    with pytest.raises(BrokenRegister, match="parts"):
        build({"base_url": "http://127.0.0.1:1", **settings})
