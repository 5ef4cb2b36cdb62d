"""What a person found in a system without an API: kept in the archive like any other find."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dsr.core.connector import Item
from dsr.core.errors import BadInput
from dsr.core.register import BY_HAND_KIND
from dsr.core.request import Outcome
from dsr.db import steps
from dsr.db.steps import Step
from dsr.services import archive
from dsr.services.archive import ArchiveWriter
from dsr.services.office import Office

KIND = BY_HAND_KIND
LONGEST = 50_000
POSSIBLE = (Outcome.NONE_FOUND, Outcome.DONE, Outcome.NOT_KEPT)


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What a person found in a system that they searched themselves, and how they know.

    `found` is what they found, as text; needed with the outcome `done`, empty with every other.
    """

    outcome: Outcome
    proof: str = field(repr=False)
    found: str = field(default="", repr=False)

    def check(self) -> None:
        """Refuse an outcome that contradicts itself; a person's find is never lost in silence."""
        if self.outcome not in POSSIBLE:
            raise BadInput("outcome", "Choose: found, nothing found, or not kept.")
        if not self.proof.strip():
            raise BadInput("proof", "Write how and by whom it was searched.")
        if self.outcome is Outcome.DONE and not self.found.strip():
            raise BadInput("found", "Paste what was found; the person has a right to a copy of it.")
        if self.outcome is not Outcome.DONE and self.found.strip():
            raise BadInput("outcome", "You pasted something that was found: choose `found`.")
        if len(self.found) > LONGEST:
            raise BadInput("found", f"Paste at most {LONGEST} characters at a time.")


def keep(session: Session, office: Office, step: Step, key: bytes, found: ByHand) -> None:
    """Seal what was found as the step's archive; whatever was found before is forgotten."""
    pieces = steps.segments_of(session, step.id)
    writer = ArchiveWriter(
        vault=office.vault,
        key=key,
        folder=archive.folder_of(step),
        fence=step.fence,
        next_piece=len(pieces),
        next_item=sum(piece.count for piece in pieces),
    )
    dataset = office.register.system(step.system).datasets[0].id
    item = Item(
        ref=f"by-hand-{step.id}-{writer.next_item}",
        dataset=dataset,
        kind=KIND,
        data={"text": found.found.strip()},
        dates={"recorded": office.now()},
        author="staff",
    )
    writer.add(item, archive.item_key(office, step.system, item))
    session.add(writer.seal(step.id))
    counted = step.counts.get(dataset, 0)
    step.counts = {**step.counts, dataset: (counted if isinstance(counted, int) else 0) + 1}
