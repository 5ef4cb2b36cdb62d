"""SMART Backend Services as a whole: oidc-provider gives the tokens, a guard before Medplum checks
each of them with the provider's own public keys, and the connector reads a file through it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from flask import Flask, Response, request

from connectors.client_statement import Signer
from connectors.fhir import FhirConnector, build
from connectors.smart import Backend, Smart
from demo.files import resources_of
from demo.files_staff import PATIENT_NUMBER, patient_id
from dsr.core.errors import NeedsPerson
from tests.connector_contract import items_of
from tests.connectors.medical_people import ANNA, SANNE
from tests.connectors.serving import served
from tests.peers.fhir_samples import put
from tests.peers.running import Peer

pytestmark = pytest.mark.peer

INNER = "a-token-that-only-the-guard-knows"
CLIENT = "dsr-backend"
KEYS = {
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS384": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
STRANGE_KEY = ec.generate_private_key(ec.SECP384R1())


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def key_set() -> str:
    """Our public keys as the supplier registers them."""
    makers = {"ES384": jwt.algorithms.ECAlgorithm, "RS384": jwt.algorithms.RSAAlgorithm}
    keys = [
        {**json.loads(makers[name].to_jwk(key.public_key())), "kid": name, "use": "sig"}
        for name, key in KEYS.items()
    ]
    return json.dumps({"keys": keys})


@dataclass
class Guard:
    """What stands before the HIS: it lets a call pass with a token that the provider signed for
    this very HIS, that has not ended and that may read. `refused` are tokens it takes no more.
    """

    his: str
    issuer: str
    audience: str
    seen: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    refuse_next: bool = False

    def app(self) -> Flask:
        """The guard as an app on the HIS's own paths."""
        app = Flask("guard")
        app.add_url_rule("/fhir/R4/<path:path>", "pass", self.answer, methods=["GET", "POST"])
        return app

    def answer(self, path: str) -> Response:
        """The HIS's answer, or 401."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if path != "metadata" and not self.good(token):
            return Response(status=401)
        inner = httpx.request(
            request.method,
            f"{self.his}/{path}",
            params=request.args.to_dict(),
            content=request.get_data(),
            headers={
                "Authorization": f"Bearer {INNER}",
                "Content-Type": request.headers.get("Content-Type", ""),
            },
            timeout=30,
        )
        text = inner.text.replace(self.his, request.host_url + "fhir/R4")
        return Response(text, inner.status_code, content_type=inner.headers["content-type"])

    def good(self, token: str) -> bool:
        """Whether the provider signed this token for us, and it may read everything."""
        self.seen.append(token)
        if self.refuse_next:
            self.refuse_next = False
            self.refused.add(token)
        try:
            keys = jwt.PyJWKSet.from_dict(httpx.get(f"{self.issuer}/jwks").json())
            claims = jwt.decode(
                token, keys.keys[0], ["RS256"], audience=self.audience, issuer=self.issuer
            )
        except jwt.PyJWTError:
            return False
        return token not in self.refused and "system/*.rs" in claims["scope"].split()


@pytest.fixture(scope="module")
def provider(peer: Callable[..., Peer]) -> str:
    """The token endpoint's server, which knows our two public keys."""
    return peer("oidc-provider", SMART_JWKS=key_set(), FHIR_BASE_URL="https://his.example/fhir").url


@pytest.fixture(scope="module")
def his(peer: Callable[..., Peer]) -> str:
    base_url = peer("medplum-fhir", FHIR_TOKEN=INNER).url
    put(base_url, resources_of(ANNA, (SANNE,)), INNER)
    return base_url


@pytest.fixture
def guard(provider: str, his: str) -> Guard:
    return Guard(his, provider, "https://his.example/fhir")


@pytest.fixture
def address(guard: Guard) -> Iterator[str]:
    with served(guard.app()) as found:
        yield f"{found}/fhir/R4"


def connector_to(address: str, provider: str, **smart: object) -> FhirConnector:
    """A connector that signs with our ES384 key unless the settings say otherwise."""
    said = {"client_id": CLIENT, "key": pem(KEYS["ES384"]), "token_url": f"{provider}/token"}
    return build(
        {
            "base_url": address,
            "smart": {**said, **smart},
            "identifier_system": {"patient_number": PATIENT_NUMBER},
        }
    )


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_a_file_is_read_with_a_token_that_the_his_itself_checks(
    guard: Guard, address: str, provider: str, algorithm: str, proved: Callable[..., None]
) -> None:
    connector = connector_to(address, provider, key=pem(KEYS[algorithm]), key_id=algorithm)

    assert connector.check().usable
    assert len(items_of(connector, f"Patient/{patient_id(ANNA)}", "dossier")) > 30
    assert len(set(guard.seen) - {""}) == 1  # one token for all calls
    proved(connector="fhir", peer="oidc-provider", verb=f"SMART token {algorithm}")


def test_a_token_that_is_refused_is_replaced_once(
    guard: Guard, address: str, provider: str, proved: Callable[..., None]
) -> None:
    connector = connector_to(address, provider)
    assert connector.check().usable
    guard.refuse_next = True

    assert items_of(connector, f"Patient/{patient_id(ANNA)}", "dossier")
    assert len(set(guard.seen)) == 2
    proved(connector="fhir", peer="oidc-provider", verb="new token after 401")


def test_a_his_that_refuses_every_token_is_named(guard: Guard, address: str, provider: str) -> None:
    guard.audience = "https://another.example/fhir"

    health = connector_to(address, provider).check()

    assert "refuses our key (code 401)" in health.words
    assert len(set(guard.seen)) == 2  # one new token, and no more


def test_a_token_without_the_scope_is_refused_in_words(
    address: str, provider: str, proved: Callable[..., None]
) -> None:
    """The provider answers 200 for a scope that it does not know, and leaves it out."""
    health = connector_to(address, provider, scope="system/*.rs system/Patient.q").check()

    assert not health.usable
    assert "a token without system/Patient.q" in health.words
    proved(connector="fhir", peer="oidc-provider", verb="granted scope read back")


@pytest.mark.parametrize(
    "smart",
    [{"key": pem(STRANGE_KEY)}, {"client_id": "somebody"}, {"audience": "https://x.example"}],
)
def test_a_statement_that_is_not_ours_gets_no_token(
    address: str, provider: str, smart: dict[str, str]
) -> None:
    words = connector_to(address, provider, **smart).check().words

    assert "gives us no token (code 401, invalid_client)" in words
    assert "somebody" not in words


def test_the_provider_takes_each_statement_once(provider: str) -> None:
    url = f"{provider}/token"
    backend = Backend(
        base_url="https://his.example/fhir",
        client_id=CLIENT,
        signer=Signer(key=KEYS["ES384"], key_id="ES384", algorithm="ES384"),
        scope="system/*.rs",
        token_url=url,
        audience="",
    )
    form = {
        "grant_type": "client_credentials",
        "scope": "system/*.rs",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": backend.signer.statement(CLIENT, url),
    }

    codes = [httpx.post(url, data=form).status_code for _ in range(2)]

    assert codes == [200, 401]
    assert backend()[0] != Smart(backend).token()  # a new statement each time


def test_the_address_of_tokens_on_another_host_must_be_in_the_register(
    address: str, provider: str
) -> None:
    connector = connector_to(address, provider, token_url="")

    with pytest.raises(NeedsPerson, match=r"smart\.token_url"):
        connector.server.read("Patient/1")
