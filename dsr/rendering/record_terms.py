"""A retention rule in words, computed from the rule itself (Art. 30(1)(f)): no term is retyped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast

from dsr.law.retention_rule import RetentionRule, Term, Window
from dsr.rendering.wording import day

#: a year that is no leap year; it never shows
_ANY_YEAR = 2001


def term_in_words(rule: RetentionRule, words: Mapping[str, object], language: str) -> str:
    """The whole rule in one or more sentences. `words` is the part `term` of the wording."""
    told = _Told(words, language)
    if rule.parts:
        return " ".join(
            told.text("several").format(
                label=part.label, words=term_in_words(part.rule, words, language)
            )
            for part in rule.parts
        )
    return " ".join([told.length_of(rule), *_moved(rule, told)])


class _Told:
    def __init__(self, words: Mapping[str, object], language: str) -> None:
        self.words = words
        self.language = language

    def text(self, key: str) -> str:
        return str(self.words[key])

    def named(self, group: str, key: str) -> str:
        return cast(Mapping[str, str], self.words[group])[key]

    def length_of(self, rule: RetentionRule) -> str:
        if not rule.stored:
            return self.text("stored")
        if rule.term is None:
            return self.text("open_ended")
        if rule.from_end_of_calendar_year:
            event = self.named("year_event", rule.counts_from[0])
            return self.text("year_end").format(length=self.length(rule.term), event=event)
        return self.text(_frame(rule)).format(length=self.length(rule.term), after=self.after(rule))

    def length(self, term: Term) -> str:
        one, many = cast(Mapping[str, list[str]], self.words["unit"])[term.unit]
        return f"{term.number} {one if term.number == 1 else many}"

    def after(self, rule: RetentionRule) -> str:
        events = [self.named("event", name) for name in rule.counts_from]
        if len(events) == 1:
            return self.text("after").format(event=events[0])
        return self.text("earliest").format(events=self.text("or").join(events))

    def window(self, window: Window) -> str:
        first, last = (
            day(date(_ANY_YEAR, *one), self.language).removesuffix(f" {_ANY_YEAR}")
            for one in (window.first, window.last)
        )
        return self.text("window").format(first=first, last=last)


def _frame(rule: RetentionRule) -> str:
    if rule.minimum:
        return "at_least"
    return "at_once" if rule.term and rule.term.number == 0 else "at_most"


def _moved(rule: RetentionRule, told: _Told) -> Iterator[str]:
    """What moves the end, a sentence each."""
    for holds, key in (
        (rule.first_day_counts, "first_day"),
        (rule.whole_file, "whole_file"),
        (rule.ends_early_at, "early"),
        (rule.professional_hold, "professional"),
        (rule.transfer_first_unless, "transfer"),
    ):
        if holds:
            yield told.text(key)
    if rule.windows:
        windows = told.text("and").join(told.window(one) for one in rule.windows)
        yield told.text("windows").format(windows=windows)
    if rule.brought_forward_by:
        grants = ", ".join(told.named("grant", name) for name in rule.brought_forward_by)
        yield told.text("forward").format(grants=grants)
