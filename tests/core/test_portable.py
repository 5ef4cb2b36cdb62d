"""What a person may take along (Art. 20), item by item: who made it, on which basis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from demo.practice import PRACTICE
from dsr.core.portable import LeftOut, Origin, PortableAsk, Why, asked, verdict
from dsr.core.portable_fields import is_laboratory, provided_part
from dsr.core.register import BY_HAND_KIND, Register
from dsr.core.wishes import Wish
from dsr.law.rights import Basis, Right
from dsr.systems import load_register

ROOT = Path(__file__).resolve().parents[2]
GIVE = PortableAsk(voluntary_care=True)
NOBODY_CHOSE = PortableAsk()
GIVE_NOT = PortableAsk(voluntary_care=False)


@pytest.fixture(scope="module")
def jansapp() -> Register:
    return load_register(ROOT / "registers" / "jansapp.yaml", PRACTICE)


@pytest.fixture(scope="module")
def viplive() -> Register:
    return load_register(ROOT / "registers" / "viplive.yaml")


def origin(register: Register, where: str, kind: str, author: str) -> Origin:
    """`app/account`, with the marks that the register gives it."""
    system, dataset = where.split("/")
    held = register.system(system).dataset(dataset)
    return Origin(
        system=system,
        dataset=dataset,
        kind=kind,
        author=author,
        portable=held.portable,
        medical_file=held.medical_file,
    )


@pytest.mark.parametrize(
    ("where", "kind", "author", "ask", "why"),
    [
        # What the person typed in, on a contract or on consent, goes along.
        ("app/account", "account", "subject", NOBODY_CHOSE, Why.GIVEN),
        ("app/reviews", "review", "subject", NOBODY_CHOSE, Why.GIVEN),
        ("sendbird/messages", "message", "subject", GIVE_NOT, Why.GIVEN),
        # What was observed of their use goes along.
        ("app/sessions", "session", "system", NOBODY_CHOSE, Why.OBSERVED),
        ("cognito/auth_events", "sign-in", "system", NOBODY_CHOSE, Why.OBSERVED),
        # Care data that they entered or a device measured go along by the practice's choice.
        ("his/dossier", "Observation", "subject", GIVE, Why.OWN_CHOICE),
        ("his/dossier", "Observation", "system", GIVE, Why.OWN_CHOICE),
        ("his/dossier", "QuestionnaireResponse", "subject", GIVE, Why.OWN_CHOICE),
        # Their own details go along with it, whoever typed them over.
        ("his/dossier", "Patient", "", GIVE, Why.OWN_CHOICE),
    ],
)
def test_what_the_person_provided_goes_along(
    jansapp: Register, where: str, kind: str, author: str, ask: PortableAsk, why: Why
) -> None:
    found = verdict(jansapp, ask, origin(jansapp, where, kind, author))
    assert found.reason is why


@pytest.mark.parametrize(
    ("where", "kind", "author", "ask", "reason"),
    [
        # What others wrote was not provided by the person.
        ("sendbird/messages", "message", "staff", GIVE, LeftOut.WRITTEN_BY_US),
        ("sendbird/messages", "message", "system", GIVE, LeftOut.WRITTEN_BY_US),
        ("sendbird/channels", "group_channel", "staff", GIVE, LeftOut.WRITTEN_BY_US),
        ("his/dossier", "Observation", "staff", GIVE, LeftOut.WRITTEN_BY_US),
        ("cognito/groups", "group", "staff", GIVE, LeftOut.WRITTEN_BY_US),
        # What was concluded or derived was not provided, whoever is named as its author.
        ("his/dossier", "Condition", "subject", GIVE, LeftOut.CONCLUDED),
        ("his/dossier", "Provenance", "system", GIVE, LeftOut.CONCLUDED),
        ("app/reviews", "triage_result", "system", GIVE, LeftOut.CONCLUDED),
        # Nobody guesses who made a thing.
        ("app/account", "account", "", GIVE, LeftOut.ORIGIN_UNKNOWN),
        ("his/dossier", "Observation", "", GIVE, LeftOut.ORIGIN_UNKNOWN),
        # The medical file rests on a duty; without a choice of the practice nothing of it goes.
        ("his/dossier", "Observation", "subject", NOBODY_CHOSE, LeftOut.CARE_FILE),
        ("his/dossier", "Observation", "subject", GIVE_NOT, LeftOut.CARE_FILE),
        ("his/dossier", "Patient", "", NOBODY_CHOSE, LeftOut.CARE_FILE),
        # No consent and no contract: nothing is portable, also what the person gave.
        ("crm/contact", "contact", "subject", GIVE, LeftOut.OTHER_BASIS),
        ("crm/tickets", "ticket", "subject", GIVE, LeftOut.OTHER_BASIS),
        ("his/access_log", "AuditEvent", "system", GIVE, LeftOut.OTHER_BASIS),
        # On a fitting basis the register still says what a person provides.
        ("sendbird/push", "push_token", "system", GIVE, LeftOut.NOT_LISTED),
        ("oneassist/data", BY_HAND_KIND, "staff", GIVE, LeftOut.NOT_LISTED),
    ],
)
def test_what_the_person_did_not_provide_stays_with_its_reason(
    jansapp: Register, where: str, kind: str, author: str, ask: PortableAsk, reason: LeftOut
) -> None:
    found = verdict(jansapp, ask, origin(jansapp, where, kind, author))
    assert found.reason is reason
    assert "GDPR:20(1)" in found.articles


@pytest.mark.parametrize("ask", [NOBODY_CHOSE, GIVE, GIVE_NOT])
@pytest.mark.parametrize("author", ["subject", "staff", "system", ""])
@pytest.mark.parametrize("name", ["jansapp", "viplive"])
def test_nothing_goes_along_without_a_basis_or_a_choice(
    request: pytest.FixtureRequest, name: str, author: str, ask: PortableAsk
) -> None:
    """Every dataset of both registers: consent, contract, or care data by the practice's choice."""
    register: Register = request.getfixturevalue(name)
    for system in register.systems:
        for dataset in system.datasets:
            where = f"{system.id}/{dataset.id}"
            found = verdict(register, ask, origin(register, where, "thing", author))
            basis = register.activity(dataset.part or dataset.purpose).basis
            if found.reason in (Why.GIVEN, Why.OBSERVED):
                assert basis in (Basis.CONSENT, Basis.CONTRACT, Basis.CONSENT_OR_CONTRACT), where
            if found.reason is Why.OWN_CHOICE:
                assert dataset.medical_file, where
                assert ask.voluntary_care is not False, where


