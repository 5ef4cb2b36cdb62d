"""What every place for blobs must do: the same tests over a folder and over a bucket."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.core.errors import TryAgain, VaultError
from dsr.vault.frames import FRAME
from dsr.vault.keys import new_data_key
from dsr.vault.s3 import PART
from dsr.vault.store import BlobStore, MissingBlob, StoreTrouble
from dsr.vault.vault import Sealed, Vault

NAME = "requests/17/archive"


def broken_after(count: int) -> Iterator[bytes]:
    """A source that fails when it has given that many chunks of 1 MiB."""
    for _ in range(count):
        yield bytes(1024 * 1024)
    raise ConnectionError("the source went away")


@pytest.mark.parametrize("chunks", [[], [b""], [b"abc"], [b"a", b"", b"bc"]])
def test_what_is_written_is_read(store: BlobStore, chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert store.write(NAME, chunks) == len(whole) == store.size(NAME)
    assert store.read(NAME, 0, 10) == whole


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 2 * PART + 5])
def test_blobs_around_the_edges_of_parts_come_back(store: BlobStore, size: int) -> None:
    whole = (bytes(range(256)) * (size // 256 + 1))[:size]
    chunks = [whole[at : at + 300_000] for at in range(0, size, 300_000)]
    assert store.write(NAME, chunks) == size == store.size(NAME)
    assert store.read(NAME, 0, size) == whole


def test_a_range_is_short_only_at_the_end(store: BlobStore) -> None:
    store.write(NAME, [b"0123456789"])
    assert store.read(NAME, 3, 4) == b"3456"
    assert store.read(NAME, 8, 4) == b"89"
    assert store.read(NAME, 10, 4) == b""
    assert store.read(NAME, 3, 0) == b""


def test_writing_again_replaces_the_whole_blob(store: BlobStore) -> None:
    store.write(NAME, [b"a long first version"])
    store.write(NAME, [b"short"])
    assert store.read(NAME, 0, 100) == b"short"


@pytest.mark.parametrize("megabytes", [0, 1, 18])
def test_a_source_that_breaks_leaves_the_old_blob_and_nothing_else(
    store: BlobStore, megabytes: int
) -> None:
    store.write(NAME, [b"before"])
    with pytest.raises(ConnectionError):
        store.write(NAME, broken_after(megabytes))
    assert store.read(NAME, 0, 100) == b"before"
    assert list(store.names("")) == [NAME]
    assert store.sweep(timedelta(seconds=-60)) == 0


def test_a_blob_that_is_not_there_is_named_as_missing(store: BlobStore) -> None:
    with pytest.raises(MissingBlob, match="not in the vault"):
        store.size(NAME)
    with pytest.raises(MissingBlob):
        store.read(NAME, 0, 1)


def test_a_deleted_blob_is_gone_and_deleting_again_is_fine(store: BlobStore) -> None:
    store.write(NAME, [b"x"])
    store.delete(NAME)
    store.delete(NAME)
    assert list(store.names("")) == []


def test_names_come_in_order_and_by_prefix(store: BlobStore) -> None:
    for name in ("b/2", "a/10/x", "a/1/z", "a/1/y", "ab"):
        store.write(name, [b"."])
    assert list(store.names("")) == ["a/1/y", "a/1/z", "a/10/x", "ab", "b/2"]
    assert list(store.names("a/1")) == ["a/1/y", "a/1/z", "a/10/x"]
    assert list(store.names("a/1/")) == ["a/1/y", "a/1/z"]
    assert list(store.names("nothing/here")) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a/.part-1",
        "A",
        "a b",
        "a\n",
        "a\0",
        "é",
        "a\\b",
        "a" * 201,
        "/".join(["a" * 100] * 6),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(store: BlobStore, name: str) -> None:
    for attempt in (
        lambda: store.write(name, [b"x"]),
        lambda: store.read(name, 0, 1),
        lambda: store.size(name),
        lambda: store.delete(name),
    ):
        with pytest.raises(VaultError, match="A blob's name"):
            attempt()


def test_the_check_passes_and_leaves_nothing_behind(store: BlobStore) -> None:
    store.check()
    assert list(store.names("")) == []


def test_trouble_of_a_store_is_a_vault_error_that_may_be_tried_again() -> None:
    assert issubclass(StoreTrouble, VaultError)
    assert issubclass(StoreTrouble, TryAgain)
    assert StoreTrouble().after is None


def test_the_vault_tells_size_and_hash_of_what_was_put(store: BlobStore) -> None:
    vault, key = Vault(store), new_data_key()
    sealed = vault.put(NAME, key, [b"een ", b"patient"])
    assert sealed == Sealed(NAME, 11, sealed.sha256)
    assert sealed.sha256 == sha256(b"een patient").hexdigest()
    assert vault.size(NAME) == 11
    assert vault.read(NAME, key) == b"een patient"
    assert b"patient" not in store.read(NAME, 0, 1000)


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 2 * FRAME + 9), st.integers(0, 2 * FRAME + 9))
def test_any_range_of_the_vault_equals_the_slice(store: BlobStore, start: int, end: int) -> None:
    vault, key = Vault(store), bytes(range(32))
    plain = bytes(index % 251 for index in range(2 * FRAME + 7))
    if not list(store.names(NAME)):
        vault.put(NAME, key, [plain])
    assert b"".join(vault.open(NAME, key, start, end)) == plain[start:end]


def test_the_vault_refuses_before_the_first_byte(store: BlobStore) -> None:
    vault, key = Vault(store), new_data_key()
    with pytest.raises(MissingBlob):
        vault.open(NAME, key)
    vault.put(NAME, key, [b"x"])
    with pytest.raises(VaultError, match="does not open"):
        vault.open(NAME, new_data_key())
    vault.delete(NAME)
    with pytest.raises(MissingBlob):
        vault.open(NAME, key)


def test_two_blobs_swapped_in_the_store_do_not_open(store: BlobStore) -> None:
    vault, key = Vault(store), new_data_key()
    vault.put("a", key, [b"of a"])
    vault.put("b", key, [b"of b"])
    store.write("a", [store.read("b", 0, 1000)])
    with pytest.raises(VaultError, match="renamed"):
        vault.open("a", key)


def test_a_blob_replaced_while_it_is_read_gives_no_mixture(store: BlobStore) -> None:
    vault, key = Vault(store), new_data_key()
    size = 20 * FRAME
    vault.put(NAME, key, [b"1" * size])
    reading = vault.open(NAME, key)
    assert set(next(reading)) == set(b"1")
    vault.put(NAME, key, [b"2" * size])
    with pytest.raises(VaultError):
        b"".join(reading)
