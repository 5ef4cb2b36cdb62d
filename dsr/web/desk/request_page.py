"""The page of one request (O4): person, certainty, what happened, term, systems, letters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import answers, plans, steps
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.deadlines import Deadline
from dsr.law.rights import Right
from dsr.services import (
    assign,
    case,
    due,
    plan,
    release,
    review,
    staff_login,
    stages,
    wishes,
    worklist,
)
from dsr.services.worklist import Line, Look
from dsr.web.current import house
from dsr.web.desk import timeline, viewing
from dsr.web.desk.acting import Fault, act, on_request, opened
from dsr.web.desk.door import CASE_ROLES, me, staff_only
from dsr.web.desk.right_names import in_order, kind_of
from dsr.web.desk.wish_words import Pair, pairs
from dsr.web.words import language

#: rights that are answered with a copy, for which a clinician signs
_COPIES = (Right.ACCESS, Right.PORTABILITY)


@dataclass(frozen=True, kw_only=True)
class SystemLine:
    """A system in the panel: how its search stands and what may be done about it."""

    step: Step
    name: str
    look: Look
    found: int
    instruction: str = ""

    @property
    def identifies(self) -> bool:
        """Whether this looks for who it is, not for data."""
        return self.step.verb == Verb.IDENTIFY

    @property
    def choose(self) -> bool:
        """Whether the desk has to say which person it is."""
        return self.step.outcome == Outcome.SEVERAL_PEOPLE

    @property
    def open(self) -> bool:
        """Whether the search still waits for something."""
        return self.step.outcome is None

    @property
    def by_hand(self) -> bool:
        """Whether a person searches this system."""
        return self.open and self.step.trouble == "by_hand"

    @property
    def ailing(self) -> bool:
        """Whether something is wrong that a person may mend."""
        return self.open and self.look is Look.BAD


@dataclass(frozen=True, kw_only=True)
class AskedFor:
    """A right of the request: how far it is, what is asked, and until when it cools off."""

    item: RequestItem
    kind: str
    stage: Stage
    wish: tuple[Pair, ...] = field(repr=False, default=())
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All that the template needs, gathered in one reading."""

    row: SubjectRequest
    line: Line
    chosen: RequestItem
    asked: tuple[AskedFor, ...]
    stage: Stage
    decision: Decision | None
    systems: tuple[SystemLine, ...]
    person: dict[str, Any] = field(repr=False)
    person_open: bool
    log: list[timeline.Happening] = field(repr=False)
    due: Deadline
    because: tuple[str, ...]
    letters: list[Any]
    package: Any
    checklist: tuple[tuple[str, bool], ...]
    failing_answer: Step | None
    colleagues: dict[str, str] = field(repr=False)

    @property
    def mine(self) -> bool:
        """Whether this request is assigned to me."""
        return self.row.assigned_to == me().who.staff_id


@staff_only(*CASE_ROLES)
def request_page(reference: str) -> ResponseReturnValue:
    """The page of one request."""
    return show(reference, None)


@staff_only("officer", "clinician")
def take(reference: str) -> ResponseReturnValue:
    """Assign this request to me."""
    was = request.form.get("was", "")
    return act(
        on_request(reference, lambda db, row: assign.to_me(db, house().office, row, was, me().who)),
        lambda fault: show(reference, fault),
        _url(reference),
    )


@staff_only("officer")
def make_again(reference: str) -> ResponseReturnValue:
    """Make letter and package of a closed request afresh, for who came too late."""
    return act(
        on_request(
            reference, lambda db, row: release.make_again(db, house().office, row, me().who)
        ),
        lambda fault: show(reference, fault),
        _url(reference),
    )


@staff_only("officer")
def give(reference: str) -> ResponseReturnValue:
    """Assign this request to a colleague, or to nobody."""
    to = request.form.get("staff", "")
    return act(
        on_request(
            reference, lambda db, row: assign.to_colleague(db, house().office, row, to, me().who)
        ),
        lambda fault: show(reference, fault),
        _url(reference),
    )


@staff_only(*CASE_ROLES)
def add_note(reference: str) -> ResponseReturnValue:
    """Add an internal note."""
    text = request.form.get("note", "")
    return act(
        on_request(reference, lambda db, row: assign.note(db, house().office, row, text, me().who)),
        lambda fault: show(reference, fault),
        f"{_url(reference)}#verloop",
    )


def show(reference: str, fault: Fault | None) -> str:
    """The page as it is now, with a fault and what was typed if there is one."""
    with house().reading() as db:
        shown = _gather(db, opened(db, reference))
    return render_template(
        "desk/request.html", shown=shown, row=shown.row, line=shown.line, fault=fault
    )


