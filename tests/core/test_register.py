"""The register as core reads it: what it settles, what it leaves open, and what the law asks."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from dsr.core.errors import BrokenRegister
from dsr.core.register import Register, Words
from dsr.core.register_mistakes import RegisterMistakes
from dsr.core.register_reading import parse
from dsr.core.register_terms import SafeguardKind
from dsr.core.words import STILL_OPEN, told
from dsr.law.rights import Basis, Nature
from dsr.systems import load_register

ROOT = Path(__file__).parents[2]
SMALL = yaml.safe_load((ROOT / "tests/registers/small.yaml").read_text("utf-8"))
OURS = [ROOT / "registers" / "jansapp.yaml", ROOT / "registers" / "viplive.yaml"]
QUESTION = {"text": {"nl": "Wat dan?", "en": "What then?"}, "owner": "Praktijk"}
JUNK: list[Any] = [None, True, 0, -1, "", "x", [], {}, [[]], [None], {"nl": "a"}, {1: 2},
                   {"env": 3}, {"env": "DSR_X"}, {"open_question": {}},
                   {"open_question": QUESTION}]  # fmt: skip


def changed(value: object, *steps: str | int) -> Register:
    """The small register with another value at one place."""
    return parse(document(value, *steps))


def document(value: object, *steps: str | int) -> Any:
    made = copy.deepcopy(SMALL)
    holder = made
    for step in steps[:-1]:
        holder = holder[step]
    holder[steps[-1]] = value
    return made


def refused(broken: object) -> list[str]:
    with pytest.raises(RegisterMistakes) as told_of:
        parse(broken)
    return [str(mistake) for mistake in told_of.value.mistakes]


def mistakes_of(made: object) -> list[str]:
    try:
        parse(made, connectors=("sql",))
    except RegisterMistakes as error:
        return [mistake.words for mistake in error.mistakes]
    return []


def places(thing: object, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    rows = enumerate(thing) if isinstance(thing, list) else ()
    below = thing.items() if isinstance(thing, dict) else rows
    for step, inner in below:
        yield (*steps, step)
        yield from places(inner, (*steps, step))


def words_of(thing: object) -> Iterator[Words]:
    """All words that may be printed: everything but the questions themselves."""
    if isinstance(thing, Words):
        yield thing
    elif isinstance(thing, tuple):
        for one in thing:
            yield from words_of(one)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for field in fields(thing):
            if field.name != "open_questions":
                yield from words_of(getattr(thing, field.name))


# --- what a practice sets


def test_a_required_setting_is_filled_from_the_environment() -> None:
    register = parse(SMALL, {"DSR_TRIAL_EMAIL": "a@voorbeeld.example"})
    assert register.controller.email == "a@voorbeeld.example"
    assert {(one.path, one.is_set) for one in register.required_settings} == {
        ("controller.email", True),
        ("practices.noord.email", True),
    }


@pytest.mark.parametrize("environment", [{}, {"DSR_TRIAL_EMAIL": " "}])
def test_a_setting_that_nobody_made_reads_as_what_it_is(environment: Mapping[str, str]) -> None:
    register = parse(SMALL, environment)
    assert register.controller.email == "{env: DSR_TRIAL_EMAIL}"
    assert not any(one.is_set for one in register.required_settings)


def test_one_setting_serves_both_languages() -> None:
    register = changed({"env": "DSR_HOURS"}, "practices", 0, "hours")
    assert register.practices[0].hours == Words("{env: DSR_HOURS}", "{env: DSR_HOURS}")


def test_the_variables_of_a_connector_are_no_settings_of_the_register() -> None:
    assert "DSR_TRIAL_DB_URL" not in {one.name for one in parse(SMALL).required_settings}
    assert parse(SMALL).systems[0].settings == {"url": {"env": "DSR_TRIAL_DB_URL"}}


# --- what nobody may invent


def test_an_open_question_without_a_reading_is_never_told_as_a_fact() -> None:
    register = changed({"open_question": QUESTION}, "purposes", 0, "source")
    assert register.purpose("P.1").source == STILL_OPEN
    question = next(one for one in register.open_questions if one.owner == "Praktijk")
    assert (question.id, question.path) == ("P.1.source", "P.1.source")
    assert question.text.en == "What then?"
    assert question.reading is None


def test_the_reading_of_an_open_question_is_what_we_work_with() -> None:
    asked = {"open_question": QUESTION, "reading": "consent_or_contract"}
    register = changed(asked, "purposes", 0, "basis")
    assert register.purpose("P.1").basis is Basis.CONSENT_OR_CONTRACT
    assert "P.1.basis" in {one.id for one in register.open_questions}


def test_the_same_question_at_several_places_is_one_question() -> None:
    asked = {"open_question": QUESTION}
    twice = document(asked, "purposes", 0, "source")
    twice["purposes"][1]["automated_decisions"] = asked
    found = [one for one in parse(twice).open_questions if one.owner == "Praktijk"]
    assert [(one.id, one.paths) for one in found] == [
        ("P.1.source", ("P.1.source", "P.2.automated_decisions"))
    ]


def test_two_questions_of_one_id_are_refused() -> None:
    twice = document({"open_question": {**QUESTION, "id": "q"}}, "purposes", 0, "source")
    twice["purposes"][1]["source"] = {"open_question": {**QUESTION, "id": "q", "owner": "Wie?"}}
    assert refused(twice) == [
        "purposes[1].source: two open questions are called 'q'; give one an `id:`."
    ]


def test_an_open_safeguard_claims_nothing_and_says_so() -> None:
    safeguard = parse(SMALL).purpose("P.2").recipients[1].safeguard
    assert safeguard.kind is SafeguardKind.NOT_KNOWN
    assert safeguard.in_("nl") == "De praktijk zoekt dit nog uit."


def test_an_open_safeguard_may_have_words_for_the_patient() -> None:
    asked = {
        "open_question": QUESTION,
        "reading": {"nl": "Dat komt nog uit.", "en": "We are still checking."},
    }
    register = changed(asked, "purposes", 0, "recipients", 0, "safeguard")
    safeguard = register.purpose("P.1").recipients[0].safeguard
    assert (safeguard.kind, safeguard.in_("en")) == (
        SafeguardKind.NOT_KNOWN,
        "We are still checking.",
    )


def test_a_country_that_is_an_open_question_leaves_its_safeguard_open() -> None:
    made = document({"open_question": QUESTION}, "purposes", 0, "recipients", 0, "country")
    recipient = parse(made).purpose("P.1").recipients[0]
    assert (recipient.country, recipient.safeguard.words) == ("", STILL_OPEN)


def test_nobody_writes_that_a_safeguard_is_not_known() -> None:
    said = refused(document({"kind": "not_known"}, "purposes", 0, "recipients", 0, "safeguard"))
    assert "'not_known' is not a safeguard" in said[0]


def test_words_that_we_work_with_meanwhile_say_that_they_are_not_settled() -> None:
    asked = {"open_question": QUESTION, "reading": {"nl": "Van uzelf.", "en": "From you."}}
    source = changed(asked, "purposes", 0, "source").purpose("P.1").source
    assert source.nl == "Van uzelf. De praktijk zoekt dit nog uit."
    assert source.en == "From you. The practice is still checking this."


def test_an_open_basis_and_an_open_exception_are_told_as_open() -> None:
    asked = {"open_question": QUESTION, "reading": "contract"}
    assert changed(asked, "purposes", 0, "basis").purpose("P.1").basis_words == STILL_OPEN
    made = changed({"open_question": QUESTION, "reading": "9(2)(h)"}, "purposes", 1, "article9")
    assert (made.purpose("P.2").article9, made.purpose("P.2").article9_told) == ("9(2)(h)", "")
    assert parse(SMALL).purpose("P.2").article9_told == "9(2)(a)"


def test_a_whole_safeguard_as_a_reading_says_that_it_is_not_settled() -> None:
    asked = {"open_question": QUESTION, "reading": {"kind": "none_needed"}}
    register = changed(asked, "purposes", 0, "recipients", 0, "safeguard")
    assert register.purpose("P.1").recipients[0].safeguard.words == STILL_OPEN


def test_a_processor_without_contact_points_sends_no_code() -> None:
    made = document(False, "systems", 0, "identity")
    made["role"] = "processor"
    made["processor"] = dict.fromkeys(("name", "address", "phone", "email", "officer"), "x")
    with pytest.raises(BrokenRegister, match="identity: true"):
        _ = parse(made).identity_system


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_no_question_is_printed_to_a_patient(path: Path) -> None:
    register = load_register(path)
    asked = {text for one in register.open_questions for text in (one.text.nl, one.text.en)}
    printed = {text for words in words_of(register) for text in (words.nl, words.en)}
    assert asked
    assert not asked & printed


# --- what the patient reads


def test_categories_subjects_and_terms_are_told_as_one_text() -> None:
    register = parse(SMALL)
    account, messages = register.purposes
    assert account.categories == Words("Naam, e-mailadres", "Name, e-mail address")
    assert messages.subjects.en == (
        "People with an account, people who are mentioned in a message, such as a child or partner"
    )
    assert account.retention == Words("Uw account: 6 maanden.", "Your account: 6 months.")
    assert messages.retention.nl == "Eén maand."


@pytest.mark.parametrize(
    ("term", "nl", "en"),
    [
        ({"days": 1}, "1 dag", "1 day"),
        ({"days": 31}, "31 dagen", "31 days"),
        ({"years": 2}, "2 jaar", "2 years"),
        ({"years": 5, "minimum": True}, "ten minste 5 jaar", "at least 5 years"),
    ],
)
def test_a_term_without_words_of_its_own_is_told_by_its_rule(
    term: dict[str, object], nl: str, en: str
) -> None:
    rule = {**SMALL["retention_rules"][0], **term}
    del rule["months"], rule["windows"]
    retention = changed(rule, "retention_rules", 0).purpose("P.1").retention
    assert retention == Words(f"Uw account: {nl}.", f"Your account: {en}.")


@pytest.mark.parametrize(
    ("term", "en"),
    [({"stored": False}, "we do not keep this"), ({"while_relevant": True}, "as long as we need")],
)
def test_a_rule_without_a_term_says_so(term: dict[str, object], en: str) -> None:
    rule = {"id": "account_6m", "purpose": "P.1", "source": {"text": "x", "date": 2026}, **term}
    rule["source"] = {"text": "x", "date": "2026"}
    assert en in changed(rule, "retention_rules", 0).purpose("P.1").retention.en


def test_sentences_follow_each_other_and_words_stand_in_a_row() -> None:
    rows = [Words("een", "one"), Words("twee.", "two."), Words("", ""), Words("Drie", "Three")]
    assert told(rows) == Words("Een, twee. Drie", "One, two. Three")


# --- a purpose as the law's rules see it


def test_a_purpose_is_an_activity_with_what_erasing_means_in_its_systems() -> None:
    activity = parse(SMALL).activity("P.1")
    assert (activity.id, activity.basis, activity.nature) == ("P.1", Basis.CONTRACT, Nature.ACCOUNT)
    assert activity.erase_actions == ("delete_app_db",)
    assert not activity.by_processor  # there is a connector for it
    assert not activity.source_elsewhere


def test_what_a_processor_keeps_out_of_our_reach_is_asked_from_it() -> None:
    assert load_register(OURS[0]).activity("A.1").by_processor  # OneAssist has no connector


def test_a_purpose_takes_in_its_parts_on_the_same_basis() -> None:
    register = load_register(OURS[0])
    assert register.activity("A.2").erase_actions == ("delete_app_db", "delete_sendbird")
    assert register.activity("A.2.other").erase_actions == ("delete_app_db", "delete_sendbird")
    assert "delete_crm" not in register.activity("A.3").erase_actions
    assert register.activity("CRM").erase_actions == ("delete_crm",)


def test_a_part_is_an_activity_with_its_own_basis() -> None:
    activity = parse(SMALL).activity("P.2.log")
    assert (activity.basis, activity.nature) == (Basis.LEGAL_OBLIGATION, Nature.ACCESS_LOG)
    assert activity.erase_actions == ()


def test_the_basis_of_a_case_goes_before_the_register() -> None:
    assert parse(SMALL).activity("P.1", Basis.CONSENT).basis is Basis.CONSENT


def test_a_copy_of_another_system_has_its_source_elsewhere() -> None:
    register = changed(False, "systems", 0, "leading")
    assert register.activity("P.2").source_elsewhere


def test_an_activity_that_keeps_who_somebody_is_is_named() -> None:
    made = document(True, "purposes", 0, "categories", 0, "identifies")
    assert parse(made).activity("P.1").named
    assert not parse(SMALL).activity("P.1").named


def test_joint_controllers_are_practices_of_the_register() -> None:
    joint = {"practices": ["noord"], "arrangement": {"nl": "Een regeling.", "en": "One."}}
    made = changed(joint, "joint_controllers").joint_controllers
    assert made is not None
    assert (made.practices, made.arrangement.nl) == (("noord",), "Een regeling.")
    (said,) = refused(document({**joint, "practices": ["noorx"]}, "joint_controllers"))
    assert "did you mean noord?" in said
    (said,) = refused(document({**joint, "practices": []}, "joint_controllers"))
    assert "Art. 26(1)" in said


def test_an_unknown_activity_names_those_that_there_are() -> None:
    with pytest.raises(BrokenRegister, match=r"'P.7'.*P.1, P.2, P.2.log"):
        parse(SMALL).activity("P.7")


def test_an_age_and_a_longer_term_come_with_their_clauses() -> None:
    made = document({"years": 16, "ground": "SEED:VII"}, "purposes", 0, "minimum_age")
    made["purposes"][0]["kept_longer_ground"] = "SEED:F"
    activity = parse(made).activity("P.1")
    assert (activity.minimum_age, activity.minimum_age_ground) == (16, "SEED:VII")
    assert activity.kept_longer_ground == "SEED:F"


# --- whatever stands there, it is read or refused


def test_whatever_stands_at_any_place_is_read_or_refused_with_a_place() -> None:
    for steps in places(SMALL):
        for junk in JUNK:
            said = mistakes_of(document(copy.deepcopy(junk), *steps))
            assert all(said)


def test_a_key_that_is_mistyped_anywhere_does_not_pass_silently() -> None:
    for steps in places(SMALL):
        if not isinstance(steps[-1], str) or "settings" in steps or steps[-1] == "env":
            continue
        made = copy.deepcopy(SMALL)
        holder: Any = made
        for step in steps[:-1]:
            holder = holder[step]
        holder[f"{steps[-1]}x"] = holder.pop(steps[-1])
        assert any(f"{steps[-1]}x" in said for said in refused(made)), steps
