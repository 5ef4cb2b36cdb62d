"""The erasure ledger on disk: chained, flushed, mended after a crash, and never read wrong."""

from __future__ import annotations

import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsr.core.errors import Shredded, VaultError
from dsr.vault.key_shares import KeyShares, joined
from dsr.vault.ledger_file import FILE, End, Entry, Kind, Ledger, LedgerBroken
from dsr.vault.store import StoreTrouble

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


def erased(*items: str) -> Entry:
    return Entry(kind=Kind.ERASED, system="crm", dataset="notes", items=items, operation="op")


def test_a_ledger_that_was_never_written_to_stands_at_its_begin(ledger: Ledger) -> None:
    assert ledger.end() == End()
    assert list(ledger.lines()) == []


def test_lines_are_chained_and_read_from_both_ends(ledger: Ledger) -> None:
    ledger.append([erased("aa"), erased("bb")], NOW)
    end = ledger.append([Entry(kind=Kind.KEY_DESTROYED, key="k1")], NOW)

    forward, backward = list(ledger.lines()), list(ledger.backwards())

    assert [line.n for line in forward] == [1, 2, 3]
    assert forward == backward[::-1]
    assert end == ledger.end() == End(3, forward[-1].hash)
    assert [line.prev for line in forward[1:]] == [line.hash for line in forward[:-1]]


def test_long_lines_are_read_backwards_over_many_blocks(ledger: Ledger) -> None:
    for size in (1, 4000, 2, 9000, 3):
        ledger.append([erased(*(f"{n:032x}" for n in range(size)))], NOW)

    assert [len(line.items) for line in ledger.backwards()] == [3, 9000, 2, 4000, 1]


@pytest.mark.parametrize("torn", [b'{"n": 2', b"\x00" * 200, b"x"])
def test_a_line_that_a_crash_cut_off_counts_as_never_written(ledger: Ledger, torn: bytes) -> None:
    end = ledger.append([erased("aa")], NOW)
    with (ledger.folder / FILE).open("ab") as out:
        out.write(torn)

    assert ledger.end() == end
    assert ledger.append([erased("bb")], NOW).number == 2
    assert [line.items for line in ledger.lines()] == [("aa",), ("bb",)]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0].replace("aa", "ab"), *lines[1:]],
        lambda lines: [json.dumps({**json.loads(lines[0]), "at": "2020"}), *lines[1:]],
        lambda lines: [lines[0], "{}", lines[2]],
        lambda lines: [lines[0], "no json", lines[2]],
    ],
)
def test_a_ledger_that_was_changed_or_cut_is_noticed(ledger: Ledger, change: object) -> None:
    ledger.append([erased("aa"), erased("bb"), erased("cc")], NOW)
    path = ledger.folder / FILE
    lines = path.read_text().splitlines()
    path.write_text("".join(f"{line}\n" for line in change(lines)))  # type: ignore[operator]

    with pytest.raises(LedgerBroken):
        list(ledger.lines())


def _append_many(folder: Path) -> None:
    for _ in range(30):
        Ledger(folder).append([erased("aa")], NOW)


def test_processes_that_write_at_once_make_one_chain(ledger: Ledger) -> None:
    started = [multiprocessing.Process(target=_append_many, args=(ledger.folder,)) for _ in "abc"]
    for process in started:
        process.start()
    for process in started:
        process.join()

    assert [line.n for line in ledger.lines()] == list(range(1, 91))


def test_only_our_account_may_read_it(ledger: Ledger) -> None:
    ledger.append([erased("aa")], NOW)
    ledger.shares.new("k1")

    assert ledger.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in ledger.folder.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_used_is_named_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreTrouble, match="ledger"):
        Ledger(tmp_path / "file" / "ledger").append([erased("aa")], NOW)


def test_a_share_is_given_back_until_it_is_destroyed_and_then_never_more(tmp_path: Path) -> None:
    shares = KeyShares(tmp_path / "ledger")
    made = {key_id: shares.new(key_id) for key_id in ("k1", "k2", "k3")}

    shares.destroy(made["k2"][0], "k2")
    shares.destroy(made["k2"][0], "k2")  # twice is fine

    with pytest.raises(Shredded):
        shares.read(made["k2"][0], "k2")
    for key_id in ("k1", "k3"):
        slot, share = made[key_id]
        assert shares.read(slot, key_id) == share
    assert made["k2"][1] not in (tmp_path / "ledger" / "shares.bin").read_bytes()


def test_a_share_of_another_key_is_never_given(tmp_path: Path) -> None:
    shares = KeyShares(tmp_path / "ledger")
    slot, _ = shares.new("k1")

    for wrong_slot, key_id in ((slot, "k2"), (slot + 1, "k1"), (99, "k1")):
        with pytest.raises(VaultError, match="ledger folder"):
            shares.read(wrong_slot, key_id)
    with pytest.raises(VaultError, match="ledger folder"):
        KeyShares(tmp_path / "elsewhere").read(slot, "k1")


def test_a_slot_that_a_crash_cut_off_is_skipped(tmp_path: Path) -> None:
    shares = KeyShares(tmp_path / "ledger")
    shares.new("k1")
    with (tmp_path / "ledger" / "shares.bin").open("ab") as out:
        out.write(b"half a slot")

    slot, share = shares.new("k2")

    assert shares.read(slot, "k2") == share


def test_key_and_share_give_each_other_back() -> None:
    key, share = bytes(range(32)), bytes(range(100, 132))

    assert joined(joined(key, share), share) == key
    assert joined(key, share) != key
