"""What a letter may call done: only what a batch was read back for, or a person proved.

`NotReady` while a worker still has something to do; what waits for a person or a system is named
in the letter as not finished (T79).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from dsr.core.errors import NotReady
from dsr.core.letters_parts import Done, Unfinished, Wait, Work
from dsr.core.plans import PlanLine, Treatment
from dsr.core.request import Outcome, Verb
from dsr.db.plans import Batch
from dsr.law.calendar import civil_date
from dsr.services.change_gathered import Gathered

STILL_AT_WORK = "The systems are still being changed; the letter is made when they are done."
NOT_READ_BACK = "A change was not read back yet; the letter may not call it done."
LEFT_OUT = "The plan holds something that nothing was done for; look at it again."

#: the verb that carries out a treatment, and what it is called once it is done
_VERBS: Mapping[Treatment, tuple[Verb, Work]] = {
    Treatment.ERASE: (Verb.ERASE, Work.ERASED),
    Treatment.EMPTY: (Verb.ERASE, Work.ERASED),
    Treatment.CORRECT: (Verb.RECTIFY, Work.CORRECTED),
    Treatment.STATEMENT: (Verb.ANNOTATE, Work.STATEMENT),
    Treatment.RESTRICT: (Verb.RESTRICT, Work.RESTRICTED),
    Treatment.STOP: (Verb.STOP, Work.STOPPED),
}
#: what is counted apart, and what it is called
_APART = {"emptied": Work.EMPTIED, "gone": Work.GONE}
_SETTLED = ("done", "gone", "emptied")
_JUDGES = {"clinician": Wait.CLINICIAN, "dpo": Wait.DPO}
_USES = frozenset({Work.STOPPED, Work.STATEMENT})


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What was done and what was not, and the lines of what was done."""

    done: tuple[Done, ...]
    unfinished: tuple[Unfinished, ...]
    lines: tuple[PlanLine, ...]


def outcomes(about: Gathered, stopped: Mapping[str, datetime]) -> Outcomes:
    """What became of every line of a plan; `stopped` are uses on our own list, by activity."""
    done, unfinished, lines = list[Done](), list[Unfinished](), list[PlanLine]()
    for line in _merged(about.lines):
        if line.treatment in _VERBS:
            made = _line(about, line, stopped)
            done += made.done
            unfinished += made.unfinished
            lines += made.lines
        elif line.treatment is Treatment.JUDGE:
            unfinished.append(_waiting(about, line, judge(line), line.count))
    return Outcomes(done=tuple(done), unfinished=tuple(unfinished), lines=tuple(lines))


def judge(line: PlanLine) -> Wait:
    """Who has to judge a line."""
    return _JUDGES.get(line.asks, Wait.OFFICER)


def _merged(lines: Iterable[PlanLine]) -> Iterator[PlanLine]:
    """Lines that one verb carries out in one dataset are one: batches know no purpose."""
    counts: Counter[tuple[object, ...]] = Counter()
    first: dict[tuple[object, ...], PlanLine] = {}
    for line in lines:
        place = _place(line)
        counts[place] += line.count
        first.setdefault(place, line)
    for place, line in first.items():
        yield replace(line, count=counts[place])


def _place(line: PlanLine) -> tuple[object, ...]:
    verb = _VERBS.get(line.treatment, (line.treatment,))[0]
    apart = () if line.dataset and line.treatment in _VERBS else (line.activity, line.asks)
    return (line.system, line.dataset, verb, *apart)


def _line(about: Gathered, line: PlanLine, stopped: Mapping[str, datetime]) -> Outcomes:
    mine = [batch for batch in about.batches if _carries_out(about, batch, line)]
    if not mine:
        return _without_batch(about, line, stopped)
    done = [one for batch in mine for one in _done(about, line, batch)]
    unfinished = [one for batch in mine for one in _unfinished(about, line, batch)]
    return Outcomes(
        done=tuple(_together(done)),
        unfinished=tuple(unfinished),
        lines=(line,) if done else (),
    )


def _carries_out(about: Gathered, batch: Batch, line: PlanLine) -> bool:
    same = (batch.system, batch.dataset) == (line.system, line.dataset)
    if not same or batch.verb != _VERBS[line.treatment][0]:
        return False
    return batch.verb != Verb.STOP or line.activity in about.purposes.get(batch.id, ())


def _without_batch(about: Gathered, line: PlanLine, stopped: Mapping[str, datetime]) -> Outcomes:
    """A use that no system serves stops by our own list; nothing else is done without a batch."""
    if not line.system and line.activity in stopped:
        day = civil_date(stopped[line.activity])
        one = Done(system=about.system(""), dataset=about.dataset(line), work=Work.STOPPED, day=day)
        return Outcomes(done=(one,), unfinished=(), lines=(line,))
    if line.system and not line.by_hand:
        raise NotReady(LEFT_OUT)
    waiting = _waiting(about, line, Wait.BY_HAND, line.count)
    return Outcomes(done=(), unfinished=(waiting,), lines=())


def _done(about: Gathered, line: PlanLine, batch: Batch) -> Iterator[Done]:
    if batch.outcome in (None, Outcome.FAILED, Outcome.BY_HAND):
        return
    work = _VERBS[line.treatment][1]
    by_hand = batch.proof_sealed is not None
    for name in _SETTLED:
        count = batch.counts.get(name)
        # Where nobody knows how many, a person looked and did it: the count is nought, not none.
        if count is not None and (count or by_hand):
            yield Done(
                system=about.system(line.system),
                dataset=about.dataset(line),
                work=_APART.get(name, work),
                day=_day(batch),
                count=1 if work in _USES else count,
                by_hand=by_hand,
            )


def _day(batch: Batch) -> date:
    """The day on which a batch was read back, or a person proved it."""
    seen = batch.verified_at or (batch.finished_at if batch.proof_sealed is not None else None)
    if seen is None:
        raise NotReady(NOT_READ_BACK)
    return civil_date(seen)


def _unfinished(about: Gathered, line: PlanLine, batch: Batch) -> Iterator[Unfinished]:
    if batch.outcome is None and not batch.needs_person:
        raise NotReady(STILL_AT_WORK)
    if batch.outcome is None or batch.outcome == Outcome.BY_HAND:
        yield _waiting(about, line, Wait.BY_HAND, batch.count)
        return
    kept = int(batch.counts.get("retained", 0))
    settled = sum(int(batch.counts.get(name, 0)) for name in _SETTLED)
    # A system that names no use as stopped has not stopped it, whatever else it says.
    silent = batch.verb == Verb.STOP and not settled and batch.proof_sealed is None
    if kept or silent or batch.outcome == Outcome.RETAINED:
        yield _waiting(about, line, Wait.HELD_BACK, kept)
    if batch.count > settled + kept or batch.outcome == Outcome.FAILED:
        yield _waiting(about, line, Wait.FAILED, batch.count - settled - kept)


def _waiting(about: Gathered, line: PlanLine, wait: Wait, count: int) -> Unfinished:
    return Unfinished(
        system=about.system(line.system), dataset=about.dataset(line), wait=wait, count=count
    )


def _together(done: Iterable[Done]) -> Iterator[Done]:
    """Batches of the same day and work as one row."""
    counts: Counter[Done] = Counter()
    for one in done:
        counts[replace(one, count=0)] += one.count
    for one, count in counts.items():
        yield replace(one, count=1 if one.work in _USES else count)