def system_lines(db: Session, row: SubjectRequest) -> tuple[SystemLine, ...]:
    """The systems of the current run, and the question who it is while that is open."""
    asked = [
        step
        for step in steps.of_request(db, row.id, row.run)
        if step.verb == Verb.SEARCH or _asks_who(step)
    ]
    return tuple(_system_line(step) for step in asked)


def _asks_who(step: Step) -> bool:
    return step.verb == Verb.IDENTIFY and step.outcome in (None, Outcome.SEVERAL_PEOPLE)


def _system_line(step: Step) -> SystemLine:
    system = house().office.register.system(step.system)
    return SystemLine(
        step=step,
        name=system.name.in_(language()),
        look=worklist.look_of(step),
        found=sum(n for n in step.counts.values() if isinstance(n, int)),
        instruction=plan.by_hand_instruction(system, language()),
    )


def _gather(db: Session, row: SubjectRequest) -> Shown:
    office, item, chosen = house().office, stages.access_item(row), _chosen(row)
    decision = Decision(item.decision) if item.decision else None
    person_open = viewing.is_open(row, "person")
    return Shown(
        row=row,
        line=worklist.lines(db, office, [row])[0],
        chosen=chosen,
        asked=tuple(_asked_for(db, row, one, words=person_open) for one in in_order(row)),
        stage=Stage(chosen.stage),
        decision=decision,
        systems=system_lines(db, row),
        person=_person(db, row),
        person_open=person_open,
        log=timeline.of_request(db, office, row),
        due=due.of(row),
        because=due.because(row, language()),
        letters=answers.letters(db, row.id),
        package=answers.package_of(db, row.id),
        checklist=_checklist(db, row),
        failing_answer=_failing_answer(db, row),
        colleagues=_colleagues(db, row),
    )


def _failing_answer(db: Session, row: SubjectRequest) -> Step | None:
    """The step that makes the answer, while making it fails."""
    packing = [step for step in steps.of_request(db, row.id) if step.verb == Verb.PACK]
    failing = [step for step in packing if step.outcome is None and step.trouble]
    return failing[-1] if failing else None


def _person(db: Session, row: SubjectRequest) -> dict[str, Any]:
    key = case.case_key(db, house().office, row)
    subject, extra = case.open_subject(key, row)
    return {
        "name": subject.name,
        "birth_date": subject.birth_date,
        "email": subject.email or extra.get("reply_email", ""),
        "phone": subject.phone,
        "postcode": subject.postcode,
        "words": extra.get("words", ""),
        "on_file": extra.get("on_file", {}),
    }


def _chosen(row: SubjectRequest) -> RequestItem:
    """The right whose stages the page shows: the one in the address, else the least advanced."""
    wanted = request.args.get("item", "")
    return next((one for one in row.items if one.id == wanted), stages.lead(row))


def _asked_for(db: Session, row: SubjectRequest, item: RequestItem, *, words: bool) -> AskedFor:
    plan_now = plans.current(db, item.id)
    wish = wishes.of(db, house().office, row, item) if words else None
    return AskedFor(
        item=item,
        kind=kind_of(item),
        stage=Stage(item.stage),
        wish=tuple(pairs(wish)) if wish else (),
        until=plan_now.cool_until if plan_now else None,
    )


def _checklist(db: Session, row: SubjectRequest) -> tuple[tuple[str, bool], ...]:
    at = [Stage(item.stage) for item in row.items]
    searched = plan.searches_of(db, row)
    medical = set(review.medical_systems(db, house().office, row))
    signed = medical <= review.signed_systems(db, row)
    past = stages.access_item(row).stage in (Stage.EXECUTING, Stage.REPLYING, Stage.CLOSED)
    listed = [
        ("identity", Level(row.level).reaches(Level.IA2)),
        ("searched", bool(searched) and all(step.outcome is not None for step in searched)),
    ]
    copies = any(item.right in _COPIES for item in row.items)
    listed += [("signed", signed or past)] if medical and copies else []
    listed += [
        ("decided", all(item.decision for item in row.items)),
        ("letter", all(one in (Stage.REPLYING, Stage.CLOSED) for one in at)),
    ]
    return (*listed, ("sent", all(one is Stage.CLOSED for one in at)))


def _colleagues(db: Session, row: SubjectRequest) -> dict[str, str]:
    return {
        person.id: staff_login.name_of(db, house().office, person)
        for person in staff_login.everybody(db)
        if row.practice in person.practices
        and person.disabled_at is None
        and set(person.roles) != {"administrator"}
    }


def _url(reference: str) -> str:
    return url_for("desk.request_page", reference=reference)
