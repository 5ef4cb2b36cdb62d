"""A document's files and commands, followed to the letter in a fresh copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"(?:^\*\*`(?P<name>[^`\n]+)`\*\*\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Written:
    """A file to write, or (`name` empty) lines for the shell without their dollar sign."""

    name: str
    text: str


def blocks_of(document: Path) -> Iterator[Written]:
    """The files and the commands of a document, in its order."""
    for found in _BLOCK.finditer(document.read_text("utf-8")):
        if found["name"]:
            yield Written(found["name"], found["text"])
        elif found["kind"] == "console":
            yield Written(
                "", "\n".join(line.removeprefix("$ ") for line in found["text"].splitlines())
            )


def fresh_copy(folder: Path) -> Path:
    """The tree as git knows it, with what was changed since."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@dataclass
class Shell:
    """Runs a document's lines in one folder; what they export stays for the next."""

    folder: Path
    exported: str = ""

    def run(self, lines: str) -> str:
        """What the lines print; they must all succeed."""
        done = subprocess.run(
            ["bash", "-ec", f"{self.exported}\n{lines}"],
            cwd=self.folder, env=dict(self._environment()), capture_output=True, text=True,
            timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        self.exported += "\n".join(re.findall(r"^export .*$", lines, re.MULTILINE)) + "\n"
        return done.stdout

    def _environment(self) -> Mapping[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        return {**kept, "PATH": path}
