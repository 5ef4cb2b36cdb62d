"""What a start asks of the register: all settings of the practice, and an owner's decisions."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from demo.practice import PRACTICE
from dsr.bootstrap import build_house, tell_open_questions
from dsr.core.errors import BrokenRegister
from dsr.core.settings import Settings
from dsr.systems import load_register, load_systems
from tests.makers import make_settings

REGISTER = Path(__file__).parents[1] / "registers" / "jansapp.yaml"
ASKED = load_register(REGISTER).open_questions


def refused(settings: Settings) -> list[str]:
    with pytest.raises(BrokenRegister) as told:
        build_house(settings)
    return str(told.value).splitlines()


def settings_of(folder: Path, environment: str, *accepted: str, **variables: str) -> Settings:
    return make_settings(
        folder,
        environment=environment,
        open_questions_accepted=accepted,
        system_settings={**PRACTICE, **variables},
    )


@pytest.mark.parametrize("environment", ["demo", "development", "production"])
def test_a_start_names_every_setting_that_a_practice_did_not_make(
    tmp_path: Path, environment: str
) -> None:
    unset = {"DSR_CONTROLLER_EMAIL": "", "DSR_SENDER_SIGNED_BY": " "}
    said = refused(settings_of(tmp_path, environment, *[one.id for one in ASKED], **unset))
    assert said == [
        "jansapp.yaml cannot be used yet:",
        "- DSR_CONTROLLER_EMAIL is not set: the practice gives it as controller.email;"
        " set the variable.",
        "- DSR_SENDER_SIGNED_BY is not set: the practice gives it as sender.signed_by;"
        " set the variable.",
    ]


def test_production_names_every_open_question_with_its_owner(tmp_path: Path) -> None:
    said = refused(settings_of(tmp_path, "production"))[1:]
    assert len(said) == len(ASKED) > 1
    for line, question in zip(said, ASKED, strict=True):
        assert line.startswith(f"- {question.id} is open; {question.owner} has to answer:")
        assert "DSR_OPEN_QUESTIONS_ACCEPTED" in line


def test_settings_and_questions_are_told_at_once(tmp_path: Path) -> None:
    said = "\n".join(refused(settings_of(tmp_path, "production", DSR_CONTROLLER_EMAIL="")))
    assert "DSR_CONTROLLER_EMAIL" in said
    assert "A.5.basis is open" in said
    assert "to work with consent" in said


def test_a_question_that_was_decided_on_holds_no_start_up(tmp_path: Path) -> None:
    every = [one.id for one in ASKED]
    assert build_house(settings_of(tmp_path, "production", *every)).office.register.id == "jansapp"
    (last,) = refused(settings_of(tmp_path, "production", *every[:-1]))[1:]
    assert last.startswith(f"- {every[-1]} is open")


@pytest.mark.parametrize("environment", ["demo", "development"])
def test_a_demo_starts_and_says_how_many_questions_are_open(
    tmp_path: Path, environment: str, caplog: pytest.LogCaptureFixture
) -> None:
    house = build_house(settings_of(tmp_path, environment, ASKED[0].id))
    with caplog.at_level(logging.INFO):
        tell_open_questions(house)
    (line,) = caplog.records
    assert line.getMessage() == "open questions in the register"
    told = vars(line)
    assert (told["count"], told["waiting"]) == (len(ASKED), len(ASKED) - 1)


def test_a_patient_reads_no_name_of_a_variable(tmp_path: Path) -> None:
    house = build_house(settings_of(tmp_path, "demo"))
    assert house.office.register.controller.email == "privacy@jansapp.voorbeeld.example"
    assert "{env" not in repr(house.office.register.practices)


def test_the_variables_of_all_systems_are_named_at_once() -> None:
    with pytest.raises(BrokenRegister) as told:
        load_systems(load_register(REGISTER), {"DSR_HIS_URL": "https://his.example"})
    said = str(told.value).splitlines()
    assert "system app: set the environment variable DSR_APP_DB_URL." in said
    assert "system sendbird: set the environment variable DSR_SENDBIRD_TOKEN." in said
    assert not [line for line in said if "DSR_HIS_URL" in line]
