"""Deciding on an item that changes something: the law's outcome, a frozen plan, a second person.

Whoever makes a decision never approves it; what is approved is the plan's hash; and nothing that
cannot be undone begins without it (T26, T76, T86).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, ChangedMeanwhile, NotAllowed, NotReady
from dsr.core.plans import Treatment
from dsr.core.request import Decision, Verb
from dsr.core.stages import Stage
from dsr.core.wishes import DESTRUCTION
from dsr.db import plans, subject_requests
from dsr.db.plans import Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.grounds import REFUSALS
from dsr.law.proposal import Asks
from dsr.law.rights import Right
from dsr.services import (
    agreed,
    beginning,
    carrying_out,
    case,
    change_portable,
    correcting,
    decide,
    drawing,
    planning,
    review,
    stages,
    weighing,
    weight,
    wishes,
)
from dsr.services.case import Told, Who
from dsr.services.change_gathered import Gathered
from dsr.services.correcting import Corrections
from dsr.services.office import Office
from dsr.services.planning import About, Drawn
from dsr.services.weighing import Weighed
from dsr.vault.fields import seal_json

#: how somebody fetches the answer once their account may be gone
DELIVERIES = ("grant", "desk")
#: kinds of which the letter gives the reasons of a person for each part that is not done
_REASONED = (DESTRUCTION, str(Right.OBJECTION))
COPY = "A copy is decided on the page of its review: no plan would say what was found."


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What the officer decides on an item. `seen` is the review's hash as it was on the page.

    `grounds` turn it into a refusal of the whole (Art. 12(5)). `facts` and `instead` are the
    reasons of what is not done, `heard` what the DPO answered. `corrections` belong to a
    rectification. `delivery` is how the answer is fetched when the account may be gone by then.
    """

    seen: str
    grounds: tuple[str, ...] = ()
    facts: str = field(default="", repr=False)
    instead: str = field(default="", repr=False)
    heard: str = field(default="", repr=False)
    corrections: Corrections = field(default_factory=Corrections, repr=False)
    delivery: str = "grant"


def preview(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem]
) -> tuple[tuple[Weighed, ...], Drawn]:
    """What the plan would be now, with its counts: nothing is written (a dry run)."""
    row, item = what
    about = About(row=row, item=item, wish=wishes.of(session, office, row, item))
    weighed = weighing.weighed(session, office, row, item)
    if about.wish.right in (Right.RECTIFICATION, Right.PORTABILITY):
        return weighed, Drawn()
    return weighed, drawing.draw(session, office, about, weighed)


def resolve(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    made: Resolution,
    who: Who,
) -> RequestItem:
    """Decide on an item: its plan is frozen, and goes to a second person where it has to."""
    row = subject_requests.by_id(session, what[0].id, lock=True)
    item = stages.item_of(row, what[1].id)
    if not who.has("officer") or who.staff_id is None:
        raise NotAllowed("Only a privacy officer decides.")
    if item.right == Right.ACCESS:
        raise NotReady(COPY)
    if made.seen != review.review_digest(session, row):
        raise ChangedMeanwhile("The data changed since you looked. Review it again, then decide.")
    stages.move(session, office, item, Stage.DECIDING, who)
    about = About(row=row, item=item, wish=wishes.of(session, office, row, item))
    weighed = weighing.weighed(session, office, row, item)
    drawn, decision = _drawn(session, office, about, weighed, made)
    _check_reasons(weighed, made, decision)
    _check_kept(about, drawn, made)
    _write(session, office, about, (made, decision, weighed), who)
    plan = _frozen(session, office, about, drawn, who)
    verbs = [job.verb for job in drawn.jobs]
    if decision is Decision.REFUSED or weight.needs_second(office, about.wish, verbs):
        stages.move(session, office, item, Stage.APPROVING, who)
    else:
        _carry_out(session, office, (row, item), plan, who)
    return item


def approve(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    digest: str,
    who: Who,
) -> None:
    """A second person agrees with exactly what has this hash (`agreed.digest`), signed in afresh.

    The edge looks at the signing in (T61).

    An erasure then waits for its days of cooling off; the person hears that it was planned.
    """
    row = subject_requests.by_id(session, what[0].id, lock=True)
    item = stages.item_of(row, what[1].id)
    decide.check_second(session, item, who)
    if who.via_key:
        raise NotAllowed("A key does not approve; sign in at the desk (T61).")
    plan = plans.current(session, item.id, lock=True)
    if digest != agreed.digest(item, plan):
        raise ChangedMeanwhile("This is not the decision that you saw. Look at it again.")
    item.approved_by, item.approved_at = who.staff_id, office.now()
    body = {"item": item.id, "decision": item.decision, "plan": plan.id if plan else None}
    body["digest"] = digest
    case.tell(session, office, row, Told(who=who, action=Action.APPROVED, body=body))
    if plan is not None:
        _bind(office, plan, who)
    if plan is not None and _cools_off(session, office, (row, item), plan):
        beginning.cool_off(session, office, (row, item), plan)
    else:
        _carry_out(session, office, (row, item), plan, who)


def send_back(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    why: str,
    who: Who,
) -> None:
    """A second person does not agree: back to the officer with the reason; the plan is void."""
    row = subject_requests.by_id(session, what[0].id, lock=True)
    item = stages.item_of(row, what[1].id)
    decide.check_second(session, item, who)
    if not why.strip():
        raise BadInput("why", "Write why you send it back.")
    told = Told(who=who, action=Action.SENT_BACK, body={"item": item.id}, text=why)
    case.tell(session, office, row, told)
    planning.end(session, office, (row, item), "sent_back", who)
    stages.move(session, office, item, Stage.REVIEWING, who)


