"""What an answer means, by its code and its words: a 200 may be an error and a 400 a "no".

Rules of the register come first, in their order; then the usual meaning of the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from connectors.http import Answer
from connectors.rest_path import Path, path
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson, TryAgain
from dsr.core.reading import Entry


class Meaning(StrEnum):
    """What an answer means."""

    OK = "ok"
    NOT_FOUND = "not_found"  #: no such person or thing
    NOT_KEPT = "not_kept"  #: a feature that is off
    THROTTLED = "throttled"  #: come back later
    AUTH = "auth"  #: our key is refused
    FAILED = "failed"  #: a refusal that a person must look at


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table: the code (0: any), a path that finds something, and its meaning.

    `equals` is what the path must find; None means anything but nothing, false or empty.
    `after` finds the seconds to wait.
    """

    code: int
    where: Path
    equals: object
    meaning: Meaning
    after: Path

    def fits(self, code: int, body: object) -> bool:
        """Whether this rule is about such an answer."""
        if self.code not in (0, code):
            return False
        if not self.where.text:
            return True
        found = self.where.of(body)
        return bool(found) if self.equals is None else found == self.equals


_USUAL = {
    401: Meaning.AUTH,
    403: Meaning.AUTH,
    404: Meaning.NOT_FOUND,
    410: Meaning.NOT_FOUND,
    501: Meaning.NOT_KEPT,
}


@dataclass(frozen=True)
class Outcomes:
    """The rules of one system."""

    rules: Sequence[Rule]

    def read(self, answer: Answer) -> tuple[Meaning, object]:
        """The meaning and the body (None where it is no JSON and the code is no success)."""
        body = _body(answer)
        for rule in self.rules:
            if rule.fits(answer.code, body):
                if rule.meaning is Meaning.THROTTLED:
                    _throttled(rule, body)
                return rule.meaning, body
        if answer.ok:
            return Meaning.OK, body
        return _USUAL.get(answer.code, Meaning.FAILED), body


def _throttled(rule: Rule, body: object) -> NoReturn:
    found = rule.after.of(body)
    after = float(found) if isinstance(found, int | float) else None
    raise TryAgain("The system is busy; try again later.", after=after)


def _body(answer: Answer) -> object:
    if answer.ok:
        return answer.json() if answer.content else None
    try:
        return answer.json()
    except BadAnswer:
        return None


def outcomes(read: Entry) -> Outcomes:
    """The rules under `outcomes` of the settings."""
    return Outcomes([_rule(row) for row in read.rows("outcomes")])


def _rule(row: Entry) -> Rule:
    row.only("code", "path", "equals", "outcome", "after")
    meaning = row.text("outcome")
    if meaning not in set(Meaning):
        raise BrokenRegister(f"{row.path}.outcome: write one of {', '.join(Meaning)}.")
    if not {"code", "path"} & set(row.values):
        raise BrokenRegister(f"{row.path}: write a code or a path that this rule is about.")
    return Rule(
        code=int(row.number("code", 0)) if "code" in row.values else 0,
        where=path(row, "path", ""),
        equals=row.values.get("equals"),
        meaning=Meaning(meaning),
        after=path(row, "after", ""),
    )


def refuse(meaning: Meaning, code: int) -> None:
    """`NeedsPerson` for an answer that only a person can mend."""
    if meaning is Meaning.AUTH:
        raise NeedsPerson(
            f"The system refuses our key (code {code}). Put a valid key in the environment"
            " setting of this system, then search again."
        )
    if meaning is Meaning.FAILED:
        raise NeedsPerson(
            f"The system refuses the question (code {code}). Compare the request in the register"
            " with the system's own description, or make this copy by hand."
        )
