"""When an answer is due (Art. 12(3)) and how long the court may be asked (UAVG 35(2))."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import yaml

from dsr.law import derivation
from dsr.law.calendar import LANGUAGES
from dsr.law.deadlines import (
    GROUNDS,
    Clock,
    DeadlineFacts,
    Extension,
    Kind,
    court_until,
    deadline,
    reply_due,
    six_weeks_after,
)
from dsr.law.errors import ImpossibleDate, LawError, MissingFact, UnknownValue
from dsr.law.pauses import Pause
from dsr.law.suspension import NotCounted, Question

TODAY = date(2026, 11, 22)
RECEIVED = date(2026, 6, 10)  # a Wednesday; a month later is Friday 10 July


def facts(**changed: Any) -> DeadlineFacts:
    return replace(DeadlineFacts(kind=Kind.GDPR, received=RECEIVED), **changed)


def asked(day: date, answered: date | None = None, **changed: Any) -> Question:
    return replace(Question(requested=day, received=answered, reasonable=True), **changed)


def june(day: int) -> date:
    return date(2026, 6, day)


def july(day: int) -> date:
    return date(2026, 7, day)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2024, 3, 5), date(2024, 4, 5)),
        (date(2026, 3, 5), date(2026, 4, 7)),  # a Sunday, then Easter Monday
        (date(2027, 8, 31), date(2027, 9, 30)),
        (date(2026, 1, 31), date(2026, 3, 2)),  # 28 February is a Saturday
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2025, 1, 30), date(2025, 2, 28)),
        (date(2026, 3, 27), date(2026, 4, 28)),  # King's Day
        (date(2026, 4, 5), date(2026, 5, 6)),  # Liberation Day
        (date(2026, 11, 25), date(2026, 12, 28)),  # Christmas, and then a weekend
        (date(2025, 12, 1), date(2026, 1, 2)),  # New Year's Day; 2 January is equated only
        (date(2026, 4, 14), date(2026, 5, 15)),  # Ascension Day; 15 May is equated only
        (date(2026, 3, 3), date(2026, 4, 3)),  # Good Friday is a working day here
    ],
)
def test_an_answer_is_due_a_month_after_receipt_on_a_working_day(received: date, due: date) -> None:
    assert reply_due(received).date == due


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 3, 5), date(2026, 6, 5)),
        (date(2026, 1, 31), date(2026, 4, 30)),  # clipped once
        (date(2026, 5, 31), date(2026, 8, 31)),  # the 31st comes back: counted from receipt
        (date(2026, 1, 27), date(2026, 4, 28)),  # King's Day
    ],
)
def test_an_extension_makes_it_three_months_from_receipt(received: date, due: date) -> None:
    assert reply_due(received, extended=True).date == due


def test_late_on_a_dutch_evening_is_the_dutch_day() -> None:
    assert reply_due(datetime(2024, 3, 4, 23, 30, tzinfo=UTC)).date == date(2024, 4, 5)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(MissingFact, match="time zone"):
        reply_due(datetime(2024, 3, 4, 23, 30))  # noqa: DTZ001 (that is what is refused)


@pytest.mark.parametrize(
    ("pauses", "raw_end", "due"),
    [
        ([(june(11), june(18))], july(17), july(17)),
        ([(june(11), june(11))], july(10), july(10)),  # asked and answered on one day
        ([(june(11), june(12))], july(11), july(13)),  # then rolled, once
        ([(june(11), june(18)), (june(15), june(20))], july(19), july(20)),  # overlap: 9 days
        ([(june(11), june(18)), (june(12), june(13))], july(17), july(17)),  # one in another
        ([(june(20), june(22)), (june(11), june(14))], july(15), july(15)),  # in any order
    ],
)
def test_a_pause_adds_its_days_once(
    pauses: list[tuple[date, date]], raw_end: date, due: date
) -> None:
    told = reply_due(RECEIVED, pauses=pauses)
    assert (told.derivation.raw_end, told.date) == (raw_end, due)


def test_pauses_count_calendar_days_also_when_the_clock_goes_back() -> None:
    october = (date(2026, 10, 20), date(2026, 10, 30))
    assert reply_due(date(2026, 10, 20), pauses=[october]).derivation.paused_days == 10


@pytest.mark.parametrize(
    ("pause", "words"),
    [
        ((june(18), june(11)), "answered on 2026-06-11, before it was asked"),
        ((june(9), june(11)), "asked on 2026-06-09, before receipt"),
    ],
)
def test_an_impossible_pause_is_refused(pause: tuple[date, date], words: str) -> None:
    with pytest.raises(ImpossibleDate, match=words):
        reply_due(RECEIVED, pauses=[pause])


NUMBERS = ("prompt_days", "wgbo_service_days", "copy_interval_days")
NO_DAY = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12)))


@pytest.mark.parametrize(
    ("received", "pauses", "name"),
    [
        (date(9999, 12, 1), [], "received"),
        (date(1, 1, 1), [], "received"),
        (NO_DAY, [], "received"),
        ("2026-01-10", [], "received"),
        (None, [], "received"),
        (RECEIVED, [(june(11), date(9999, 12, 31))], "pauses"),
        (RECEIVED, [(NO_DAY, NO_DAY)], "pauses"),
        (RECEIVED, [(june(11), "2026-06-18")], "pauses"),
        (RECEIVED, [(None, june(11))], "pauses"),
        (RECEIVED, [(None, None)], "pauses"),
        (RECEIVED, [(datetime(2026, 6, 11, 9), june(12))], "pauses"),  # noqa: DTZ001
    ],
)
def test_what_is_no_day_gives_no_due_date_but_its_name(
    received: Any, pauses: Any, name: str
) -> None:
    with pytest.raises(LawError) as refused:
        reply_due(received, pauses=pauses)
    assert refused.value.name == name


def test_the_longest_pause_that_can_be_told_still_gives_a_due_date() -> None:
    last = date(2200, 12, 31)
    assert reply_due(last, extended=True, pauses=[(last, last)]).date == date(2201, 3, 31)
    assert reply_due(RECEIVED, pauses=[(RECEIVED, last)]).derivation.raw_end == date(2201, 1, 30)


def test_a_pause_without_an_end_cannot_be_counted() -> None:
    with pytest.raises(MissingFact, match="no answer yet"):
        reply_due(RECEIVED, pauses=[(june(11), None)])  # type: ignore[list-item]


def test_the_derivation_holds_every_step_of_the_count() -> None:
    told = reply_due(date(2026, 3, 5), pauses=[(date(2026, 3, 6), date(2026, 3, 26))]).derivation
    assert told == derivation.Derivation(
        received=date(2026, 3, 5),
        months=1,
        month_end=date(2026, 4, 5),
        pauses=(Pause(date(2026, 3, 6), date(2026, 3, 26)),),
        paused_days=20,
        raw_end=date(2026, 4, 25),
        skipped=told.skipped,
        final=date(2026, 4, 28),
        target=date(2026, 4, 2),
        notice_until=date(2026, 4, 28),
        if_atw=date(2026, 4, 28),
    )
    assert [free.code for free in told.skipped] == ["saturday", "sunday", "kings_day"]


def test_a_pause_after_the_first_month_gives_no_more_time_to_tell_of_an_extension() -> None:
    told = reply_due(RECEIVED, extended=True, pauses=[(july(20), july(27))]).derivation
    assert (told.final, told.notice_until) == (date(2026, 9, 17), july(10))


def test_a_due_date_is_derived_in_words_in_both_languages() -> None:
    how = reply_due(date(2026, 3, 5)).derivation
    assert derivation.words(how, "nl") == (
        "Wij kregen uw verzoek op 5 maart 2026.",
        "Eén maand later is 5 april 2026.",
        "5 april 2026 is een vrije dag (zondag).",
        "6 april 2026 is een vrije dag (tweede paasdag).",
        "De eerste werkdag daarna is 7 april 2026.",
    )
    assert derivation.words(how, "en") == (
        "We got your request on 5 March 2026.",
        "One month later is 5 April 2026.",
        "5 April 2026 is not a working day (Sunday).",
        "6 April 2026 is not a working day (Easter Monday).",
        "The first working day after that is 7 April 2026.",
    )


def test_extension_and_pauses_are_derived_in_words_too() -> None:
    pauses = [(june(11), june(18)), (june(22), june(23)), (june(25), june(25))]
    how = reply_due(RECEIVED, extended=True, pauses=pauses).derivation
    assert derivation.words(how, "nl") == (
        "Wij kregen uw verzoek op 10 juni 2026.",
        "Wij hebben twee maanden extra nodig. Drie maanden na uw verzoek is 10 september 2026.",
        "Van 11 juni 2026 tot 18 juni 2026 wachtten wij op uw antwoord. Die 7 dagen tellen niet"
        " mee.",
        "Van 22 juni 2026 tot 23 juni 2026 wachtten wij op uw antwoord. Die dag telt niet mee.",
        "Daardoor is de laatste dag 18 september 2026.",
    )
    assert len(derivation.words(how, "en")) == 5


def test_a_derivation_speaks_dutch_and_english_alone() -> None:
    with pytest.raises(UnknownValue, match="language: 'fr' is not known; use one of: en, nl"):
        derivation.words(reply_due(RECEIVED).derivation, "fr")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_request_has_the_same_month(kind: Kind) -> None:
    told = deadline(facts(kind=kind), today=TODAY)
    assert (told.clock, told.last_day, told.grounds) == (Clock.RUNNING, july(10), GROUNDS[kind])
    assert (told.extension_valid, told.not_counted, told.court_until) == (None, (), None)


def test_a_medical_file_has_a_service_target_of_our_own() -> None:
    told = deadline(facts(kind=Kind.WGBO_DESTRUCTION), today=TODAY)
    assert told.service_target == june(24)
    assert deadline(facts(), today=TODAY).service_target is None


@pytest.mark.parametrize(
    ("notified", "reasons", "why"),
    [
        (july(10), True, None),
        (RECEIVED, True, None),
        (july(13), True, NotCounted.EXTENSION_NOTIFIED_LATE),
        (july(7), False, NotCounted.EXTENSION_WITHOUT_REASONS),
        (None, True, NotCounted.EXTENSION_NOT_NOTIFIED),
    ],
)
def test_an_extension_counts_when_told_with_reasons_within_the_first_month(
    notified: date | None, reasons: bool, why: NotCounted | None
) -> None:
    told = deadline(facts(extension=Extension(notified=notified, reasons=reasons)), today=TODAY)

    assert told.extension_valid is (why is None)
    assert told.not_counted == ((why,) if why else ())
    assert (told.months, told.last_day) == ((3, date(2026, 9, 10)) if not why else (1, july(10)))


def test_an_extension_may_be_told_until_the_rolled_end_of_the_first_month() -> None:
    received, told_on = date(2026, 7, 1), date(2026, 8, 3)  # 1 August is a Saturday
    extension = Extension(notified=told_on, reasons=True)
    told = deadline(facts(received=received, extension=extension), today=TODAY)
    assert (told.notice_until, told.last_day) == (told_on, date(2026, 10, 1))


def test_an_extension_never_moves_the_day_on_which_a_refusal_must_be_told() -> None:
    extension = Extension(notified=july(7), reasons=True)
    assert deadline(facts(extension=extension), today=TODAY).refusal_until == july(10)


def test_a_prompt_question_with_reasonable_doubt_suspends_the_month() -> None:
    told = deadline(facts(identity=asked(june(11), june(18))), today=TODAY)
    assert (told.paused_days, told.raw_end, told.last_day) == (7, july(17), july(17))
    assert (told.notice_until, told.safe_target) == (july(17), july(10))


@pytest.mark.parametrize("field", ["identity", "clarification"])
@pytest.mark.parametrize(
    ("changed", "code"),
    [({"reasonable": False}, "without"), ({"prompt": False}, "asked_late")],
)
def test_a_question_without_ground_or_too_late_suspends_nothing(
    field: str, changed: dict[str, bool], code: str
) -> None:
    told = deadline(facts(**{field: asked(june(11), june(18), **changed)}), today=TODAY)
    assert (told.paused_days, told.last_day) == (0, july(10))
    assert [why.startswith(field) and code in why for why in told.not_counted] == [True]


def test_every_number_of_ours_has_its_date_and_its_source() -> None:
    choices = yaml.safe_load(derivation.DATA.read_text(encoding="utf-8"))["choices"]
    assert {name: set(told) for name, told in choices.items()} == {
        name: {"value", "decided", "source"} for name in NUMBERS
    }


@pytest.mark.parametrize(
    ("requested", "prompt", "days"),
    [
        (june(17), None, 3),  # seven days after receipt: our own reading of "without undue delay"
        (june(18), None, 0),
        (june(18), True, 3),  # who judged the case knows better
        (june(17), False, 0),
    ],
)
def test_what_is_prompt_is_a_number_of_days_unless_somebody_judged_it(
    requested: date, prompt: bool | None, days: int
) -> None:
    question = asked(requested, requested.replace(day=requested.day + 3), prompt=prompt)
    assert deadline(facts(identity=question), today=TODAY).paused_days == days


def test_two_questions_at_once_count_their_days_once() -> None:
    both = facts(identity=asked(june(11), june(18)), clarification=asked(june(15), june(20)))
    assert deadline(both, today=TODAY).paused_days == 9


@pytest.mark.parametrize("field", ["identity", "clarification"])
def test_while_a_question_is_open_no_period_runs(field: str) -> None:
    told = deadline(facts(**{field: asked(june(11))}), today=TODAY)

    assert (told.clock, told.stands_still_since) == (Clock.SUSPENDED, june(11))
    ends = (told.raw_end, told.last_day, told.last_day_if_atw, told.notice_until)
    assert (*ends, told.refusal_until, told.paused_days) == (None,) * 6
    assert told.safe_target == july(10)


def test_an_open_question_that_does_not_count_leaves_the_period_running() -> None:
    told = deadline(facts(identity=asked(june(11), reasonable=False)), today=TODAY)
    assert (told.clock, told.last_day) == (Clock.RUNNING, july(10))


def test_two_open_questions_of_one_day_stand_still_together() -> None:
    both = facts(identity=asked(june(11)), clarification=asked(june(11), june(12)))
    assert deadline(both, today=TODAY).stands_still_since == june(11)


def test_while_the_first_month_stands_still_an_extension_may_be_told() -> None:
    extension = Extension(notified=date(2026, 8, 20), reasons=True)
    told = deadline(facts(identity=asked(june(11)), extension=extension), today=TODAY)
    assert (told.extension_valid, told.clock) == (True, Clock.SUSPENDED)
    assert told.safe_target == date(2026, 9, 10)


def test_a_question_after_the_month_suspends_nothing_that_has_ended() -> None:
    late = asked(july(13), july(20), prompt=True)
    told = deadline(facts(identity=late), today=TODAY)
    assert (told.last_day, told.not_counted) == (
        july(10),
        (NotCounted.IDENTITY_ASKED_AFTER_END,),
    )


def test_a_question_in_the_extended_time_suspends_that_time_alone() -> None:
    extension = Extension(notified=july(7), reasons=True)
    late = asked(july(13), july(20), prompt=True)
    told = deadline(facts(clarification=late, extension=extension), today=TODAY)
    assert (told.last_day, told.notice_until) == (date(2026, 9, 17), july(10))
    still = replace(late, received=None)
    told = deadline(facts(clarification=still, extension=extension), today=TODAY)
    assert (told.clock, told.notice_until) == (Clock.SUSPENDED, july(10))


def test_moments_are_read_as_dutch_days_wherever_they_stand() -> None:
    def late(day: int) -> datetime:
        return datetime(2026, 6, day, 22, 30, tzinfo=UTC)  # half past midnight in Rotterdam

    told = deadline(
        facts(
            received=late(9),
            identity=asked(late(10), late(17)),
            extension=Extension(notified=late(20), reasons=True),
            answer_received=late(29),
        ),
        today=TODAY,
    )
    assert (told.received, told.paused_days, told.months) == (RECEIVED, 7, 3)
    assert told.court_until == date(2026, 8, 11)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"received": date(2026, 11, 23)}, "received"),
        ({"identity": asked(june(9))}, "identity_requested"),
        ({"identity": asked(june(12), june(11))}, "identity_received"),
        ({"identity": asked(june(12), date(2026, 11, 23))}, "identity_received"),
        ({"clarification": asked(june(9))}, "clarification_requested"),
        ({"clarification": asked(june(12), june(11))}, "clarification_received"),
        ({"extension": Extension(notified=june(9), reasons=True)}, "extension_notified"),
        ({"extension": Extension(notified=date(2027, 1, 1), reasons=True)}, "extension_notified"),
        ({"answer_received": june(9)}, "answer_received"),
    ],
)
def test_a_date_that_cannot_be_is_refused_by_name(changed: dict[str, Any], name: str) -> None:
    with pytest.raises(ImpossibleDate) as refused:
        deadline(facts(**changed), today=TODAY)
    assert refused.value.name == name


@pytest.mark.parametrize("day", [date(9999, 12, 1), NO_DAY, "2026-06-12"])
@pytest.mark.parametrize(
    ("told", "name"),
    [
        (lambda day: {"received": day}, "received"),
        (lambda day: {"identity": asked(day)}, "identity_requested"),
        (lambda day: {"clarification": asked(june(12), day)}, "clarification_received"),
        (lambda day: {"extension": Extension(notified=day, reasons=True)}, "extension_notified"),
        (lambda day: {"answer_received": day}, "answer_received"),
    ],
)
def test_what_is_no_day_is_refused_by_the_name_of_its_fact(
    day: Any, told: Callable[[Any], dict[str, Any]], name: str
) -> None:
    with pytest.raises(LawError) as refused:
        deadline(facts(**told(day)), today=TODAY)
    assert refused.value.name == name


@pytest.mark.parametrize("today", ["2026-11-22", None, NO_DAY])
def test_a_period_is_judged_on_a_real_day_alone(today: Any) -> None:
    with pytest.raises(LawError, match="today"):
        deadline(facts(), today=today)


def test_a_day_that_only_bounds_the_facts_may_be_of_any_year() -> None:
    assert deadline(facts(), today=date.max).last_day == july(10)


@pytest.mark.parametrize("answered", [date(9999, 12, 1), "2026-06-12", None])
def test_no_day_of_an_answer_no_weeks_for_the_court(answered: Any) -> None:
    with pytest.raises(LawError, match="answered"):
        court_until(answered)


def test_a_kind_of_request_that_is_not_known_is_refused() -> None:
    with pytest.raises(LawError, match="kind: 'woo' is not known"):
        deadline(facts(kind="woo"), today=TODAY)


def test_a_judged_period_says_what_does_not_count_and_why() -> None:
    told = deadline(
        facts(
            identity=asked(june(11), june(18), reasonable=False),
            extension=Extension(notified=july(13), reasons=True),
        ),
        today=TODAY,
    )
    assert told.words("en") == (
        "We got your request on 10 June 2026.",
        "One month later is 10 July 2026.",
        "Asking who you are does not stop the clock. There was no good reason to doubt it.",
        "There is no extra time. We told you only after the first month.",
    )


def test_a_period_that_stands_still_says_since_when() -> None:
    told = deadline(facts(identity=asked(june(11))), today=TODAY)
    assert told.words("nl") == (
        "Wij kregen uw verzoek op 10 juni 2026.",
        "Op 11 juni 2026 stelden wij u een vraag. De tijd staat stil tot wij uw antwoord hebben.",
    )


@pytest.mark.parametrize("why", NotCounted)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_not_to_count_has_its_sentence(why: NotCounted, language: str) -> None:
    assert derivation.why_words(why, language).endswith(".")


@pytest.mark.parametrize(
    ("answered", "raw_end", "until"),
    [
        (date(2026, 2, 20), date(2026, 4, 3), date(2026, 4, 7)),  # Good Friday, weekend, Monday
        (date(2026, 11, 14), date(2026, 12, 26), date(2026, 12, 28)),
        (date(2026, 4, 3), date(2026, 5, 15), date(2026, 5, 18)),  # an equated day
        (date(2025, 11, 21), date(2026, 1, 2), date(2026, 1, 5)),  # an equated day
        (date(2026, 3, 10), date(2026, 4, 21), date(2026, 4, 21)),
    ],
)
def test_the_court_may_be_asked_for_six_weeks_by_the_full_termijnenwet(
    answered: date, raw_end: date, until: date
) -> None:
    assert (six_weeks_after(answered), court_until(answered)) == (raw_end, until)
