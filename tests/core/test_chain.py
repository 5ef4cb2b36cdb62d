"""The canonical form and the chain, checked against the standard library and RFC 8785's rules."""

import json
from collections import OrderedDict, namedtuple
from enum import StrEnum
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.core.chain import GENESIS, canonical, row_hash

LARGEST = 2**53 - 1
ascii_keys = st.text(st.characters(max_codepoint=127))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(ascii_keys, inner),
    max_leaves=10,
)
bodies = st.dictionaries(ascii_keys, values)
#: A machine shared with others is slow at times; that is no fault of the code.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Colour(StrEnum):
    RED = "red"


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, b"{}"),
        ({"b": 1, "a": 2}, b'{"a":2,"b":1}'),
        ({"B": 1, "a": 2, "_": 3}, b'{"B":1,"_":3,"a":2}'),
        (
            {"a": [1, (2, None)], "b": {"d": True, "c": False}},
            b'{"a":[1,[2,null]],"b":{"c":false,"d":true}}',
        ),
        ({"a": "é€😀"}, '{"a":"é€😀"}'.encode()),
        ({"a": '"\\/\b\f\n\r\t'}, b'{"a":"\\"\\\\/\\b\\f\\n\\r\\t"}'),
        ({"a": "\x00\x1f\x7f\u2028"}, b'{"a":"\\u0000\\u001f\x7f\xe2\x80\xa8"}'),
        ({"a": LARGEST, "b": -LARGEST}, b'{"a":9007199254740991,"b":-9007199254740991}'),
    ],
)
def test_the_canonical_form_is_as_described(body: dict[str, object], expected: bytes) -> None:
    assert canonical(body) == expected


@calm
@given(bodies)
def test_the_canonical_form_reads_back_and_does_not_depend_on_order(
    body: dict[str, object],
) -> None:
    turned = dict(reversed(body.items()))
    assert json.loads(canonical(body)) == body
    assert canonical(turned) == canonical(body)


@calm
@given(bodies, bodies)
def test_two_bodies_share_a_form_only_when_they_are_the_same(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert (canonical(one) == canonical(other)) == (repr_of(one) == repr_of(other))


def repr_of(value: object) -> object:
    """Equality that tells 1 from true, as JSON does and Python does not."""
    if isinstance(value, dict):
        return {key: repr_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [repr_of(inner) for inner in value]
    return type(value).__name__, value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "no float"),
        (float("nan"), "no float"),
        ([{"deep": float("inf")}], "no float"),
        (b"bytes", "no bytes"),
        ({1, 2}, "no set"),
        (LARGEST + 1, "2\\*\\*53"),
        (-LARGEST - 1, "2\\*\\*53"),
        ("\ud800", "surrogate"),
        ({1: "a"}, "keys of an event"),
        ({"é": "a"}, "keys of an event"),
        (Colour.RED, "no Colour"),
        (Pair(1, 2), "no Pair"),
        (OrderedDict(a=1), "no OrderedDict"),
    ],
)
def test_what_has_no_single_form_is_refused(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        canonical({"a": value})


def test_nesting_without_end_is_refused_in_words() -> None:
    value: object = "x"
    for _ in range(2000):
        value = [value]
    with pytest.raises(ValueError, match="deeper than 16"):
        canonical({"a": value})


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(ValueError, match="surrogate") as caught:
        canonical({"a": "Jansen \ud800"})
    assert "Jansen" not in str(caught.value)
    assert caught.value.__suppress_context__


@calm
@given(st.binary(min_size=32, max_size=32), bodies)
def test_the_hash_is_sha256_of_the_hash_before_and_plain_json(
    prev: bytes, body: dict[str, object]
) -> None:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert row_hash(prev, body) == sha256(prev + text.encode("utf-8")).digest()


def test_every_practice_begins_its_own_chain() -> None:
    assert GENESIS("dorp") == sha256(b"dsr event chain v1\ndorp").digest()
    assert len({GENESIS("dorp"), GENESIS("stad"), GENESIS("")}) == 3


def test_a_known_chain_keeps_its_hashes() -> None:
    """Logs that were signed years ago must still verify."""
    first = row_hash(GENESIS("dorp"), {"practice": "dorp", "seq": 1, "action": "received"})
    second = row_hash(first, {"practice": "dorp", "seq": 2, "action": "één"})
    assert second.hex() == "7346f735d9f609f2fc547e46eb53579de8a25175932e4f98810322d2b04b3be3"
