"""`connector check` as it is typed: one line for a system, in words, and a code for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.journal import Journal
from demo.standins import crm
from tests.connectors.medical_people import PEOPLE
from tests.connectors.serving import served
from tests.test_cli import dsr, house

REGISTER = Path(__file__).parents[1] / "registers" / "jansapp.yaml"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(crm.build(PEOPLE, Journal("crm"))) as made:
        yield made


def a_register(folder: Path, **changed: Any) -> str:
    """The house's register with other settings for its CRM."""
    register = yaml.safe_load(REGISTER.read_text("utf-8"))
    for system in register["systems"]:
        if system["id"] == "crm":
            system["settings"] |= changed
    path = folder / "register.yaml"
    path.write_text(yaml.safe_dump(register, allow_unicode=True), "utf-8")
    return str(path)


def checked(folder: Path, address: str, *systems: str, **changed: Any) -> tuple[int, str]:
    """The code and the words."""
    variables = {"DSR_CRM_URL": address, "DSR_CRM_KEY": crm.DEMO_KEY}
    variables |= {"DSR_REGISTER": a_register(folder, **changed)}
    done = dsr("connector", "check", *systems, **house(folder, **variables))
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_system_that_is_right_is_good(tmp_path: Path, address: str) -> None:
    assert checked(tmp_path, address, "crm") == (
        0,
        "good  crm: The system answers and takes our key.\n",
    )


def test_what_is_wrong_is_said_with_its_mend(tmp_path: Path, address: str) -> None:
    code, words = checked(tmp_path, f"{address}/elsewhere", "crm")

    assert code == 1
    assert words.startswith("NOT usable  crm: ")
    assert "correct" in words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"auth": {"kind": "magic"}}, "auth.kind"),
        ({"auth": {"kind": "bearer", "token": {"env": "DSR_NOT_SET"}}}, "DSR_NOT_SET"),
        ({"datasets": {}, "operations": {}}, "register names the dataset"),
    ],
)
def test_settings_that_cannot_work_are_said(
    tmp_path: Path, address: str, changed: dict[str, Any], words: str
) -> None:
    code, told = checked(tmp_path, address, "crm", **changed)

    assert code == 1
    assert words in told


def test_a_system_that_the_register_does_not_have_is_said(tmp_path: Path, address: str) -> None:
    code, words = checked(tmp_path, address, "crmm")

    assert code == 1
    assert "crm" in words.replace("crmm", "")


def test_all_systems_are_tried_although_one_cannot_be(tmp_path: Path, address: str) -> None:
    code, words = checked(tmp_path, address)

    assert code == 1
    assert "good  crm" in words
    assert words.count("NOT usable") >= 2
