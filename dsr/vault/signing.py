"""Signed heads of the event chain: what an outsider holds against the log later (T70).

A head says: at this time the row `seq` of this practice had this hash. The private key belongs
to the process that signs, never to the database.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dsr.core.chain import canonical
from dsr.core.errors import BrokenSettings

_KEY_BYTES = 32
_SIGNED_KEYS = ("practice", "seq", "row_hash", "at")


def new_signing_key() -> tuple[str, str]:
    """A new Ed25519 pair as base64url text: (private, public)."""
    private = Ed25519PrivateKey.generate()
    return _as_text(private.private_bytes_raw()), _as_text(private.public_key().public_bytes_raw())


def signing_key_from_text(text: str) -> bytes:
    """The 32 bytes of a private or public key; BrokenSettings when they are not that."""
    try:
        text = text.strip()
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BrokenSettings("The signing key is not base64url: make a new pair.") from None
    if len(key) != _KEY_BYTES:
        raise BrokenSettings(f"The signing key has {len(key)} bytes, not {_KEY_BYTES}.")
    return key


def public_key_of(private_key: bytes) -> bytes:
    """The public key that belongs to a private one."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def sign_head(
    private_key: bytes, practice: str, seq: int, row_hash_hex: str, at: str
) -> dict[str, str | int]:
    """One line of the heads file; `at` is the time in UTC as ISO 8601 text."""
    head: dict[str, str | int] = {
        "practice": practice,
        "seq": seq,
        "row_hash": row_hash_hex,
        "at": at,
    }
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(_message(head))
    return {**head, "signature": _as_text(signature)}


def head_holds(public_key: bytes, head: Mapping[str, object]) -> bool:
    """Whether this head was signed by the owner of the key, exactly as it stands here."""
    try:
        text = str(head["signature"])
        signature = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _message(head))
    except (KeyError, ValueError, InvalidSignature):
        return False
    return True


def _message(head: Mapping[str, object]) -> bytes:
    return b"dsr head v1\n" + canonical({key: head[key] for key in _SIGNED_KEYS})


def _as_text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
