"""What an answer means, by its code and its words: a 200 may be an error and a 400 a "no".

Rules of the register come first, in their order; then the usual meaning of the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from connectors.http import LATER, Answer, pause_of
from connectors.rest_path import Path, path
from connectors.rest_pauses import Pause, pause
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson, TryAgain
from dsr.core.reading import Entry

_KEPT = "The system keeps it and gives no reason."
_BUSY = "The system is busy; try again later."
#: seconds between two clocks from which a signature or token is refused
_CLOCKS_APART = 60.0


class Meaning(StrEnum):
    """What an answer means."""

    OK = "ok"
    NOT_FOUND = "not_found"  #: no such person or thing
    NOT_KEPT = "not_kept"  #: a feature that is off
    UNSUPPORTED = "unsupported"  #: what this system cannot do
    ALREADY_DONE = "already_done"  #: a change that was made before
    CONFLICT = "conflict"  #: changed meanwhile, or bound to something else
    RETAINED = "retained"  #: the system keeps it and says so
    VALUE_REFUSED = "value_refused"  #: a value that the system cannot hold
    THROTTLED = "throttled"  #: come back later
    AUTH = "auth"  #: our key is refused
    FAILED = "failed"  #: a refusal that a person must look at


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table: the codes (none: any), a path that finds something, its meaning.

    `equals` is what the path must find; None means anything but nothing, false or empty.
    `after` finds the wait, `reason` is why something is kept.
    """

    codes: frozenset[int]
    where: Path
    equals: object
    meaning: Meaning
    after: Pause
    reason: str = ""

    def fits(self, code: int, body: object) -> bool:
        """Whether this rule is about such an answer."""
        if self.codes and code not in self.codes:
            return False
        if not self.where.text:
            return True
        found = self.where.of(body)
        return bool(found) if self.equals is None else found == self.equals


#: meanings of a question that only a person can mend
_UNANSWERED = frozenset({Meaning.FAILED, Meaning.CONFLICT, Meaning.RETAINED, Meaning.VALUE_REFUSED})
#: meanings that say of a dataset: there is none of it here
NONE_HERE = frozenset({Meaning.NOT_KEPT, Meaning.UNSUPPORTED})
#: meanings that say of a person or thing: it is not there
MISSING = frozenset({Meaning.NOT_FOUND, Meaning.ALREADY_DONE})
_USUAL = {
    401: Meaning.AUTH,
    403: Meaning.AUTH,
    404: Meaning.NOT_FOUND,
    409: Meaning.CONFLICT,
    410: Meaning.NOT_FOUND,
    412: Meaning.CONFLICT,
    501: Meaning.NOT_KEPT,
}


@dataclass(frozen=True)
class Outcomes:
    """The rules of one system."""

    rules: Sequence[Rule]

    @property
    def codes(self) -> frozenset[int]:
        """The codes that rules name."""
        return frozenset().union(*(rule.codes for rule in self.rules))

    def before(self, usual: Outcomes) -> Outcomes:
        """These rules, and behind them the usual ones."""
        return Outcomes((*self.rules, *usual.rules))

    def reason(self, answer: Answer, body: object) -> str:
        """Why the system keeps something, in the words of the rule that says so."""
        fitting = (rule for rule in self.rules if rule.fits(answer.code, body))
        return next((rule.reason for rule in fitting), "")

    def read(self, answer: Answer) -> tuple[Meaning, object]:
        """The meaning and the body (None where it is no JSON and the code is no success).

        `TryAgain` for "later", also where only the body says it.
        """
        body = _body(answer)
        for rule in self.rules:
            if rule.fits(answer.code, body):
                if rule.meaning is Meaning.THROTTLED:
                    raise TryAgain(_BUSY, after=rule.after.of(answer.headers, body))
                return rule.meaning, body
        if answer.ok:
            return Meaning.OK, body
        if answer.code in LATER:
            raise TryAgain(_BUSY, after=pause_of(answer.headers))
        return _USUAL.get(answer.code, Meaning.FAILED), body


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
    row.only("code", "path", "equals", "outcome", "after", "after_in", "reason")
    meaning = row.text("outcome")
    if meaning not in set(Meaning):
        raise BrokenRegister(f"{row.path}.outcome: write one of {', '.join(Meaning)}.")
    if not {"code", "path"} & set(row.values):
        raise BrokenRegister(f"{row.path}: write a code or a path that this rule is about.")
    after = {"path": row.text("after", ""), "in": row.text("after_in", "seconds")}
    return Rule(
        codes=_codes(row),
        where=path(row, "path", ""),
        equals=row.values.get("equals"),
        meaning=Meaning(meaning),
        after=pause(Entry(after, row.path)),
        reason=row.text("reason", _KEPT),
    )


def _codes(row: Entry) -> frozenset[int]:
    said = row.values.get("code", [])
    listed = said if isinstance(said, list | tuple) else [said]
    if not all(isinstance(one, int) and 100 <= one <= 599 for one in listed):
        raise BrokenRegister(f"{row.path}.code: write a code such as 404, or a list of them.")
    return frozenset(one for one in listed if isinstance(one, int))


def refuse(meaning: Meaning, answer: Answer) -> None:
    """`NeedsPerson` for an answer that only a person can mend."""
    if meaning is Meaning.AUTH:
        raise NeedsPerson(_key_words(answer) + clock_words(answer))
    if meaning in _UNANSWERED:
        raise NeedsPerson(
            f"The system refuses the question (code {answer.code}). Compare the request in the"
            " register with the system's own description, or make this copy by hand."
        )


def _key_words(answer: Answer) -> str:
    if answer.code == 403:
        return (
            "The system refuses our key (code 403): it may not read this. Ask the supplier to give"
            " it the right to read, then search again."
        )
    return (
        f"The system refuses our key (code {answer.code}). Put a valid key in the environment"
        " setting of this system, then search again."
    )


def clock_words(answer: Answer) -> str:
    """A sentence more when the clocks differ, which spoils signatures and tokens."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get_list("date")[-1])
    except (ValueError, IndexError):
        return ""
    aware = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    apart = abs((datetime.now(UTC) - aware).total_seconds())
    if apart < _CLOCKS_APART:
        return ""
    return (
        f" Its clock and ours are {apart:.0f} seconds apart, which spoils signatures and tokens:"
        " set this machine's clock right (NTP), or tell the supplier."
    )
