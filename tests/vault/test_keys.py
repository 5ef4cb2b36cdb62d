"""Key ring: reading it, wrapping, rotation, derived secrets."""

import base64
import hmac
from hashlib import sha256

import pytest

from dsr.core.errors import BrokenSettings, VaultError
from dsr.vault.keys import KeyRing, new_data_key, new_keyring_text, new_root_text

ROW = b"subject_request|17"


def key_text(first: int = 0) -> str:
    return base64.urlsafe_b64encode(bytes(range(first, first + 32))).decode()


def ring(*ids: str, root: str = "") -> KeyRing:
    """A ring of these ids; each id always has the same key."""
    entries = (f"{key_id}:{key_text(sum(key_id.encode()) % 200)}" for key_id in ids)
    return KeyRing.from_text(",".join(entries), root=root)


def test_what_is_wrapped_unwraps_in_the_same_place_only() -> None:
    key = new_data_key()
    wrapped = ring("a").wrap(key, ROW)
    assert ring("a").unwrap(wrapped, ROW) == key
    with pytest.raises(VaultError, match="does not open"):
        ring("a").unwrap(wrapped, b"subject_request|18")


def test_the_layout_is_version_length_id_nonce_ciphertext_tag() -> None:
    wrapped = ring("key-7").wrap(bytes(32), ROW)
    assert wrapped[:7] == b"\x01\x05key-7"
    assert len(wrapped) == 7 + 12 + 32 + 16


def test_the_same_key_never_wraps_to_the_same_bytes_twice() -> None:
    assert ring("a").wrap(bytes(32), ROW) != ring("a").wrap(bytes(32), ROW)


def test_no_changed_byte_of_a_wrapped_key_is_accepted() -> None:
    keys = ring("a", "b")
    wrapped = keys.wrap(new_data_key(), ROW)
    for index in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[index] ^= 1
        with pytest.raises(VaultError):
            keys.unwrap(bytes(changed), ROW)


@pytest.mark.parametrize("wrapped", [b"", b"\x01", b"\x01\x01a", b"\x01\xff" + bytes(60)])
def test_what_is_not_a_wrapped_key_is_refused_in_words(wrapped: bytes) -> None:
    with pytest.raises(VaultError, match="not a wrapped key"):
        ring("a").kek_id_of(wrapped)


def test_after_rotation_old_keys_open_and_new_ones_are_made_with_the_current_key() -> None:
    old, both, new = ring("old"), ring("new", "old"), ring("new")
    key = new_data_key()
    wrapped = old.wrap(key, ROW)
    assert both.unwrap(wrapped, ROW) == key
    again = both.rewrap(wrapped, ROW)
    assert (both.kek_id_of(wrapped), both.kek_id_of(again)) == ("old", "new")
    assert new.unwrap(again, ROW) == key
    with pytest.raises(VaultError, match="'old' is not in the key ring"):
        new.unwrap(wrapped, ROW)


def test_a_rotation_that_was_cut_off_goes_on_without_touching_what_is_done() -> None:
    both = ring("new", "old")
    again = both.rewrap(ring("old").wrap(new_data_key(), ROW), ROW)
    assert both.rewrap(again, ROW) is again


def test_rewrapping_in_the_wrong_place_is_refused() -> None:
    with pytest.raises(VaultError):
        ring("new", "old").rewrap(ring("old").wrap(new_data_key(), ROW), b"another row")


def test_a_new_key_goes_in_front_and_the_old_ones_keep_opening() -> None:
    before = new_keyring_text()
    after = KeyRing.from_text(new_keyring_text(before))
    old = KeyRing.from_text(before)
    assert after.key_ids == (after.current_id, old.current_id)
    assert after.unwrap(old.wrap(bytes(32), ROW), ROW) == bytes(32)


def test_derived_keys_differ_by_purpose_and_stay_when_the_ring_rotates() -> None:
    root = new_root_text()
    before, after = ring("old", root=root), ring("new", "old", root=root)
    assert before.derive("blind index") == after.derive("blind index")
    assert before.derive("blind index") != before.derive("request secret")
    assert before.derive("blind index") != ring("old", root=new_root_text()).derive("blind index")


def test_derive_is_hkdf_sha256_as_rfc_5869_writes_it() -> None:
    extracted = hmac.digest(bytes(32), bytes(range(32)), sha256)
    expected = hmac.digest(extracted, b"dsr derive v1\nmac\x01", sha256)
    assert ring("a", root=key_text()).derive("mac") == expected


def test_without_a_root_nothing_is_derived() -> None:
    with pytest.raises(BrokenSettings, match="root secret is missing"):
        ring("a").derive("mac")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not written as id:key"),
        ("only-an-id", "not written as id:key"),
        (f"a b:{key_text()}", "not written as id:key"),
        (f"{'a' * 33}:{key_text()}", "not written as id:key"),
        ("a:not*base64", "Not base64url: the vault key 'a'"),
        ("a:c2hvcnQ", "32 bytes are needed, not 5"),
        ("a:" + base64.b64encode(bytes(32)).decode(), "Not random"),
        (f"a:{key_text()},a:{key_text(9)}", "'a' is there twice"),
        (f"a:{key_text()},b:{key_text()}", "'b' repeats another key"),
        (f"a:{key_text()},", "not written as id:key"),
    ],
)
def test_a_broken_key_ring_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(BrokenSettings, match=words):
        KeyRing.from_text(text)


def test_a_broken_root_is_refused_in_words() -> None:
    with pytest.raises(BrokenSettings, match="the root secret"):
        KeyRing.from_text(f"a:{key_text()}", root="c2hvcnQ")


def test_padding_and_spaces_around_a_key_do_not_matter() -> None:
    assert key_text().endswith("=")
    with_padding = KeyRing.from_text(f" a:{key_text()} , b:{key_text(9)}")
    assert with_padding == KeyRing.from_text(f"a:{key_text().rstrip('=')},b:{key_text(9)}")


def test_no_message_and_no_repr_shows_a_key() -> None:
    secret = key_text()
    assert secret.rstrip("=") not in repr(ring("a", root=secret))
    assert repr(ring("a")) == "KeyRing(current_id='a')"
    for text in (secret, f"a:{secret}{secret}", f"a:{secret},a:{secret}"):
        with pytest.raises(BrokenSettings) as caught:
            KeyRing.from_text(text)
        assert secret.rstrip("=") not in str(caught.value)
