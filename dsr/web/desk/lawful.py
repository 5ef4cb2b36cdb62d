"""What the law proposes, as rows of a page: what for, where, what is done with it, and why."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.core.combine import Handling, Verdict
from dsr.core.explanation import Reasons, name_of, reasons
from dsr.core.register import Register
from dsr.law.proposal import Asks, Outcome
from dsr.services.propose import Line, Proposed


@dataclass(frozen=True, kw_only=True)
class LawRow:
    """One line of the proposal in the language of the page.

    `lenient` says that the law lets something be kept back and that nothing is.
    """

    name: str
    systems: str
    line: Line
    why: Reasons
    lenient: bool

    @property
    def question_waits(self) -> bool:
        """Whether a person has to answer before anything can be decided."""
        return self.line.verdict is Verdict.OPEN

    @property
    def question_answered(self) -> bool:
        """Whether the law left it to a person, who has judged."""
        left = self.line.proposal.outcome is Outcome.PROFESSIONAL_JUDGEMENT
        return left and not self.question_waits


def rows_of(register: Register, proposed: Proposed, language: str) -> tuple[LawRow, ...]:
    """The rows of a proposal, in the register's order."""
    return tuple(
        LawRow(
            name=name_of(register, line.activity).in_(language),
            systems=", ".join(register.system(one).name.in_(language) for one in line.systems),
            line=line,
            why=reasons(line.proposal, language),
            lenient=line.proposal.outcome is Outcome.PARTLY and line.handling is Handling.GIVEN,
        )
        for line in proposed.lines
    )


def to_sign(proposed: Proposed) -> set[str]:
    """The systems for which a clinician still has to judge; signing for one is the answer."""
    waits = (line for line in proposed.lines if line.verdict is Verdict.OPEN)
    clinicians = (line for line in waits if line.proposal.asks is Asks.CLINICIAN)
    return {system for line in clinicians for system in line.systems}


def questions_for(asks: Asks, rows: tuple[LawRow, ...]) -> tuple[str, ...]:
    """What somebody has to answer before a decision, in words; each question once."""
    waits = (row for row in rows if row.question_waits and row.line.proposal.asks is asks)
    return tuple(dict.fromkeys(row.why.question.words for row in waits))
