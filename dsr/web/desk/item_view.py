"""All that the page of one right shows, gathered in one reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.explanation import Reasons, name_of, reasons
from dsr.core.plans import PlanLine, Treatment
from dsr.core.register import Register
from dsr.core.request import Verb
from dsr.core.stages import Stage
from dsr.core.wishes import DESTRUCTION, Wish
from dsr.db import events, plans
from dsr.db.events import Event
from dsr.db.plans import Plan
from dsr.db.staff import Staff
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.calendar import civil_date
from dsr.law.facts import Fact
from dsr.law.proposal import Asks
from dsr.law.rights import Right
from dsr.services import (
    agreed,
    case,
    change_gathered,
    correcting,
    halting,
    keeping_back,
    outlook,
    planning,
    proof_files,
    resolve,
    sayable,
    staff_login,
    weighing,
    wishes,
)
from dsr.services.correcting import Candidate
from dsr.services.office import Office
from dsr.services.outlook import Way
from dsr.services.planning import Drawn
from dsr.services.proof_files import Proof
from dsr.services.weighing import Weighed
from dsr.web.current import house
from dsr.web.desk import plan_rows, running
from dsr.web.desk.door import me
from dsr.web.desk.fact_fields import FactField, fact_field
from dsr.web.desk.plan_rows import Branch, Difference
from dsr.web.desk.right_names import kind_of
from dsr.web.desk.running import BatchRow
from dsr.web.desk.wish_words import Pair, pairs
from dsr.web.words import language

OPEN = (Stage.REVIEWING, Stage.DECIDING)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One purpose: what the law proposes, what may be said about it, and who judges it."""

    one: Weighed
    name: str
    systems: str
    why: Reasons
    facts: tuple[FactField, ...]
    mine_to_judge: bool

    @property
    def asks(self) -> bool:
        """Whether the law leaves it to a person, who may judge again until it is decided."""
        return bool(self.one.proposal.asks) and not self.waits_for_identity

    @property
    def waits_for_identity(self) -> bool:
        """Whether it has to be proved first who asks."""
        return self.one.proposal.outcome in ("verify_identity", "forward")


@dataclass(frozen=True, kw_only=True)
class Returned:
    """Why a plan came back, when, and what differs: counts by code."""

    at: datetime
    why: str
    counts: Mapping[str, int]
    words: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A field that a frozen plan changes; without a field it is a statement that is added."""

    system: str
    path: str
    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the page shows. `lines` are those of the plan that is, or would be."""

    row: SubjectRequest
    item: RequestItem
    kind: str
    stage: Stage
    wish: tuple[Pair, ...] = field(repr=False)
    parts: tuple[Part, ...]
    lines: tuple[PlanLine, ...]
    branches: tuple[Branch, ...]
    mark: str
    way: Way | None
    plan: Plan | None
    digest: str
    proofs: tuple[Proof, ...]
    runs: bool
    before: Plan | None
    differences: tuple[Difference, ...]
    maker: str
    approver: str
    mine: bool
    words: Mapping[str, str] = field(repr=False)
    returned: Returned | None
    batches: tuple[BatchRow, ...]
    changes: tuple[Changed, ...] = field(repr=False)
    candidates: tuple[Candidate, ...] = field(repr=False)
    kept: Mapping[str, str]
    may_keep: bool
    earliest: datetime
    after_due: bool
    cool_days: int
    places: tuple[tuple[str, str], ...] = ()
    systems: Mapping[str, str] = field(default_factory=dict)
    should: str = field(repr=False, default="")

    @property
    def open(self) -> bool:
        """Whether something is to be decided here."""
        return self.stage in OPEN

    @property
    def copies(self) -> bool:
        """Whether it is answered with a copy and changes nothing."""
        return self.item.right == Right.PORTABILITY

    @property
    def totals(self) -> Mapping[Treatment, int]:
        """How many of each treatment."""
        return plan_rows.totals(self.lines)

    @property
    def judges(self) -> tuple[Part, ...]:
        """Parts that somebody has to judge first."""
        return tuple(part for part in self.parts if part.one.open)

    @property
    def for_dpo(self) -> tuple[str, ...]:
        """Questions for the data protection officer, in words."""
        asked = [part for part in self.parts if part.one.proposal.asks is Asks.DPO]
        return tuple(dict.fromkeys(part.why.question.words for part in asked))


def gather(db: Session, row: SubjectRequest, item: RequestItem) -> Shown:
    """All of it as it is now."""
    office, wish = house().office, wishes.of(db, house().office, row, item)
    stage, weighed = Stage(item.stage), weighing.weighed(db, office, row, item)
    plan, before = _versions(db, item)
    is_open = stage in OPEN
    drawn = resolve.preview(db, office, (row, item))[1] if is_open else Drawn()
    lines = plan_rows.lines_of(plan) if plan is not None else drawn.lines
    key = case.case_key(db, office, row)
    register = office.register
    return Shown(
        row=row,
        item=item,
        kind=kind_of(item),
        stage=stage,
        wish=tuple(pairs(wish)),
        parts=tuple(_part(register, wish, item, one) for one in weighed),
        lines=lines,
        branches=plan_rows.tree(register, lines, language()),
        mark=outlook.mark(db, office, row, item),
        way=outlook.way(office, (wish, item), weighed, drawn) if is_open else None,
        plan=plan,
        digest=agreed.digest(item, plan),
        proofs=proof_files.of(item),
        runs=halting.can_be_halted(db, item),
        before=before,
        differences=_differences(register, before, lines),
        maker=_name(db, item.decided_by),
        approver=_name(db, item.approved_by),
        mine=is_mine(db, item),
        words=change_gathered.reasons(key, item),
        returned=_returned(db, office, row, item) if stage in (*OPEN, Stage.SEARCHING) else None,
        batches=running.rows(db, office, plan) if plan else (),
        changes=tuple(_changes(db, office, key, plan)) if plan else (),
        candidates=_candidates(db, office, (row, item), wish) if stage in OPEN else (),
        kept=keeping_back.of(item),
        may_keep=wish.kind == DESTRUCTION and stage in OPEN and me().has("clinician"),
        earliest=office.now() + _wait(office, item),
        after_due=civil_date(office.now() + _wait(office, item)) > row.due,
        cool_days=office.terms.cool_off.days,
        places=_places(register, weighed),
        systems={one.id: one.name.in_(language()) for one in register.systems},
        should=_should(wish),
    )


