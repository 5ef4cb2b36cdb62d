"""Countries under Chapter V: inside the area, with a decision, and on a list."""

from __future__ import annotations

from datetime import date

import pytest

from dsr.law.transfers import adequacy_decisions, framework_countries, in_the_area


@pytest.mark.parametrize("country", ["NL", "IE", "NO", "IS", "LI", "HR"])
def test_inside_the_area_a_transfer_asks_nothing(country: str) -> None:
    assert in_the_area(country)


@pytest.mark.parametrize("country", ["GB", "CH", "US", "KR", "nl", ""])
def test_outside_the_area_chapter_five_asks(country: str) -> None:
    assert not in_the_area(country)


def test_the_area_has_the_twenty_seven_and_three() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert sum(in_the_area(one + other) for one in letters for other in letters) == 30


def test_each_decision_has_a_source_and_a_day_that_exists() -> None:
    for code, decision in {**adequacy_decisions(), **framework_countries()}.items():
        assert decision.country == code
        assert date.fromisoformat(decision.date) < date(2026, 11, 22)
        assert "Decision" in decision.source


def test_south_korea_has_a_decision_and_the_united_states_only_a_list() -> None:
    assert adequacy_decisions()["KR"].date == "2021-12-17"
    assert "US" not in adequacy_decisions()
    assert set(framework_countries()) == {"US"}


def test_no_decision_is_for_a_country_of_the_area() -> None:
    assert not [code for code in adequacy_decisions() if in_the_area(code)]
