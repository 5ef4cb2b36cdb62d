"""What dates do to the facts of a case: an age follows from a birth, an ended paper is no paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dsr.law.ages import age_on
from dsr.law.authority import BY_COURT, BY_MANDATE, FOR_A_CHILD, Acting, Role
from dsr.law.errors import ImpossibleDate, MissingFact, UnknownValue
from dsr.law.windows import ActingDates, Ended, Window, window

#: the dates that decide who may act: of birth and death of the person concerned, and of the papers
DATES = ("born", "died", "since", "until", "revoked")


def window_of(acting: Acting, dates: Mapping[str, date], *, today: date) -> Window | None:
    """From when until when this person may act; None where no date that decides it is known.

    `UnknownValue` names a date of another name, `ImpossibleDate` one that cannot be.
    """
    for name in dates:
        if name not in DATES:
            raise UnknownValue("date", name, DATES)
    asked = ActingDates(role=acting.role, field=acting.field, **dates)
    try:
        return window(asked, today=today)
    except MissingFact:
        return None


def facts_by(
    facts: Mapping[str, object],
    acting: Acting,
    dates: Mapping[str, date],
    found: Window | None,
    *,
    today: date,
) -> dict[str, object]:
    """The facts with what the dates add; a fact that says otherwise is an `ImpossibleDate`."""
    added: dict[str, object] = {}
    if "born" in dates:
        name = "child_age" if acting.role in FOR_A_CHILD else "age"
        added[name] = age_on(dates["born"], dates.get("died", today))
    if "died" in dates:
        added["patient_deceased"] = True
    if found is not None and not found.is_open(today):
        added |= _without_papers(acting.role, found.ended_because)
    for name, value in added.items():
        if facts.get(name, value) != value:
            raise ImpossibleDate("date", f"the dates give {name} {value}, the facts {facts[name]}.")
    return {**facts, **added}


def _without_papers(role: Role, why: Ended) -> dict[str, object]:
    if why is Ended.CUSTODY:  # a birthday ends a parent's part too; the age says that
        return {"has_custody": False}
    if role in BY_COURT:
        return {"court_order": False}
    return {"authorisation": "none"} if role in BY_MANDATE else {}
