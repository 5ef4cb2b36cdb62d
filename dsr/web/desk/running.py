"""The batches of a plan as the page shows them: what each is, how it stands, what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dsr.core.request import Outcome
from dsr.db import plans
from dsr.db.plans import Batch, Plan
from dsr.services.office import Office
from dsr.services.worklist import Look
from dsr.web.words import language

#: tries after which a system that only says "later" is shown as trouble
_PATIENCE = 4
_WELL = frozenset({Outcome.DONE, Outcome.ALREADY_GONE, Outcome.EMPTIED})


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """A batch with its names. `turn` says that its phase is open: it may be worked on."""

    batch: Batch
    system: str
    dataset: str
    look: Look
    turn: bool
    counts: Mapping[str, int]

    @property
    def for_person(self) -> bool:
        """Whether somebody has to do it in the system itself, now."""
        return self.turn and self.batch.needs_person and self.batch.outcome is None

    @property
    def ailing(self) -> bool:
        """Whether trying again now makes sense."""
        waits = self.batch.outcome is None and self.batch.lease_until is None
        return self.turn and waits and bool(self.batch.trouble)


def rows(db: Session, office: Office, plan: Plan) -> tuple[BatchRow, ...]:
    """The batches in the order of the work."""
    found = plans.batches(db, plan.id)
    open_phases = [one.phase for one in found if one.outcome is None]
    phase = min(open_phases, default=-1) if plan.begun_at and not plan.ended_how else -1
    return tuple(_row(office, one, phase) for one in found)


def _row(office: Office, batch: Batch, phase: int) -> BatchRow:
    system = office.register.system(batch.system)
    dataset = system.dataset(batch.dataset).name.in_(language()) if batch.dataset else ""
    turn = batch.phase == phase
    counts = {name: int(n) for name, n in batch.counts.items() if isinstance(n, int) and n}
    return BatchRow(
        batch=batch,
        system=system.name.in_(language()),
        dataset=dataset,
        look=_look(batch, turn=turn),
        turn=turn,
        counts={name: n for name, n in counts.items() if name != "untrue"},
    )


def _look(batch: Batch, *, turn: bool) -> Look:
    if batch.outcome is not None:
        return Look.OK if batch.outcome in _WELL else Look.HAND
    if not turn:
        return Look.WAIT
    if batch.needs_person:
        return Look.HAND
    # A system that only asks for some time yet, as for an erasure of its own, is no trouble.
    takes_time = batch.trouble.startswith("TryAgain") and batch.attempts < _PATIENCE
    return Look.BAD if batch.trouble and not takes_time else Look.BUSY
