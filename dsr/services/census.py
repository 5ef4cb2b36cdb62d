"""All that was found, counted: what leaves, what is withheld, and what that allows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dsr.core.register import Dataset
from dsr.core.request import UNFINISHED, Decision, WithholdReason
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, case, found, review
from dsr.services.found import Found
from dsr.services.office import Office
from dsr.services.review import Rule, SeenItem

Where = tuple[str, str]  # (system, dataset)


@dataclass(frozen=True, kw_only=True)
class Census:
    """Counts per system and dataset; `withheld` is keyed by (system, dataset, reason, in part).

    `searched` are the systems that were asked, also those that are not searched to the end.
    """

    found: Counter[Where]
    released: Counter[Where]
    redacted: Counter[Where]
    withheld: Counter[tuple[str, str, WithholdReason, bool]]
    special: bool
    medical_released: tuple[str, ...]
    open_systems: tuple[str, ...]
    searched: tuple[str, ...]

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
    """Count what was found for a request, as its level and its review stand now."""
    return of(office, case.case_key(session, office, row), found.load(session, row))


def of(office: Office, key: bytes, known: Found) -> Census:
    """Count what was read before; needs no database.

    Pieces carry their own counts, so only a system of which something is withheld by name is
    read again: then it depends on the items which count stays.
    """
    counting = _Counting()
    for step in known.searches:
        if step.system in known.marked:
            for seen in review.seen(office, key, known, step):
                counting.seen(step.system, seen)
        else:
            _by_tally(counting, office, key, (known, step))
    return counting.census(known.searches)


def _by_tally(counting: _Counting, office: Office, key: bytes, what: tuple[Found, Step]) -> None:
    known, step = what
    datasets = {dataset.id: dataset for dataset in office.register.system(step.system).datasets}
    rule = Rule(level=known.level)
    for piece in known.pieces[step.id]:
        for (name, kind, about), count in archive.tally_of(office.vault, key, piece).items():
            dataset = datasets[name]
            reason = rule.reason(dataset, kind, about=about)
            counting.add(step.system, dataset, reason, count)
            if reason is None:
                counting.special |= dataset.is_special(kind)


@dataclass
class _Counting:
    """The counts so far."""

    found: Counter[Where] = field(default_factory=Counter)
    released: Counter[Where] = field(default_factory=Counter)
    redacted: Counter[Where] = field(default_factory=Counter)
    withheld: Counter[tuple[str, str, WithholdReason, bool]] = field(default_factory=Counter)
    medical: set[str] = field(default_factory=set)
    special: bool = False

    def add(
        self, system: str, dataset: Dataset, reason: WithholdReason | None, count: int = 1
    ) -> None:
        """So many items of a dataset that leave, or stay behind for this reason."""
        where = (system, dataset.id)
        self.found[where] += count
        if reason is not None:
            self.withheld[(*where, reason, False)] += count
            return
        self.released[where] += count
        if dataset.medical_file:
            self.medical.add(system)

    def seen(self, system: str, item: SeenItem) -> None:
        """One item, with the parts of it that stay behind."""
        self.add(system, item.dataset, item.reason)
        if item.reason is not None:
            return
        self.special |= item.dataset.is_special(item.record["kind"])
        where = (system, item.dataset.id)
        self.withheld.update((*where, WithholdReason(w.reason), True) for w in item.withheld)
        if item.withheld:
            self.redacted[where] += 1
            # Its files stay behind (they may repeat the black words), and are named too.
            why = WithholdReason(item.withheld[0].reason)
            self.withheld[(*where, why, False)] += len(item.record["files"])

    def census(self, searches: tuple[Step, ...]) -> Census:
        """The counts, with the systems that were and that still have to be searched."""
        return Census(
            found=self.found,
            released=self.released,
            redacted=+self.redacted,
            withheld=+self.withheld,
            special=self.special,
            medical_released=tuple(sorted(self.medical)),
            open_systems=tuple(s.system for s in searches if s.outcome in {None, *UNFINISHED}),
            searched=tuple(s.system for s in searches),
        )
