"""What somebody began to erase and may not end: what became of it is written down all the same.

The approval was lost between the call of a worker that died and the next one (F13 with F24). What
is gone has a receipt and stands in the erasure ledger; the rest is left, and the plan goes back.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from dsr.core.receipts import Receipt, Retained
from dsr.services import accounting, afterwards, changing, stages
from dsr.services.changing import Work
from dsr.services.office import Office
from dsr.vault.fields import seal_json


def note(session: Session, office: Office, work: Work, held: Collection[str]) -> None:
    """Account for a batch that may not go on; `held` are the references still in the system."""
    row, batch = changing.mine(session, work)
    receipt = work.receipt or _receipt(work, held)
    if work.receipt is None:
        place = ("batches", "receipt_sealed", batch.id)
        batch.receipt_sealed = seal_json(work.key, place, accounting.to_json(receipt))
        keys = accounting.erased_keys(work.refs, receipt)
        afterwards.changed(session, office, batch, keys)
    batch.verified_at, batch.counts = office.now(), accounting.counts(receipt)
    changing.finish(session, office, row, batch, accounting.outcome(receipt))
    item = stages.item_of(row, batch.item_id)
    changing.back_to_review(session, office, (row, item), work.broken)


def _receipt(work: Work, held: Collection[str]) -> Receipt:
    refs = [ref for ref, _key, _content in work.refs]
    return Receipt(
        gone=tuple(ref for ref in refs if ref not in held),
        retained=tuple(Retained(ref, work.broken) for ref in refs if ref in held),
    )
