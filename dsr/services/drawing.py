"""Drawing up a plan from what was found: the fate of each item by law and register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.core.plans import AT_REST as AT_REST
from dsr.core.plans import PlanLine, Treatment
from dsr.core.register import Dataset, System
from dsr.core.request import Outcome as StepOutcome
from dsr.core.request import Verb
from dsr.db.steps import Step
from dsr.law.calendar import civil_date
from dsr.law.items import Fate, ItemFate, fate
from dsr.law.proposal import Outcome, Proposal
from dsr.law.retention import RetentionRule, own_rules
from dsr.law.rights import Right
from dsr.services import archive, case, plan
from dsr.services.archive import Record
from dsr.services.office import Office
from dsr.services.planning import About, Drawn, Job, content_hash, instruction_for
from dsr.services.weighing import Weighed

#: what a person did not search yet has to be searched and changed by a person
_UNFINISHED = (StepOutcome.BY_HAND, StepOutcome.FAILED, StepOutcome.PARTIAL)
#: a record about somebody else that came along is not the requester's to erase (Art. 4(1))
_OTHERS = ItemFate(fate=Fate.KEEP, because=("GDPR:4(1)",))
_TREATMENT = {Fate.ERASE: Treatment.ERASE, Fate.KEEP: Treatment.KEEP, Fate.ASK: Treatment.JUDGE}


@dataclass
class _Lines:
    """Items that are treated alike, counted."""

    counts: Counter[PlanLine] = field(default_factory=Counter)

    def add(self, line: PlanLine, count: int = 1) -> None:
        self.counts[line] += count

    def made(self) -> tuple[PlanLine, ...]:
        """The lines with their counts, in the order in which they came."""
        return tuple(replace(line, count=count) for line, count in self.counts.items())


def draw(session: Session, office: Office, about: About, weighed: Sequence[Weighed]) -> Drawn:
    """The plan of an erasure, a restriction, an objection or a withdrawal.

    A rectification says itself what it changes (`correcting`).
    """
    if about.wish.right in (Right.OBJECTION, Right.WITHDRAWAL):
        return _uses(office, weighed)
    lines, jobs = _Lines(), list[Job]()
    for one in weighed:
        for system_id, dataset_id in one.where:
            drawing = _Drawing(session=session, office=office, about=about, weighed=one)
            jobs += drawing.dataset(lines, system_id, dataset_id)
    looks = _looks(jobs) if about.wish.right is Right.ERASURE else []
    return Drawn(lines=lines.made(), jobs=(*looks, *jobs))


@dataclass(kw_only=True)
class _Drawing:
    """One dataset of one purpose, drawn item by item."""

    session: Session
    office: Office
    about: About
    weighed: Weighed
    known: dict[tuple[object, ...], ItemFate] = field(default_factory=dict)

    def dataset(self, lines: _Lines, system_id: str, dataset_id: str) -> list[Job]:
        """The jobs of a dataset; its lines are added to `lines`."""
        system = self.office.register.system(system_id)
        dataset = system.dataset(dataset_id)
        step = self._search_of(system_id)
        if step is None or step.outcome in (None, StepOutcome.SEVERAL_PEOPLE):
            return []
        job = Job(system=system_id, dataset=dataset_id, verb=self._verb)
        if step.outcome in _UNFINISHED:
            return self._unsearched(lines, system, dataset, job)
        for record in self._records(step, dataset):
            line, does = self._line(system, dataset, record)
            lines.add(line)
            if does:
                hashed = content_hash(record["kind"], record["data"])
                job.refs.append((record["ref"], record["key"], hashed))
        if job.refs and system.searched_by_hand:
            job.by_hand = instruction_for(self.office, system, _words(self._verb))
        return [job] if job.refs else []

    @property
    def _verb(self) -> Verb:
        return Verb.RESTRICT if self.about.wish.right is Right.RESTRICTION else Verb.ERASE

    def _search_of(self, system: str) -> Step | None:
        searches = plan.searches_of(self.session, self.about.row)
        return next((step for step in searches if step.system == system), None)

    def _records(self, step: Step, dataset: Dataset) -> Iterator[Record]:
        key = case.case_key(self.session, self.office, self.about.row)
        for record in archive.records(self.session, self.office.vault, key, step):
            if record["dataset"] == dataset.id:
                yield record

    def _unsearched(self, lines: _Lines, system: System, dataset: Dataset, job: Job) -> list[Job]:
        """A system that was never searched to its end is not called done: a person goes there."""
        if not self.weighed.acts:
            return []
        words = f"Not searched yet: look there first. {_words(self._verb)}"
        lines.add(self._of(system, dataset, _TREAT[self._verb], by_hand=True), 1)
        return [replace(job, by_hand=instruction_for(self.office, system, words))]

    def _line(self, system: System, dataset: Dataset, record: Record) -> tuple[PlanLine, bool]:
        if self._verb is Verb.RESTRICT:
            return self._restricted(system, dataset)
        made = self._fate(dataset, record)
        treatment = _TREATMENT[made.fate]
        if treatment is Treatment.ERASE and dataset.emptied:
            treatment = Treatment.EMPTY
        does = made.fate is Fate.ERASE
        line = self._of(system, dataset, treatment, made, by_hand=does and system.searched_by_hand)
        return line, does

    def _restricted(self, system: System, dataset: Dataset) -> tuple[PlanLine, bool]:
        proposal = self.weighed.settled
        if self.weighed.open:
            asks = ItemFate(fate=Fate.ASK, asks=proposal.asks, because=proposal.grounds)
            return self._of(system, dataset, Treatment.JUDGE, asks), False
        does = self.weighed.acts
        treatment = Treatment.RESTRICT if does else Treatment.KEEP
        because = ItemFate(fate=Fate.KEEP, because=proposal.grounds)
        by_hand = does and system.searched_by_hand
        return self._of(system, dataset, treatment, because, by_hand=by_hand), does

    def _fate(self, dataset: Dataset, record: Record) -> ItemFate:
        if not record["about"]:
            return _OTHERS
        kept = self.about.item.facts.get("kept", {}).get(record["key"])
        if kept:
            return ItemFate(fate=Fate.KEEP, because=(str(kept),))
        rule = _rule(self.office, dataset)
        events = _events(rule, record["dates"])
        sort = (dataset.id, *events.items())
        if sort not in self.known:
            today = self.office.today()
            self.known[sort] = fate(_for(self.weighed.settled, dataset), rule, events, today=today)
        return self.known[sort]

    def _of(
        self,
        system: System,
        dataset: Dataset,
        treatment: Treatment,
        made: ItemFate | None = None,
        *,
        by_hand: bool = False,
    ) -> PlanLine:
        because = made.because if made else self.weighed.settled.grounds
        return PlanLine(
            system=system.id,
            dataset=dataset.id,
            activity=self.weighed.activity,
            treatment=treatment,
            count=0,
            because=because,
            until=made.until if made and treatment is Treatment.KEEP else None,
            asks=str(made.asks) if made else "",
            by_hand=by_hand,
        )


_TREAT = {Verb.ERASE: Treatment.ERASE, Verb.RESTRICT: Treatment.RESTRICT}


def _words(verb: Verb) -> str:
    return {Verb.ERASE: "Erase what is there.", Verb.RESTRICT: "Mark what is there as restricted."}[
        verb
    ]


def _looks(jobs: Sequence[Job]) -> list[Job]:
    """Before anything is erased the dataset is read once more (F25)."""
    places = dict.fromkeys((job.system, job.dataset) for job in jobs if not job.by_hand)
    return [Job(system=s, dataset=d, verb=Verb.LOOK_AGAIN) for s, d in places]


def _uses(office: Office, weighed: Sequence[Weighed]) -> Drawn:
    """A use that stops, in every system that serves it."""
    lines, jobs = _Lines(), list[Job]()
    for one in weighed:
        treatment = Treatment.STOP if one.acts else Treatment.JUDGE if one.open else Treatment.KEEP
        for system_id, _dataset in one.where or (("", ""),):
            by_hand = bool(system_id) and office.register.system(system_id).searched_by_hand
            lines.add(
                PlanLine(
                    system=system_id,
                    dataset="",
                    activity=one.activity,
                    treatment=treatment,
                    count=0,
                    because=one.settled.grounds,
                    asks=str(one.settled.asks),
                    by_hand=by_hand and one.acts,
                )
            )
            if one.acts and system_id:
                jobs.append(_stop(office, system_id, one.activity))
    return Drawn(lines=lines.made(), jobs=tuple(jobs))


def _stop(office: Office, system_id: str, activity: str) -> Job:
    system = office.register.system(system_id)
    words = f"Stop the use for {activity}."
    return Job(
        system=system_id,
        dataset="",
        verb=Verb.STOP,
        detail={"purposes": [activity]},
        by_hand=instruction_for(office, system, words) if system.searched_by_hand else "",
    )


def _for(proposal: Proposal, dataset: Dataset) -> Proposal:
    """What is granted in part is granted for what the law does not keep: the access log stays."""
    if proposal.outcome is Outcome.PARTLY and not dataset.access_log:
        return replace(proposal, outcome=Outcome.GRANT)
    return proposal


def _rule(office: Office, dataset: Dataset) -> RetentionRule:
    rules = office.register.retention_rules
    found = rules.get(dataset.retention) or own_rules().get(dataset.retention)
    if found is None:
        raise BadInput("retention", f"The register has no rule {dataset.retention!r}.")
    return found


def _events(rule: RetentionRule, dates: Mapping[str, str]) -> dict[str, date | None]:
    """The event that starts the term of an item; None says that it is not known to have happened.

    Of a file as a whole any change would do.
    """
    unknown: dict[str, date | None] = dict.fromkeys(rule.counts_from)
    for name, event in rule.dates:
        day = _day(dates.get(name, ""))
        if day is not None:
            return {**unknown, event: day}
    return unknown


def _day(text: str) -> date | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return civil_date(moment) if moment.tzinfo else moment.date()
