"""Every limb of the limiting articles has its rule, or says why a person must judge."""

from __future__ import annotations

import pytest

from dsr.law.decide import RULES
from dsr.law.limbs import LIMBS, Limb
from dsr.law.proposal import Asks
from dsr.law.rights import Right
from dsr.law.threshold import RULES as THRESHOLD

#: the limbs as the articles count them
WANTED = {
    "GDPR:12(5)", "GDPR:12(5)(a)", "GDPR:12(5)(b)", "GDPR:15(4)",
    *(f"GDPR:17(1)({limb})" for limb in "abcdef"),
    *(f"GDPR:17(3)({limb})" for limb in "abcde"),
    *(f"GDPR:18(1)({limb})" for limb in "abcd"),
    "GDPR:20(1)(a)", "GDPR:20(1)(b)", "GDPR:20(2)", "GDPR:20(3)", "GDPR:20(4)",
    *(f"GDPR:21({paragraph})" for paragraph in "123456"),
    *(f"GDPR:23(1)({limb})" for limb in "abcdefghij"),
    *(f"UAVG:41(1)({limb})" for limb in "abcdefghij"), "UAVG:41(2)",
}  # fmt: skip
ASKED = {rule for rules in (THRESHOLD, *(RULES[right] for right in Right)) for rule in rules}


def test_no_limb_is_forgotten_or_named_twice() -> None:
    assert sorted(limb.code for limb in LIMBS) == sorted(WANTED)


@pytest.mark.parametrize("limb", LIMBS, ids=[limb.code for limb in LIMBS])
def test_a_limb_has_a_rule_that_is_asked_or_a_person_and_why(limb: Limb) -> None:
    assert set(limb.rules) <= ASKED
    judged = limb.asks is not Asks.NOBODY and len(limb.nl) > 40 and len(limb.en) > 40
    assert limb.rules or judged


@pytest.mark.parametrize(
    "rule",
    sorted(ASKED, key=lambda rule: (rule.__module__, rule.__name__)),
    ids=lambda r: r.__name__,
)
def test_every_rule_cites_its_article_in_one_sentence(rule: object) -> None:
    words = rule.__doc__ or ""
    assert any(mark in words for mark in ("Art.", "BW ", "UAVG", "recital", "Wabvpz", "AWR"))
    assert len(words.strip().splitlines()) == 1
