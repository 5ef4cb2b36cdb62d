"""The sample cases pass, and the runner says so when a case does not (or is none)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dsr.cli.vectors import REGISTERS, judged
from dsr.systems import load_register

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parent / "vectors"
FILES = ("deadlines.json", "retention.json", "decisions.json")
Document = dict[str, Any]


@pytest.fixture(scope="module")
def registers() -> tuple[Any, ...]:
    return tuple(load_register(path) for path in REGISTERS)


def failures(folder: Path, registers: tuple[Any, ...]) -> dict[str, str]:
    return {one.id: one.failure for one in judged(folder, registers) if one.failure}


def one_of_each(folder: Path, **changed: Callable[[Document], object]) -> Path:
    """A folder with the first case of each list; a change works on one of the documents."""
    for name in FILES:
        document = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
        for listed in ("vectors", "petition_vectors"):
            if listed in document:
                document[listed] = document[listed][:1]
        changed.get(name.removesuffix(".json"), lambda _document: None)(document)
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_every_sample_case_comes_out_as_expected(registers: tuple[Any, ...]) -> None:
    assert failures(SAMPLES, registers) == {}


def test_every_case_of_every_list_is_judged(registers: tuple[Any, ...]) -> None:
    listed = [
        case["id"]
        for name in FILES
        for key, cases in json.loads((SAMPLES / name).read_text(encoding="utf-8")).items()
        if key.endswith("vectors")
        for case in cases
    ]
    assert [one.id for one in judged(SAMPLES, registers)] == listed


def first(key: str, value: object, listed: str = "vectors") -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document[listed][0][key] = value

    return change


def without(key: str, listed: str = "vectors") -> Callable[[Document], None]:
    def change(document: Document) -> None:
        del document[listed][0][key]

    return change


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("deadlines", first("expected_deadline", "2024-10-02"), '"2024-10-02"'),
        ("deadlines", first("expected_deadline_if_atw_calendar", "2024-10-02"), "calendar"),
        ("deadlines", first("expected_extension_notice_deadline", None), "notice"),
        ("deadlines", first("raw_end", "2024-10-01"), "raw_end"),
        ("deadlines", first("safe_target", "2024-09-27"), "safe_target"),
        ("deadlines", first("status", "suspended"), "status"),
        ("deadlines", first("weekday", "Tue"), "weekday"),
        ("deadlines", first("suspension_days", 3), "suspension_days"),
        ("deadlines", first("extension_valid", True), "extension_valid"),
        ("deadlines", first("received_local_date", "2024-09-01"), "received_local_date"),
        ("deadlines", first("expected_last_day", "2026-04-08", "petition_vectors"), "last_day"),
        ("deadlines", first("raw_end", "2026-04-06", "petition_vectors"), "raw_end"),
        ("retention", first("expected_expiry", "2030-01-01"), "expected_expiry"),
        ("retention", first("expected_expiry", None), "expected_expiry"),
        ("retention", first("expected_destruction_date", "hold"), "destruction_date"),
        ("retention", first("expected_not_before", "2030-01-01"), "not_before"),
        ("decisions", first("expected_outcome", "refuse"), "outcome refuse"),
        ("decisions", first("expected_grounds", ["GDPR:15(3)", "AWR:52"]), "AWR:52"),
        ("decisions", first("expected_actions", ["delete_crm"]), "delete_crm"),
    ],
)
def test_a_wrong_expectation_is_reported(
    tmp_path: Path,
    registers: tuple[Any, ...],
    file: str,
    change: Callable[[Document], object],
    words: str,
) -> None:
    (told,) = failures(one_of_each(tmp_path, **{file: change}), registers).values()
    assert told.startswith("expected ")
    assert "; got " in told
    assert words in told


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("deadlines", first("kind", "gdpr_art99"), "gdpr_art99"),
        ("deadlines", first("received", "2024-02-31"), "2024-02-31"),
        ("deadlines", first("received", 20240831), "received"),
        ("deadlines", first("extension", "no"), "extension"),
        ("deadlines", without("received"), "received"),
        ("deadlines", without("safe_target"), "safe_target"),
        ("deadlines", without("answer_received", "petition_vectors"), "answer_received"),
        ("retention", first("rule", "jans_a9"), "jans_a9"),
        ("retention", first("events", {"born": "2024-01-01"}), "born"),
        ("retention", first("events", {"deregistered": "soon"}), "soon"),
        ("retention", first("events", ["deregistered"]), "events"),
        ("retention", without("expected_expiry"), "expected_expiry"),
        ("retention", first("expected_destruction_date", 3), "expected_destruction_date"),
        ("decisions", first("right", "forgetting"), "forgetting"),
        ("decisions", first("purpose", "A.9"), "A.9"),
        ("decisions", first("basis", "habit"), "habit"),
        ("decisions", first("expected_outcome", "maybe"), "maybe"),
        ("decisions", first("expected_grounds", "GDPR:15"), "expected_grounds"),
        ("decisions", first("expected_grounds", [15]), "expected_grounds"),
        ("decisions", first("facts", {"mood": "cross"}), "mood"),
        ("decisions", first("facts", {"requester": "neighbour"}), "neighbour"),
        ("decisions", first("facts", {"age": "45"}), "age"),
        ("decisions", first("colour", "red"), "colour"),
        ("decisions", without("facts"), "facts"),
    ],
)
def test_a_malformed_case_fails_alone_with_its_mistake(
    tmp_path: Path,
    registers: tuple[Any, ...],
    file: str,
    change: Callable[[Document], object],
    words: str,
) -> None:
    verdicts = list(judged(one_of_each(tmp_path, **{file: change}), registers))
    assert len(verdicts) == 4
    (told,) = [one.failure for one in verdicts if one.failure]
    assert words in told
    assert "\n" not in told


def test_a_case_that_is_no_mapping_or_has_no_id_is_named_by_its_place(
    tmp_path: Path, registers: tuple[Any, ...]
) -> None:
    folder = one_of_each(
        tmp_path,
        decisions=lambda document: document["vectors"].insert(0, "DC-003"),
        retention=lambda document: document["vectors"][0].pop("id"),
    )
    assert list(failures(folder, registers)) == [
        "retention.json vectors[0]",
        "decisions.json vectors[0]",
    ]


def test_a_remark_for_the_reader_is_no_mistake(tmp_path: Path, registers: tuple[Any, ...]) -> None:
    folder = one_of_each(tmp_path, retention=first("practical_note", "see the register"))
    text = (folder / "retention.json").read_text(encoding="utf-8")
    (folder / "retention.json").write_text(text, encoding="utf-8-sig")
    assert failures(folder, registers) == {}


def purposes(answer: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        both = {"sent": "2026-06-10", "recorded_in_his_last_change": "2026-06-10"}
        document["vectors"][0].update(
            rule="multi_purpose_max",
            events=both,
            expected_expiry="2046-06-10",
            expected_destruction_date=answer,
        )

    return change


def test_several_purposes_are_asked_together_or_by_name(
    tmp_path: Path, registers: tuple[Any, ...]
) -> None:
    for answer in ("2046-06-11", {"his": "2046-06-11", "all_systems": "2046-06-11"}):
        assert failures(one_of_each(tmp_path, retention=purposes(answer)), registers) == {}
    for wrong in ({}, {"crm": "2046-06-11"}, {"his": None}):
        told = failures(one_of_each(tmp_path, retention=purposes(wrong)), registers)
        assert len(told) == 1


def test_an_id_that_stands_there_twice_is_reported(
    tmp_path: Path, registers: tuple[Any, ...]
) -> None:
    def doubled(document: Document) -> None:
        document["vectors"] *= 2

    (told,) = failures(one_of_each(tmp_path, decisions=doubled), registers).values()
    assert "twice" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "broken JSON"),
        ("[]", "no JSON object"),
        ("{}", "no list 'vectors'"),
        ('{"vectors": {}}', "no list 'vectors'"),
        ('{"vectors": [], "more_vectors": []}', "more_vectors"),
        ("\udc80", "broken JSON"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_a_broken_file_is_one_failure_and_the_others_are_still_judged(
    tmp_path: Path, registers: tuple[Any, ...], text: str, words: str
) -> None:
    folder = one_of_each(tmp_path)
    (folder / "retention.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    verdicts = list(judged(folder, registers))
    assert [one.id for one in verdicts if one.failure] == ["retention.json"]
    assert len(verdicts) == 4
    assert words in "".join(one.failure for one in verdicts)


def test_who_asks_is_a_default_of_the_runner_alone(
    tmp_path: Path, registers: tuple[Any, ...]
) -> None:
    silent = one_of_each(tmp_path, decisions=first("facts", {}))
    assert failures(silent, registers) == {}


def run(folder: Path | str, **variables: str) -> subprocess.CompletedProcess[str]:
    keep: Mapping[str, str] = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-m", "dsr", "vectors", str(folder)],
        env={**keep, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_last_line_counts_and_nothing_else_is_said_when_all_pass(tmp_path: Path) -> None:
    done = run(one_of_each(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "4 passed, 0 failed\n", "")


def test_a_failure_ends_with_1_and_a_line_with_id_expected_and_got(tmp_path: Path) -> None:
    done = run(one_of_each(tmp_path, decisions=first("expected_outcome", "refuse")))
    line, last = done.stdout.splitlines()
    assert done.returncode == 1
    assert line.startswith("DC-003: expected outcome refuse; got outcome grant")
    assert last == "3 passed, 1 failed"


def test_a_folder_that_is_not_there_is_three_failures_and_no_traceback(tmp_path: Path) -> None:
    done = run(tmp_path / "none")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 3 failed"
    assert done.stderr == ""


def test_nothing_to_judge_is_no_success(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text('{"vectors": []}', encoding="utf-8")
    done = run(tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 3 failed"


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("decisions", "id", "\ud800"),
        ("decisions", "id", "\x1b[2J"),
        ("decisions", "id", "DC\x00\u202e-1"),
        ("decisions", "right", "\ud800"),
        ("decisions", "right", "\x9b2J\u2028"),
        ("decisions", "expected_grounds", ["\ud800"]),
        ("decisions", "facts", {"\ud800": "\x1b"}),
        ("retention", "rule", "\ud800"),
        ("retention", "events", {"deregistered": "\ud800"}),
        ("deadlines", "received", "\ud800"),
        ("deadlines", "weekday", "\ud800"),
    ],
)
def test_what_cannot_be_printed_is_escaped_and_the_count_still_comes_last(
    tmp_path: Path, file: str, key: str, value: object
) -> None:
    folder = one_of_each(tmp_path, **{file: first(key, value)})
    if key == "id":
        document = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
        document["vectors"][0]["expected_outcome"] = "refuse"
        (folder / f"{file}.json").write_text(json.dumps(document), encoding="utf-8")
    done = run(folder)
    *lines, last = done.stdout.split("\n")[:-1]
    assert (done.returncode, done.stderr, last) == (1, "", "3 passed, 1 failed")
    assert len(lines) == 1
    assert lines[0].isprintable()


def test_a_terminal_without_our_letters_gets_them_escaped(tmp_path: Path) -> None:
    folder = one_of_each(tmp_path, decisions=first("right", "\u20ac"))
    done = run(folder, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (1, "")
    assert "\\u20ac" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 passed, 1 failed"


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("decisions", '{"vectors": []}', "no case in the list 'vectors'"),
        ("retention", '{"vectors": []}', "no case in the list 'vectors'"),
        ("decisions", '{"vectors": [], "vectors": []}', "the key 'vectors' twice"),
    ],
)
def test_an_empty_or_doubled_list_is_a_failure_beside_filled_files(
    tmp_path: Path, registers: tuple[Any, ...], file: str, text: str, words: str
) -> None:
    folder = one_of_each(tmp_path)
    (folder / f"{file}.json").write_text(text, encoding="utf-8")
    ((name, told),) = failures(folder, registers).items()
    assert name == f"{file}.json"
    assert words in told


def test_an_empty_further_list_is_a_failure(tmp_path: Path, registers: tuple[Any, ...]) -> None:
    def emptied(document: Document) -> None:
        document["petition_vectors"] = []

    (told,) = failures(one_of_each(tmp_path, deadlines=emptied), registers).values()
    assert "no case in the list 'petition_vectors'" in told


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        (
            "decisions",
            '"facts": {',
            '"facts": {"requester": "self", "requester": "self"',
            "requester",
        ),
        ("decisions", '"right": ', '"right": "erasure", "right": ', "right"),
        ("retention", '"events": {', '"events": {"sent": null, "sent": null, ', "sent"),
        ("deadlines", '"received": ', '"received": "2024-01-01", "received": ', "received"),
    ],
)
def test_a_key_that_stands_twice_fails_its_case_alone(
    tmp_path: Path, registers: tuple[Any, ...], file: str, old: str, new: str, key: str
) -> None:
    folder = one_of_each(tmp_path, decisions=first("facts", {}))
    path = folder / f"{file}.json"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    verdicts = list(judged(folder, registers))
    assert len(verdicts) == 4
    (told,) = [one.failure for one in verdicts if one.failure]
    assert f"the key {key!r} twice" in told


@pytest.mark.parametrize("blank", ["", " ", "\u00a0\t"])
def test_a_blank_id_is_a_failure(tmp_path: Path, registers: tuple[Any, ...], blank: str) -> None:
    folder = one_of_each(tmp_path, decisions=first("id", blank))
    ((name, told),) = failures(folder, registers).items()
    assert name == "decisions.json vectors[0]"
    assert "id = " in told


def test_make_says_what_to_give_when_the_folder_is_not_named() -> None:
    done = subprocess.run(
        ["make", "-s", "vectors"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "DIR=" in done.stderr + done.stdout
