"""The second person on a plan (O10): exactly this plan, signed in afresh in this very post."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.core.reference import tidy_reference
from dsr.law.grounds import REFUSALS
from dsr.services import resolve, stages
from dsr.web.current import house
from dsr.web.desk import item_view, viewing
from dsr.web.desk.acting import Fault, opened
from dsr.web.desk.door import Fresh, me, staff_only
from dsr.web.desk.on_item import Place, What, act_on


@staff_only("approver")
def item_approval(reference: str, item_id: str) -> ResponseReturnValue:
    """The plan, who made it, what differs from the version before, and the reasons."""
    with house().reading() as db:
        row = opened(db, reference)
        stages.item_of(row, item_id)
        if (asked := viewing.barred(db, row, "item")) is not None:
            return asked
    return _page((reference, item_id), None)


@staff_only("approver", fresh=Fresh.NOW)
@viewing.with_reason("item")
def approve_item(reference: str, item_id: str) -> ResponseReturnValue:
    """Agree with the plan whose hash stood on the page, with the number typed over (T61, T76)."""

    def agree(db: Session, what: What) -> None:
        if tidy_reference(request.form.get("typed", "")) != what[0].reference:
            raise BadInput("typed", "Type the number of this request.")
        digest = request.form.get("digest", "")
        resolve.approve(db, house().office, what, digest, me().who)

    return act_on((reference, item_id), agree, _page, to=url_for("desk.approvals"))


@staff_only("approver", fresh=Fresh.RECENT)
@viewing.with_reason("item")
def send_item_back(reference: str, item_id: str) -> ResponseReturnValue:
    """Do not agree: back to the officer with the reason; the plan is void."""
    why = request.form.get("why", "")
    return act_on(
        (reference, item_id),
        lambda db, what: resolve.send_back(db, house().office, what, why, me().who),
        _page,
        to=url_for("desk.approvals"),
    )


def _page(place: Place, fault: Fault | None) -> str:
    with house().reading() as db:
        row = opened(db, place[0])
        shown = item_view.gather(db, row, stages.item_of(row, place[1]))
    grounds = [REFUSALS[code] for code in shown.item.grounds if code in REFUSALS]
    return render_template(
        "desk/item_approval.html", shown=shown, row=row, item=shown.item, grounds=grounds,
        fault=fault,
    )  # fmt: skip
