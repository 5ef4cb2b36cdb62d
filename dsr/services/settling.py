"""What a person did in a system that could not do it itself: the outcome, with its proof."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, NotAllowed, NotReady
from dsr.core.request import Outcome
from dsr.db import subject_requests
from dsr.db.plans import Batch, Plan
from dsr.services import afterwards, case, changing, permitted, planning, stages
from dsr.services.office import Office
from dsr.vault.fields import seal_text


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What a person did in a system, and how they know. `kept` is why something stays there."""

    outcome: Outcome
    proof: str = field(repr=False)
    kept: str = field(default="", repr=False)

    def check(self) -> None:
        """Refuse an outcome that says nothing, or that nobody could follow."""
        if self.outcome not in (Outcome.DONE, Outcome.ALREADY_GONE, Outcome.RETAINED):
            raise BadInput("outcome", "Choose: done, already gone, or kept.")
        if not self.proof.strip():
            raise BadInput("proof", "Write how, on which day and by whom it was done.")
        if (self.outcome is Outcome.RETAINED) != bool(self.kept.strip()):
            raise BadInput("kept", "Write why something is kept; leave it empty if nothing is.")


def settle(session: Session, office: Office, batch: Batch, made: ByHand, who: case.Who) -> None:
    """A person did a batch that a system could not: its outcome, with the proof sealed."""
    made.check()
    if who.staff_id and not (who.has("officer") or who.has("clinician")):
        raise NotAllowed("Only an officer or a clinician writes down what was done by hand.")
    row = subject_requests.by_id(session, batch.request_id, lock=True)
    batch = session.get_one(Batch, batch.id, populate_existing=True, with_for_update=True)
    plan = session.get_one(Plan, batch.plan_id)
    if not batch.needs_person or batch.outcome is not None or plan.ended_how:
        raise NotReady("Nothing waits for a person here.")
    if plan.begun_at is None:
        raise NotReady("This plan has not begun; wait for the approval and the cooling off.")
    if batch.acting_at is None:
        item = stages.item_of(row, batch.item_id)
        allowed = permitted.verdict(session, office, permitted.Case(row, item, plan, batch))
        raise NotReady(f"This was not handed to anybody yet: {allowed.why or 'wait a moment'}.")
    key = case.case_key(session, office, row)
    words = f"{made.proof.strip()}\n{made.kept.strip()}".strip()
    batch.proof_sealed = seal_text(key, ("batches", "proof_sealed", batch.id), words)
    batch.accepted_by, batch.fence = who.staff_id, batch.fence + 1
    batch.counts = {_COUNTED[made.outcome]: batch.count}
    if made.outcome is not Outcome.RETAINED:
        gone = [item_key for _ref, item_key, _content in planning.refs_of(key, batch)]
        afterwards.changed(session, office, batch, gone)
    changing.finish(session, office, row, batch, made.outcome)
    if (then := changing.following(session, office, batch)) is not None:
        session.info.setdefault("to_change", []).append(then)


_COUNTED = {Outcome.DONE: "done", Outcome.ALREADY_GONE: "gone", Outcome.RETAINED: "retained"}
