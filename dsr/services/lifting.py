"""The life of a restriction after it was put: looked at, overridden in an emergency, lifted.

It is lifted only after the person heard of it (Art. 18(3)); a doctor who has to look meanwhile can,
and leaves a trail (Art. 18(2)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotAllowed, NotFound, NotReady
from dsr.core.plans import PlanLine, Treatment
from dsr.core.request import Verb
from dsr.core.stages import Stage
from dsr.db import holds, plans, subject_requests
from dsr.db.events import Event
from dsr.db.holds import Restriction
from dsr.db.plans import Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import carrying_out, case, decide, notify, planning, stages, weighing, wishes
from dsr.services.case import Told, Who
from dsr.services.office import Office
from dsr.services.planning import About, Drawn, Job

#: how long a doctor's override lasts
EMERGENCY = timedelta(hours=24)
RUNNING = "The marks are being taken away already."
UNANSWERED = "Send the answer that the data are restricted first; then it can end."


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A restriction with its request and its item."""

    restriction: Restriction
    row: SubjectRequest
    item: RequestItem


def opened(session: Session, restriction_id: str, practices: tuple[str, ...]) -> Opened:
    """A restriction of one of these practices, locked; `NotFound` for any other."""
    wanted = select(Restriction).where(
        Restriction.id == restriction_id, Restriction.practice.in_(practices)
    )
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("There is no such restriction here.")
    row = subject_requests.by_id(session, found.request_id, lock=True)
    return Opened(restriction=found, row=row, item=stages.item_of(row, found.item_id))


def still_needed(session: Session, office: Office, one: Opened, why: str, who: Who) -> None:
    """The officer looked: it stays, and is looked at again in a month."""
    _check(one, who, why)
    one.restriction.review_on = office.today() + office.terms.restriction_review
    _tell(session, office, one, who, (Action.RESTRICTION_KEPT, why, ""))


def announce(session: Session, office: Office, one: Opened, why: str, who: Who) -> None:
    """Tell the person that the restriction will end, and why: this comes first (Art. 18(3))."""
    _check(one, who, why)
    _check_answered(one)
    if one.restriction.told_at is not None:
        raise NotReady("The person heard of it already; lift it when its days are over.")
    one.restriction.told_at = office.now()
    one.item.facts = {**one.item.facts, "lifting": "announced"}
    _tell(session, office, one, who, (Action.RESTRICTION_LIFTED, why, "announced"))
    notify.restriction_ends(session, office, one.row, one.restriction.id)
    decide.add_pack(session, office, one.row, one.item)


def lift(session: Session, office: Office, one: Opened, why: str, who: Who) -> Plan:
    """Take the marks away, in every system that has them; only after the person heard of it."""
    _check(one, who, why)
    _check_answered(one)
    if is_being_lifted(session, one.restriction):
        raise NotReady(RUNNING)
    told = one.restriction.told_at
    if told is None or office.now() - told < office.terms.lifting_notice:
        days = office.terms.lifting_notice.days
        raise NotReady(f"Tell the person first, and wait {days} days (Art. 18(3)).")
    about = About(row=one.row, item=one.item, wish=wishes.of(session, office, one.row, one.item))
    made = planning.freeze(session, office, about, _undoing(session, office, one), who)
    one.restriction.lifting_plan_id = made.id
    _tell(session, office, one, who, (Action.RESTRICTION_LIFTED, why, "begun"))
    carrying_out.start(session, office, (one.row, one.item), made)
    return made


def is_being_lifted(session: Session, restriction: Restriction) -> bool:
    """Whether the marks are being taken away; a plan that came to nothing can be made again."""
    made = session.get(Plan, restriction.lifting_plan_id) if restriction.lifting_plan_id else None
    return made is not None and not made.ended_how


def override(session: Session, office: Office, one: Opened, why: str, who: Who) -> None:
    """A doctor has to look at restricted data in an emergency; who, when and why is written."""
    if not who.has("clinician") or who.staff_id is None:
        raise NotAllowed("Only a clinician may look at restricted data in an emergency.")
    if len(why.strip()) < weighing.SHORTEST:
        raise BadInput("why", "Write which emergency it is, in a sentence.")
    _tell(session, office, one, who, (Action.RESTRICTION_OVERRIDDEN, why, ""))


def is_overridden(session: Session, office: Office, row: SubjectRequest, who: Who) -> bool:
    """Whether this doctor said of late that restricted data of this request must be seen."""
    wanted = select(Event.seq).where(
        Event.practice == row.practice,
        Event.request_id == row.id,
        Event.action == Action.RESTRICTION_OVERRIDDEN.value,
        Event.actor == who.code,
        Event.at > office.now() - EMERGENCY,
    )
    return session.scalars(wanted.limit(1)).first() is not None


def _undoing(session: Session, office: Office, one: Opened) -> Drawn:
    key = case.case_key(session, office, one.row)
    lines, jobs = list[PlanLine](), list[Job]()
    for batch in plans.batches(session, one.restriction.plan_id):
        if batch.verb != Verb.RESTRICT:
            continue
        system = office.register.system(batch.system)
        words = "Take the mark of restriction away."
        jobs.append(
            Job(
                system=batch.system,
                dataset=batch.dataset,
                verb=Verb.LIFT,
                refs=planning.refs_of(key, batch),
                by_hand=planning.instruction_for(office, system, words)
                if system.searched_by_hand
                else "",
            )
        )
        lines.append(
            PlanLine(
                system=batch.system,
                dataset=batch.dataset,
                activity="",
                treatment=Treatment.LIFT,
                count=batch.count,
                because=("GDPR:18(3)",),
                by_hand=system.searched_by_hand,
            )
        )
    return Drawn(lines=tuple(lines), jobs=tuple(jobs))


def _check(one: Opened, who: Who, why: str) -> None:
    if not who.has("officer") or who.staff_id is None:
        raise NotAllowed("Only a privacy officer decides on a restriction.")
    if one.restriction.lifted_at is not None:
        raise NotReady("This restriction was lifted already.")
    if len(why.strip()) < weighing.SHORTEST:
        raise BadInput("why", "Write why, in a sentence that somebody else can follow.")


def _check_answered(one: Opened) -> None:
    # Its letter would be replaced by the notice that it ends, and a lifting plan would not run.
    if Stage(one.item.stage) is not Stage.CLOSED:
        raise NotReady(UNANSWERED)


def _tell(
    session: Session,
    office: Office,
    one: Opened,
    who: Who,
    what: tuple[Action, str, str],
) -> None:
    action, words, stage = what
    body = {"item": one.item.id, "restriction": one.restriction.id, "stage": stage}
    told = Told(who=who, action=action, body=body, text=words.strip())
    case.tell(session, office, one.row, told)


def waiting(session: Session, office: Office, practices: list[str]) -> list[Restriction]:
    """Restrictions in force that are to be looked at by now (the monthly list)."""
    found = holds.in_force(session, practices)
    return [one for one in found if one.review_on <= office.today()]
