"""Frames: any chunking, any range, own vectors, and every kind of damage."""

import hmac
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.core.errors import VaultError
from dsr.vault.frames import FRAME, HEADER_BYTES, Source, decrypt, encrypt, plain_size

KEY = bytes(range(32))
NAME = "requests/17/archive"
BOX = FRAME + 16
PLAIN = bytes(index % 251 for index in range(3 * FRAME + 1000))
EDGES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME, 17 * FRAME + 5]


def sealed(plain: bytes = PLAIN, name: str = NAME) -> bytes:
    return b"".join(encrypt([plain], KEY, name))


def source(blob: bytes) -> Source:
    return Source(lambda start, length: blob[start : start + length], len(blob))


def opened(blob: bytes, name: str = NAME, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(decrypt(source(blob), KEY, name, start, end))


SEALED = sealed()


def frame(index: int, blob: bytes = SEALED) -> bytes:
    return blob[HEADER_BYTES + index * BOX :][:BOX]


@pytest.mark.parametrize("size", EDGES)
def test_blobs_around_the_edges_of_frames_come_back(size: int) -> None:
    plain = (PLAIN * 6)[:size]
    blob = sealed(plain)
    assert opened(blob) == plain
    assert plain_size(len(blob)) == size


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, len(PLAIN)), max_size=12))
def test_how_the_plaintext_is_chunked_does_not_matter(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(PLAIN)]
    chunks = [PLAIN[start:end] for start, end in pairwise(at)]
    blob = b"".join(encrypt(chunks, KEY, NAME))
    assert len(blob) == len(SEALED)
    assert opened(blob) == PLAIN


@settings(deadline=None, max_examples=100)
@given(
    st.integers(0, len(PLAIN) + 10) | st.sampled_from(EDGES),
    st.none() | st.integers(0, len(PLAIN) + 10) | st.sampled_from(EDGES),
)
def test_any_range_equals_the_slice(start: int, end: int | None) -> None:
    assert opened(SEALED, start=start, end=end) == PLAIN[start:end]


def test_a_negative_range_is_refused() -> None:
    with pytest.raises(VaultError, match="never negative"):
        opened(SEALED, start=-1)
    with pytest.raises(VaultError, match="never negative"):
        opened(SEALED, end=-1)


def test_a_range_reads_only_the_header_the_last_frame_and_its_own_frames() -> None:
    reads: list[tuple[int, int]] = []

    def read(start: int, length: int) -> bytes:
        reads.append((start, length))
        return SEALED[start : start + length]

    plain = b"".join(decrypt(Source(read, len(SEALED)), KEY, NAME, FRAME + 5, FRAME + 9))
    assert plain == PLAIN[FRAME + 5 : FRAME + 9]
    assert reads == [(0, 16), (16 + 3 * BOX, 1016), (16 + BOX, BOX)]


def by_the_book(blob: bytes, name: str) -> bytes:
    """The format read again from its description, with nothing of the code under test."""
    header, body = blob[:16], blob[16:]
    prefix = header[9:]
    key = hmac.digest(hmac.digest(prefix, KEY, sha256), b"dsr frames v1\x01", sha256)
    boxes = [body[at : at + 262_160] for at in range(0, len(body), 262_160)]
    return b"".join(
        AESGCM(key).decrypt(
            prefix + index.to_bytes(4, "big") + bytes([index == len(boxes) - 1]),
            box,
            header + name.encode(),
        )
        for index, box in enumerate(boxes)
    )


@pytest.mark.parametrize("size", [0, 5, FRAME, 2 * FRAME + 1])
def test_the_format_is_as_described(size: int) -> None:
    blob = sealed(PLAIN[:size])
    assert blob[:9] == b"DSRF\x01\x00\x04\x00\x00"
    assert by_the_book(blob, NAME) == PLAIN[:size]


def test_a_blob_written_by_the_first_version_still_opens() -> None:
    blob = bytes.fromhex(VECTOR)
    assert opened(blob, "vector/1") == b"De eerste versie blijft leesbaar."


VECTOR = (
    "4453524601000400007eafe8670acfc050a36be357fc33a5a2d21191331467bbd23c6bb93b7b7a4c"
    "31fbdd5882aa73e28ef63406314a0b0c94a5f4fa269449699a"
)


