"""What the desk does about a system: try again, choose a person, search by hand, go on without."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, MoveRefused
from dsr.core.request import Outcome, Verb
from dsr.core.stages import Stage
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, plan, stages
from dsr.services.by_hand import ByHand
from dsr.web.current import house
from dsr.web.desk import viewing
from dsr.web.desk.acting import Fault, act, on_request, opened
from dsr.web.desk.door import me, staff_only
from dsr.web.desk.request_page import show
from dsr.web.words import language

OnStep = Callable[[Session, Step], None]
NOBODY = "nobody"


@staff_only("officer")
def retry(reference: str, step_id: str) -> ResponseReturnValue:
    """Try a system again now."""
    return _act(reference, step_id, lambda db, step: plan.retry(db, house().office, step, me().who))


@staff_only("officer")
def by_hand(reference: str, step_id: str) -> ResponseReturnValue:
    """A person searched this system themselves."""
    typed = request.form.get("outcome", "")

    def settle(db: Session, step: Step) -> None:
        if typed not in {str(outcome) for outcome in Outcome}:
            raise BadInput("outcome", "Choose what was found.")
        found = ByHand(
            outcome=Outcome(typed),
            proof=request.form.get("proof", ""),
            found=request.form.get("found", ""),
        )
        plan.settle_by_hand(db, house().office, _searching(step), found, me().who)

    return _act(reference, step_id, settle)


@staff_only("officer")
def without(reference: str, step_id: str) -> ResponseReturnValue:
    """Go on without this system; the letter says so."""
    reason = request.form.get("reason", "")
    return _act(
        reference,
        step_id,
        lambda db, step: plan.accept_unsearched(
            db, house().office, _searching(step), reason, me().who
        ),
    )


@staff_only("officer")
def search_again(reference: str) -> ResponseReturnValue:
    """Search every system afresh."""
    return act(
        on_request(reference, lambda db, row: plan.search_again(db, house().office, row, me().who)),
        lambda fault: show(reference, fault),
        url_for("desk.request_page", reference=reference),
    )


@staff_only("officer")
def people_page(reference: str, step_id: str) -> ResponseReturnValue:
    """The people a system showed, side by side."""
    with house().reading() as db:
        row = opened(db, reference)
        if (asked := viewing.barred(db, row, "identity")) is not None:
            return asked
    return _people(reference, step_id, None)


@staff_only("officer")
@viewing.with_reason("identity")
def choose(reference: str, step_id: str) -> ResponseReturnValue:
    """Say which of several people it is, or that it is none of them."""
    chosen = request.form.get("person", "")

    def choose_one(db: Session, row: SubjectRequest) -> None:
        step = plan.step_of(db, row, step_id)
        if step.outcome != Outcome.SEVERAL_PEOPLE:
            raise MoveRefused("This system does not ask for a person any more.")
        key = case.case_key(db, house().office, row)
        refs = {_mark(step, str(c["ref"])): str(c["ref"]) for c in plan.candidates(key, step)}
        if chosen != NOBODY and chosen not in refs:
            raise BadInput("person", "Choose one of these people, or none.")
        plan.choose_person(db, house().office, step, refs.get(chosen, ""), me().who)

    return act(
        on_request(reference, choose_one),
        lambda fault: _people(reference, step_id, fault),
        url_for("desk.request_page", reference=reference),
    )


def _people(reference: str, step_id: str, fault: Fault | None) -> str:
    office = house().office
    with house().reading() as db:
        row = opened(db, reference)
        step = plan.step_of(db, row, step_id)
        key = case.case_key(db, office, row)
        people = [
            {**one, "mark": _mark(step, str(one["ref"]))} for one in plan.candidates(key, step)
        ]
        typed, extra = case.open_subject(key, row)
    name = office.register.system(step.system).name.in_(language())
    return render_template(
        "desk/people.html", row=row, step=step, people=people, typed=typed, fault=fault,
        on_file=extra.get("on_file", {}), name=name,
    )  # fmt: skip


def _mark(step: Step, ref: str) -> str:
    # The page holds a keyed hash instead of the system's own reference to a person.
    return house().office.hash("candidate", step.id, ref)


def _act(reference: str, step_id: str, do: OnStep) -> ResponseReturnValue:
    def on_step(db: Session, row: SubjectRequest) -> None:
        if Stage(stages.lead(row).stage) is not Stage.SEARCHING:
            raise MoveRefused("The search is over.")
        step = plan.step_of(db, row, step_id)
        if step.outcome not in (None, Outcome.SEVERAL_PEOPLE):
            raise MoveRefused("This system already has its outcome.")
        do(db, step)

    return act(
        on_request(reference, on_step),
        lambda fault: show(reference, fault),
        f"{url_for('desk.request_page', reference=reference)}#systemen",
    )


def _searching(step: Step) -> Step:
    if step.verb != Verb.SEARCH:
        raise MoveRefused("First say who it is.")
    return step
