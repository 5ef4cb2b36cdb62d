"""Deciding an access request: checked against what was found, bound to it by a hash."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, ChangedMeanwhile, NotAllowed, NotReady
from dsr.core.request import OFFICE, Decision, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import steps, subject_requests
from dsr.db.columns import new_id
from dsr.db.staff import Staff
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.grounds import REFUSALS
from dsr.law.proposal import Asks
from dsr.law.rights import Right
from dsr.services import case, propose, review, stages
from dsr.services.case import Told, Who
from dsr.services.census import census
from dsr.services.office import Office
from dsr.services.propose import Proposed
from dsr.vault.fields import seal_json, unseal_json

#: decisions that a search must support, and those that need none
FROM_SEARCH = (Decision.GRANTED, Decision.PARTLY, Decision.NOTHING_HELD)
UNSIGNED = "A clinician has to sign off the medical file first, as it is now."
CLASH = (
    "Something is given that the law does not let us give, or answered that is not ours to answer."
    " Look at the law in each part, and change what is given."
)
NO_COPY = "Nobody asked for a copy here; decide on each right of this request on its own page."
#: characters of an explanation that somebody else can follow
SHORTEST = 20


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What the officer chose. A refusal names its grounds, the facts and what was done instead.

    `seen` is the review's hash as the officer saw it: a decision on other data is refused (T76).
    `heard` is what the data protection officer answered, where the law asks one.
    """

    decision: Decision
    grounds: tuple[str, ...] = ()
    facts: str = field(default="", repr=False)
    instead: str = field(default="", repr=False)
    seen: str = ""
    heard: str = field(default="", repr=False)


def decide(
    session: Session, office: Office, subject_request: SubjectRequest, what: Decided, who: Who
) -> RequestItem:
    """Decide the access item: it goes on to packing, or for a refusal to a second person."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.access_item(row)
    if not who.has("officer") or who.staff_id is None:
        raise NotAllowed("Only a privacy officer decides.")
    if what.decision is Decision.NOT_PROVED:
        _not_proved(session, office, item, row, who)
        return item
    _check_copy(item)
    stages.move(session, office, item, Stage.DECIDING, who)
    what = replace(what, grounds=_checked(session, office, row, what))
    _write(session, office, row, what, who)
    if what.decision is Decision.REFUSED:
        stages.move(session, office, item, Stage.APPROVING, who)
    else:
        _execute(session, office, row, item, who)
    return item


def approve(session: Session, office: Office, subject_request: SubjectRequest, who: Who) -> None:
    """A second person agrees with a refusal: another human being, not another account (T26)."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.access_item(row)
    _check_copy(item)
    check_second(session, item, who)
    item.approved_by, item.approved_at = who.staff_id, office.now()
    body = {"item": item.id, "decision": item.decision}
    case.tell(session, office, row, Told(who=who, action=Action.APPROVED, body=body))
    _execute(session, office, row, item, who)


def send_back(
    session: Session, office: Office, subject_request: SubjectRequest, why: str, who: Who
) -> None:
    """A second person does not agree: back to the officer, with the reason."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.access_item(row)
    _check_copy(item)
    check_second(session, item, who)
    if not why.strip():
        raise BadInput("why", "Write why you send it back.")
    told = Told(who=who, action=Action.SENT_BACK, body={"item": item.id}, text=why)
    case.tell(session, office, row, told)
    stages.move(session, office, item, Stage.REVIEWING, who)


def reasons(key: bytes, item: RequestItem) -> dict[str, str]:
    """The officer's words with a refusal: {"facts", "instead"}."""
    if item.reasons_sealed is None:
        return {"facts": "", "instead": ""}
    aad = ("request_items", "reasons_sealed", item.id)
    words: dict[str, str] = unseal_json(key, aad, item.reasons_sealed)
    return {name: words[name] for name in ("facts", "instead")}


def check_second(session: Session, item: RequestItem, who: Who) -> None:
    """Refuse whoever may not be the second person of a decision (T26).

    The maker never is, under no account.
    """
    if Stage(item.stage) is not Stage.APPROVING:
        raise NotReady("There is nothing to approve on this request.")
    if not who.has("approver") or who.staff_id is None:
        raise NotAllowed("Only an approver may do this.")
    maker = session.get(Staff, item.decided_by or "")
    if maker is None or maker.id == who.staff_id or maker.person_key == who.person_key:
        raise NotAllowed("You made this decision yourself; another person has to approve it.")


