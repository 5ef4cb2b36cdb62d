"""The register of JansApp reads, is whole and speaks two languages; a broken one is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import appdb
from demo.practice import PRACTICE
from dsr.core.errors import BrokenRegister
from dsr.core.register import Register, Words
from dsr.core.register_reading import parse
from dsr.law.rights import Right

PATH = Path(__file__).parents[2] / "registers" / "jansapp.yaml"
#: What only a system that a person searches has.
MAY_BE_EMPTY = {"instruction", "own_controller", "covers", "statutory", "role", "safeguard"}


def document() -> Any:
    return yaml.safe_load(PATH.read_text("utf-8"))


def words_of(thing: object, name: str = "register") -> Iterator[tuple[str, Words]]:
    if isinstance(thing, Words):
        yield name, thing
    elif isinstance(thing, tuple):
        for one in thing:
            yield from words_of(one, f"{name}.{getattr(one, 'id', '')}")
    elif is_dataclass(thing):
        for field in fields(thing):
            if field.name not in MAY_BE_EMPTY:
                yield from words_of(getattr(thing, field.name), f"{name}.{field.name}")


@pytest.fixture(name="register")
def read_register() -> Register:
    return parse(document(), PRACTICE)


def test_it_has_the_controller_three_practices_and_six_systems(register: Register) -> None:
    assert register.controller.name == "Jans Huisartsen Rotterdam Kralingen BV"
    assert [p.id for p in register.practices] == ["kralingen", "centrum", "zuidplein"]
    folders = {system.id: system.folder for system in register.systems}
    assert folders == {
        "app": "2-app",
        "his": "3-huisartsdossier",
        "crm": "4-relatiebeheer",
        "cognito": "5-inloggen",
        "sendbird": "6-berichten",
        "oneassist": "7-oneassist",
    }


def test_the_app_is_the_system_whose_contacts_may_get_a_code(register: Register) -> None:
    assert register.identity_system.id == "app"


def test_every_word_is_there_in_dutch_and_in_english(register: Register) -> None:
    found = list(words_of(register))
    assert len(found) > 60
    assert [name for name, words in found if not (words.nl.strip() and words.en.strip())] == []


def test_dutch_sentences_are_short(register: Register) -> None:
    texts = {name: words.nl for name, words in words_of(register) if "basis_words" not in name}
    long = [name for name, text in texts.items() if longest(text) > 40]
    assert long == []


def longest(text: str) -> int:
    return max(len(part.split()) for part in text.replace(":", ".").split("."))


def test_each_purpose_has_basis_and_rights_of_the_law(register: Register) -> None:
    bases = {purpose.id: purpose.basis for purpose in register.purposes}
    assert bases == {
        "A.1": "contract",
        "A.2": "consent",
        "A.3": "legal_obligation",
        "A.4": "legitimate_interest",
        "A.5": "consent",
        "REQ": "legal_obligation",
    }
    assert {right for p in register.purposes for right in p.rights} <= set(Right)


def test_figures_without_people_and_what_this_desk_keeps_have_no_dataset(
    register: Register,
) -> None:
    used = {dataset.purpose for system in register.systems for dataset in system.datasets}
    assert {purpose.id for purpose in register.purposes} - used == {"A.4", "REQ"}
    assert not register.purpose("A.4").data_kept


def test_health_and_messages_need_more_than_a_code(register: Register) -> None:
    special = {
        (system.id, dataset.id)
        for system in register.systems
        for dataset in system.datasets
        if dataset.special
    }
    everything_of_his = {("his", dataset.id) for dataset in register.system("his").datasets}
    assert everything_of_his <= special
    assert ("sendbird", "messages") in special
    assert any(not d.special for d in register.system("app").datasets)


def test_what_portability_covers_rests_on_contract_or_consent(register: Register) -> None:
    for system in register.systems:
        for dataset in system.datasets:
            basis = register.purpose(dataset.purpose).basis
            assert not dataset.portable or basis in {"contract", "consent"}, dataset.id


def test_a_country_outside_the_area_has_a_safeguard_or_says_that_it_is_open(
    register: Register,
) -> None:
    for purpose in register.purposes:
        for recipient in purpose.recipients:
            if recipient.country == "KR":
                assert "adequaatheidsbesluit" in recipient.safeguard.in_("nl")
            elif recipient.country != "NL":
                assert "nog uit" in recipient.safeguard.in_("nl")


def test_the_system_without_a_connector_tells_a_person_what_to_do(register: Register) -> None:
    by_hand = [system for system in register.systems if system.searched_by_hand]
    assert [system.id for system in by_hand] == ["oneassist"]
    assert by_hand[0].instruction.nl
    assert by_hand[0].instruction.en
    assert by_hand[0].remind_after_days > 0


def without_controller(broken: Any) -> None:
    del broken["controller"]


def with_unknown_purpose(broken: Any) -> None:
    broken["systems"][0]["datasets"][0]["purpose"] = "A.9"


def without_english(broken: Any) -> None:
    del broken["purposes"][1]["source"]["en"]


def with_two_places_for_codes(broken: Any) -> None:
    broken["systems"][1]["identity"] = True


def with_one_folder_for_two(broken: Any) -> None:
    broken["systems"][1]["folder"] = broken["systems"][0]["folder"]


@pytest.mark.parametrize(
    ("damage", "place", "mend"),
    [
        (without_controller, "the key 'controller'", "add it"),
        (with_unknown_purpose, "systems[0].datasets[0].purpose", "Use one of: A.1, A.2"),
        (without_english, "purposes[1].source: the key 'en'", "add it"),
        (with_one_folder_for_two, "systems[1].folder: '2-app'", "give each its own"),
        (with_two_places_for_codes, "systems", "exactly one system"),
    ],
)
def test_a_broken_register_is_refused_with_the_place_and_the_mend(
    damage: Callable[[Any], None], place: str, mend: str
) -> None:
    broken = copy.deepcopy(document())
    damage(broken)
    with pytest.raises(BrokenRegister) as refused:
        parse(broken)
    assert place in str(refused.value)
    assert mend in str(refused.value)


def test_the_map_of_the_app_is_the_one_its_database_was_made_with() -> None:
    settings = document()["systems"][0]["settings"]
    url = settings["url"]
    assert url == {"env": "DSR_APP_DB_URL"}
    assert settings == appdb.settings_of(url)


def test_the_map_of_the_crm_is_the_one_its_stand_in_is_tested_with() -> None:
    kept = yaml.safe_load((PATH.parents[1] / "demo" / "data" / "crm.yaml").read_text("utf-8"))
    assert document()["systems"][2]["settings"] == kept
