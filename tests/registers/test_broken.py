"""Whole registers that are broken: every mistake is named at once, with its line and its mend.

Beside each `broken/NN-name.yaml` stands what must be said about it, `NN-name.txt`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dsr.cli.register import register
from dsr.core.errors import BrokenRegister
from dsr.systems import load_register

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BROKEN = sorted((HERE / "broken").glob("*.yaml"))
OURS = [*sorted((ROOT / "registers").glob("*.yaml")), ROOT / "bench" / "register.yaml"]
SMALL = HERE / "small.yaml"


def said_of(path: Path) -> list[str]:
    """What a broken register is refused with, without the folder that it lies in."""
    with pytest.raises(BrokenRegister) as refused:
        load_register(path)
    return str(refused.value).replace(f"{path.parent}/", "").splitlines()


def of_text(folder: Path, text: str | bytes) -> list[str]:
    path = folder / "own.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return said_of(path)


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_every_mistake_of_a_register_is_named_with_its_line(path: Path) -> None:
    assert said_of(path) == path.with_suffix(".txt").read_text("utf-8").splitlines()


def test_most_broken_registers_have_several_mistakes() -> None:
    assert len(BROKEN) >= 10
    alone = [path.stem for path in BROKEN if len(said_of(path)) < 3]
    assert alone == ["01-no-yaml"]


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_the_line_that_is_named_is_the_one_to_mend(path: Path) -> None:
    """A key that is named at the end of a place stands on that line; one that lacks does not."""
    lines = path.read_text("utf-8").splitlines()
    for said in said_of(path):
        _file, number, told = said.split(":", 2)
        place = told.strip().split(":")[0]
        last = place.rsplit(".", 1)[-1].split("[")[0]
        if "." in place and "[" not in place.rsplit(".", 1)[-1]:
            assert last in lines[int(number) - 1], said


@pytest.mark.parametrize("path", [*OURS, SMALL], ids=lambda path: path.stem)
def test_our_own_registers_have_no_mistake(path: Path) -> None:
    assert load_register(path).purposes


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the file is empty"),
        ("# nothing but a remark\n", 1, "the file is empty"),
        ("- a\n- list\n", 1, "write a mapping of keys and values here, not a list"),
        ("register: x\nsystems: &a\n  - *a\n", 2, "an alias stands inside its own anchor"),
        ("register: x\nrole: *nobody\n", 2, "undefined alias"),
        ("register: x\n\trole: controller\n", 2, "not valid YAML"),
        ("register: x\nrole: \x07\n", 2, "not valid YAML"),
        ("register: x\nrole: !!int many\n", 2, "marked or written as"),
        (b"register: \xff\n", 1, "a text in UTF-8"),
    ],
)
def test_a_file_that_is_no_register_at_all_is_refused(
    tmp_path: Path, text: str | bytes, line: int, words: str
) -> None:
    said = of_text(tmp_path, text)
    place = f"own.yaml:{line}:"
    assert any(one.startswith(place) and words in one for one in said), said


def test_a_folder_is_no_register(tmp_path: Path) -> None:
    with pytest.raises(BrokenRegister, match="cannot be read"):
        load_register(tmp_path)


def test_check_says_good_of_a_whole_register_and_ends_with_zero() -> None:
    done = CliRunner().invoke(register, ["check", str(SMALL)])
    assert done.exit_code == 0
    assert done.output.startswith(f"good  {SMALL}: 2 purposes, 2 systems, 2 retention rules")


def test_check_reads_every_file_and_ends_with_one_when_a_single_one_is_broken() -> None:
    done = CliRunner().invoke(register, ["check", str(BROKEN[0]), str(SMALL)])
    assert done.exit_code == 1
    assert [line.split(":")[0] for line in done.output.splitlines()] == [
        str(BROKEN[0]),
        f"good  {SMALL}",
    ]


def test_check_without_files_reads_the_registers_of_the_product() -> None:
    done = CliRunner().invoke(register, ["check"])
    assert done.exit_code == 0
    assert [Path(line.split(":")[0].split()[-1]).name for line in done.output.splitlines()] == [
        "jansapp.yaml",
        "viplive.yaml",
    ]


def test_show_lists_what_is_left_to_the_practice() -> None:
    shown = CliRunner().invoke(register, ["show", str(SMALL)]).output
    assert "DSR_TRIAL_EMAIL                    controller.email, practices.noord.email" in shown
    assert "DSR_TRIAL_DB_URL                   systems.app.settings" in shown
    assert "P.2.recipients.Wolk.safeguard (Praktijk Proef)\n    Which protection applies?" in shown
