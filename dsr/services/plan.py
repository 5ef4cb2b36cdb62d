"""The search plan: which steps a request gets, and what the desk may do about each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import Several
from dsr.core.errors import BadInput, MoveRefused, NotFound
from dsr.core.register import Dataset, System
from dsr.core.request import Outcome, Verb
from dsr.core.stages import Stage
from dsr.db import steps, subject_requests
from dsr.db.columns import new_id
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.law.calendar import civil_date
from dsr.services import by_hand, case, processor_task, stages
from dsr.services.by_hand import ByHand
from dsr.services.case import SYSTEM, Told, Who
from dsr.services.office import Office
from dsr.vault.fields import seal_json, seal_text, unseal_json

#: the trouble of a step that waits for a person because its system has no API
BY_HAND = "by_hand"


def group_of(dataset: Dataset) -> str:
    """The word of the form that a dataset falls under: medical, log, messages or account."""
    if dataset.access_log:
        return "log"
    if dataset.medical_file:
        return "medical"
    return "messages" if dataset.special else "account"


def in_scope(system: System, scope: list[str]) -> tuple[Dataset, ...]:
    """The datasets of a system that were asked for; what was not asked is not searched."""
    if "all" in scope:
        return system.datasets
    return tuple(dataset for dataset in system.datasets if group_of(dataset) in scope)


def systems_asked(office: Office, subject_request: SubjectRequest) -> list[System]:
    """The systems that hold something of what was asked for."""
    return [s for s in office.register.systems if in_scope(s, subject_request.scope)]


def resolve_person(session: Session, office: Office, subject_request: SubjectRequest) -> None:
    """Ask the leading system who it is; its answer starts the search of all systems.

    A code that was typed back already told who it is, and then the search starts at once.
    """
    key = case.case_key(session, office, subject_request)
    leading = office.register.identity_system
    if leading.id in case.open_refs(key, subject_request):
        search_all(session, office, subject_request)
        return
    _add(session, office, subject_request, leading.id, Verb.IDENTIFY)


def search_all(session: Session, office: Office, subject_request: SubjectRequest) -> None:
    """One search step for every system of the register; by-hand ones wait for a person."""
    for system in systems_asked(office, subject_request):
        step = _add(session, office, subject_request, system.id, Verb.SEARCH)
        if system.searched_by_hand:
            step.needs_person = True
            step.trouble = BY_HAND
            session.flush()
            processor_task.create_for_step(session, office, step)
    if not systems_asked(office, subject_request):
        review_if_ready(session, office, subject_request)


def search_again(
    session: Session, office: Office, subject_request: SubjectRequest, who: Who
) -> None:
    """Something was missed: search every system afresh, as a new run."""
    stages.move_together(session, office, subject_request, Stage.SEARCHING, who)
    subject_request.run += 1
    search_all(session, office, subject_request)


def retry(session: Session, office: Office, step: Step, who: Who) -> None:
    """Try a step again now; what came to its end is searched again as a new run instead."""
    if step.outcome not in (None, Outcome.SEVERAL_PEOPLE):
        raise MoveRefused("This system already has its outcome; search again to change it.")
    if step.trouble == BY_HAND:
        raise MoveRefused("This system is searched by a person; write down what was found.")
    step.outcome, step.next_at, step.needs_person, step.attempts = None, office.now(), False, 0
    _tell(session, office, step, who, Action.SYSTEM_RETRIED)


def choose_person(session: Session, office: Office, step: Step, ref: str, who: Who) -> None:
    """The desk says which of several people it is ("" for none of them); then the step goes on."""
    subject_request = _of(session, step)
    if step.outcome != Outcome.SEVERAL_PEOPLE:
        raise MoveRefused("This system does not ask for a person any more.")
    key = case.case_key(session, office, subject_request)
    known = {candidate["ref"] for candidate in candidates(key, step)}
    if ref and ref not in known:
        raise BadInput("person", "Choose one of the people that the system showed, or none.")
    if ref:
        case.set_ref(key, subject_request, step.system, ref)
        step.outcome, step.next_at = None, office.now()
        session.info.setdefault("to_ring", []).append(step.id)
    else:
        step.outcome, step.finished_at = Outcome.NONE_FOUND, office.now()
    step.found_sealed = None
    body = {"system": step.system, "person": office.hash("person", step.system, ref)}
    case.tell(
        session, office, subject_request, Told(who=who, action=Action.PERSON_CHOSEN, body=body)
    )
    if step.verb == Verb.IDENTIFY and not ref:
        search_all(session, office, subject_request)
    review_if_ready(session, office, subject_request)


def settle_by_hand(session: Session, office: Office, step: Step, found: ByHand, who: Who) -> None:
    """A person searched a system without an API: nothing found, or found and added by hand."""
    found.check()
    _settle(session, office, step, found, Told(who=who, action=Action.SYSTEM_BY_HAND))


def accept_unsearched(session: Session, office: Office, step: Step, reason: str, who: Who) -> None:
    """Go on without a system, by name: the letter and `bronnen.json` will say so."""
    if not reason.strip():
        raise BadInput("reason", "Write why the answer goes out without this system.")
    no_api = office.register.system(step.system).searched_by_hand
    outcome = Outcome.BY_HAND if no_api else Outcome.FAILED
    settled = ByHand(outcome=outcome, proof=reason)
    _settle(session, office, step, settled, Told(who=who, action=Action.SYSTEM_ACCEPTED))


def _settle(session: Session, office: Office, step: Step, found: ByHand, told: Told) -> None:
    if step.outcome is not None and step.outcome != Outcome.SEVERAL_PEOPLE:
        raise MoveRefused("This system already has its outcome; search again to change it.")
    subject_request = _of(session, step)
    key = case.case_key(session, office, subject_request)
    # Half an answer is none, and one with somebody else's record in it must never leave (T10);
    # a worker still at it is fenced off.
    steps.forget_found(session, step)
    step.lease_until, step.fence = None, step.fence + 1
    if found.found:
        by_hand.keep(session, office, step, key, found)
    step.proof_sealed = seal_text(key, ("steps", "proof_sealed", step.id), found.proof)
    step.outcome, step.finished_at, step.needs_person = found.outcome, office.now(), False
    step.accepted_by = told.who.staff_id
    body = {"system": step.system, "outcome": found.outcome}
    case.tell(session, office, subject_request, replace(told, body=body, text=found.proof))
    if step.verb == Verb.IDENTIFY:
        search_all(session, office, subject_request)
    review_if_ready(session, office, subject_request)


def review_if_ready(session: Session, office: Office, subject_request: SubjectRequest) -> None:
    """When every system has its outcome, the search is over and the review begins."""
    session.flush()
    searches = searches_of(session, subject_request)
    waiting = [s for s in searches if s.outcome in (None, Outcome.SEVERAL_PEOPLE)]
    asked = {system.id for system in systems_asked(office, subject_request)}
    complete = {s.system for s in searches} >= asked
    searching = stages.lead(subject_request).stage == Stage.SEARCHING
    if searching and complete and not waiting:
        stages.move_together(session, office, subject_request, Stage.REVIEWING, SYSTEM)


def keep_candidates(key: bytes, step: Step, found: Several) -> None:
    """Seal the people a system showed, for the desk's choice."""
    shown = [
        {"ref": c.subject_ref, "agrees": list(c.agrees), "shown": dict(c.shown)}
        for c in found.candidates
    ]
    step.found_sealed = seal_json(key, ("steps", "found_sealed", step.id), shown)


