"""The decision (O8): what the facts allow, why, and the letter that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.db.subject_requests import SubjectRequest
from dsr.law.grounds import REFUSALS
from dsr.law.proposal import Asks
from dsr.law.rights import Right
from dsr.services import case, decide, propose, review, stages
from dsr.services.census import Census
from dsr.services.decide import FROM_SEARCH, Decided
from dsr.web import headers
from dsr.web.current import house
from dsr.web.desk import lawful, previewing, viewing
from dsr.web.desk.acting import Fault, act, on_request, opened
from dsr.web.desk.counting import counted
from dsr.web.desk.door import CASE_ROLES, me, staff_only
from dsr.web.words import language


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An outcome on the page: whether it is lawful now, and if not, why not."""

    decision: Decision
    lawful: bool
    proposed: bool


@staff_only("officer")
def decision_page(reference: str) -> ResponseReturnValue:
    """The page on which the officer decides."""
    with house().reading() as db:
        row = opened(db, reference)
        if (asked := viewing.barred(db, row, "decision")) is not None:
            return asked
        item = stages.access_item(row)
    if item.right != Right.ACCESS:
        return redirect(url_for("desk.item_page", reference=reference, item_id=item.id), 303)
    return _page(reference, None)


@staff_only("officer")
@viewing.with_reason("decision")
def decide_now(reference: str) -> ResponseReturnValue:
    """Decide what the page showed; on other data than was seen, nothing happens (T76)."""
    return act(
        on_request(reference, lambda db, row: _decide(db, row)),
        lambda fault: _page(reference, fault),
        url_for("desk.request_page", reference=reference),
    )


@staff_only(*CASE_ROLES)
def preview(reference: str) -> ResponseReturnValue:
    """The letter of the proposal, or of the decision that waits for approval."""
    with house().reading() as db:
        row = opened(db, reference)
        if (asked := viewing.barred(db, row, "decision")) is not None:
            return asked
        return previewing.framed(db, row, _standing(db, row))


@staff_only("officer")
def preview_typed(reference: str) -> ResponseReturnValue:
    """The letter as typed on the page so far; keeps nothing."""
    with house().reading() as db:
        row = opened(db, reference)
        if (asked := viewing.barred(db, row, "decision")) is not None:
            return asked
        return previewing.framed(db, row, _typed())


def _decide(db: Session, row: SubjectRequest) -> None:
    decide.decide(db, house().office, row, _typed(), me().who)


def _typed() -> Decided:
    chosen = request.form.get("decision", "")
    # A choice that does not exist is refused by the service as one that the facts do not allow.
    known = chosen if chosen in {*FROM_SEARCH, Decision.REFUSED} else Decision.TRANSFERRED
    return Decided(
        decision=Decision(known),
        grounds=tuple(request.form.getlist("grounds")),
        facts=request.form.get("facts", ""),
        instead=request.form.get("instead", ""),
        heard=request.form.get("heard", ""),
        seen=request.form.get("seen", ""),
    )


def _standing(db: Session, row: SubjectRequest) -> Decided | None:
    item = stages.access_item(row)
    stage = Stage(item.stage)
    if item.right != Right.ACCESS:
        return None
    if stage is Stage.APPROVING and item.decision:
        words = _reasons(db, row)
        return Decided(decision=Decision(item.decision), grounds=tuple(item.grounds), **words)
    if stage not in review.REVIEWABLE:
        return None
    return Decided(decision=counted(db, row)[1].proposal)


def _reasons(db: Session, row: SubjectRequest) -> dict[str, Any]:
    key = case.case_key(db, house().office, row)
    return decide.reasons(key, stages.access_item(row))


def _page(reference: str, fault: Fault | None) -> Response:
    with house().reading() as db:
        row = opened(db, reference)
        digest, tally = counted(db, row)
        proposed = propose.proposed(db, house().office, row, tally)
        unsigned = set(tally.medical_released) - review.signed_systems(db, row)
        unsigned |= lawful.to_sign(proposed)
        stage = Stage(stages.access_item(row).stage)
    register = house().office.register
    law_rows = lawful.rows_of(register, proposed, language())
    page = make_response(
        render_template(
            "desk/decision.html",
            row=row,
            stage=stage,
            tally=tally,
            digest=digest,
            choices=_choices(tally, clashes=proposed.clashes),
            grounds=REFUSALS.values(),
            proposed=proposed,
            law_rows=law_rows,
            for_dpo=lawful.questions_for(Asks.DPO, law_rows),
            unsigned=[register.system(one).name.in_(language()) for one in sorted(unsigned)],
            open_systems=[register.system(one).name.in_(language()) for one in tally.open_systems],
            reviewable=stage in review.REVIEWABLE,
            fault=fault,
        )
    )
    page.headers["Content-Security-Policy"] = f"{headers.policy()}; frame-src 'self'"
    return page


def _choices(tally: Census, *, clashes: bool) -> tuple[Choice, ...]:
    named = (*FROM_SEARCH, Decision.REFUSED)
    return tuple(
        Choice(
            decision=decision,
            lawful=decision is Decision.REFUSED or (decision is tally.proposal and not clashes),
            proposed=decision is tally.proposal,
        )
        for decision in named
    )
