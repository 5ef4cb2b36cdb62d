"""What the answer page tells beside the letter: counts per source, what is withheld and why.

Call it only for somebody at the level of the letter: the counts themselves tell something.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from dsr.core.letters import Ground
from dsr.core.request import Decision, Outcome
from dsr.db.answers import Letter
from dsr.db.subject_requests import SubjectRequest
from dsr.law.calendar import civil_date
from dsr.law.deadlines import court_until
from dsr.law.grounds import cited, ground
from dsr.services import case, decide, facts, stages
from dsr.services.census import Census, census
from dsr.services.office import Office


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """One source: what it came to, and how much of what was found is given."""

    name: str
    outcome: Outcome
    found: int
    released: int
    redacted: int
    searched: date | None
    note: str


@dataclass(frozen=True, kw_only=True)
class WithheldLine:
    """Things of one kind that are not given, or given with words blacked out (`partly`)."""

    source: str
    dataset: str
    count: int
    partly: bool
    ground: Ground


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The answer in short; `why` and `articles` are of a refusal."""

    decision: Decision
    decided: date
    court_until: date
    sources: tuple[SourceLine, ...] = ()
    withheld: tuple[WithheldLine, ...] = ()
    why: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """How many items were found in all sources."""
        return sum(line.found for line in self.sources)

    @property
    def released(self) -> int:
        """How many items are given."""
        return sum(line.released for line in self.sources)


@dataclass(frozen=True)
class View:
    """How an outline is told: in which language, by which counts (None: count now)."""

    language: str
    counted: Census | None = None


def needs_counts(row: SubjectRequest) -> bool:
    """Whether the answer rests on a search, whose archive has to be counted."""
    return Decision(stages.access_item(row).decision or "") in decide.FROM_SEARCH


def of(
    session: Session, office: Office, row: SubjectRequest, letter: Letter, view: View
) -> Outline:
    """The outline of a released answer. Counts are those of the letter: nothing moves after it."""
    decision = Decision(stages.access_item(row).decision or "")
    day = civil_date(letter.made_at)
    # Six weeks after receipt (UAVG 35(2)): it can be received once it is there, and not before.
    court = court_until(civil_date(letter.released_at or letter.made_at))
    if decision is Decision.REFUSED:
        return _refused(session, office, row, (day, court))
    if not needs_counts(row):
        return Outline(decision=decision, decided=day, court_until=court)
    counted = view.counted or census(session, office, row)
    return Outline(
        decision=decision,
        decided=day,
        court_until=court,
        sources=_sources(session, office, row, (counted, view.language)),
        withheld=_withheld(office, row, (counted, view.language)),
    )


def _refused(
    session: Session, office: Office, row: SubjectRequest, days: tuple[date, date]
) -> Outline:
    item, words = stages.access_item(row), row.language
    grounds = [ground(code) for code in item.grounds]
    told = decide.reasons(case.case_key(session, office, row), item)
    return Outline(
        decision=Decision.REFUSED,
        decided=days[0],
        court_until=days[1],
        why=(*(one.words(words) for one in grounds), told["facts"], told["instead"]),
        articles=(cited(item.grounds, words),),
    )


def _sources(
    session: Session, office: Office, row: SubjectRequest, what: tuple[Census, str]
) -> tuple[SourceLine, ...]:
    counted, language = what
    return tuple(
        SourceLine(
            name=source.name.in_(language),
            outcome=source.outcome,
            found=source.found,
            released=source.released,
            redacted=sum(
                n for (system, _), n in counted.redacted.items() if system == source.system
            ),
            searched=civil_date(source.searched_at) if source.searched_at else None,
            note=source.words,
        )
        for source in facts.sources(session, office, row, counted)
    )


def _withheld(
    office: Office, row: SubjectRequest, what: tuple[Census, str]
) -> tuple[WithheldLine, ...]:
    counted, language = what
    lines = []
    for item in facts.withheld_items(row, counted, office):
        system = office.register.system(item.system)
        lines.append(
            WithheldLine(
                source=system.name.in_(language),
                dataset=system.dataset(item.dataset).name.in_(language),
                count=item.count,
                partly=item.partly,
                ground=item.ground,
            )
        )
    return tuple(lines)
