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
from dsr.core.request import UNSEARCHED, Verb
from dsr.core.request import Outcome as StepOutcome
from dsr.db.steps import Step
from dsr.law.calendar import civil_date
from dsr.law.items import Fate, ItemFate, fate
from dsr.law.proposal import Outcome, Proposal
from dsr.law.retention import RetentionRule, own_rules
from dsr.law.rights import Right
from dsr.services import archive, case, keeping_back, plan, set_aside
from dsr.services.archive import Record
from dsr.services.office import Office
from dsr.services.planning import About, Drawn, Job, hash_of, instruction_for
from dsr.services.weighing import Weighed

#: a record about somebody else that came along is not the requester's to erase (Art. 4(1))
_OTHERS = ItemFate(fate=Fate.KEEP, because=("GDPR:4(1)",))
#: what is restricted is only stored, until the restriction is lifted (Art. 18(2)-(3))
_SET_ASIDE = ItemFate(fate=Fate.KEEP, because=("GDPR:18(2)",))
#: what is about care belongs in the file, wherever it stands: that goes by destruction alone
_CARE = ItemFate(fate=Fate.KEEP, because=("GDPR:17(3)(b)", "BW:7:454"))
_TREATMENT = {Fate.ERASE: Treatment.ERASE, Fate.KEEP: Treatment.KEEP, Fate.ASK: Treatment.JUDGE}


@dataclass
class _Lines:
    """Items that are treated alike, counted; they may stay until different days."""

    counts: Counter[PlanLine] = field(default_factory=Counter)

    def add(self, line: PlanLine, count: int = 1) -> None:
        self.counts[line] += count

    def made(self) -> tuple[PlanLine, ...]:
        """The lines with their counts and days, in the order in which they came."""
        days: dict[PlanLine, list[date | None]] = {}
        totals: Counter[PlanLine] = Counter()
        for line, count in self.counts.items():
            alike = replace(line, until=None)
            days.setdefault(alike, []).append(line.until)
            totals[alike] += count
        return tuple(_whole(line, totals[line], found) for line, found in days.items())


def _whole(line: PlanLine, count: int, days: list[date | None]) -> PlanLine:
    """A line with its days; one item without an end leaves the whole of them without one."""
    known = [day for day in days if day is not None]
    until = max(known) if known and len(known) == len(days) else None
    return replace(line, count=count, until=until, first_until=min(known, default=None))


def draw(session: Session, office: Office, about: About, weighed: Sequence[Weighed]) -> Drawn:
    """The plan of an erasure, a restriction, an objection or a withdrawal.

    A rectification says itself what it changes (`correcting`).
    """
    if about.wish.right in (Right.OBJECTION, Right.WITHDRAWAL):
        return _uses(office, weighed)
    lines, jobs = _Lines(), list[Job]()
    for system in office.register.systems:
        jobs += _System(session=session, office=office, about=about, system=system).drawn(
            lines, [one for one in weighed if system.id in dict(one.where)]
        )
    looks = _looks(jobs) if about.wish.right is Right.ERASURE else []
    return Drawn(lines=lines.made(), jobs=(*looks, *jobs))


@dataclass(kw_only=True)
class _System:
    """One system, whose archive is read once, item by item."""

    session: Session
    office: Office
    about: About
    system: System

    def drawn(self, lines: _Lines, weighed: Sequence[Weighed]) -> list[Job]:
        """The jobs of a system, dataset by dataset; its lines are added to `lines`."""
        step = self._search()
        if step is None or step.outcome in (None, StepOutcome.SEVERAL_PEOPLE):
            return []
        found = {part.dataset.id: part for part in self._parts(weighed)}
        order = [one.id for one in self.system.datasets]
        parts = {name: found[name] for name in sorted(found, key=order.index)}
        if step.outcome in UNSEARCHED:
            return [job for part in parts.values() for job in part.unsearched(lines)]
        if parts:
            key = case.case_key(self.session, self.office, self.about.row)
            for record in archive.records(self.session, self.office.vault, key, step):
                if record["dataset"] in parts:
                    parts[record["dataset"]].take(lines, record)
        for part in parts.values():
            part.job.refs.reverse()  # what was found last hangs on what was found before it
        return [part.job for part in parts.values() if part.job.refs]

    def _search(self) -> Step | None:
        searches = plan.searches_of(self.session, self.about.row)
        return next((step for step in searches if step.system == self.system.id), None)

    def _parts(self, weighed: Sequence[Weighed]) -> Iterator[_Part]:
        erases = self.about.wish.right is Right.ERASURE
        asked = (self.session, self.office, self.about)
        opposing = set_aside.opposing(*asked) if erases else ()
        kept = set_aside.items(*asked, self.system) if erases else frozenset()
        for one in weighed:
            for system, dataset in one.where:
                if system == self.system.id:
                    yield _Part(
                        office=self.office,
                        about=self.about,
                        weighed=one,
                        system=self.system,
                        dataset=self.system.dataset(dataset),
                        opposed=any(
                            set_aside.is_about(wish, self.system, dataset) for wish in opposing
                        ),
                        set_aside=kept,
                    )


