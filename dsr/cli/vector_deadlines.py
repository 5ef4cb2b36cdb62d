"""The cases of `deadlines.json`, through `dsr.law.deadlines`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from dsr.cli.vector_shape import Difference, Malformed, Shape, Vector, compared
from dsr.core.register import Register
from dsr.law.calendar import AMSTERDAM
from dsr.law.deadlines import (
    DeadlineFacts,
    Extension,
    Kind,
    Term,
    court_until,
    deadline,
    six_weeks_after,
)
from dsr.law.suspension import Question

TEXT, PERHAPS = (str,), (str, type(None))
YES_OR_NO, PERHAPS_YES = (bool,), (bool, type(None))
NOTES = {"source": TEXT, "reasoning": TEXT}
SHAPE = Shape(
    required={
        "id": TEXT,
        "kind": TEXT,
        "received": TEXT,
        "received_local_date": TEXT,
        "extension": YES_OR_NO,
        "extension_notified": PERHAPS,
        "extension_valid": PERHAPS_YES,
        "identity_requested": PERHAPS,
        "identity_received": PERHAPS,
        "identity_doubt_reasonable": PERHAPS_YES,
        "identity_request_prompt": PERHAPS_YES,
        "suspension_days": (int, type(None)),
        "status": TEXT,
        "raw_end": PERHAPS,
        "expected_extension_notice_deadline": PERHAPS,
        "expected_deadline": PERHAPS,
        "expected_deadline_if_atw_calendar": PERHAPS,
        "safe_target": PERHAPS,
        "weekday": PERHAPS,
    },
    optional=NOTES,
)
PETITION = Shape(
    required={
        "id": TEXT,
        "kind": TEXT,
        "answer_received": TEXT,
        "raw_end": TEXT,
        "expected_last_day": TEXT,
    },
    optional=NOTES,
)
PETITION_KIND = "uavg_35_2_petition"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: the cases reach into years to come; that a date lies in the future is no question here
TODAY = date.max


def differences(vector: Vector, _registers: Sequence[Register]) -> list[Difference]:
    """What came out otherwise of the period of a request."""
    facts = DeadlineFacts(
        kind=vector.one_of("kind", Kind),
        received=moment(vector, "received"),
        extension=_extension(vector),
        identity=_identity(vector),
    )
    return compared(vector, _answers(deadline(facts, today=TODAY)))


def petition_differences(vector: Vector, _registers: Sequence[Register]) -> list[Difference]:
    """What came out otherwise of the six weeks in which the court may be asked (UAVG 35(2))."""
    if vector.text("kind") != PETITION_KIND:
        raise Malformed(f"kind = {vector.text('kind')!r}; it is {PETITION_KIND}")
    answered = moment(vector, "answer_received")
    got = {"raw_end": six_weeks_after(answered), "expected_last_day": court_until(answered)}
    return compared(vector, got)


def moment(vector: Vector, key: str) -> datetime | date:
    """A day or a moment; one without a time zone is a time in Amsterdam, in vectors alone."""
    text = vector.text(key)
    try:
        if "T" not in text:
            return date.fromisoformat(text)
        told = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(f"{key} = {text!r}; it is a date or a moment") from None
    return told if told.tzinfo else told.replace(tzinfo=AMSTERDAM)


def _answers(term: Term) -> Mapping[str, object]:
    return {
        "received_local_date": term.received,
        "extension_valid": term.extension_valid,
        "suspension_days": term.paused_days,
        "status": term.clock,
        "raw_end": term.raw_end,
        "expected_extension_notice_deadline": term.notice_until,
        "expected_deadline": term.last_day,
        "expected_deadline_if_atw_calendar": term.last_day_if_atw,
        "safe_target": term.safe_target,
        "weekday": WEEKDAYS[term.last_day.weekday()] if term.last_day else None,
    }


def _extension(vector: Vector) -> Extension | None:
    """An extension of a case was told with reasons: the cases know no other."""
    if not vector.values["extension"]:
        return None
    return Extension(notified=_perhaps(vector, "extension_notified"), reasons=True)


def _identity(vector: Vector) -> Question | None:
    asked = _perhaps(vector, "identity_requested")
    if asked is None:
        return None
    reasonable = vector.values["identity_doubt_reasonable"]
    prompt = vector.values["identity_request_prompt"]
    if not isinstance(reasonable, bool):
        raise Malformed("identity_doubt_reasonable = null; with identity_requested it is no null")
    return Question(
        requested=asked,
        reasonable=reasonable,
        received=_perhaps(vector, "identity_received"),
        prompt=prompt if isinstance(prompt, bool) else None,
    )


def _perhaps(vector: Vector, key: str) -> date | None:
    return None if vector.values[key] is None else moment(vector, key)