def is_mine(db: Session, item: RequestItem) -> bool:
    """Whether the same human being decided, under whichever account (T26)."""
    maker = db.get(Staff, item.decided_by or "")
    return maker is not None and maker.person_key == me().who.person_key


def _wait(office: Office, item: RequestItem) -> timedelta:
    return timedelta() if item.facts.get("cooled") else office.terms.cool_off


def _versions(db: Session, item: RequestItem) -> tuple[Plan | None, Plan | None]:
    """The plan in force or carried out, and the version before it (the last one, if none is)."""
    known = plans.of_item(db, item.id)
    living = known[-1] if known and known[-1].ended_how in ("", "done") else None
    return living, next(iter(reversed(known[:-1] if living else known)), None)


def _differences(
    register: Register, before: Plan | None, lines: tuple[PlanLine, ...]
) -> tuple[Difference, ...]:
    if before is None or not lines:
        return ()
    return plan_rows.differences(register, plan_rows.lines_of(before), lines, language())


def _part(register: Register, wish: Wish, item: RequestItem, one: Weighed) -> Part:
    said = sayable.said(item, one.activity)
    names = sayable.facts_of(register, wish.right, one)
    systems = dict.fromkeys(system for system, _dataset in one.where if system)
    return Part(
        one=one,
        name=name_of(register, one.activity).in_(language()),
        systems=", ".join(register.system(name).name.in_(language()) for name in systems),
        why=reasons(one.settled if one.judged else one.proposal, language()),
        facts=tuple(fact_field(name, _typed(said.get(name))) for name in names),
        mine_to_judge=me().has(weighing.ANSWERS.get(one.proposal.asks, "nobody")),
    )


def _typed(value: Fact | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _returned(
    db: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> Returned | None:
    """The newest event that brought this item back, unless it was decided on since."""
    told = events.of_request(db, row.practice, row.id)
    mine = (event for event in reversed(told) if event.body.get("item") == item.id)
    for event in mine:
        if event.action == Action.DECIDED:
            return None
        if event.action in (Action.PLAN_CHANGED, Action.SENT_BACK):
            return _told(db, office, row, event)
    return None


def _told(db: Session, office: Office, row: SubjectRequest, event: Event) -> Returned:
    counts = {
        name.removeprefix("count_"): int(value)
        for name, value in event.body.items()
        if name.startswith("count_") and int(value)
    }
    why, words = str(event.body.get("why", "sent_back")), case.text_of(db, office, row, event)
    return Returned(at=event.at, why=why, counts=counts, words=words)


def _changes(db: Session, office: Office, key: bytes, plan: Plan) -> Iterator[Changed]:
    """Old and new of every field: whoever approves a correction has to see it."""
    for batch in plans.batches(db, plan.id):
        if batch.verb not in (Verb.RECTIFY, Verb.ANNOTATE):
            continue
        detail = planning.detail_of(key, batch)
        system = office.register.system(batch.system).name.in_(language())
        if detail.get("statement"):
            yield Changed(system=system, path="", old="", new=str(detail["statement"]))
        for one in detail.get("changes", ()):
            old, new = (str(one[name] if one[name] is not None else "-") for name in ("old", "new"))
            yield Changed(system=system, path=str(one["path"]), old=old, new=new)


def _candidates(
    db: Session, office: Office, what: tuple[SubjectRequest, RequestItem], wish: Wish
) -> tuple[Candidate, ...]:
    if wish.right is not Right.RECTIFICATION:
        return ()
    about = planning.About(row=what[0], item=what[1], wish=wish)
    return tuple(correcting.candidates(db, office, about))


def _places(register: Register, weighed: tuple[Weighed, ...]) -> tuple[tuple[str, str], ...]:
    """Where a statement may be added: `system/dataset` and its name."""
    return tuple(
        (f"{system}/{dataset}", _place_name(register, system, dataset))
        for one in weighed
        for system, dataset in one.where
        if dataset
    )


def _should(wish: Wish) -> str:
    """What it should say, where one field holds all of it; a name or an address is in parts."""
    whole = wish.data.get("field") in ("email", "phone", "birth_date")
    return str(wish.data.get("should", "")) if whole else ""


def _place_name(register: Register, system: str, dataset: str) -> str:
    found = register.system(system)
    return f"{found.name.in_(language())}: {found.dataset(dataset).name.in_(language())}"


def _name(db: Session, staff_id: str | None) -> str:
    found = db.get(Staff, staff_id or "")
    return staff_login.name_of(db, house().office, found) if found else ""
