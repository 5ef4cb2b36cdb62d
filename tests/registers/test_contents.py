"""Both registers say all that the privacy statements say, and invent nothing beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from demo.practice import PRACTICE
from dsr.core.errors import BrokenRegister
from dsr.core.purposes import Category, Purpose
from dsr.core.recipients import Recipient
from dsr.core.register import Register
from dsr.core.register_terms import OpenQuestion, SafeguardKind, SubjectKind
from dsr.law.retention_rule import RetentionRule, own_rules
from dsr.law.rights import Basis, Nature, Right
from dsr.systems import load_register
from tests.registers.jansapp_table import TOLD
from tests.registers.viplive_table import ANNEX

FOLDER = Path(__file__).parents[2] / "registers"
JANSAPP = load_register(FOLDER / "jansapp.yaml")
VIPLIVE = load_register(FOLDER / "viplive.yaml")
BOTH = pytest.mark.parametrize("register", [JANSAPP, VIPLIVE], ids=["jansapp", "viplive"])
#: what only a practice can know, and both statements leave blank
BLANK_IN_JANSAPP = {
    "statement.date",
    "statement.url",
    "controller.email",
    "controller.officer",
    "controller.complaints_officer",
    "sender.signed_by",
    "systems.oneassist.mail_to",
    *(
        f"practices.{practice}.{key}"
        for practice in ("kralingen", "centrum", "zuidplein")
        for key in ("email", "hours.nl", "hours.en")
    ),
}


def ids(categories: tuple[Category, ...]) -> set[str]:
    return {category.id for category in categories}


def term_of(rule: RetentionRule) -> str:
    """A rule as the tables write it: `6 months deregistered account_closed`."""
    if not rule.stored:
        return "not stored"
    if rule.term is None:
        return "open"
    return " ".join((str(rule.term.number), rule.term.unit, *rule.counts_from))


def terms(register: Register, purpose: Purpose) -> dict[str, str]:
    known = {**own_rules(), **register.retention_rules}
    return {entry.rule: term_of(known[entry.rule]) for entry in purpose.rules}


def recipient(purpose: str, name: str) -> Recipient:
    return next(one for one in JANSAPP.purpose(purpose).recipients if one.name == name)


def question(name: str, register: Register = JANSAPP) -> OpenQuestion:
    return next(one for one in register.open_questions if one.id == name)


def held_of(purpose: Purpose, kind: SubjectKind) -> set[str]:
    return {category.id for category in purpose.held if category.subject is kind}


@pytest.mark.parametrize("purpose_id", TOLD)
def test_every_cell_of_the_jansapp_statement_stands_in_its_register(purpose_id: str) -> None:
    told, purpose = TOLD[purpose_id], JANSAPP.purpose(purpose_id)
    mandatory = tuple(category for category in purpose.held if category.mandatory)
    assert (purpose.basis, purpose.article9) == (told.basis, told.article9)
    assert {str(kind) for kind in purpose.subject_kinds} == set(told.subjects.split())
    assert ids(mandatory) == set(told.mandatory.split())
    assert ids(purpose.held) == {*told.mandatory.split(), *told.other.split()}
    assert set(purpose.systems) == set(told.systems.split())
    assert [one.name for one in purpose.recipients] == told.recipients.split("|")
    assert terms(JANSAPP, purpose) == told.rules


@pytest.mark.parametrize("purpose_id", ANNEX)
def test_every_cell_of_the_viplive_annex_stands_in_its_register(purpose_id: str) -> None:
    told, purpose = ANNEX[purpose_id], VIPLIVE.purpose(purpose_id)
    assert held_of(purpose, SubjectKind.PATIENT) == set(told.patient.split())
    assert held_of(purpose, SubjectKind.CARE_PROVIDER) == set(told.provider.split())
    assert held_of(purpose, SubjectKind.EMPLOYEE) == set(told.others.split())
    assert any(told.statutory in entry.statutory.nl for entry in purpose.rules)
    assert terms(VIPLIVE, purpose) == told.applied
    assert purpose.basis == told.basis


def test_no_purpose_stands_in_a_register_that_its_statement_does_not_have() -> None:
    assert {purpose.id for purpose in JANSAPP.purposes} == {*TOLD, "REQ"}
    assert {purpose.id for purpose in VIPLIVE.purposes} == {*ANNEX, "REQ"}


def test_no_basis_of_viplive_is_told_as_a_fact() -> None:
    paths = {path for question in VIPLIVE.open_questions for path in question.paths}
    assert {f"{purpose_id}.basis" for purpose_id in ANNEX} <= paths


@pytest.mark.parametrize(
    ("part", "basis", "nature"),
    [
        ("A.2.other", "consent", Nature.OTHER),
        ("CRM", "none_stated", Nature.ADMINISTRATION),
        ("CRM.messages", "none_stated", Nature.MESSAGES),
        ("A.3.access_log", "legal_obligation", Nature.ACCESS_LOG),
        ("A.5.access_log", "legal_obligation", Nature.ACCESS_LOG),
    ],
)
def test_what_the_law_treats_apart_has_a_basis_of_its_own(
    part: str, basis: str, nature: Nature
) -> None:
    activity = JANSAPP.activity(part)
    assert (activity.basis, activity.nature) == (Basis(basis), nature)


def test_only_what_viplive_is_the_source_of_is_mended_there() -> None:
    followers = {p.id for p in VIPLIVE.purposes if VIPLIVE.activity(p.id).source_elsewhere}
    assert followers == {
        "VIP.declaratie",
        "VIP.vkis",
        "VIP.nis",
        "VIP.spreekuur",
        "VIP.ggz",
        "VIP.doorlevering",
        "VIP.inzicht",
        "VIP.populatie_dashboard",
    }


def test_who_somebody_is_stands_everywhere_but_in_figures_and_selections() -> None:
    nameless = {p.id for p in VIPLIVE.purposes if not VIPLIVE.activity(p.id).named}
    assert nameless == {"VIP.doorlevering", "VIP.populatie_dashboard"}
    assert JANSAPP.activity("A.1").named
    assert not JANSAPP.activity("A.4").named


def test_the_data_that_viplive_is_the_source_of_and_what_patients_enter_stand_apart() -> None:
    assert VIPLIVE.activity("VIP.nis.bron").nature is Nature.CARE_FILE
    assert VIPLIVE.activity("VIP.spreekuur.ingevoerd").basis is Basis.CONSENT_OR_CONTRACT


@BOTH
def test_every_dataset_follows_a_rule_of_its_purpose_or_part(register: Register) -> None:
    for system in register.systems:
        for dataset in system.datasets:
            purpose = register.purpose(dataset.purpose)
            part = next((one for one in purpose.parts if one.id == dataset.part), purpose)
            assert dataset.retention in {entry.rule for entry in part.rules}, dataset.id


def test_all_twenty_four_readings_stand_in_one_of_the_registers() -> None:
    found = [
        int(choice.law.removeprefix("7.3-"))
        for register in (JANSAPP, VIPLIVE)
        for holder in (register, *register.purposes)
        for choice in holder.readings
    ]
    assert sorted(found) == list(range(1, 25))


def test_what_the_statement_leaves_blank_is_a_required_setting_and_nothing_else_is() -> None:
    assert {setting.path for setting in JANSAPP.required_settings} == BLANK_IN_JANSAPP
    assert {setting.name for setting in JANSAPP.required_settings} == set(PRACTICE)


@pytest.mark.parametrize("name", sorted(PRACTICE))
def test_a_start_without_a_required_setting_is_refused_by_its_name(name: str) -> None:
    short = {key: value for key, value in PRACTICE.items() if key != name}
    with pytest.raises(BrokenRegister, match=name):
        load_register(FOLDER / "jansapp.yaml", short)


@pytest.mark.parametrize("name", ["jansapp.yaml", "viplive.yaml"])
def test_no_address_is_invented(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert re.findall(r"[\w.]+@[\w.]+\w", text) == []
    assert ".example" not in text


@BOTH
def test_every_open_question_has_an_owner_and_two_languages(register: Register) -> None:
    for question in register.open_questions:
        assert question.owner.strip()
        assert question.text.nl.rstrip() != question.text.en.rstrip()
        assert "?" in question.text.nl
        assert "?" in question.text.en


@pytest.mark.parametrize("name", ["Amazon (Cognito, Lambda)", "SendBird Inc.", "OneAssist BV"])
def test_a_safeguard_that_the_statement_does_not_give_is_not_known(name: str) -> None:
    assert recipient("A.1", name).safeguard.kind is SafeguardKind.NOT_KNOWN


def test_of_one_assist_nothing_is_told_but_that_it_gives_a_service() -> None:
    told = recipient("A.1", "OneAssist BV")
    assert (told.role.nl, told.role.en, told.country) == ("dienstverlener", "service provider", "")
    keeps = JANSAPP.system("oneassist")
    assert (keeps.name.nl, keeps.datasets[0].name.nl) == ("OneAssist", "Gegevens bij OneAssist")
    assert "Wat doet OneAssist" in question("oneassist").text.nl


@pytest.mark.parametrize("register", [JANSAPP, VIPLIVE], ids=["jansapp", "viplive"])
def test_no_complaints_officer_is_named_that_no_statement_names(register: Register) -> None:
    unset = "{env: DSR_CONTROLLER_COMPLAINTS_OFFICER}"
    assert register.controller.complaints_officer == unset


def test_the_supervisor_is_no_disputes_committee() -> None:
    assert VIPLIVE.controller.complaints_body.nl == "{env: DSR_CONTROLLER_COMPLAINTS_BODY}"
    assert "SKGE" in JANSAPP.controller.complaints_body.nl


@pytest.mark.parametrize("wanted", ["A.1.categories.opt_in.words", "A.5.categories.sign_in.words"])
def test_what_we_read_into_a_word_of_the_statement_is_an_open_question(wanted: str) -> None:
    assert wanted in {path for one in JANSAPP.open_questions for path in one.paths}


def test_security_gets_its_data_from_whom_the_statement_says() -> None:
    assert JANSAPP.purpose("A.5").source == JANSAPP.purpose("A.2").source


def test_who_the_relation_in_monitoring_is_is_a_question_to_the_controller() -> None:
    assert question("relation", VIPLIVE).reading == SubjectKind.CARE_PROVIDER


@pytest.mark.parametrize(
    ("register", "purpose_id"),
    [(JANSAPP, "A.4"), (JANSAPP, "A.5"), (VIPLIVE, "VIP.populatie_dashboard")],
)
def test_rights_that_no_basis_takes_away_are_told(register: Register, purpose_id: str) -> None:
    """Art. 15(1)(e): rectification, erasure and restriction; access by Art. 15 itself."""
    wanted = {Right.ACCESS, Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION}
    assert wanted <= set(register.purpose(purpose_id).rights)


def test_korea_rests_on_the_adequacy_decision_of_2021() -> None:
    korea = recipient("A.2", "SendBird Korea").safeguard
    assert (korea.kind, korea.date) == (SafeguardKind.ADEQUACY, "2021-12-17")


def test_the_sub_processors_of_viplive_are_in_ireland_germany_and_the_netherlands() -> None:
    found = {(one.name, one.country) for p in VIPLIVE.purposes for one in p.recipients}
    assert {
        ("Amazon Web Services (AWS)", "IE"),
        ("Amazon Web Services (AWS)", "DE"),
        ("Previder", "NL"),
        ("Site4U", "NL"),
    } <= found


def test_only_a_person_searches_viplive_and_forwards_first() -> None:
    assert all(system.searched_by_hand for system in VIPLIVE.systems)
    assert all("verwerkingsverantwoordelijke" in s.instruction.nl for s in VIPLIVE.systems)


@BOTH
def test_our_own_handling_of_requests_is_an_activity_too(register: Register) -> None:
    own = register.purpose("REQ")
    assert own.basis is Basis.LEGAL_OBLIGATION
    assert own.article9 == "9(2)(f), 9(2)(h)"
    assert {entry.rule for entry in own.rules} >= {
        "dsr_export_30d_after_delivery",
        "dsr_id_evidence_immediate",
        "dsr_case_file_5y_from_closure",
    }


@BOTH
def test_words_of_the_two_languages_differ_where_they_are_sentences(register: Register) -> None:
    document = yaml.safe_load((FOLDER / f"{register.id}.yaml").read_text(encoding="utf-8"))
    same = [nl for nl, en in pairs(document) if nl == en and len(nl.split()) > 4]
    assert same == []


def pairs(value: object) -> list[tuple[str, str]]:
    """Every pair of texts in the document."""
    if isinstance(value, list):
        return [pair for one in value for pair in pairs(one)]
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("nl"), str) and isinstance(value.get("en"), str):
        return [(value["nl"], value["en"])]
    return [pair for one in value.values() for pair in pairs(one)]
