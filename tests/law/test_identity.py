"""Which level and which gates an act needs, and what an app login is worth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from dsr.core.subject import Level
from dsr.law.authority import Act, Field
from dsr.law.errors import UnknownValue
from dsr.law.identity import (
    RELEASE,
    Assurance,
    Condition,
    Gate,
    app_level,
    is_settled,
    level_for,
    level_needed,
    level_to_complain,
    reversible_for,
)

IA1, IA2, IA3, IA4 = Assurance.IA1, Assurance.IA2, Assurance.IA3, Assurance.IA4
CARE, APP, MONEY = Field.CARE_FILE, Field.APP_DATA, Field.FINANCIAL
RELEASES = (Gate.OFFICER_RELEASES, Gate.REDACTION_DONE)

ROWS = [
    (Act.OBJECTION, APP, False, IA1, (Gate.REVERSIBLE,), ()),
    (Act.WITHDRAWAL, APP, True, IA1, (Gate.REVERSIBLE,), ((Condition.IN_THE_APP, IA3),)),
    (Act.RESTRICTION, APP, False, IA2, (Gate.OFFICER_DECIDES,), ((Condition.PROVISIONAL, IA1),)),
    (Act.RECTIFICATION, APP, False, IA3, (Gate.OLD_CONTACT_TOLD,), ()),
    (Act.RECTIFICATION, CARE, True, IA3, (Gate.CLINICIAN_DECIDES, Gate.ORIGINAL_KEPT),
     ((Condition.TO_ASK, IA2),)),
    (Act.ACCESS, APP, False, IA2, (Gate.OFFICER_RELEASES,), ()),
    (Act.ACCESS, MONEY, False, IA2, (Gate.OFFICER_RELEASES,), ()),
    (Act.ACCESS, APP, True, IA3, RELEASES, ()),
    (Act.ACCESS, CARE, False, IA3, RELEASES, ()),
    (Act.PORTABILITY, APP, False, IA2, (Gate.OFFICER_RELEASES,), ()),
    (Act.PORTABILITY, CARE, True, IA3, RELEASES, ()),
    (Act.ERASURE, APP, False, IA3, (Gate.TWO_PERSONS, Gate.COOLING_OFF, Gate.PLAN_HASH), ()),
    (Act.DESTRUCTION, CARE, True, IA4,
     (Gate.CLINICIAN_DECIDES, Gate.TWO_PERSONS, Gate.CLINICIAN_GIVES_REASONS),
     ((Condition.SIGNED, IA3),)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "field", "special", "level", "gates", "otherwise"), ROWS)
def test_each_act_has_its_level_and_its_gates(
    act: Act,
    field: Field,
    special: bool,
    level: Assurance,
    gates: tuple[Gate, ...],
    otherwise: tuple[tuple[Condition, Assurance], ...],
) -> None:
    needed = level_needed(
        act, field, special=special, by_representative=False, contact_settled=True
    )
    assert (needed.level, needed.gates, needed.otherwise) == (level, gates, otherwise)


@pytest.mark.parametrize(("act", "field", "special"), [row[:3] for row in ROWS])
def test_a_representative_needs_the_same_level_and_proof(
    act: Act, field: Field, special: bool
) -> None:
    alone, through = (
        level_needed(act, field, special=special, by_representative=by, contact_settled=True)
        for by in (False, True)
    )
    assert (through.level, through.otherwise) == (alone.level, alone.otherwise)
    assert through.gates == (
        *alone.gates,
        Gate.AUTHORITY_PROVED,
        Gate.SUBJECT_TOLD,
        Gate.OBJECTION_WINDOW,
    )


@pytest.mark.parametrize(("act", "field", "special"), [row[:3] for row in ROWS])
def test_contact_data_that_changed_of_late_cost_one_rung(
    act: Act, field: Field, special: bool
) -> None:
    settled, changed = (
        level_needed(act, field, special=special, by_representative=False, contact_settled=by)
        for by in (True, False)
    )
    assert changed.level == settled.level.raised()
    for (condition, before), (_, after) in zip(settled.otherwise, changed.otherwise, strict=True):
        in_app = condition is Condition.IN_THE_APP
        assert after == (before if in_app else before.raised())


def test_the_ladder_has_a_top() -> None:
    assert [level.raised() for level in Assurance] == [IA1, IA2, IA3, IA4, IA4]
    assert [str(level) for level in Assurance] == [str(level) for level in Level]


def test_nothing_asks_for_less_than_what_leaves_with_it() -> None:
    """Access at the level of release: one table says both."""
    for special in (False, True):
        needed = level_needed(
            Act.ACCESS, APP, special=special, by_representative=False, contact_settled=True
        )
        assert Level(needed.level) is Level(level_for(special=special))


def test_every_act_that_can_be_has_a_row() -> None:
    for act, field, special in product(Act, Field, (False, True)):
        if act is Act.DESTRUCTION and field is not CARE:
            continue
        needed = level_needed(
            act, field, special=special, by_representative=False, contact_settled=True
        )
        assert needed.level in Assurance
    with pytest.raises(UnknownValue, match="destruction of app_data"):
        level_needed(
            Act.DESTRUCTION, APP, special=False, by_representative=False, contact_settled=True
        )


def test_to_complain_needs_a_mailbox() -> None:
    needed = level_to_complain(by_representative=False, contact_settled=True)
    assert (needed.level, needed.gates) == (IA1, (Gate.REVERSIBLE,))
    assert reversible_for() == timedelta(days=7)


def test_the_kinds_of_answer_and_their_levels_are_one_table() -> None:
    assert dict(RELEASE) == {
        "receipt": "IA0", "not_proved": "IA0", "refusal_unproved": "IA0",
        "plain": "IA2", "special": "IA3", "medical_file": "IA3",
    }  # fmt: skip
    assert len(RELEASE) == 6
    assert Level(RELEASE["plain"]) is Level.IA2
    with pytest.raises(KeyError):
        RELEASE["everything"]


@pytest.mark.parametrize(
    ("since", "settled"),
    [(None, False), (date(2026, 10, 24), False), (date(2026, 10, 23), True)],
)
def test_a_contact_point_counts_after_thirty_days(since: date | None, settled: bool) -> None:
    assert is_settled(since, date(2026, 11, 22)) is settled


@pytest.mark.parametrize(
    ("linked", "mfa", "minutes", "level"),
    [
        (True, True, 0, "IA3"),
        (True, True, 15, "IA3"),
        (True, True, 16, "IA2"),
        (True, True, -1, "IA3"),
        (True, True, -2, "IA2"),
        (True, False, 0, "IA2"),
        (False, True, 0, "IA1"),
        (False, False, 99, "IA1"),
    ],
)
def test_a_login_is_worth_its_link_its_second_factor_and_its_age(
    linked: bool, mfa: bool, minutes: int, level: str
) -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    auth_time = now - timedelta(minutes=minutes)
    assert app_level(mfa=mfa, auth_time=auth_time, linked=linked, now=now) == level
