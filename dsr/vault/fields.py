"""Sealed columns, blind indexes for exact look-up, and keyed hashes for lasting records.

A sealed value is bound to its table, column and row: moved elsewhere it does not open (T72).
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsr.core.errors import VaultError
from dsr.vault.keys import KEY_BYTES

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HASH_BYTES = 16


def seal(data_key: bytes, aad: tuple[str, ...], plaintext: bytes) -> bytes:
    """Version | nonce | AES-256-GCM ciphertext and tag; `aad` is (table, column, row id)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + _cipher(data_key).encrypt(nonce, plaintext, _bound_to(aad))


def unseal(data_key: bytes, aad: tuple[str, ...], sealed: bytes) -> bytes:
    """The plaintext; VaultError when the key, the place or any byte is another."""
    if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _VERSION:
        raise VaultError("This is not a sealed value of this version: it was cut or changed.")
    nonce, box = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return _cipher(data_key).decrypt(nonce, box, _bound_to(aad))
    except InvalidTag:
        raise VaultError(
            "A sealed value does not open: it was changed, was moved from another row or column,"
            " or the key is another. Restore the row from a back-up."
        ) from None


def seal_text(data_key: bytes, aad: tuple[str, ...], text: str) -> bytes:
    """`seal` of a text in UTF-8."""
    return seal(data_key, aad, _utf8(text))


def unseal_text(data_key: bytes, aad: tuple[str, ...], sealed: bytes) -> str:
    """The text that `seal_text` sealed."""
    return unseal(data_key, aad, sealed).decode("utf-8", "surrogatepass")


def seal_json(data_key: bytes, aad: tuple[str, ...], value: object) -> bytes:
    """`seal` of a JSON value (whatever orjson can write)."""
    return seal(data_key, aad, orjson.dumps(value))


def unseal_json(data_key: bytes, aad: tuple[str, ...], sealed: bytes) -> Any:
    """The JSON value that `seal_json` sealed; the caller parses it into its own shape."""
    value: Any = orjson.loads(unseal(data_key, aad, sealed))
    return value


def blind_index(key: bytes, attribute: str, value: str) -> bytes:
    """16 bytes to look a value up exactly; case, outer spaces and Unicode forms do not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    return _keyed(key, ("blind index", attribute, folded.strip()))


def keyed_hash(key: bytes, *parts: str) -> str:
    """32 hex digits that stand for the parts in a lasting record; only the key links them."""
    return _keyed(key, ("keyed hash", *parts)).hex()


def _keyed(key: bytes, parts: tuple[str, ...]) -> bytes:
    return hmac.digest(key, _joined(parts), sha256)[:_HASH_BYTES]


def _bound_to(aad: tuple[str, ...]) -> bytes:
    if not aad:
        raise VaultError("A sealed value must be bound to its table, column and row.")
    return _joined(("sealed field", *aad))


def _joined(parts: Iterable[str]) -> bytes:
    """Each part behind its length, so that ("ab", "c") and ("a", "bc") differ."""
    encoded = (_utf8(part) for part in parts)
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _utf8(text: str) -> bytes:
    # An encoding error would quote the text in its message; half a surrogate pair may pass.
    return text.encode("utf-8", "surrogatepass")


def _cipher(data_key: bytes) -> AESGCM:
    if len(data_key) != KEY_BYTES:
        raise VaultError(f"A data key has {KEY_BYTES} bytes, not {len(data_key)}.")
    return AESGCM(data_key)
