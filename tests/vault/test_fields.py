"""Sealed columns, blind index, keyed hashes."""

import hmac
from hashlib import sha256
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.core.errors import VaultError
from dsr.vault.fields import (
    blind_index,
    keyed_hash,
    seal,
    seal_json,
    seal_text,
    unseal,
    unseal_json,
    unseal_text,
)

KEY = bytes(range(32))
PLACE = ("subject_request", "name", "17")
any_text = st.text(st.characters(codec=None))
#: A machine shared with others is slow at times; that is no fault of the code.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@calm
@given(st.binary(max_size=300))
def test_any_bytes_come_back(plaintext: bytes) -> None:
    assert unseal(KEY, PLACE, seal(KEY, PLACE, plaintext)) == plaintext


@calm
@given(any_text)
def test_any_text_comes_back_even_half_a_surrogate_pair(text: str) -> None:
    assert unseal_text(KEY, PLACE, seal_text(KEY, PLACE, text)) == text


def test_json_comes_back() -> None:
    value = {"notes": ["één", 2, None, True], "by": {"desk": "k-1"}}
    assert unseal_json(KEY, PLACE, seal_json(KEY, PLACE, value)) == value


@calm
@given(st.tuples(any_text, any_text, any_text), st.tuples(any_text, any_text, any_text))
def test_a_value_opens_in_its_own_place_only(
    place: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    sealed = seal(KEY, place, b"x")
    if place == other:
        assert unseal(KEY, other, sealed) == b"x"
    else:
        with pytest.raises(VaultError):
            unseal(KEY, other, sealed)


def test_swapping_the_cut_between_the_parts_of_a_place_is_another_place() -> None:
    places = [
        ("ab", "c", "1"),
        ("a", "bc", "1"),
        ("abc", "", "1"),
        ("ab", "c1"),
        ("ab", "c", "1", ""),
    ]
    for one, other in combinations(places, 2):
        with pytest.raises(VaultError):
            unseal(KEY, other, seal(KEY, one, b"x"))


def test_no_changed_or_missing_byte_is_accepted() -> None:
    sealed = seal(KEY, PLACE, b"a note")
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        for broken in (bytes(changed), sealed[:index]):
            with pytest.raises(VaultError):
                unseal(KEY, PLACE, broken)


def test_another_key_does_not_open_it_and_a_short_key_is_refused() -> None:
    with pytest.raises(VaultError, match="does not open"):
        unseal(KEY[::-1], PLACE, seal(KEY, PLACE, b"x"))
    with pytest.raises(VaultError, match="32 bytes, not 16"):
        seal(KEY[:16], PLACE, b"x")


def test_a_value_must_be_bound_to_a_place() -> None:
    with pytest.raises(VaultError, match="bound to its table"):
        seal(KEY, (), b"x")


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert seal(KEY, PLACE, b"x") != seal(KEY, PLACE, b"x")


def test_a_sealed_value_opens_with_plain_aes_gcm_as_documented() -> None:
    sealed = seal(KEY, ("t", "c", "1"), b"note")
    aad = b"\0\0\0\x0csealed field\0\0\0\x01t\0\0\0\x01c\0\0\0\x011"
    assert AESGCM(KEY).decrypt(sealed[1:13], sealed[13:], aad) == b"note"
    assert len(sealed) == 1 + 12 + len(b"note") + 16


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jansen", "  jansen "),
        ("STRAẞE", "strasse"),
        ("\u00e9\u00e9n", "e\u0301e\u0301n"),
        ("\uff2aansen", "jansen"),
        ("a@example.nl\n", "A@EXAMPLE.NL"),
    ],
)
def test_the_blind_index_is_the_same_for_the_same_word(one: str, other: str) -> None:
    assert blind_index(KEY, "name", one) == blind_index(KEY, "name", other)


def test_the_blind_index_differs_by_value_attribute_and_key() -> None:
    found = {
        blind_index(KEY, "name", "jansen"),
        blind_index(KEY, "name", "janssen"),
        blind_index(KEY, "email", "jansen"),
        blind_index(KEY, "namej", "ansen"),
        blind_index(KEY[::-1], "name", "jansen"),
    }
    assert len(found) == 5
    assert {len(index) for index in found} == {16}


@calm
@given(any_text)
def test_indexing_twice_changes_nothing_and_never_fails(text: str) -> None:
    assert blind_index(KEY, "name", text) == blind_index(KEY, "name", f" {text}\t")


def test_the_keyed_hash_is_hmac_sha256_over_parts_with_their_lengths() -> None:
    message = b"\0\0\0\nkeyed hash\0\0\0\x02ab\0\0\0\x01c"
    assert keyed_hash(KEY, "ab", "c") == hmac.new(KEY, message, sha256).hexdigest()[:32]
    assert keyed_hash(KEY, "ab", "c") != keyed_hash(KEY, "a", "bc")
