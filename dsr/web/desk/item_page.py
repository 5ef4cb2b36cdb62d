"""One right of a request (O7, O8): the law per purpose, the plan, and the decision on it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.db.subject_requests import SubjectRequest
from dsr.law.errors import LawError
from dsr.law.facts import VOCABULARY, Fact, parsed
from dsr.law.grounds import REFUSALS
from dsr.law.rights import Right
from dsr.services import outlook, plan, review, stages, weighing
from dsr.services.correcting import Correction, Corrections
from dsr.services.resolve import DELIVERIES, Resolution
from dsr.services.weighing import Facts, Judgement
from dsr.web.current import house
from dsr.web.desk import item_view, viewing
from dsr.web.desk.acting import Fault, opened
from dsr.web.desk.door import CASE_ROLES, me, staff_only
from dsr.web.desk.fact_fields import words_of_fact
from dsr.web.desk.on_item import Place, What, act_on, fields_called


@staff_only(*CASE_ROLES)
def item_page(reference: str, item_id: str) -> ResponseReturnValue:
    """The page of one right."""
    with house().reading() as db:
        row = opened(db, reference)
        item = stages.item_of(row, item_id)
        if (asked := viewing.barred(db, row, "item")) is not None:
            return asked
    if item.right == Right.ACCESS:
        return redirect(url_for("desk.request_page", reference=reference, item=item.id), 303)
    return show((reference, item_id), None)


@staff_only("officer")
@viewing.with_reason("item")
def say_facts(reference: str, item_id: str) -> ResponseReturnValue:
    """Say what the case is like for one purpose; all that its form shows, at once."""

    def say(db: Session, what: What) -> None:
        told = Facts(activity=_typed("activity"), facts=dict(_facts()))
        weighing.say(db, house().office, what, told, me().who)

    return act_on((reference, item_id), say, show)


@staff_only("officer", "clinician")
@viewing.with_reason("item")
def judge_part(reference: str, item_id: str) -> ResponseReturnValue:
    """Answer what the law asks for one purpose; the service says who may."""

    def judge(db: Session, what: What) -> None:
        made = Judgement(
            activity=_typed("activity"), outcome=_typed("judged"), reasons=_typed("reasons")
        )
        with fields_called({"outcome": "judged"}):
            weighing.judge(db, house().office, what, made, me().who)

    return act_on((reference, item_id), judge, show)


@staff_only("officer")
@viewing.with_reason("item")
def resolve_item(reference: str, item_id: str) -> ResponseReturnValue:
    """Decide on what the page showed; on other data or facts than were seen, nothing happens."""

    def decide(db: Session, what: What) -> None:
        with fields_called({"corrections": "pick"}):
            outlook.decide(db, house().office, what, _resolution(db, what[0]), me().who)

    return act_on((reference, item_id), decide, show)


def show(place: Place, fault: Fault | None) -> str:
    """The page as it is now, with a fault and what was typed if there is one."""
    with house().reading() as db:
        row = opened(db, place[0])
        shown = item_view.gather(db, row, stages.item_of(row, place[1]))
    return render_template(
        "desk/item.html",
        shown=shown,
        row=row,
        item=shown.item,
        grounds=REFUSALS.values(),
        deliveries=DELIVERIES,
        fault=fault,
    )


def _facts() -> Iterator[tuple[str, Fact]]:
    for name in VOCABULARY:
        text = _typed(name).strip()
        if text:
            yield name, _fact(name, text)


def _fact(name: str, text: str) -> Fact:
    try:
        return parsed(name, text)
    except LawError as error:
        raise BadInput(name, words_of_fact(error)) from None


def _resolution(db: Session, row: SubjectRequest) -> Resolution:
    system, _slash, dataset = _typed("statement_at").partition("/")
    corrections = Corrections(
        fields=tuple(_corrections(db, row)),
        statement=_typed("statement"),
        statement_at=(system, dataset),
    )
    refuses = _typed("outcome") == "refuse"
    grounds = tuple(request.form.getlist("grounds")) if refuses else ()
    if refuses and not grounds:
        raise BadInput("grounds", "Choose at least one ground.")
    return Resolution(
        seen=_typed("seen"),
        grounds=grounds,
        facts=_typed("facts"),
        instead=_typed("instead"),
        heard=_typed("heard"),
        corrections=corrections,
        delivery=_typed("delivery") or "grant",
    )


def _corrections(db: Session, row: SubjectRequest) -> Iterator[Correction]:
    """Each field that was ticked, with the value that was typed beside it."""
    for number in request.form.getlist("pick"):
        system, key, path = (_typed(f"{name}-{number}") for name in ("system", "key", "path"))
        yield Correction(system=system, key=key, path=path, new=_typed(f"new-{number}"))
    if _typed("other_path").strip():
        yield _other(db, row)


def _other(db: Session, row: SubjectRequest) -> Correction:
    """A field that goes by another name: named by its item's number in the review, and its path."""
    system, number = _typed("other_system"), request.form.get("other_number", type=int)
    seen = None
    if number is not None and number > 0 and system in _searched(db, row):
        step = review.search_of(db, row, system)
        seen = next(iter(review.page(db, house().office, row, step, number - 1)), None)
    if seen is None or seen.record["n"] != (number or 0) - 1:
        raise BadInput("other_number", "Choose an item that was found.")
    path = _typed("other_path").strip()
    return Correction(system=system, key=seen.record["key"], path=path, new=_typed("other_new"))


def _searched(db: Session, row: SubjectRequest) -> set[str]:
    return {step.system for step in plan.searches_of(db, row)}


def _typed(name: str) -> str:
    return request.form.get(name, "")
