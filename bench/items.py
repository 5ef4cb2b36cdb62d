"""A million items of an erasure, each by its rule and its own dates; and every due date to 2100.

`python -m bench.items` needs no servers. Each run has a million items of its own: what earlier
items of the same day and rule left in memory helps as it would within a plan. Seconds are those
of the core that worked, whatever else the machine did.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from bench.ground import Ground, Row
from bench.processes import forget_peak, resident
from dsr.core.register import Register
from dsr.law.activity import Activity
from dsr.law.deadlines import reply_due
from dsr.law.decide import decide
from dsr.law.items import Fate, fate
from dsr.law.proposal import Proposal
from dsr.law.retention import ProfessionalHold, RetentionRule
from dsr.law.rights import Right
from dsr.systems import load_register

REGISTER = Path(__file__).parents[1] / "registers" / "jansapp.yaml"
ITEMS = 1_000_000
RUNS = 5
PAGE = 50_000
TODAY = date(2026, 11, 22)
#: the app is there since June 2023; a medical file goes back as far as it may be kept, and a year
SINCE_THE_APP, SINCE_THE_FILE, SINCE_THE_LOG = 1270, 21 * 365, 400
#: of a hundred items, how many carry an event beside the one that starts their clock
WITH_MORE = 6
WHO = {"identity": "verified", "requester": "self"}


@dataclass(frozen=True)
class Kind:
    """Items of one kind: how many of a hundred, the days they are spread over, what is known."""

    share: int
    activity: str
    rule: str
    event: str
    days: int
    facts: Mapping[str, object] = field(default_factory=dict)


HIS, CRM, CLOSED = {"system": "HIS"}, {"system": "CRM"}, {"account_closed": True}
#: a plan as it comes: chat above all, then the file, what lies around it, and log lines
KINDS = (
    Kind(50, "A.2", "jans_a2_1m_from_sent", "sent", SINCE_THE_APP),
    Kind(8, "A.2", "jans_a2_other_2y_from_end_of_year", "obtained", SINCE_THE_APP),
    Kind(22, "A.3", "jans_a3_health_20y_from_last_change", "last_change", SINCE_THE_FILE, HIS),
    Kind(5, "CRM", "jans_a3_other_2y_from_deregistration", "deregistered", SINCE_THE_APP, CRM),
    Kind(5, "A.1", "jans_a1_6m_then_purge_week", "deregistered", SINCE_THE_APP, CLOSED),
    Kind(10, "A.5", "jans_a5_1m_unless_professional", "obtained", SINCE_THE_LOG),
)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a plan, as the search found it and as the desk puts it to the law.

    Items of one `group` have the same activity and the same facts.
    """

    group: int
    activity: Activity
    rule: RetentionRule
    facts: dict[str, object]
    events: dict[str, object]


def items(register: Register, number: int, seed: int) -> Iterator[Item]:
    """So many items of all kinds in a random order, each with dates of its own."""
    dice = random.Random(seed)
    made = [
        (n, register.activity(kind.activity), register.retention_rules[kind.rule], kind)
        for n, kind in enumerate(KINDS)
    ]
    shares = [kind.share for kind in KINDS]
    for group, activity, rule, kind in dice.choices(made, shares, k=number):
        day = TODAY - timedelta(days=dice.randrange(kind.days))
        events: dict[str, object] = {kind.event: day}
        if dice.randrange(100) < WITH_MORE:
            events.update(_more(dice, day))
        yield Item(group, activity, rule, {**WHO, **kind.facts}, events)


def _more(dice: random.Random, day: date) -> dict[str, object]:
    """What else may have happened to an item: an open claim, a request under way, a hold."""
    later = min(day + timedelta(days=dice.randrange(1, 30)), TODAY)
    until = TODAY + timedelta(days=dice.randrange(300))
    hold = ProfessionalHold(
        by="gp", placed=later, big_registered=True, reason="under treatment", until=until
    )
    happened: tuple[dict[str, object], ...] = (
        {"claim_since": later},
        {"access_request_received": later},
        {"restriction_18_1_c_from": later},
        {"hold": hold},
    )
    return dice.choice(happened)


def decided(page: Iterable[Item]) -> Counter[Fate]:
    """How many items meet which fate; the right is decided for each group, as a plan does it."""
    proposals: dict[int, Proposal] = {}
    fates: Counter[Fate] = Counter()
    for item in page:
        proposal = proposals.get(item.group)
        if proposal is None:
            proposal = decide(Right.ERASURE, item.activity, item.facts)
            proposals[item.group] = proposal
        fates[fate(proposal, item.rule, item.events, today=TODAY).fate] += 1
    return fates


def every_due_date() -> int:
    """How many days from 1990 to 2100 have a due date; all of them."""
    first, last = date(1990, 1, 1), date(2100, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sum(reply_due(day).date > day for day in days)


@dataclass(frozen=True)
class Run:
    """One plan decided: seconds of one core, the fates, and how many MB more it took."""

    seconds: float
    fates: Counter[Fate]
    memory: float


def run(register: Register, number: int, seed: int) -> Run:
    """Decide a plan page by page, as a search hands it over; making the items is not timed."""
    made, fates, seconds = items(register, number, seed), Counter[Fate](), 0.0
    forget_peak(os.getpid())
    before = resident(os.getpid())
    while page := list(islice(made, PAGE)):
        begun = time.process_time()
        fates += decided(page)
        seconds += time.process_time() - begun
    return Run(seconds, fates, resident(os.getpid(), "VmHWM") - before)


def measured(number: int, runs: int) -> Iterator[Row]:
    """Both rows; medians."""
    register = load_register(REGISTER)
    done = [run(register, number, seed) for seed in range(runs)]
    seconds = [one.seconds for one in done]
    yield Row(
        what=f"fate of {number:,} items of an erasure, one core ({_told(done[-1].fates)})",
        measured=f"{statistics.median(seconds):.2f} s (slowest of {runs}: {max(seconds):.2f} s)",
        bar="5 s",
        memory=f"{done[0].memory:.0f} MB for a page of {PAGE:,} and what is remembered",
    )
    begun = time.process_time()
    days = every_due_date()
    yield Row(
        what=f"due date of every day from 1990 to 2100 ({days:,})",
        measured=f"{time.process_time() - begun:.2f} s",
        bar="2 s",
    )


def item_decisions(ground: Ground) -> Iterator[Row]:
    """The rows for `python -m bench`."""
    del ground
    yield from measured(ITEMS, RUNS)


def _told(counted: Counter[Fate]) -> str:
    return ", ".join(f"{one} {number:,}" for one, number in sorted(counted.items()))


if __name__ == "__main__":
    for row in measured(ITEMS, RUNS):
        sys.stdout.write(f"{row.what}: {row.measured} (bar {row.bar}) {row.memory}\n")
