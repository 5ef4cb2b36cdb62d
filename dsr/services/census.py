"""One reading of all that was found: what leaves, what is withheld, and what that allows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.db.subject_requests import SubjectRequest
from dsr.services import plan, review
from dsr.services.office import Office

Where = tuple[str, str]  # (system, dataset)
#: outcomes after which a system still has to be searched; the answer names it
UNFINISHED = (None, Outcome.BY_HAND, Outcome.FAILED, Outcome.PARTIAL, Outcome.SEVERAL_PEOPLE)


@dataclass(frozen=True, kw_only=True)
class Census:
    """Counts per system and dataset; `withheld` is keyed by (system, dataset, reason, in part)."""

    found: Counter[Where]
    released: Counter[Where]
    redacted: Counter[Where]
    withheld: Counter[tuple[str, str, WithholdReason, bool]]
    special: bool
    medical_released: tuple[str, ...]
    open_systems: tuple[str, ...]

    @property
    def proposal(self) -> Decision:
        """The only decision that these facts allow; the letter may not say another (Art. 12(4))."""
        if not self.found.total() and not self.open_systems:
            return Decision.NOTHING_HELD
        whole = self.found.total() == self.released.total() and not self.redacted.total()
        return Decision.GRANTED if whole and not self.open_systems else Decision.PARTLY

    def of_system(self, counts: Counter[Where], system: str) -> int:
        """How many of these counts are of one system."""
        return sum(count for (name, _dataset), count in counts.items() if name == system)


def census(session: Session, office: Office, row: SubjectRequest) -> Census:
    """Read the archive once and count."""
    found: Counter[Where] = Counter()
    released: Counter[Where] = Counter()
    redacted: Counter[Where] = Counter()
    withheld: Counter[tuple[str, str, WithholdReason, bool]] = Counter()
    special, medical = False, set()
    searches = plan.searches_of(session, row)
    for step in searches:
        for seen in review.items(session, office, row, step):
            where = (step.system, seen.dataset.id)
            found[where] += 1
            if seen.reason is not None:
                withheld[(*where, seen.reason, False)] += 1
                continue
            released[where] += 1
            redacted[where] += bool(seen.withheld)
            special = special or seen.dataset.is_special(seen.record["kind"])
            if seen.dataset.medical_file:
                medical.add(step.system)
            withheld.update((*where, WithholdReason(w.reason), True) for w in seen.withheld)
            if seen.withheld:
                # Its files stay behind (they may repeat the black words), and are named too.
                why = WithholdReason(seen.withheld[0].reason)
                withheld[(*where, why, False)] += len(seen.record["files"])
    return Census(
        found=found,
        released=released,
        redacted=+redacted,
        withheld=+withheld,
        special=special,
        medical_released=tuple(sorted(medical)),
        open_systems=tuple(s.system for s in searches if s.outcome in UNFINISHED),
    )