def _not_proved(
    session: Session, office: Office, item: RequestItem, row: SubjectRequest, who: Who
) -> None:
    if Level(row.level).reaches(Level.IA2):
        raise NotReady("This person did show who they are; decide on what was found instead.")
    # Every right of the request ends here, or the others would wait for ever.
    for one in [item, *(one for one in row.items if one is not item and one.stage == item.stage)]:
        one.decision, one.decided_by = Decision.NOT_PROVED, who.staff_id
        one.decided_at = office.now()
        body = {"item": one.id, "decision": Decision.NOT_PROVED}
        case.tell(session, office, row, Told(who=who, action=Action.DECIDED, body=body))
        stages.move(session, office, one, Stage.REPLYING, who)
        add_pack(session, office, row, one)


def _check_copy(item: RequestItem) -> None:
    """A right that changes something is decided by `resolve`: nothing here would carry it out."""
    if item.right != Right.ACCESS:
        raise NotReady(NO_COPY)


def _checked(
    session: Session, office: Office, row: SubjectRequest, what: Decided
) -> tuple[str, ...]:
    """The grounds of a decision that may be taken: those chosen, or those of the law's proposal."""
    now = review.review_digest(session, row)
    if what.seen != now:
        raise ChangedMeanwhile("The data changed since you looked. Review it again, then decide.")
    if what.decision is Decision.REFUSED:
        _check_refusal(what)
        return what.grounds
    if what.decision not in FROM_SEARCH:
        raise BadInput("decision", f"Choose one of: {', '.join((*FROM_SEARCH, 'refused'))}.")
    counted = census(session, office, row)
    if what.decision is not counted.proposal:
        raise BadInput(
            "decision",
            f"What was found and withheld makes this `{counted.proposal}`; the letter may not"
            " say anything else. Change what is withheld, or choose that.",
        )
    proposed = propose.proposed(session, office, row, counted)
    unsigned = set(counted.medical_released) - review.signed_systems(session, row)
    if unsigned or proposed.waits_for(Asks.CLINICIAN):
        raise NotReady(UNSIGNED)
    _check_law(proposed, what)
    return proposed.grounds


def _check_law(proposed: Proposed, what: Decided) -> None:
    """What the law does not propose is not decided; whom it asks is heard first (Art. 12(4))."""
    if proposed.clashes:
        raise NotReady(CLASH)
    if proposed.waits_for(Asks.DPO) and len(what.heard.strip()) < SHORTEST:
        raise BadInput("heard", "Write what the data protection officer answered, and when.")


def _check_refusal(what: Decided) -> None:
    unknown = [code for code in what.grounds if code not in REFUSALS]
    if unknown or not what.grounds:
        raise BadInput("grounds", f"Choose at least one ground: {', '.join(REFUSALS)}.")
    if len(what.facts.strip()) < SHORTEST:
        raise BadInput("facts", "Write the facts on which you refuse, in a few sentences.")
    if not what.instead.strip():
        raise BadInput("instead", "Write what was done instead, or that nothing else was possible.")


def _write(session: Session, office: Office, row: SubjectRequest, what: Decided, who: Who) -> None:
    item = stages.access_item(row)
    key = case.case_key(session, office, row)
    words = {name: getattr(what, name).strip() for name in ("facts", "instead", "heard")}
    item.decision, item.grounds = what.decision, list(what.grounds)
    item.decided_by, item.decided_at = who.staff_id, office.now()
    item.approved_by = item.approved_at = None
    item.reasons_sealed = seal_json(key, ("request_items", "reasons_sealed", item.id), words)
    item.frozen_digest = what.seen
    item.facts = {**item.facts, "run": row.run}  # a later search for a sibling changes nothing
    body = {"item": item.id, "decision": what.decision, "grounds": list(what.grounds)}
    body["digest"] = what.seen
    told = Told(who=who, action=Action.DECIDED, body=body, text=what.facts or what.heard)
    case.tell(session, office, row, told)


def _execute(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem, who: Who
) -> None:
    stages.move(session, office, item, Stage.EXECUTING, who)
    add_pack(session, office, row)


def add_pack(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem | None = None
) -> None:
    """Let a worker make the letter of an item and, where something is given, the package."""
    item = item or stages.access_item(row)
    step = Step(
        id=new_id(),
        request_id=row.id,
        practice=row.practice,
        system=OFFICE,
        item_id=item.id,
        verb=Verb.PACK,
        run=_next_pack(session, row),
        next_at=office.now(),
    )
    session.add(step)
    session.info.setdefault("to_pack", []).append(step.id)


def _next_pack(session: Session, row: SubjectRequest) -> int:
    from_before = [s for s in steps.of_request(session, row.id) if s.verb == Verb.PACK]
    return len(from_before) + 1
