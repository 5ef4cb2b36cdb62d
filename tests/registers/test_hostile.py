"""Files that were made to break the reader: each is refused in one line, with file and line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
MERGED = "a0: &a0 {}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
NESTED = "".join(f"{' ' * depth}a:\n" for depth in range(1500))


def dsr(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dsr", *words],
        env={"PATH": os.environ["PATH"], **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def checked(path: Path) -> str:
    """What `register check` says of a file that is refused."""
    done = dsr("register", "check", str(path))
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: " + "[" * 3000 + "]" * 3000, 1, "nested deeper than"),
        (NESTED, 50, "nested deeper than"),
        ("b: 1\na: &x\n  <<: *x\n", 2, "an alias stands inside its own anchor"),
        ("b: 1\na: &x\n  <<: [*x]\n", 2, "an alias stands inside its own anchor"),
        (LAUGHS, 6, "more than"),
        (MERGED, 10, "more than"),
        ("a: [" + "x, " * 200_000 + "x]\n", 1, "more than"),
        ("#" * 9_000_000 + "\n", 1, "larger than"),
        ("b: 1\n? [x]\n: y\n", 2, "a key is a single word"),
        ("b: 1\nid: !!timestamp foo\n", 2, "cannot be read as what it is marked"),
        ("b: 1\nid: !!int ''\n", 2, "cannot be read as what it is marked"),
        ("b: 1\nid: !!float ''\n", 2, "cannot be read as what it is marked"),
        ("b: 1\nid: !!bool foo\n", 2, "cannot be read as what it is marked"),
        ("b: 1\nid: !!int many\n", 2, "cannot be read as what it is marked"),
        ("b: 1\nid: " + "9" * 5000, 2, "cannot be read as what it is marked"),
        ("b: 1\nid: 0x" + "f" * 9000, 2, "cannot be read as what it is marked"),
        ("b: 1\nid: .nan\n", 2, "cannot be read as what it is marked"),
        ("b: 1\nid: !!binary x\n", 2, "not valid YAML"),
        ("", 1, "the file is empty"),
    ],
)
def test_a_file_that_was_made_to_break_the_reader_is_refused(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    (told,) = checked(path).splitlines()
    assert told.startswith(f"{path}:{line}: ")
    assert words in told


@pytest.mark.parametrize(
    ("text", "line"),
    [(b"a: \xff\n", 1), (b"a: 1\r\nb: 2\nc: \xe9\n", 3), (bytes(range(256)), 2)],
)
def test_bytes_that_are_no_text_are_named_with_their_line(
    tmp_path: Path, text: bytes, line: int
) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(text)
    assert checked(path).startswith(f"{path}:{line}: ")


def test_a_folder_and_a_file_that_is_not_there_are_named_as_typed(tmp_path: Path) -> None:
    assert checked(tmp_path).startswith(f"{tmp_path}:1: it cannot be read")
    missing = tmp_path / "sub" / "none.yaml"
    told = checked(missing)
    assert told.startswith(f"{missing}:1: there is no such file")
    assert "set DSR_REGISTER" not in told


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        (r'"\ud800"', r"\ud800"),
        (r'"\e[2J"', r"\x1b[2J"),
        (r'"x\ngood  registers/jansapp.yaml"', r"x\ngood  registers/jansapp.yaml"),
        (r'"\u202e"', r"\u202e"),
        (r'"\x9b2J"', r"\x9b2J"),
    ],
)
def test_what_cannot_be_printed_is_printed_escaped(tmp_path: Path, key: str, printed: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"{key}: x\n", encoding="utf-8")
    told = checked(path)
    assert printed in told
    assert all(line.startswith(f"{path}:1: ") for line in told.splitlines())
    assert all(one.isprintable() for one in told.split("\n"))


def test_an_explanation_refuses_such_a_register_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(NESTED, encoding="utf-8")
    done = dsr("explain", "--right", "access", "--purpose", "A.1", DSR_REGISTER=str(path))
    assert (done.returncode, done.stdout) == (2, "")
    (told,) = done.stderr.splitlines()
    assert told.startswith(f"{path}:50: ")
