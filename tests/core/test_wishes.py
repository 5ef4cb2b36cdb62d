"""What may be asked with a right, and what is named when it cannot be meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from dsr.core.errors import BadInput
from dsr.core.wishes import (
    ERASABLE,
    ERASE_REASONS,
    FIELDS,
    GROUNDS,
    KINDS,
    LONGEST,
    LONGEST_NAME,
    MEDICAL_FILE,
    OTHER_USE,
    Around,
    Wish,
    check_wish,
    mistakes_in,
)
from dsr.law.rights import Right

AROUND = Around(purposes=("A.4", "news"), marketing=("news",), today=date(2026, 3, 10))
#: a wish of every kind that is as it should be
GOOD: tuple[tuple[Right, str, Mapping[str, object]], ...] = (
    (Right.ACCESS, "", {}),
    (Right.RECTIFICATION, "", {"field": "phone", "now": "06 1", "should": "06 0000 0123"}),
    (Right.RECTIFICATION, "", {"field": "email", "should": "anouk@voorbeeld.example"}),
    (Right.RECTIFICATION, "", {"field": "birth_date", "should": "1980-03-31"}),
    (Right.ERASURE, "", {"what": ["account", "messages"], "reason": "", "understood": True}),
    (Right.ERASURE, MEDICAL_FILE, {"which": "", "understood": True}),
    (Right.RESTRICTION, "", {"ground": "needed_for_claim", "what": ["medical"], "until": ""}),
    (Right.RESTRICTION, "", {"ground": GROUNDS[0], "what": list(KINDS), "until": "2026-12-31"}),
    (Right.PORTABILITY, "", {"to": "me"}),
    (Right.PORTABILITY, "", {"to": "other", "recipient": "Huisarts De Linde"}),
    (Right.OBJECTION, "", {"purposes": ["A.4", OTHER_USE], "reason": "Ik werk hier zelf."}),
    (Right.OBJECTION, "", {"purposes": ["news"], "reason": ""}),
    (Right.WITHDRAWAL, "", {"purposes": ["A.4"]}),
)


def faults(right: Right, part: str, data: Mapping[str, object]) -> dict[str, str]:
    """The fields of a wish that cannot be meant, each with what to do."""
    found = mistakes_in(Wish(right=right, part=part, data=data), AROUND)
    return {one.field: str(one) for one in found}


@pytest.mark.parametrize(("right", "part", "data"), GOOD)
def test_a_wish_that_can_be_meant_is_taken(
    right: Right, part: str, data: Mapping[str, object]
) -> None:
    assert faults(right, part, data) == {}


@pytest.mark.parametrize("right", Right)
def test_every_right_can_be_asked_for(right: Right) -> None:
    assert any(one is right for one, _, _ in GOOD)


ERASE = {"what": ["account"], "reason": "", "understood": True}
STOP = {"ground": GROUNDS[0], "what": ["account"], "until": ""}
MEND = {"field": "name", "now": "", "should": "Anouk"}
LIMIT = "Schrijf hooguit"
WRONG: tuple[tuple[Right, str, Mapping[str, object], str, str], ...] = (
    (Right.RECTIFICATION, "", {**MEND, "field": "shoe_size"}, "field", "Kies welk gegeven"),
    (Right.RECTIFICATION, "", {**MEND, "field": ["name"]}, "field", "Kies welk gegeven"),
    (Right.RECTIFICATION, "", {**MEND, "should": "  "}, "should", "Schrijf op wat er moet staan."),
    (Right.RECTIFICATION, "", {**MEND, "should": "x" * (LONGEST + 1)}, "should", LIMIT),
    (Right.RECTIFICATION, "", {**MEND, "should": 7}, "should", LIMIT),
    (Right.RECTIFICATION, "", {**MEND, "should": "a\x00b"}, "should", "Gebruik alleen gewone"),
    (Right.RECTIFICATION, "", {**MEND, "now": "x" * (LONGEST + 1)}, "now", LIMIT),
    (Right.RECTIFICATION, "", {"field": "email", "should": "anouk"}, "should", "Vul een e-mail"),
    (Right.RECTIFICATION, "", {"field": "email", "should": "a@b@c.nl"}, "should", "Vul een e-mail"),
    (Right.RECTIFICATION, "", {"field": "birth_date", "should": "1980-02-30"}, "should", "Vul een"),
    (Right.RECTIFICATION, "", {"field": "birth_date", "should": "31 maart"}, "should", "Vul een"),
    (Right.RECTIFICATION, "", {"field": "birth_date", "should": "2026-03-11"}, "should", "Vul een"),
    (Right.ERASURE, "", {**ERASE, "what": []}, "what", "Kies wat wij moeten verwijderen."),
    (Right.ERASURE, "", {**ERASE, "what": ["medical_file"]}, "what", "Kies wat wij moeten"),
    (Right.ERASURE, "", {**ERASE, "what": [{}]}, "what", "Kies wat wij moeten verwijderen."),
    (Right.ERASURE, "", {**ERASE, "reason": "spite"}, "reason", "Kies een reden, of geen."),
    (Right.ERASURE, "", {**ERASE, "understood": False}, "understood", "Zet een vinkje als u"),
    (Right.ERASURE, "", {**ERASE, "understood": "1"}, "understood", "Zet een vinkje als u"),
    (Right.ERASURE, MEDICAL_FILE, {"which": ""}, "understood", "Zet een vinkje als u"),
    (Right.ERASURE, MEDICAL_FILE, {"which": "x" * 2001, "understood": True}, "which", LIMIT),
    (Right.ERASURE, "folder", ERASE, "part", "Only an erasure has the part"),
    (Right.ACCESS, MEDICAL_FILE, {}, "part", "Only an erasure has the part"),
    (Right.ACCESS, "", {"scope": ["all"]}, "scope", "takes: nothing"),
    (Right.RESTRICTION, "", {**STOP, "ground": "whim"}, "ground", "Kies waarom wij het gebruik"),
    (Right.RESTRICTION, "", {**STOP, "what": ["all"]}, "what", "Kies om welke gegevens"),
    (Right.RESTRICTION, "", {**STOP, "until": "soon"}, "until", "Vul een datum in die bestaat."),
    (Right.RESTRICTION, "", {**STOP, "until": 20261231}, "until", "Vul een datum in die bestaat."),
    (Right.RESTRICTION, "", {**STOP, "until": "2026-03-10"}, "until", "Vul een datum in die nog"),
    (Right.PORTABILITY, "", {"to": "mars"}, "to", "Kies aan wie wij de gegevens geven."),
    (Right.PORTABILITY, "", {"to": "other", "recipient": " "}, "recipient", "Kies aan wie wij"),
    (Right.PORTABILITY, "", {"to": "other", "recipient": "a\nb"}, "recipient", "op één regel"),
    (
        Right.PORTABILITY,
        "",
        {"to": "me", "recipient": "x" * (LONGEST_NAME + 1)},
        "recipient",
        LIMIT,
    ),
    (Right.OBJECTION, "", {"purposes": ["A.4"], "reason": ""}, "reason", "Schrijf kort op waarom"),
    (Right.OBJECTION, "", {"purposes": ["A.4"], "reason": "x" * 2001}, "reason", LIMIT),
    (Right.OBJECTION, "", {"purposes": ["A.4", "news"]}, "reason", "Schrijf kort op waarom"),
    (Right.OBJECTION, "", {"purposes": ["A.9"], "reason": "x"}, "purposes", "Kies tegen welk"),
    (Right.WITHDRAWAL, "", {"purposes": []}, "purposes", "Kies welke toestemming u wilt"),
    (Right.WITHDRAWAL, "", {"purposes": "A.4"}, "purposes", "Kies welke toestemming u wilt"),
    (Right.WITHDRAWAL, "", {"purposes": [OTHER_USE]}, "purposes", "Kies welke toestemming"),
    (Right.WITHDRAWAL, "", {"purposes": ["A.4"], "reason": "x"}, "reason", "takes: purposes"),
)


@pytest.mark.parametrize(("right", "part", "data", "field", "says"), WRONG)
def test_what_cannot_be_meant_is_named_with_its_mend(
    right: Right, part: str, data: Mapping[str, object], field: str, says: str
) -> None:
    found = faults(right, part, data)
    assert list(found) == [field]
    assert says in found[field]


def test_a_wish_that_misses_everything_is_told_everything_at_once() -> None:
    assert list(faults(Right.ERASURE, "", {})) == ["what", "understood"]
    assert list(faults(Right.RESTRICTION, "", {})) == ["ground", "what"]


def test_the_first_mistake_is_raised() -> None:
    with pytest.raises(BadInput) as refused:
        check_wish(Wish(right=Right.ERASURE), AROUND.purposes)
    assert refused.value.field == "what"


def test_without_a_day_no_day_lies_in_the_past() -> None:
    wish = Wish(right=Right.RESTRICTION, data={**STOP, "until": "1999-12-31"})
    check_wish(wish, ())


@pytest.mark.parametrize("text", FIELDS)
def test_every_field_can_be_put_right(text: str) -> None:
    should = {"email": "a@b.example", "birth_date": "1980-03-31"}.get(text, "zo")
    assert faults(Right.RECTIFICATION, "", {"field": text, "should": should}) == {}


@pytest.mark.parametrize("reason", ERASE_REASONS)
def test_no_reason_is_needed_to_erase_and_every_one_is_heard(reason: str) -> None:
    assert faults(Right.ERASURE, "", {**ERASE, "what": list(ERASABLE), "reason": reason}) == {}


def test_what_is_asked_does_not_show_itself() -> None:
    wish = Wish(right=Right.RECTIFICATION, data={**MEND, "should": "Wilhelmina Kanarie"})
    assert "Kanarie" not in repr(wish)
    assert "Kanarie" not in " ".join(faults(Right.RECTIFICATION, "", {**wish.data, "field": "x"}))


def test_destruction_of_the_file_is_a_kind_of_its_own() -> None:
    assert Wish(right=Right.ERASURE, part=MEDICAL_FILE).kind == "destruction"
    assert Wish(right=Right.ERASURE).kind == "erasure"