@dataclass(kw_only=True)
class _Part:
    """One dataset of one purpose. Items that are alike share their line: a plan has many."""

    office: Office
    about: About
    weighed: Weighed
    system: System
    dataset: Dataset
    opposed: bool = False
    set_aside: frozenset[str] = frozenset()
    known: dict[tuple[object, ...], tuple[PlanLine, bool]] = field(default_factory=dict)
    kept: dict[str, str] = field(init=False)
    job: Job = field(init=False)

    def __post_init__(self) -> None:
        self.kept = keeping_back.of(self.about.item)
        restricts = self.about.wish.right is Right.RESTRICTION
        verb = Verb.RESTRICT if restricts else Verb.ERASE
        words = _WORDS[verb]
        self.job = Job(
            system=self.system.id,
            dataset=self.dataset.id,
            verb=verb,
            by_hand=instruction_for(self.office, self.system, words)
            if self.system.searched_by_hand
            else "",
        )

    def take(self, lines: _Lines, record: Record) -> None:
        """One item that was found."""
        line, does = self._line(record)
        lines.add(line)
        if does:
            hashed = hash_of(record)
            self.job.refs.append((record["ref"], record["key"], hashed))

    def unsearched(self, lines: _Lines) -> list[Job]:
        """A system that was never searched to its end is not called done: a person goes there."""
        if not self.weighed.acts:
            return []
        words = f"Not searched yet: look there first. {_WORDS[self.job.verb]}"
        lines.add(self._of(_TREAT[self.job.verb], by_hand=True))
        return [replace(self.job, by_hand=instruction_for(self.office, self.system, words))]

    def _line(self, record: Record) -> tuple[PlanLine, bool]:
        sort = self._sort(record)
        if sort not in self.known:
            restricts = self.job.verb is Verb.RESTRICT
            self.known[sort] = self._restricted(record) if restricts else self._erased(record)
        return self.known[sort]

    def _sort(self, record: Record) -> tuple[object, ...]:
        kept = self.kept.get(record["key"])
        aside = record["key"] in self.set_aside
        care = record["kind"] in self.dataset.special_kinds
        return (record["about"], kept, care, aside, *self._started(record["dates"]))

    def _started(self, dates: Mapping[str, str]) -> tuple[str, ...]:
        """The date that starts the term of an item, to the minute: no day begins within one."""
        for name, event in _rule(self.office, self.dataset).dates:
            if name in dates:
                return (event, dates[name][:16], dates[name][19:])
        return ()

    def _erased(self, record: Record) -> tuple[PlanLine, bool]:
        made = self._fate(record)
        treatment = _TREATMENT[made.fate]
        if treatment is Treatment.ERASE and self.dataset.emptied:
            treatment = Treatment.EMPTY
        does = made.fate is Fate.ERASE
        return self._of(treatment, made, by_hand=does and self.system.searched_by_hand), does

    def _restricted(self, record: Record) -> tuple[PlanLine, bool]:
        if not record["about"]:
            return self._of(Treatment.KEEP, _OTHERS), False
        proposal = self.weighed.settled
        if self.weighed.open:
            asks = ItemFate(fate=Fate.ASK, asks=proposal.asks, because=proposal.grounds)
            return self._of(Treatment.JUDGE, asks), False
        does = self.weighed.acts
        treatment = Treatment.RESTRICT if does else Treatment.KEEP
        because = ItemFate(fate=Fate.KEEP, because=proposal.grounds)
        by_hand = does and self.system.searched_by_hand
        return self._of(treatment, because, by_hand=by_hand), does

    def _fate(self, record: Record) -> ItemFate:
        if not record["about"]:
            return _OTHERS
        kept = self.kept.get(record["key"])
        if kept:
            return ItemFate(fate=Fate.KEEP, because=(kept,))
        if record["kind"] in self.dataset.special_kinds and not self.about.wish.part:
            return _CARE
        rule = _rule(self.office, self.dataset)
        events = _events(rule, record["dates"])
        proposal = _for(self.weighed.settled, self.dataset)
        found = fate(proposal, rule, events, today=self.office.today())
        aside = self.opposed or record["key"] in self.set_aside
        return _SET_ASIDE if aside and found.fate is Fate.ERASE else found

    def _of(
        self, treatment: Treatment, made: ItemFate | None = None, *, by_hand: bool = False
    ) -> PlanLine:
        because = made.because if made else self.weighed.settled.grounds
        return PlanLine(
            system=self.system.id,
            dataset=self.dataset.id,
            activity=self.weighed.activity,
            treatment=treatment,
            count=0,
            because=because,
            until=made.until if made and treatment is Treatment.KEEP else None,
            asks=str(made.asks) if made else "",
            by_hand=by_hand,
        )


_TREAT = {Verb.ERASE: Treatment.ERASE, Verb.RESTRICT: Treatment.RESTRICT}


_WORDS = {
    Verb.ERASE: "Erase what is there.",
    Verb.RESTRICT: "Mark what is there as restricted.",
}


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