def _flipped(at: int) -> bytes:
    return SEALED[:at] + bytes([SEALED[at] ^ 1]) + SEALED[at + 1 :]


def damaged() -> Iterator[tuple[str, bytes]]:
    head = SEALED[:HEADER_BYTES]
    frames = [frame(index) for index in range(4)]
    other = sealed()
    for at in range(HEADER_BYTES):
        yield f"byte {at} of the header changed", _flipped(at)
    yield "a byte of the first frame changed", _flipped(HEADER_BYTES + 7)
    yield "a byte of a tag changed", _flipped(HEADER_BYTES + BOX - 1)
    yield "the last byte changed", _flipped(len(SEALED) - 1)
    yield "the last byte cut", SEALED[:-1]
    yield "the last frame cut", SEALED[: HEADER_BYTES + 3 * BOX]
    yield "only the first frame left", SEALED[: HEADER_BYTES + BOX]
    yield "a frame and a half left", SEALED[: HEADER_BYTES + BOX + BOX // 2]
    yield "fewer bytes than a tag in the last frame", SEALED[: HEADER_BYTES + BOX + 15]
    yield "a tag alone as the last frame", SEALED[: HEADER_BYTES + BOX + 16]
    yield "only the header left", head
    yield "half the header left", head[:8]
    yield "nothing left", b""
    yield "the first frame cut out", head + b"".join(frames[1:])
    yield "a middle frame cut out", head + frames[0] + frames[2] + frames[3]
    yield "two frames swapped", head + frames[1] + frames[0] + frames[2] + frames[3]
    yield "a frame doubled", head + frames[0] + frames[0] + b"".join(frames[1:])
    yield (
        "a frame taken from another blob",
        head + frames[0] + frame(1, other) + SEALED[16 + 2 * BOX :],
    )
    yield "the frames of another blob", head + other[HEADER_BYTES:]
    yield "bytes added at the end", SEALED + b"more"
    yield "a frame added at the end", SEALED + frames[3]


DAMAGED = dict(damaged())


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_blob_does_not_open(what: str) -> None:
    with pytest.raises(VaultError):
        opened(DAMAGED[what])


@pytest.mark.parametrize("what", [what for what in DAMAGED if " left" in what or " cut" in what])
def test_a_cut_blob_is_refused_before_its_first_byte(what: str) -> None:
    with pytest.raises(VaultError):
        decrypt(source(DAMAGED[what]), KEY, NAME, 0, 1)


def test_a_blob_under_another_name_does_not_open() -> None:
    with pytest.raises(VaultError, match="renamed"):
        opened(SEALED, "requests/18/archive")


def test_another_key_does_not_open_and_a_short_one_is_refused() -> None:
    with pytest.raises(VaultError, match="the key is"):
        decrypt(source(SEALED), KEY[::-1], NAME)
    with pytest.raises(VaultError, match="32 bytes, not 16"):
        next(encrypt([b""], KEY[:16], NAME))


def test_a_store_that_loses_bytes_within_a_blob_is_noticed() -> None:
    def read(start: int, length: int) -> bytes:
        return SEALED[start : start + length - (start == HEADER_BYTES)]

    with pytest.raises(VaultError, match="cut or changed"):
        b"".join(decrypt(Source(read, len(SEALED)), KEY, NAME))


def test_a_store_that_loses_the_header_is_noticed() -> None:
    with pytest.raises(VaultError, match="cut or changed"):
        decrypt(Source(lambda start, length: b"DSRF", len(SEALED)), KEY, NAME)


def test_a_store_that_gives_too_few_bytes_is_noticed() -> None:
    stingy = Source(lambda start, length: SEALED[start : start + min(length, 100)], len(SEALED))
    with pytest.raises(VaultError, match="cut or changed"):
        decrypt(stingy, KEY, NAME)


@settings(deadline=None)
@given(st.integers(0, 10 * FRAME))
def test_the_plain_size_follows_from_the_stored_size(size: int) -> None:
    frames = max(1, -(-size // FRAME))
    assert plain_size(HEADER_BYTES + size + 16 * frames) == size
