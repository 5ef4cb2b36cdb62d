"""The command line: it explains itself, and a refusal is one message, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.practice import PRACTICE
from dsr.cli.main import COMMANDS
from dsr.vault.fresh import fresh_secrets

ROOT = Path(__file__).parents[1]


def dsr(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "dsr", *words],
        env={**keep, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def house(folder: Path, **changed: str) -> dict[str, str]:
    own = {"DSR_FOLDER": str(folder), "DSR_ENVIRONMENT": "demo"}
    return {**fresh_secrets(), **PRACTICE, **own, **changed}


def test_help_names_every_command_with_a_sentence() -> None:
    told = dsr("--help").stdout
    for name, (_module, what) in COMMANDS.items():
        assert name in told
        assert what.split()[0] in told


def test_config_lists_every_setting() -> None:
    told = dsr("config").stdout
    assert "DSR_DATABASE_URL" in told
    assert "DSR_KEYS" in told


def test_config_check_names_all_mistakes_at_once(tmp_path: Path) -> None:
    done = dsr("config", "check", DSR_FOLDER=str(tmp_path), DSR_PORT="0")
    assert done.returncode == 2
    assert "DSR_KEYS" in done.stderr
    assert "DSR_PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"DSR_REDIS_URL": "redis://127.0.0.1:1/0"}, "DSR_REDIS_URL does not answer"),
        (
            {"DSR_DATABASE_URL": "postgresql+psycopg://x:y@127.0.0.1:1/z"},
            "DSR_DATABASE_URL does not answer",
        ),
        ({"DSR_KEYS": "one:short"}, "DSR_KEYS"),
        ({"DSR_REGISTER": "/nowhere/register.yaml"}, "DSR_REGISTER"),
    ],
)
def test_what_does_not_work_is_named_with_its_mend(
    tmp_path: Path, changed: dict[str, str], words: str
) -> None:
    done = dsr("config", "check", **house(tmp_path, **changed))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_people_are_never_made_outside_a_demo(tmp_path: Path) -> None:
    variables = house(tmp_path, DSR_ENVIRONMENT="development")
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "dsr.cli.seed"],
        env={**keep, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "only with DSR_ENVIRONMENT=demo" in done.stderr
