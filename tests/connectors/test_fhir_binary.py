"""A Binary in JSON is unpacked while it comes."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.fhir_binary import beginning, is_wrapped, unwrapped
from dsr.core.errors import BadAnswer


def binary(content: bytes, key: str = "data", **more: object) -> bytes:
    held = {"resourceType": "Binary", "id": "1", "contentType": "text/plain"}
    data = base64.b64encode(content).decode()
    return json.dumps({**held, key: data, **more}).encode()


def cut(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40), st.sampled_from(["data", "content"]))
def test_the_bytes_come_out_however_they_are_cut(content: bytes, size: int, key: str) -> None:
    assert b"".join(unwrapped(cut(binary(content, key), size))) == content


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_escapes_and_line_breaks_inside_mean_nothing(size: int) -> None:
    content = bytes(range(256)) * 3
    data = base64.b64encode(content).decode().replace("/", "\\/")
    lines = "\\r\\n".join(data[start : start + 77] for start in range(0, len(data), 77))
    text = f'{{"resourceType":"Binary","data":"{lines}","id":"1"}}'.encode()

    assert b"".join(unwrapped(cut(text, size))) == content


@pytest.mark.parametrize(
    "text",
    [
        binary(b"a letter")[:-30],
        binary(b"a letter")[:-1],
        b'{"resourceType":"Binary","contentType":"text/plain"}',
        b'{"resourceType":"Binary","data":"abc"}',
        b'{"resourceType":"Binary","data":"****"}',
        b'{"resourceType":"Binary","extension":[{"data":"YQ=="}]}',
        b'{"resourceType":"Binary","data":"YQ=="' + b" " * 300_000 + b"}",
    ],
)
def test_what_is_cut_or_holds_nothing_is_a_bad_answer(text: bytes) -> None:
    with pytest.raises(BadAnswer):
        list(unwrapped(cut(text, 64)))


def test_only_a_binary_is_taken_for_one() -> None:
    assert is_wrapped(binary(b"x"))
    assert is_wrapped(b'\n {"id": "1", "resourceType" : "Binary", "data": ""}')
    assert not is_wrapped(b'{"resourceType": "Patient", "id": "1"}')
    assert not is_wrapped(b'{"a": 1}')
    assert not is_wrapped(b"%PDF-1.4")


def test_a_long_file_never_stands_in_memory() -> None:
    def coming() -> Iterator[bytes]:
        yield b'{"resourceType":"Binary","data":"'
        for _ in range(1000):
            yield b"QUJD" * 16_384
        yield b'"}'

    tracemalloc.start()
    length = sum(map(len, unwrapped(coming())))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert length == 1000 * 16_384 * 3
    assert most < 1_000_000


def test_the_beginning_is_enough_to_tell() -> None:
    chunks = iter([b"ab"] * 5000)

    assert len(beginning(chunks)) == 4096
    assert next(chunks) == b"ab"
