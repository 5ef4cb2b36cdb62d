"""Key-encryption keys with ids and rotation, and secrets derived from one root that stays.

Every request has its own data key. It is stored only wrapped by a key-encryption key; whoever
destroys the wrapped key has shredded the data (Art. 17, T71, T72, T74).
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dsr.core.errors import BrokenSettings, VaultError

KEY_BYTES = 32
_VERSION = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")
#: 32 random bytes have about 30 different values; below this somebody typed the key by hand.
_LEAST_DIFFERENT_BYTES = 12


def new_data_key() -> bytes:
    """32 random bytes: the key of one request; store it only wrapped."""
    return secrets.token_bytes(KEY_BYTES)


def new_keyring_text(before: str = "") -> str:
    """A key ring as text with a new random key in front; the keys of `before` keep opening."""
    key = f"k{secrets.token_hex(4)}:{_as_text(secrets.token_bytes(KEY_BYTES))}"
    return f"{key},{before}" if before else key


def new_root_text() -> str:
    """A root secret as text, for `KeyRing.from_text(..., root=...)`; made once, never rotated."""
    return _as_text(secrets.token_bytes(KEY_BYTES))


@dataclass(frozen=True)
class KeyRing:
    """Key-encryption keys by id. The current one wraps; all of them unwrap."""

    current_id: str
    _keys: dict[str, bytes] = field(repr=False)
    _root: bytes = field(repr=False)
    _derived: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_text(cls, text: str, root: str = "") -> KeyRing:
        """Read `id:base64url[,id:base64url...]`, the current key first; BrokenSettings if bad."""
        keys: dict[str, bytes] = {}
        for entry in text.split(","):
            key_id, key = _parsed(entry.strip())
            _refuse_twice(keys, key_id, key)
            keys[key_id] = key
        return cls(next(iter(keys)), keys, _key_bytes(root, "the root secret") if root else b"")

    @property
    def key_ids(self) -> tuple[str, ...]:
        """All key ids, the current one first."""
        return tuple(self._keys)

    def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        """Seal a data key: version | length of key id | key id | nonce | ciphertext and tag."""
        header = bytes((_VERSION, len(self.current_id))) + self.current_id.encode()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self.current_id]).encrypt(nonce, data_key, header + aad)
        return header + nonce + sealed

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """The data key; VaultError when the key id is unknown or the bytes do not fit."""
        header, nonce, sealed = _split(wrapped)
        try:
            return AESGCM(self._key(_id_in(header))).decrypt(nonce, sealed, header + aad)
        except InvalidTag:
            raise VaultError(
                "A wrapped key does not open: it was changed, belongs to another row, or the key"
                " ring holds a different key under this id. Check the vault keys in the settings."
            ) from None

    def kek_id_of(self, wrapped: bytes) -> str:
        """The id of the key-encryption key that sealed this; known to the ring or not."""
        return _id_in(_split(wrapped)[0])

    def rewrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """The same data key under the current key; unchanged when it already is."""
        if self.kek_id_of(wrapped) == self.current_id:
            return wrapped
        return self.wrap(self.unwrap(wrapped, aad), aad)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF-SHA256 of the root); rotation never changes them."""
        if not self._root:
            raise BrokenSettings("The root secret is missing: set it beside the vault keys.")
        if purpose not in self._derived:
            info = b"dsr derive v1\n" + purpose.encode()
            made = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info)
            self._derived[purpose] = made.derive(self._root)
        return self._derived[purpose]

    def _key(self, key_id: str) -> bytes:
        if key_id not in self._keys:
            raise VaultError(
                f"The key {key_id!r} is not in the key ring: put the retired key back behind the"
                " current one until everything is re-wrapped."
            )
        return self._keys[key_id]


def _parsed(entry: str) -> tuple[str, bytes]:
    key_id, colon, text = entry.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise BrokenSettings(
            "A vault key is not written as id:key. The id has 1 to 32 letters, digits or _.-;"
            " the key is base64url of 32 random bytes."
        )
    return key_id, _key_bytes(text, f"the vault key {key_id!r}")


def _key_bytes(text: str, what: str) -> bytes:
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BrokenSettings(f"Not base64url: {what}. Make a new one; do not type it.") from None
    if len(key) != KEY_BYTES:
        raise BrokenSettings(f"{KEY_BYTES} bytes are needed, not {len(key)}: {what}.")
    if len(set(key)) < _LEAST_DIFFERENT_BYTES:
        raise BrokenSettings(f"Not random: {what}. Make a new one; do not type it.")
    return key


def _refuse_twice(keys: dict[str, bytes], key_id: str, key: bytes) -> None:
    if key_id in keys:
        raise BrokenSettings(f"The vault key id {key_id!r} is there twice: give each key its own.")
    if key in keys.values():
        raise BrokenSettings(f"The vault key {key_id!r} repeats another key: make a new one.")


def _split(wrapped: bytes) -> tuple[bytes, bytes, bytes]:
    head = 2 + (wrapped[1] if len(wrapped) > 1 else 0)
    if len(wrapped) < head + _NONCE_BYTES + _TAG_BYTES or wrapped[0] != _VERSION:
        raise VaultError("This is not a wrapped key of this version: it was cut or changed.")
    return wrapped[:head], wrapped[head : head + _NONCE_BYTES], wrapped[head + _NONCE_BYTES :]


def _id_in(header: bytes) -> str:
    key_id = header[2:].decode("ascii", "replace")
    if not _KEY_ID.fullmatch(key_id):
        raise VaultError("This is not a wrapped key of this version: its key id was changed.")
    return key_id


def _as_text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
