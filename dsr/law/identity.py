"""Which assurance level an act and an answer need (Art. 12(6), 32; `data/assurance.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from dsr.law.authority import Act, Field
from dsr.law.errors import UnknownValue


class Assurance(StrEnum):
    """How sure it is who asks, lowest first. The same words as `dsr.core.subject.Level`."""

    IA0 = "IA0"  #: nothing proved
    IA1 = "IA1"  #: controls a mailbox that was typed in the form
    IA2 = "IA2"  #: controls a contact point on file for thirty days or more
    IA3 = "IA3"  #: fresh app login with a second factor, bound to the patient; or DigiD
    IA4 = "IA4"  #: seen at the desk with an identity document, no copy kept

    def raised(self) -> Assurance:
        """One rung up; the highest stays."""
        rungs = list(Assurance)
        return rungs[min(rungs.index(self) + 1, len(rungs) - 1)]


class Gate(StrEnum):
    """What an act needs beside the level."""

    REVERSIBLE = "reversible"  #: can be undone for `reversible_for()`
    OFFICER_DECIDES = "officer_decides"
    OFFICER_RELEASES = "officer_releases"
    REDACTION_DONE = "redaction_done"  #: data of others are out (Art. 15(4))
    OLD_CONTACT_TOLD = "old_contact_told"  #: the old address hears of the new one
    CLINICIAN_DECIDES = "clinician_decides"
    CLINICIAN_GIVES_REASONS = "clinician_gives_reasons"  #: BW 7:455(2)
    ORIGINAL_KEPT = "original_kept"  #: a statement is added (BW 7:454(2))
    TWO_PERSONS = "two_persons"
    COOLING_OFF = "cooling_off"
    PLAN_HASH = "plan_hash"  #: what is erased is what was approved
    AUTHORITY_PROVED = "authority_proved"  #: of a representative (`dsr.law.representatives`)
    SUBJECT_TOLD = "subject_told"  #: the person hears that somebody acts for it
    OBJECTION_WINDOW = "objection_window"  #: and has time to say no


class Condition(StrEnum):
    """On what another level is enough, or gives more."""

    IN_THE_APP = "in_the_app"  #: within the fresh app session, with effect at once
    PROVISIONAL = "provisional"  #: until the level is reached, where waiting does more harm
    TO_ASK = "to_ask"  #: to put the question, not to see the text
    SIGNED = "signed"  #: with the person's signature


@dataclass(frozen=True, kw_only=True, slots=True)
class Needed:
    """The level, what else has to happen, and the levels that do on a condition."""

    level: Assurance
    gates: tuple[Gate, ...]
    otherwise: tuple[tuple[Condition, Assurance], ...] = ()


def level_needed(
    act: Act, field: Field, *, special: bool, by_representative: bool, contact_settled: bool
) -> Needed:
    """What an act on a field of data needs. A representative needs the same level, and more.

    `special`: health data or messages are among it (Art. 9); a medical file always is.
    `contact_settled` false: contact data changed of late, so one rung up (CHOICE).
    """
    data = "special" if special or field is Field.CARE_FILE else "plain"
    return _for(
        _row(act, field, data), by_representative=by_representative, settled=contact_settled
    )


def level_to_complain(*, by_representative: bool, contact_settled: bool) -> Needed:
    """What a complaint or a question needs: next to nothing, for nothing leaves."""
    row = _row("complaint", "any", "plain")
    return _for(row, by_representative=by_representative, settled=contact_settled)


def level_for(*, special: bool) -> str:
    """The level that an item needs, by the register's category."""
    return RELEASE["special" if special else "plain"]


def is_settled(since: date | None, today: date) -> bool:
    """Whether a contact point has been on file long enough to receive a code."""
    return since is not None and today - since >= _days("contact_settled_days")


def app_level(*, mfa: bool, auth_time: datetime, linked: bool, now: datetime) -> str:
    """IA3 only with a second factor, a login that is still fresh and the practice's link.

    Anything less is a mailbox at best (IA1): the account's own address proves no patient.
    """
    age = now - auth_time
    fresh = timedelta(minutes=_table()["fresh_minutes"])
    if linked and mfa and timedelta(seconds=-60) <= age <= fresh:
        return "IA3"
    return "IA2" if linked else "IA1"


def reversible_for() -> timedelta:
    """How long an act at the lowest level can be undone."""
    return _days("reversible_days")


class _Release(Mapping[str, str]):
    """The `release` rows of the table, read when first asked for."""

    def __getitem__(self, answer: str) -> str:
        return Assurance(_table()["release"][answer])

    def __iter__(self) -> Iterator[str]:
        return iter(_table()["release"])

    def __len__(self) -> int:
        return len(_table()["release"])


#: what may leave at which level, by kind of answer; enforced at release
RELEASE: Mapping[str, str] = _Release()


def _row(act: str, field: str, data: str) -> Mapping[str, Any]:
    for row in _table()["acts"]:
        fits = row["field"] in (field, "any") and row["data"] in (data, "any")
        if row["act"] == act and fits:
            found: Mapping[str, Any] = row
            return found
    raise UnknownValue("act", f"{act} of {field}", (row["act"] for row in _table()["acts"]))


def _for(row: Mapping[str, Any], *, by_representative: bool, settled: bool) -> Needed:
    also = _table()["by_representative"]["gates"] if by_representative else []
    needed = Needed(
        level=_level(row["level"]),
        gates=tuple(Gate(gate) for gate in (*row["gates"], *also)),
        otherwise=tuple(
            (Condition(on), _level(level)) for on, level in row.get("otherwise", {}).items()
        ),
    )
    return needed if settled else _one_up(needed)


def _one_up(needed: Needed) -> Needed:
    """Within the app no contact point is used, and withdrawing stays easy there (Art. 7(3))."""
    otherwise = tuple(
        (on, level if on is Condition.IN_THE_APP else level.raised())
        for on, level in needed.otherwise
    )
    return replace(needed, level=needed.level.raised(), otherwise=otherwise)


def _level(named: str) -> Assurance:
    """`IA2`, or `release.plain`: what the same data needs to leave."""
    return Assurance(RELEASE[named.removeprefix("release.")] if "." in named else named)


def _days(name: str) -> timedelta:
    return timedelta(days=_table()[name])


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "data" / "assurance.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Any] = yaml.safe_load(text)
    return read
