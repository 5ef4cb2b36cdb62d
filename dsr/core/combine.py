"""From the law's proposals on the parts of an access request to one decision on the whole of it.

Pure. The law speaks on each part; what is given of it was counted. One table says what the two come
to together, so that a letter never says anything else than was done (Art. 12(4), 15).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from dsr.core.request import Decision
from dsr.law.proposal import Outcome


class Handling(StrEnum):
    """What is done with a part: its things, or the black words in them."""

    GIVEN = "given"
    KEPT_BACK = "kept_back"
    NOTHING_FOUND = "nothing_found"  #: searched to the end
    NOT_SEARCHED = "not_searched"  #: not, or not to the end; the letter names it


class Verdict(StrEnum):
    """What the law's outcome and the handling of a part come to together."""

    WHOLE = "whole"  #: given, as the law says
    LESS = "less"  #: not given, or not yet, and the letter says why
    NOTHING = "nothing"  #: there is nothing of it
    OPEN = "open"  #: a person has to judge first
    CLASH = "clash"  #: the desk does what the law does not propose


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A part as the law and the desk have it. `answered` says that whoever is asked has judged."""

    outcome: Outcome
    handling: Handling
    answered: bool = False


def _row(given: Verdict, kept_back: Verdict, nothing_found: Verdict) -> Mapping[Handling, Verdict]:
    return MappingProxyType(
        {
            Handling.GIVEN: given,
            Handling.KEPT_BACK: kept_back,
            Handling.NOTHING_FOUND: nothing_found,
            Handling.NOT_SEARCHED: Verdict.LESS,
        }
    )


#: `partly` lets things be kept back (Art. 15(4)); who keeps nothing back gives the whole. What
#: `grant` gives may still be kept back by a person's word, and that has a ground of its own.
TABLE: Mapping[Outcome, Mapping[Handling, Verdict]] = MappingProxyType(
    {
        Outcome.GRANT: _row(Verdict.WHOLE, Verdict.LESS, Verdict.NOTHING),
        Outcome.PARTLY: _row(Verdict.WHOLE, Verdict.LESS, Verdict.NOTHING),
        Outcome.REFUSE: _row(Verdict.CLASH, Verdict.LESS, Verdict.NOTHING),
        Outcome.PROFESSIONAL_JUDGEMENT: _row(Verdict.OPEN, Verdict.OPEN, Verdict.NOTHING),
        Outcome.NOT_APPLICABLE: _row(Verdict.CLASH, Verdict.LESS, Verdict.NOTHING),
        Outcome.VERIFY_IDENTITY: _row(Verdict.CLASH, Verdict.LESS, Verdict.NOTHING),
        Outcome.FORWARD: MappingProxyType(dict.fromkeys(Handling, Verdict.CLASH)),
        Outcome.NO_DATA: _row(Verdict.CLASH, Verdict.CLASH, Verdict.NOTHING),
    }
)
#: what an open judgement comes to once it was made
_MADE = MappingProxyType({Handling.GIVEN: Verdict.WHOLE, Handling.KEPT_BACK: Verdict.LESS})


def verdict(judged: Judged) -> Verdict:
    """What one part comes to."""
    found = TABLE[judged.outcome][judged.handling]
    if found is Verdict.OPEN and judged.answered:
        return _MADE[judged.handling]
    return found


def combined(verdicts: Iterable[Verdict]) -> Decision | None:
    """The one decision that the parts allow; None while one is open or clashes with the law."""
    found = set(verdicts)
    if found & {Verdict.OPEN, Verdict.CLASH}:
        return None
    if Verdict.LESS in found:
        return Decision.PARTLY
    return Decision.GRANTED if Verdict.WHOLE in found else Decision.NOTHING_HELD
