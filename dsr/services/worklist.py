"""The desk's lists: what stands in the queue, how urgent it is, and what each request waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from dsr.core.errors import Shredded
from dsr.core.request import Outcome, Verb
from dsr.core.stages import Stage, request_stage
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db.data_keys import DataKey
from dsr.db.plans import Batch, Plan
from dsr.db.steps import Step
from dsr.db.subject_requests import QueueFilter, SubjectRequest, queue_count
from dsr.law.rights import Right
from dsr.services import case
from dsr.services.case import Who
from dsr.services.office import Office


class Look(StrEnum):
    """How a system's search stands, as one sign beside a word."""

    OK = "ok"
    BUSY = "busy"
    WAIT = "wait"
    HAND = "hand"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One request as a list may show it: initials at most, never a name."""

    id: str
    reference: str
    practice: str
    channel: str
    received: datetime
    due: date
    days_left: int
    stage: Stage
    level: Level
    assigned_to: str | None
    closed: bool
    initials: str = field(repr=False)
    looks: tuple[Look, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def settled(self) -> int:
        """How many systems have their outcome."""
        return sum(look in (Look.OK, Look.HAND) for look in self.looks)

    @property
    def troubled(self) -> int:
        """How many systems need a person."""
        return sum(look is Look.BAD for look in self.looks)


def look_of(step: Step) -> Look:
    """The sign of a step."""
    if step.outcome in (Outcome.FAILED, Outcome.SEVERAL_PEOPLE):
        return Look.BAD
    if step.outcome is not None:
        return Look.HAND if step.outcome == Outcome.BY_HAND else Look.OK
    if step.needs_person:
        return Look.WAIT if step.trouble == "by_hand" else Look.BAD
    if step.trouble:
        return Look.BAD
    return Look.BUSY if step.attempts else Look.WAIT


def lines(session: Session, office: Office, rows: list[SubjectRequest]) -> list[Line]:
    """The lines of a page of requests, with three queries for all of them together."""
    looks = _looks(session, rows)
    wanted = select(DataKey).where(DataKey.id.in_([row.data_key_id for row in rows]))
    _kept = list(session.scalars(wanted))  # held, so that each look-up below finds it in memory
    return [_line(session, office, row, looks.get(row.id, ())) for row in rows]


def initials(name: str) -> str:
    """`N.v.d.V.` for "Noor van der Velde"."""
    return "".join(f"{part[0]}." for part in name.split()) or "?"


def _line(session: Session, office: Office, row: SubjectRequest, looks: Iterable[Look]) -> Line:
    return Line(
        id=row.id,
        reference=row.reference,
        practice=row.practice,
        channel=row.channel,
        received=row.received_at,
        due=row.due,
        days_left=(row.due - office.today()).days,
        stage=request_stage(Stage(item.stage) for item in row.items),
        level=Level(row.level),
        assigned_to=row.assigned_to,
        closed=row.closed_at is not None,
        initials=_initials(session, office, row),
        looks=tuple(looks),
        kinds=tuple(Wish(right=Right(one.right), part=one.part).kind for one in row.items),
    )


def _initials(session: Session, office: Office, row: SubjectRequest) -> str:
    try:
        return initials(case.open_subject(case.case_key(session, office, row), row)[0].name)
    except Shredded:
        return "-"


def _looks(session: Session, rows: list[SubjectRequest]) -> dict[str, list[Look]]:
    runs = {row.id: row.run for row in rows}
    wanted = select(Step).where(Step.request_id.in_(runs), Step.verb == Verb.SEARCH)
    found: dict[str, list[Look]] = {}
    for step in session.scalars(wanted.order_by(Step.id)):
        if step.run == runs[step.request_id]:
            found.setdefault(step.request_id, []).append(look_of(step))
    return found


@dataclass(frozen=True, kw_only=True)
class Part:
    """A named part of the queue, so that a count and the list behind it are the same rows."""

    name: str
    filter: QueueFilter


def parts(office: Office, who: Who) -> Iterator[Part]:
    """The parts that "my day" counts, most urgent first."""
    practices, today = list(who.practices), office.today()

    def of(**how: object) -> QueueFilter:
        return QueueFilter(practices=practices, **how)  # type: ignore[arg-type]

    yield Part(name="overdue", filter=of(due_before=today))
    yield Part(name="soon", filter=of(due_from=today, due_before=today + timedelta(days=4)))
    yield Part(name="mine", filter=of(assigned_to=who.staff_id))
    yield Part(name="nobody", filter=of(unassigned=True))
    yield Part(name="identity", filter=of(stages=(Stage.IDENTIFYING,)))
    yield Part(name="trouble", filter=of(only=troubled(), stages=(Stage.SEARCHING,)))
    yield Part(name="by_hand", filter=of(only=waiting_by_hand(), stages=(Stage.SEARCHING,)))
    yield Part(name="approve", filter=of(stages=(Stage.APPROVING,)))
    yield Part(name="cooling", filter=of(stages=(Stage.COOLING_OFF,)))
    yield Part(name="hands", filter=of(only=changed_by_hand(), stages=(Stage.EXECUTING,)))
    yield Part(name="stuck", filter=of(only=stuck(), stages=(Stage.EXECUTING,)))
    yield Part(name="send", filter=of(stages=(Stage.REPLYING,)))


def counts(session: Session, office: Office, who: Who) -> dict[str, int]:
    """How many requests each part holds."""
    return {part.name: queue_count(session, part.filter) for part in parts(office, who)}


def troubled() -> Select[str]:
    """Ids of requests with a system that failed or shows several people."""
    failing = Step.outcome.is_(None) & (Step.trouble != "") & (Step.trouble != "by_hand")
    return select(Step.request_id).where(or_(failing, Step.outcome == Outcome.SEVERAL_PEOPLE))


def changed_by_hand() -> Select[str]:
    """Ids of requests with a batch of a running plan that a person has to do."""
    running = select(Plan.id).where(Plan.begun_at.is_not(None), Plan.ended_how == "")
    return select(Batch.request_id).where(
        Batch.outcome.is_(None), Batch.needs_person.is_(True), Batch.plan_id.in_(running)
    )


def stuck() -> Select[str]:
    """Ids of requests with a batch of a running plan that fails and is tried again."""
    running = select(Plan.id).where(Plan.begun_at.is_not(None), Plan.ended_how == "")
    return select(Batch.request_id).where(
        Batch.outcome.is_(None), Batch.trouble != "", Batch.plan_id.in_(running)
    )


def waiting_by_hand() -> Select[str]:
    """Ids of requests with a system that a person has to search."""
    return select(Step.request_id).where(
        Step.outcome.is_(None), Step.needs_person.is_(True), Step.trouble == "by_hand"
    )