def candidates(key: bytes, step: Step) -> list[dict[str, object]]:
    """The people a system showed: {"ref", "agrees", "shown"}."""
    if step.found_sealed is None:
        return []
    found: list[dict[str, object]] = unseal_json(
        key, ("steps", "found_sealed", step.id), step.found_sealed
    )
    return found


def step_of(session: Session, subject_request: SubjectRequest, step_id: str) -> Step:
    """A step of this request, locked with it; `NotFound` for any other id.

    The request first, then the step: everybody locks in this order.
    """
    subject_requests.by_id(session, subject_request.id, lock=True)
    wanted = select(Step).where(Step.id == step_id, Step.request_id == subject_request.id)
    found = session.scalars(wanted.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("This request has no such step.")
    return found


def searches_of(
    session: Session, subject_request: SubjectRequest, run: int | None = None
) -> list[Step]:
    """The search steps of a run (of the current one, if none is given), oldest first."""
    found = steps.of_request(session, subject_request.id, run or subject_request.run)
    return [step for step in found if step.verb == Verb.SEARCH]


def _add(
    session: Session, office: Office, subject_request: SubjectRequest, system: str, verb: Verb
) -> Step:
    step = Step(
        id=new_id(),
        request_id=subject_request.id,
        practice=subject_request.practice,
        system=system,
        verb=verb,
        run=subject_request.run,
        next_at=office.now(),
    )
    session.add(step)
    session.info.setdefault("to_ring", []).append(step.id)
    return step


def _of(session: Session, step: Step) -> SubjectRequest:
    # Locked: of two systems that end at once, the second must see that the first has ended.
    return subject_requests.by_id(session, step.request_id, lock=True)


def _tell(session: Session, office: Office, step: Step, who: Who, action: Action) -> None:
    told = Told(who=who, action=action, body={"system": step.system, "step": step.id})
    case.tell(session, office, _of(session, step), told)
    session.info.setdefault("to_ring", []).append(step.id)


def by_hand_instruction(system: System, language: str) -> str:
    """What a person has to do for a system without an API."""
    return system.instruction.in_(language)


def received_on(subject_request: SubjectRequest) -> date:
    """The Dutch date of receipt."""
    return civil_date(subject_request.received_at)
