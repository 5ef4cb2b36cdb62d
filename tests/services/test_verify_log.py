"""An outsider's check of the log: every way of tampering is named, an honest log passes."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dsr.core.chain import GENESIS, row_hash
from dsr.core.errors import BrokenSettings
from dsr.services.verify_log import MOST_PROBLEMS, Verdict, json_lines, verify
from dsr.vault.signing import (
    head_holds,
    new_signing_key,
    public_key_of,
    sign_head,
    signing_key_from_text,
)

Rows = list[dict[str, Any]]
PRIVATE, PUBLIC = (signing_key_from_text(text) for text in new_signing_key())
AT = "2026-11-22T10:00:00.000000+00:00"


def rechained(rows: Rows, practice: str = "dorp") -> Rows:
    """The same bodies, numbered and chained anew: what a forger with the database can do."""
    prev, made = GENESIS(practice), []
    for seq, row in enumerate(rows, start=1):
        body = {**row, "practice": practice, "seq": seq, "prev_hash": prev.hex()}
        body.pop("row_hash", None)
        prev = row_hash(prev, body)
        made.append({**body, "row_hash": prev.hex()})
    return made


def log(count: int = 10, practice: str = "dorp") -> Rows:
    """An honest log of one practice."""
    bodies: Rows = [
        {"at": AT, "action": f"step.{number}", "body": {"found": number, "by_hand": False}}
        for number in range(1, count + 1)
    ]
    return rechained(bodies, practice)


def head_of(row: dict[str, Any], private: bytes = PRIVATE) -> dict[str, Any]:
    return sign_head(private, row["practice"], row["seq"], row["row_hash"], AT)


def heads_of(rows: Rows, *seqs: int) -> Rows:
    return [head_of(rows[seq - 1]) for seq in seqs]


def verdict_of(rows: Rows, heads: Rows | None = None) -> Verdict:
    return verify(rows, heads_of(log(), 4, 8) if heads is None else heads, PUBLIC)


def test_an_honest_log_passes_and_says_how_much_no_head_covers() -> None:
    verdict = verdict_of(log())
    assert verdict == Verdict(good=True, checked=10, problems=(), found=0, heads=2, unsealed=2)


def test_practices_may_be_mixed_in_the_export() -> None:
    dorp, stad = log(), log(10, "stad")
    mixed = [row for pair in zip(dorp, stad, strict=True) for row in pair]
    verdict = verify(mixed, [*heads_of(dorp, 4), *heads_of(stad, 10)], PUBLIC)
    assert (verdict.good, verdict.checked, verdict.unsealed) == (True, 20, 6)


def test_a_log_passes_through_json_lines_unchanged() -> None:
    lines = [json.dumps(row).encode() + b"\n" for row in log()] + [b"\n"]
    assert verify(json_lines(lines), heads_of(log(), 10), PUBLIC).good


def test_an_empty_log_without_heads_passes() -> None:
    assert verify([], [], PUBLIC) == Verdict(good=True, checked=0, problems=())


def changed(at_seq: int, /, **values: Any) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        return [{**row, **values} if row["seq"] == at_seq else row for row in rows]

    return change


def without(seq: int, key: str) -> Callable[[Rows], Rows]:
    def drop(rows: Rows) -> Rows:
        kept = {name: value for name, value in rows[seq - 1].items() if name != key}
        return [*rows[: seq - 1], kept, *rows[seq:]]

    return drop


def order(*seqs: int) -> Callable[[Rows], Rows]:
    return lambda rows: [rows[seq - 1] for seq in seqs]


def rehashed(seq: int) -> Callable[[Rows], Rows]:
    """Change a row and make its own hash fit again, but not those after it."""

    def change(rows: Rows) -> Rows:
        body = {**rows[seq - 1], "action": "forged"}
        del body["row_hash"]
        own = row_hash(bytes.fromhex(body["prev_hash"]), body).hex()
        return [*rows[: seq - 1], {**body, "row_hash": own}, *rows[seq:]]

    return change


def inserted(rows: Rows) -> Rows:
    """A row put in between with a fitting hash, later rows left as they were."""
    body = {**rows[4], "seq": 5, "action": "never happened", "prev_hash": rows[3]["row_hash"]}
    del body["row_hash"]
    own = row_hash(bytes.fromhex(body["prev_hash"]), body).hex()
    return [*rows[:4], {**body, "row_hash": own}, *rows[4:]]


def recomputed_from(seq: int) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        return rechained([*rows[: seq - 1], {**rows[seq - 1], "action": "forged"}, *rows[seq:]])

    return change


def renumbered(rows: Rows) -> Rows:
    """One row removed and everything after it made to fit again."""
    return rechained([*rows[:4], *rows[5:]])


MUTATIONS: dict[str, tuple[Callable[[Rows], Rows], int, str]] = {
    "a value changed": (changed(3, action="forged"), 3, "was changed"),
    "a time changed": (changed(3, at="2020-01-01"), 3, "was changed"),
    "a value of another type": (changed(3, body={"found": 3, "by_hand": 0}), 3, "was changed"),
    "a key added": (changed(3, note="new"), 3, "was changed"),
    "a key removed": (without(3, "action"), 3, "was changed"),
    "a hash changed": (changed(3, row_hash="00" * 32), 3, "was changed"),
    "a hash in capitals": (
        lambda r: changed(3, row_hash=r[2]["row_hash"].upper())(r),
        3,
        "changed",
    ),
    "a previous hash changed": (changed(3, prev_hash="00" * 32), 3, "does not follow"),
    "a previous hash that is none": (changed(3, prev_hash="none"), 3, "was changed"),
    "a row hash removed": (without(3, "row_hash"), 3, "was changed"),
    "a changed row with a fitting hash": (rehashed(3), 4, "does not follow"),
    "the first row changed with a fitting hash": (rehashed(1), 2, "does not follow"),
    "a middle row deleted": (order(1, 2, 3, 4, 6, 7, 8, 9, 10), 6, "rows 5 to 5 are missing"),
    "three rows deleted": (order(1, 2, 6, 7, 8, 9, 10), 6, "rows 3 to 5 are missing"),
    "the first row deleted": (order(2, 3, 4, 5, 6, 7, 8, 9, 10), 2, "rows 1 to 1 are missing"),
    "a row inserted": (inserted, 5, "doubled or out of order"),
    "a row doubled": (order(1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10), 3, "doubled"),
    "two rows swapped": (order(1, 2, 4, 3, 5, 6, 7, 8, 9, 10), 4, "rows 3 to 3 are missing"),
    "the whole order turned": (order(10, 9, 8, 7, 6, 5, 4, 3, 2, 1), 10, "rows 1 to 9 are missing"),
    "the tail cut": (order(1, 2, 3, 4, 5, 6, 7), 8, "the log ends at row 7: cut off"),
    "the whole log removed": (order(), 1, "the log ends at row 0: cut off"),
    "the tail recomputed": (recomputed_from(6), 8, "not the one that was signed"),
    "the whole log recomputed": (recomputed_from(1), 4, "not the one that was signed"),
    "a row removed and the rest recomputed": (renumbered, 8, "not the one that was signed"),
    "a number changed": (changed(3, seq=30), 30, "rows 3 to 29 are missing"),
    "a number as text": (changed(3, seq="3"), 0, "line 3 is not a row"),
    "a number that is true": (changed(1, seq=True), 0, "line 1 is not a row"),
    "a number below one": (changed(3, seq=0), 0, "line 3 is not a row"),
    "a float put in": (changed(3, body={"found": 3.5}), 3, "was changed"),
    "a row given to another practice": (changed(3, practice="stad"), 3, "rows 1 to 2 are missing"),
    "a row without a practice": (without(3, "practice"), 0, "line 3 is not a row"),
    "a practice that is a number": (changed(3, practice=7), 0, "line 3 is not a row"),
    "the log of another practice": (lambda rows: log(10, "stad"), 1, "cut off"),
}


@pytest.mark.parametrize("what", MUTATIONS)
def test_tampering_is_found_and_its_first_place_named(what: str) -> None:
    mutate, seq, words = MUTATIONS[what]
    verdict = verdict_of(mutate(log()))
    assert not verdict.good
    assert verdict.problems[0].seq == seq
    assert any(words in problem.words for problem in verdict.problems)


@pytest.mark.parametrize("what", MUTATIONS)
def test_tampering_in_one_practice_does_not_accuse_another(what: str) -> None:
    mutate, _, _ = MUTATIONS[what]
    other = log(10, "elders")
    verdict = verify([*other, *mutate(log())], [*heads_of(other, 10), *heads_of(log(), 8)], PUBLIC)
    assert not verdict.good
    assert "elders" not in {problem.practice for problem in verdict.problems}


def test_one_changed_row_is_one_problem_and_the_rest_is_still_checked() -> None:
    rows = changed(7, action="forged")(changed(3, action="forged")(log()))
    assert [problem.seq for problem in verdict_of(rows).problems] == [3, 7]


@pytest.mark.parametrize("key", ["practice", "seq", "row_hash", "at", "signature"])
def test_a_head_changed_in_any_part_is_named_and_does_not_count(key: str) -> None:
    (head,) = heads_of(log(), 8)
    forged = {**head, key: 9 if key == "seq" else f"{head[key]}A"}
    verdict = verdict_of(log(), [forged])
    assert "signature does not hold" in verdict.problems[0].words
    assert (verdict.good, verdict.heads) == (False, 0)


@pytest.mark.parametrize("key", ["practice", "seq", "row_hash", "at", "signature"])
def test_a_head_without_a_part_is_named(key: str) -> None:
    (head,) = heads_of(log(), 8)
    del head[key]
    assert not verdict_of(log(), [head]).good


def test_a_head_signed_by_another_key_is_named() -> None:
    stranger, _ = (signing_key_from_text(text) for text in new_signing_key())
    forged = recomputed_from(6)(log())
    verdict = verdict_of(forged, [head_of(forged[7], stranger)])
    assert "another key signed it" in verdict.problems[0].words


def test_a_log_that_was_signed_twice_with_different_rows_is_named() -> None:
    forged = recomputed_from(6)(log())
    verdict = verdict_of(log(), [head_of(log()[7]), head_of(forged[7])])
    assert verdict.problems[0].words.startswith("two signed heads")


def test_the_same_head_twice_is_no_problem() -> None:
    assert verdict_of(log(), heads_of(log(), 8, 8)).good


def test_a_broken_line_is_named_by_its_number() -> None:
    lines = [json.dumps(row).encode() for row in log(3)]
    for broken in (b"{", b"[]", b'"text"', b"\xff", b'{"seq": NaN}'):
        verdict = verify(json_lines([lines[0], broken, lines[1]]), [], PUBLIC)
        assert "line 2 is not a row" in verdict.problems[0].words


def test_a_line_nested_without_end_is_a_problem_and_no_crash() -> None:
    deep = b'{"practice": "dorp", "seq": 1, "body": ' + b"[" * 900 + b"]" * 900 + b"}"
    assert not verify(json_lines([deep]), [], PUBLIC).good


def test_a_practice_that_no_encoding_can_write_is_a_problem_and_no_crash() -> None:
    assert not verify([{"practice": "\ud800", "seq": 1}], [], PUBLIC).good


def test_a_key_pair_belongs_together_and_signs() -> None:
    assert public_key_of(PRIVATE) == PUBLIC
    head = sign_head(PRIVATE, "dorp", 1, "00" * 32, AT)
    assert set(head) == {"practice", "seq", "row_hash", "at", "signature"}
    assert head_holds(PUBLIC, head)
    assert not head_holds(PUBLIC[::-1], head)


@pytest.mark.parametrize("text", ["", "c2hvcnQ", "not*base64", "é"])
def test_a_broken_signing_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(BrokenSettings, match="signing key"):
        signing_key_from_text(text)


def many_rows(count: int) -> Iterator[dict[str, Any]]:
    prev = GENESIS("dorp")
    for seq in range(1, count + 1):
        body = {"practice": "dorp", "seq": seq, "at": AT, "prev_hash": prev.hex()}
        prev = row_hash(prev, body)
        yield {**body, "row_hash": prev.hex()}


def test_a_long_log_takes_no_more_memory_than_a_short_one() -> None:
    tracemalloc.start()
    try:
        assert verify(many_rows(20_000), [], PUBLIC).good
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_a_log_broken_everywhere_lists_the_first_problems_and_counts_all() -> None:
    rows = ({**row, "at": "forged"} for row in many_rows(2_000))
    verdict = verify(rows, [], PUBLIC)
    assert (len(verdict.problems), verdict.found) == (MOST_PROBLEMS, 2_000)