def _carry_out(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    plan: Plan | None,
    who: Who,
) -> None:
    stages.move(session, office, what[1], Stage.EXECUTING, who)
    carrying_out.start(session, office, what, plan)


def _drawn(
    session: Session,
    office: Office,
    about: About,
    weighed: tuple[Weighed, ...],
    made: Resolution,
) -> tuple[Drawn, Decision]:
    if made.grounds:
        unknown = [code for code in made.grounds if code not in REFUSALS]
        if unknown:
            raise BadInput("grounds", f"Choose grounds from: {', '.join(REFUSALS)}.")
        return Drawn(), Decision.REFUSED
    decision = weighing.outcome_of(weighed)
    if decision is None:
        raise NotReady("Somebody has to judge first, or the person has to show more who they are.")
    if about.wish.right is Right.RECTIFICATION:
        return correcting.draw(session, office, about, weighed, made.corrections)
    if about.wish.right is Right.PORTABILITY:
        _check_signed(session, office, about)
        return Drawn(), _of_portion(session, office, about, decision)
    drawn = drawing.draw(session, office, about, weighed)
    return drawn, weight.decision_of(drawn.lines)


def _of_portion(session: Session, office: Office, about: About, decision: Decision) -> Decision:
    """What really goes along decides: the law speaks of kinds, the archive of items (Art. 20)."""
    gathered = Gathered(
        office=office, row=about.row, item=about.item, decision=decision, wish=about.wish
    )
    portion = change_portable.portion(session, gathered)
    if not portion.given:
        return Decision.REFUSED if portion.outside else Decision.NOTHING_HELD
    return Decision.PARTLY if portion.outside else Decision.GRANTED


def _check_signed(session: Session, office: Office, about: About) -> None:
    """What goes along of a medical file of our own choice needs a clinician's word (BW 7:456)."""
    if not weighing.voluntary_care(about.item):
        return
    medical = set(review.medical_systems(session, office, about.row))
    if medical - review.signed_systems(session, about.row):
        raise NotReady(decide.UNSIGNED)


def _check_reasons(weighed: tuple[Weighed, ...], made: Resolution, decision: Decision) -> None:
    asks_dpo = any(one.proposal.asks is Asks.DPO for one in weighed)
    if asks_dpo and len(made.heard.strip()) < weighing.SHORTEST:
        raise BadInput("heard", "Write what the data protection officer answered, and when.")
    if decision is Decision.REFUSED:
        if len(made.facts.strip()) < weighing.SHORTEST:
            raise BadInput("facts", "Write the facts on which you refuse, in a few sentences.")
        if not made.instead.strip():
            raise BadInput("instead", "Write what was done instead, or that nothing was possible.")
    if made.delivery not in DELIVERIES:
        raise BadInput("delivery", f"Choose one of: {', '.join(DELIVERIES)}.")


def _check_kept(about: About, drawn: Drawn, made: Resolution) -> None:
    """What stays of a file, and what use goes on, needs its reasons (Art. 12(4), BW 7:455(2)).

    The letter tells them: asked now, as what was destroyed cannot wait for a letter that fails.
    """
    stays = any(line.treatment is Treatment.KEEP for line in drawn.lines)
    if stays and about.wish.kind in _REASONED and len(made.facts.strip()) < weighing.SHORTEST:
        raise BadInput("facts", "Write why a part is not done, in a few sentences.")


def _write(
    session: Session,
    office: Office,
    about: About,
    made: tuple[Resolution, Decision, tuple[Weighed, ...]],
    who: Who,
) -> None:
    what, decision, weighed = made
    row, item = about.row, about.item
    key = case.case_key(session, office, row)
    words = {name: getattr(what, name).strip() for name in ("facts", "instead", "heard")}
    item.decision, item.grounds = decision, list(what.grounds) or weighing.grounds_of(weighed)
    item.decided_by, item.decided_at = who.staff_id, office.now()
    item.approved_by = item.approved_at = None
    item.reasons_sealed = seal_json(key, ("request_items", "reasons_sealed", item.id), words)
    item.frozen_digest = what.seen
    item.facts = {**item.facts, "delivery": what.delivery, "release": row.level, "run": row.run}
    body = {"item": item.id, "decision": decision, "grounds": item.grounds}
    case.tell(session, office, row, Told(who=who, action=Action.DECIDED, body=body))


def _frozen(session: Session, office: Office, about: About, drawn: Drawn, who: Who) -> Plan | None:
    if not drawn.lines:
        planning.end(session, office, (about.row, about.item), "superseded", who)
        return None
    return planning.freeze(session, office, about, drawn, who)


def _bind(office: Office, plan: Plan, who: Who) -> None:
    now = office.now()
    plan.approved_by, plan.approved_at = who.staff_id, now
    plan.approval_until = now + office.terms.cool_off + office.terms.approval


def _cools_off(
    session: Session, office: Office, what: tuple[SubjectRequest, RequestItem], plan: Plan
) -> bool:
    row, item = what
    verbs = {Verb(batch.verb) for batch in plans.batches(session, plan.id)}
    return weight.cools_off(office, wishes.of(session, office, row, item), item, verbs)
