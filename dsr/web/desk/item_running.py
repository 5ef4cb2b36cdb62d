"""While a plan waits or runs: taken back in its days of cooling off, tried again, done by hand."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, NotFound
from dsr.core.request import Outcome
from dsr.db import plans
from dsr.db.plans import Batch
from dsr.services import assign, cancelling, halting, hasten, settling
from dsr.services.settling import ByHand
from dsr.web.current import house
from dsr.web.desk import item_page, viewing
from dsr.web.desk.door import Fresh, me, staff_only
from dsr.web.desk.on_item import What, act_on, fields_called

SHORTEST = 5
#: what a person may say of a batch that they did
SETTLED = (Outcome.DONE, Outcome.ALREADY_GONE, Outcome.RETAINED)


@staff_only("officer", fresh=Fresh.RECENT)
@viewing.with_reason("item")
def cancel_item(reference: str, item_id: str) -> ResponseReturnValue:
    """Take back an erasure for a person who phones or stands at the desk; with how we know."""

    def cancel(db: Session, what: What) -> None:
        why = request.form.get("cancel", "").strip()
        if len(why) < SHORTEST:
            raise BadInput("cancel", "Write who asked this, and how you know who it is.")
        cancelling.cancel_erasure(db, house().office, what[0], what[1].id, me().who)
        assign.note(db, house().office, what[0], why, me().who)

    return act_on(
        (reference, item_id), cancel, item_page.show, said=_("Er wordt niets verwijderd.")
    )


@staff_only(*halting.ROLES)
@viewing.with_reason("item")
def halt_item(reference: str, item_id: str) -> ResponseReturnValue:
    """Stop a plan that is being carried out, with the reason."""
    why = request.form.get("halt", "")

    def stop(db: Session, what: What) -> None:
        with fields_called({"why": "halt"}):
            halting.halt(db, house().office, what, why, me().who)

    return act_on((reference, item_id), stop, item_page.show, said=_("Gestopt."))


@staff_only("officer")
@viewing.with_reason("item")
def retry_batch(reference: str, item_id: str, batch_id: str) -> ResponseReturnValue:
    """Try a batch again at once."""

    def again(db: Session, what: What) -> None:
        hasten.batch(db, house().office, what[0], _batch(db, what, batch_id), me().who)

    return act_on((reference, item_id), again, item_page.show)


@staff_only("officer")
@viewing.with_reason("item")
def settle_batch(reference: str, item_id: str, batch_id: str) -> ResponseReturnValue:
    """A person did it in the system itself: what came of it, and how they know."""

    def settle(db: Session, what: What) -> None:
        chosen = request.form.get("settled", "")
        if chosen not in SETTLED:
            raise BadInput("settled", "Choose: done, already gone, or kept.")
        made = ByHand(
            outcome=Outcome(chosen),
            proof=request.form.get("done_how", ""),
            kept=request.form.get("kept", ""),
        )
        with fields_called({"proof": "done_how", "outcome": "settled"}):
            settling.settle(db, house().office, _batch(db, what, batch_id), made, me().who)

    return act_on((reference, item_id), settle, item_page.show)


def _batch(db: Session, what: What, batch_id: str) -> Batch:
    known = [one for plan in plans.of_item(db, what[1].id) for one in plans.batches(db, plan.id)]
    found = next((one for one in known if one.id == batch_id), None)
    if found is None:
        raise NotFound("This part has no such step.")
    return found
