"""What cannot be written is said in one line, and the command does not end well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXPLAIN = ("explain", "--right", "access", "--purpose", "A.1")


def dsr(*words: str, to: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dsr", *words]
    with (to or Path(os.devnull)).open("w") as out:
        return subprocess.run(
            command,
            env={"PATH": os.environ["PATH"]},
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.mark.parametrize(
    "words",
    [
        EXPLAIN,
        ("vectors", "tests/law/vectors"),
        ("register", "check"),
        ("register", "show"),
        ("explain", "--help"),
    ],
)
def test_a_full_device_is_one_line_and_no_success(words: tuple[str, ...]) -> None:
    done = dsr(*words, to=Path("/dev/full"))
    assert done.returncode == 2
    (told,) = done.stderr.splitlines()
    assert "No space left on device" in told


def test_records_are_written_to_a_folder_alone(tmp_path: Path) -> None:
    file = tmp_path / "afile"
    file.write_text("", encoding="utf-8")
    for folder in (file, file / "x", Path("/dev/null/x"), Path("/proc/none")):
        done = dsr("register", "docs", "--folder", str(folder))
        assert done.returncode == 2
        (told,) = done.stderr.splitlines()
        assert told.startswith(f"--folder: {folder} ")


def test_a_record_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "jansapp.nl.html").mkdir()
    done = dsr("register", "docs", "--folder", str(tmp_path))
    assert done.returncode == 2
    (told,) = done.stderr.splitlines()
    assert told.startswith(f"--folder: {tmp_path / 'jansapp.nl.html'} ")


def test_a_name_that_is_no_text_is_escaped() -> None:
    done = dsr("explain", "--right", "access", "--purpose", "A.1", "--register", "\x1b[2J\udcff")
    assert done.returncode == 2
    (told,) = done.stderr.splitlines()
    assert told.startswith(r"\x1b[2J\udcff:1: ")


@pytest.mark.parametrize("typed", ["9" * 5000, "\u00b2", "\u0969", "-1", "1e3"])
def test_an_age_that_is_no_number_is_one_line(typed: str) -> None:
    done = dsr(*EXPLAIN, "--fact", f"child_age={typed}")
    assert done.returncode in (0, 2)
    assert len(done.stderr.splitlines()) == (1 if done.returncode else 0)
