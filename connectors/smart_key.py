"""Our private key for SMART Backend Services: PEM or JWK, never in the register itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey

_SHORTEST_RSA = 2048


def private_key(read: Entry) -> tuple[PrivateKey, str]:
    """Our private key and its name: PEM or JWK, as text from the environment or in a file."""
    if ("key" in read.values) == ("key_file" in read.values):
        raise BrokenRegister(
            f"{read.path}: write either key: {{env: NAME}} or key_file: a path, for our private"
            " key (PEM or JWK)."
        )
    try:
        text = read.text("key") if "key" in read.values else _file(read.text("key_file"))
        key, name = _loaded(text.strip())
    except (OSError, ValueError, TypeError, jwt.PyJWTError):
        raise BrokenRegister(
            f"{read.path}: our private key cannot be read; give it in PEM without a password, or"
            " as a JWK."
        ) from None
    _refuse_weak(key, read.path)
    return key, name


def _file(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _loaded(text: str) -> tuple[PrivateKey, str]:
    if text.startswith("{"):
        said = json.loads(text)
        key = jwt.PyJWK.from_dict({**said, "alg": _algorithm(said)}).key
        name = str(said.get("kid", ""))
    else:
        key, name = load_pem_private_key(text.encode(), None), ""
    if not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise ValueError
    return key, name


def _algorithm(said: Mapping[str, object]) -> str:
    return "ES384" if said.get("kty") == "EC" else "RS384"


def _refuse_weak(key: PrivateKey, where: str) -> None:
    """SMART knows two kinds of keys."""
    if isinstance(key, EllipticCurvePrivateKey):
        right = key.curve.name == "secp384r1"
    else:
        right = key.key_size >= _SHORTEST_RSA
    if not right:
        raise BrokenRegister(
            f"{where}: SMART wants a key on the curve P-384 (ES384), or RSA of at least"
            f" {_SHORTEST_RSA} bits (RS384)."
        )