def test_what_was_pasted_by_hand_is_what_the_register_says_of_its_dataset(
    viplive: Register,
) -> None:
    """The one who pasted it is not its author."""
    where = "/".join(
        next((s.id, d.id) for s in viplive.systems for d in s.datasets if d.id == "entered")
    )
    for ask in (NOBODY_CHOSE, GIVE, GIVE_NOT):
        found = verdict(viplive, ask, origin(viplive, where, BY_HAND_KIND, "staff"))
        assert found.reason is Why.GIVEN


def test_a_care_copy_that_is_not_marked_stays_until_the_practice_chooses(viplive: Register) -> None:
    where = "/".join(
        next((s.id, d.id) for s in viplive.systems for d in s.datasets if d.id == "consults")
    )
    stays = verdict(viplive, NOBODY_CHOSE, origin(viplive, where, "entry", "subject"))
    goes = verdict(viplive, GIVE, origin(viplive, where, "entry", "subject"))
    assert stays.reason is LeftOut.CARE_FILE
    assert stays.articles == ("GDPR:20(1)", "GDPR:20(1)(a)")
    assert goes.reason is Why.OWN_CHOICE


def test_a_mark_of_the_register_does_not_outdo_the_law(jansapp: Register) -> None:
    for where, author, reason in (
        ("his/dossier", "subject", LeftOut.CARE_FILE),
        ("crm/contact", "subject", LeftOut.OTHER_BASIS),
    ):
        marked = replace(origin(jansapp, where, "thing", author), portable=True)
        assert verdict(jansapp, GIVE_NOT, marked).reason is reason


@pytest.mark.parametrize(
    ("data", "recipient"),
    [
        ({"to": "me", "recipient": ""}, ""),
        ({"to": "me", "recipient": "typed and then chosen otherwise"}, ""),
        ({"to": "other", "recipient": " De Linde "}, "De Linde"),
    ],
)
def test_a_recipient_counts_only_when_it_is_for_another(
    data: dict[str, str], recipient: str
) -> None:
    wish = Wish(right=Right.PORTABILITY, data=data)
    assert asked(wish, None) == PortableAsk(voluntary_care=None, recipient=recipient)


MEASURED = {
    "resourceType": "Observation",
    "valueQuantity": {"value": 131, "unit": "mmHg"},
    "interpretation": [{"text": "te hoog"}],
    "component": [{"valueQuantity": {"value": 82}, "interpretation": [{"text": "goed"}]}],
    "note": [
        {"text": "Thuis gemeten"},
        {"text": "Na rust", "authorReference": {"reference": "Patient/1"}},
        {"text": "Gebeld", "authorReference": {"reference": "Practitioner/9"}},
    ],
}


def test_of_a_measurement_the_judgement_stays_and_the_measurement_goes() -> None:
    assert provided_part(MEASURED) == {
        "resourceType": "Observation",
        "valueQuantity": {"value": 131, "unit": "mmHg"},
        "component": [{"valueQuantity": {"value": 82}}],
        "note": MEASURED["note"][:2],  # type: ignore[index]
    }


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"resourceType": "Observation", "note": [{"text": "x"}]}, ["resourceType", "note"]),
        (
            {
                "resourceType": "Observation",
                "note": [{"text": "x", "authorReference": {"reference": "Practitioner/9"}}],
            },
            ["resourceType"],  # FHIR knows no empty list
        ),
        ({"interpretation": "een woord van de app"}, ["interpretation"]),  # no FHIR: as it is
        ({"resourceType": "Observation", "note": [], "code": None},
         ["resourceType", "note", "code"]),
    ],
)  # fmt: skip
def test_a_record_keeps_what_the_person_provided(data: dict[str, object], kept: list[str]) -> None:
    assert list(provided_part(data)) == kept


def test_a_record_without_judgements_is_not_copied() -> None:
    plain = {"resourceType": "Observation", "valueInteger": 4}
    assert provided_part(plain) is plain


@pytest.mark.parametrize(
    ("category", "found"),
    [
        ([{"coding": [{"code": "laboratory"}]}], True),
        ({"coding": {"code": "laboratory"}}, True),  # STU3 has one
        ([{"coding": [{"code": "vital-signs"}]}, {"text": "laboratory"}], False),
        (None, False),
    ],
)
def test_a_measurement_of_a_laboratory_is_known_by_its_category(
    category: object, found: bool
) -> None:
    assert is_laboratory({"resourceType": "Observation", "category": category}) is found
