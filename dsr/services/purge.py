"""What may be purged in the systems today by the register's terms, and what is spared.

Only a term that runs out by itself purges anything. Where a person has a word in it (a medical
file, a professional who may need it longer, data that have to be fed back first) nothing goes:
that nobody said anything is no approval. Such a purge needs no line in the erasure ledger: after a
restore the same rule purges the same data again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import Due
from dsr.core.overdue import last_start_over, rule_of
from dsr.core.register import Dataset, Register, System
from dsr.core.request import Verb
from dsr.db import holds, plans
from dsr.db.holds import Restriction
from dsr.db.steps import Segment, Step
from dsr.db.subject_requests import SubjectRequest
from dsr.law.retention import RetentionRule
from dsr.services import archive, case, planning
from dsr.services.case import SYSTEM, Told
from dsr.services.office import Office


class Spared(StrEnum):
    """Why nothing of a dataset is purged by itself."""

    NO_TERM = "no_term"  #: the register gives no end, or none that has come
    JUDGE = "judge"  #: a person has to say so first
    HOLDS = "holds"  #: a hold of a request that just came in is not placed yet
    NOT_OFFERED = "not_offered"  #: the system purges itself, or by hand


@dataclass(frozen=True, kw_only=True)
class Dated:
    """Which items of a dataset are over: those whose date of one of these names is by `until`.

    `events` are names of `Item.dates`, the one that counts first.
    """

    system: str
    dataset: str
    events: tuple[str, ...]
    until: date

    def due(self, event: str, sparing: frozenset[str]) -> Due:
        """The order for a connector."""
        return Due(dataset=self.dataset, event=event, until=self.until, sparing=sparing)


def dated(register: Register, system: System, dataset: Dataset, today: date) -> Dated | Spared:
    """What of a dataset is over today, or why nothing of it goes by itself (Art. 5(1)(e))."""
    rule = _rule(register, system, dataset)
    if rule is None or rule.term is None or rule.minimum:
        return Spared.NO_TERM
    if dataset.medical_file or _is_for_a_person(rule):
        return Spared.JUDGE
    facts: Mapping[str, object] = {"access_log": True} if dataset.access_log else {}
    names = tuple(name for name, _ in rule.dates)
    until = last_start_over(rule, rule.dates[0][1], today, facts) if names else None
    if until is None:
        return Spared.NO_TERM
    return Dated(system=system.id, dataset=dataset.id, events=names, until=until)


def every_dataset(register: Register) -> Iterator[tuple[System, Dataset]]:
    """Every dataset of the register, in its order."""
    for system in register.systems:
        for dataset in system.datasets:
            yield system, dataset


def waits_for_holds(session: Session, what: Dated) -> bool:
    """Whether a request came in whose hold on this dataset is not placed yet."""
    return holds.unsettled(session, what.system, what.dataset)


def mark(session: Session) -> tuple[object, ...]:
    """What changes when there is something new to spare: look again then, not at every round."""
    found = session.scalar(select(func.max(Segment.id)))
    restricted = session.scalar(select(func.max(Restriction.id)))
    open_ones = select(func.count()).select_from(SubjectRequest)
    return found, restricted, session.scalar(open_ones.where(SubjectRequest.closed_at.is_(None)))


def sparing(session: Session, office: Office, what: Dated) -> frozenset[str]:
    """References that stay whatever their date: under a restriction, or of a pending request."""
    return frozenset([*_restricted(session, office, what), *_pending(session, office, what)])


def tell(session: Session, office: Office, what: Dated, counts: Mapping[str, int]) -> None:
    """Report a purge in the log of every practice; the counts are of the whole system."""
    body = {"system": what.system, "dataset": what.dataset, "until": what.until.isoformat()}
    told = Told(who=SYSTEM, action=Action.SOURCE_PURGED, body={**body, **counts})
    for practice in office.register.practices:
        case.tell_house(session, office, practice.id, told)


def _rule(register: Register, system: System, dataset: Dataset) -> RetentionRule | None:
    rule = rule_of(register, dataset.retention)
    if rule is None or not rule.parts:
        return rule
    return next((part.rule for part in rule.parts if part.system == system.id), None)


def _is_for_a_person(rule: RetentionRule) -> bool:
    return rule.whole_file or rule.professional_hold or bool(rule.transfer_first_unless)


def _restricted(session: Session, office: Office, what: Dated) -> Iterator[str]:
    in_force = select(Restriction).where(Restriction.lifted_at.is_(None))
    for restriction in session.scalars(in_force).all():
        row = session.get_one(SubjectRequest, restriction.request_id)
        key = case.case_key(session, office, row)
        for batch in plans.batches(session, restriction.plan_id):
            mine = (batch.system, batch.dataset) == (what.system, what.dataset)
            if mine and batch.verb == Verb.RESTRICT:
                yield from (ref for ref, _, _ in planning.refs_of(key, batch))


def _pending(session: Session, office: Office, what: Dated) -> Iterator[str]:
    """What was found for requests that are not answered yet; a new search forgets no old one."""
    wanted = (
        select(Step)
        .join(SubjectRequest, SubjectRequest.id == Step.request_id)
        .where(
            Step.system == what.system,
            Step.verb == Verb.SEARCH,
            SubjectRequest.closed_at.is_(None),
        )
    )
    for step in session.scalars(wanted).all():
        row = session.get_one(SubjectRequest, step.request_id)
        key = case.case_key(session, office, row)
        for record in archive.records(session, office.vault, key, step):
            if record["dataset"] == what.dataset:
                yield record["ref"]
