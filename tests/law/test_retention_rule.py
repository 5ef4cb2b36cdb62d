"""Reading a retention rule: what is wrong is named, with what may stand there."""

from __future__ import annotations

from datetime import date

import pytest

from dsr.law.errors import LawError, UnknownValue
from dsr.law.retention import keep_until, own_rules, rule_from, rules_from
from dsr.law.retention_rule import Source, Term, Unit, Window
from tests.law.retention_cases import rules

SOURCE = {"text": "Statement III.F", "date": "2023-06"}
GOOD = {"id": "some_rule", "purpose": "A.1", "counts_from": "sent", "months": 1, "source": SOURCE}


def without(*keys: str, **more: object) -> dict[str, object]:
    return {**{key: value for key, value in GOOD.items() if key not in keys}, **more}


def test_a_rule_is_read_whole() -> None:
    rule = rule_from(
        without(
            "months",
            days=31,
            first_day_counts=True,
            windows=[{"from": "07-01", "to": "07-07"}, {"from": "01-01", "to": "01-07"}],
            dates={"sent_at": "sent"},
            source={"text": {"nl": "verklaring", "en": "statement"}, "date": date(2023, 6, 1)},
        )
    )
    assert rule.term == Term(31, Unit.DAYS)
    assert rule.windows == (Window((1, 1), (1, 7)), Window((7, 1), (7, 7)))
    assert rule.dates == (("sent_at", "sent"),)
    assert rule.source == Source("verklaring", "statement", "2023-06-01")


def test_rules_of_the_same_words_are_equal_and_can_be_looked_up() -> None:
    assert rule_from(GOOD) == rule_from(dict(GOOD))
    assert len({rule_from(GOOD), rule_from(dict(GOOD)), rule_from(without(months=2))}) == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("six months", "write a mapping"),
        (without("id"), r"retention_rules\.id: write a text"),
        (without("purpose"), r"some_rule\.purpose: write a text"),
        (without("source"), r"some_rule\.source: write a mapping"),
        (without(source={"text": "x"}), r"source\.date: write a text"),
        (without(source={"text": "x", "date": "2023", "url": "x"}), "'url' is not known"),
        (without(source={"text": {"nl": "x"}, "date": "2023"}), r"text\.en: write a text"),
        (without(source={"text": {"nl": "x", "en": "x", "fr": "x"}, "date": "y"}), "'fr' is not"),
        (without(month=1), "'month' is not known; use one of: .*months"),
        (without("months"), "exactly one of days, months, .*; it has none"),
        (without(years=1), "it has months and years"),
        (without("months", "counts_from", parts=[], stored=False), "it has stored and parts"),
        (without("counts_from"), "which event starts the clock"),
        (without("months", stored=False), "only a term has a start"),
        (without("months", "counts_from", stored=True), "stored: write false here"),
        (without("months", "counts_from", while_relevant=False), "while_relevant: write true"),
        (without(months=1.5), "months: write a whole number from 0 to 1000"),
        (without(months=True), "months: write a whole number"),
        (without(months=-1), "months: write a whole number"),
        (without(counts_from="send"), "'send' is not known; use one of: .*sent"),
        (without(counts_from=[]), "counts_from: name one of"),
        (without(counts_from=3), "counts_from: write a text or a list"),
        (without(counts_from="anonymous"), "'anonymous' is not known"),
        (without(windows=[]), "windows: write a list of mappings"),
        (without(windows="january"), "windows: write a list of mappings"),
        (without(windows=[{"from": "01-01"}]), r"windows\[0\]\.to: write a text"),
        (without(windows=[{"from": "02-29", "to": "03-01"}]), "write a day of every year"),
        (without(windows=[{"from": "1 May", "to": "05-07"}]), "write a day of every year"),
        (without(windows=[{"from": "12-28", "to": "01-03"}]), "lies before the first"),
        (without(windows=[{"from": "01-01", "to": "01-07", "every": 1}]), "'every' is not known"),
        (without(whole_file="yes"), "whole_file: write true or false"),
        (without(first_day_counts=True), "first_day_counts: this key needs days"),
        (without(covers="access_log"), "covers: this key needs minimum"),
        (
            without(source_kinds=["ACP"]),
            "'source_kinds' is not known; use one of: .*transfer_first",
        ),
        (without("months", "counts_from", while_relevant=True, windows=[{}]), "needs counts_from"),
        (without(ends_early_at="died"), "'died' is not known; use one of: no_longer_relevant"),
        (without(brought_forward_by=["erased"]), "use one of: consent_withdrawn, erasure_granted"),
        (without(transfer_first_unless="his"), "use one of: .*fed_back_to_his"),
        (without(dates={"recorded": "began"}), "'began' is not known"),
        (without(dates={"recorded": 3}), "recorded: write a text"),
        (without(dates=["recorded"]), "dates: write a mapping"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_what_may_stand_there(values: object, words: str) -> None:
    with pytest.raises(LawError, match=words):
        rule_from(values)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"label": "A.2", "rule": "some_rul", "system": "app"}, "use one of: no_end, some_rule"),
        ({"label": "A.2", "rule": "no_end", "system": "app"}, "no_end has no term"),
        ({"label": "A.2", "rule": "some_rule"}, r"parts\[0\]\.system"),
        ({"label": "A.2", "rule": "some_rule", "system": "app", "event": "x"}, "'x' is not known"),
        ({"label": "A.2", "rule": "some_rule", "system": "app", "on": 1}, "'on' is not known"),
    ],
)
def test_a_part_names_a_rule_that_stands_before_and_has_a_term(
    part: dict[str, object], words: str
) -> None:
    no_end = without("months", "counts_from", id="no_end", stored=False)
    whole = without("months", "counts_from", id="whole", parts=[part])
    with pytest.raises(LawError, match=words):
        rules_from([GOOD, no_end, whole])


def test_an_id_stands_in_a_list_once() -> None:
    with pytest.raises(LawError, match=r"retention_rules\.some_rule: this id stands here twice"):
        rules_from([GOOD, GOOD])


def test_an_unknown_key_is_an_unknown_value() -> None:
    with pytest.raises(UnknownValue):
        rule_from(without(held_for=3))


def test_a_rule_without_a_term_has_no_last_day() -> None:
    rule = rule_from(without("months", "counts_from", stored=False))
    with pytest.raises(LawError, match="has no term"):
        rule.last_day(date(2026, 1, 1))


def test_the_law_and_the_desk_have_their_own_terms_with_date_and_source() -> None:
    assert set(own_rules()) == {
        "begz_access_log_min_5y",
        "dsr_case_file_5y_from_closure",
        "dsr_export_30d_after_delivery",
        "dsr_id_evidence_immediate",
    }
    assert all(rule.source.nl and rule.source.en and rule.source.date for rule in rules().values())


def test_events_may_be_told_as_json_writes_them() -> None:
    rule = rule_from(without(professional_hold=True))
    hold = {
        "by": "health_professional",
        "placed": "2026-06-12",
        "reason": "x",
        "until": "2026-12-31",
    }
    kept = keep_until(rule, {"sent": "2026-06-10", "hold": hold})
    assert kept.until == date(2026, 12, 31)
    assert keep_until(rule, {"sent": "2026-06-10"}) == keep_until(rule, {"sent": date(2026, 6, 10)})
    with pytest.raises(LawError, match="sent"):
        keep_until(rule, {"sent": "10 June 2026"})
