"""The archive of a package: read once, in blocks, and read again in any part."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from dsr.core.errors import BadAnswer
from dsr.core.package import PackageContents, ReleasedItem
from dsr.rendering import archive as archives
from dsr.rendering.archive import Archive
from dsr.rendering.files import csv_cells
from dsr.rendering.package import package_chunks
from dsr.rendering.places import Places
from dsr.rendering.squeeze import Squeezed, Squeezer, squeezed
from tests.rendering.contents import FOLDER, account, contents, message, unpacked
from tests.rendering.makers import PlainMaker


def mixed(count: int) -> list[ReleasedItem]:
    """Messages, of which every third is not portable."""
    plain = replace(message(0).sort, portable=False)
    made = [message(number) for number in range(count)]
    return [replace(item, sort=plain) if item.number % 3 == 0 else item for item in made]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three items or so."""
    monkeypatch.setattr(archives, "BLOCK", 1_000)


@pytest.fixture
def made(small_blocks: None) -> Iterator[Archive]:
    with closing(Archive(contents({"app": [account()], "sendbird": mixed(50)}))) as archive:
        yield archive


def places(runs: Sequence[tuple[int, int]]) -> Places:
    found = Places()
    for first, last in runs:
        found.add(first, last)
    return found


@pytest.mark.parametrize(
    "runs", [[], [(0, 51)], [(1, 1)], [(3, 4)], [(0, 2), (2, 5), (7, 8)], [(10, 33), (40, 51)]]
)
def test_any_places_are_read_back_in_order(made: Archive, runs: list[tuple[int, int]]) -> None:
    wanted = [place for first, last in runs for place in range(first, last)]
    numbers = [entry.number for entry in made.entries(places(runs))]
    assert numbers == [1 if place == 0 else place - 1 for place in wanted]
    document = json.loads(b"[" + b"".join(made.lines(places(runs))) + b"]")
    assert [one["number"] for one in document] == numbers


def test_neighbouring_places_become_one_run() -> None:
    found = places([(0, 2), (2, 5), (7, 8)])
    assert list(found.runs()) == [(0, 5), (7, 8)]
    assert len(found) == 6


def test_what_is_portable_is_chosen_item_by_item(small_blocks: None) -> None:
    files = unpacked(b"".join(package_chunks(contents({"sendbird": mixed(50)}), PlainMaker())))
    own = json.loads(files["6-berichten/data.json"])
    portable = json.loads(files["overdraagbaar/6-berichten/messages.json"])
    assert [one["number"] for one in own["items"]] == list(range(50))
    kept = [number for number in range(50) if number % 3 and number % 2 == 0]
    assert [one["number"] for one in portable["items"]] == kept
    assert [one["number"] for one in own["items"] if one["portable"]] == kept
    assert portable["count"] == len(kept)


def test_the_size_of_blocks_changes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    held = contents({"app": [account()], "sendbird": mixed(300)})
    whole = unpacked(b"".join(package_chunks(held, PlainMaker())))
    monkeypatch.setattr(archives, "BLOCK", 5_000)
    assert unpacked(b"".join(package_chunks(held, PlainMaker()))) == whole


def test_items_that_were_not_counted_make_no_package() -> None:
    """The letter and the list of sources say how many: another number is never sent (Art. 12)."""
    held = contents({"sendbird": mixed(5)})

    def one_less(system: str) -> Iterator[ReleasedItem]:
        return iter(mixed(4) if system == "sendbird" else [])

    def another(system: str) -> Iterator[ReleasedItem]:
        strange = replace(message(9).sort, dataset="profile")
        more = [*mixed(4), replace(message(4), sort=strange)]
        return iter(more if system == "sendbird" else [])

    for items in (one_less, another):
        with pytest.raises(BadAnswer, match="what was counted"):
            list(package_chunks(replace(held, items=items), PlainMaker()))


def test_a_squeezed_block_fits_between_plain_chunks_at_any_level() -> None:
    block = bytes(range(256)) * 400
    for level in (0, 1):
        squeezer = Squeezer(level)
        parts = [b"head ", Squeezed.of(block, squeezed(block)), Squeezed.of(block, squeezed(block)),
                 b"", b" tail" * 1_000]  # fmt: skip
        written = b"".join([*map(squeezer.compress, parts), squeezer.flush()])
        assert zlib.decompress(written, -zlib.MAX_WBITS) == b"".join(parts)


def test_an_entry_may_end_with_a_squeezed_block_or_be_empty() -> None:
    squeezer = Squeezer(1)
    written = squeezer.compress(Squeezed.of(b"words", squeezed(b"words"))) + squeezer.flush()
    assert zlib.decompress(written, -zlib.MAX_WBITS) == b"words"
    assert zlib.decompress(Squeezer(1).flush(), -zlib.MAX_WBITS) == b""


def test_what_is_squeezed_already_is_stored_and_not_squeezed_again() -> None:
    pixel = contents().items("sendbird")
    with zipfile.ZipFile(io.BytesIO(zipped(contents()))) as packed:
        stored = packed.getinfo(f"{FOLDER}6-berichten/bijlagen/0001.png")
    assert sum(len(item.files) for item in pixel) == 2
    assert stored.compress_size >= stored.file_size


def zipped(held: PackageContents) -> bytes:
    return b"".join(package_chunks(held, PlainMaker()))


def test_cells_of_a_table_are_quoted_and_compute_nothing() -> None:
    assert csv_cells(["a", "", 'he said "no"', "=1+1", '+"x"', "two\nlines"]) == (
        '"a","","he said ""no""","\'=1+1","\'+""x""","two\nlines"'
    )
