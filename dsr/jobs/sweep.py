"""The sweeper: rings again for all that is due, publishes heads, clears what has expired.

It trusts nothing but the database, so a lost queue, a dead worker or a lost ring is mended
within seconds without anybody's help (I10).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import DsrError
from dsr.core.stages import Stage
from dsr.db import holds, outbox, plans, steps
from dsr.db.answers import Package
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.db.visits import Tally, Visit
from dsr.jobs.bell import CHANGE, HOLD, MAIL, STEP, Bell
from dsr.services import (
    beginning,
    case,
    handing_over,
    heads,
    hold,
    idempotency,
    notify,
    one_by_one,
    own_purge,
    processor_task,
    proof_files,
    release,
)
from dsr.services.case import SYSTEM, Told
from dsr.services.house import House
from dsr.services.ledger_watch import LedgerWatch
from dsr.services.plan import BY_HAND

log = structlog.get_logger()
EVERY = 2.0
AT_ONCE = 200
#: holds of one round: nobody waits for them, and whoever is proved goes first
FEW = 20
TIDY_EVERY = 60


@dataclass(kw_only=True)
class Sweeper:
    """Runs beside a worker, in a thread of its own; several may run, all writes are safe twice."""

    house: House
    bell: Bell
    stopped: threading.Event = field(default_factory=threading.Event)
    known_heads: dict[str, int] = field(default_factory=dict)
    purged_on: date | None = None
    watch: LedgerWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = LedgerWatch(house=self.house)

    def start(self) -> threading.Thread:
        """Begin sweeping in the background."""
        thread = threading.Thread(target=self.run, name="sweeper", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Sweep until stopped."""
        turn = 0
        while not self.stopped.wait(EVERY):
            turn += 1
            try:
                self.sweep(tidy_too=turn % int(TIDY_EVERY / EVERY) == 0)
            except (SQLAlchemyError, RedisError, DsrError, OSError) as error:
                # The next sweep is two seconds away; whatever is wrong shows in /readyz.
                log.warning("sweep_failed", error=type(error).__name__)

    def sweep(self, *, tidy_too: bool = False) -> None:
        """One round; none while the database is older than the erasure ledger (T73)."""
        self.watch.refuse()
        heads.publish(self.house, self.known_heads)
        if self.bell.waiting() == 0:
            self._ring_for_all_due()
        if tidy_too:
            tidy(self.house)
            self._purge_daily()

    def _purge_daily(self) -> None:
        """What this desk itself keeps too long goes once a day, and after every start."""
        today = self.house.office.today()
        if self.purged_on != today:
            own_purge.purge(self.house)
            self.purged_on = today
        else:
            own_purge.finish(self.house)

    def _ring_for_all_due(self) -> None:
        now = self.house.office.now()
        with self.house.reading() as session:
            waiting = steps.due(session, now, AT_ONCE)
            mails = outbox.due(session, now, AT_ONCE)
            changes = plans.due(session, now, AT_ONCE)
            held = holds.due(session, now, FEW)
            cooled = beginning.any_cooled(session, now)
        if cooled:
            with self.house.writing() as session:
                beginning.begin_cooled(session, self.house.office, now)
        self.bell.ring(STEP, waiting)
        self.bell.ring(MAIL, mails)
        self.bell.ring(CHANGE, changes)
        self.bell.ring(HOLD, held)


def tidy(house: House) -> None:
    """Clear what has expired: packages, visits, tallies, old idempotency keys, torn blobs."""
    for part in _PARTS:
        try:
            with house.writing() as session:
                part(session, house)
        except DsrError as error:
            # What is wrong with one kind of work does not hold up the others.
            log.warning("tidy_failed", part=part.__name__, error=type(error).__name__)
    house.office.vault.store.sweep(timedelta(hours=6))


def renew_answers(session: Session, house: House) -> int:
    """Make unsent answers of an earlier day afresh, with the dates of today."""
    wanted = select(RequestItem.request_id).where(RequestItem.stage == Stage.REPLYING)
    oldest_first = wanted.distinct().order_by(RequestItem.request_id)
    waiting = session.scalars(oldest_first.limit(AT_ONCE * 10)).all()
    return one_by_one.each(
        session,
        "renewed",
        waiting,
        lambda one: release.renew(session, house.office, session.get_one(SubjectRequest, one)),
    )


def remind_by_hand(session: Session, house: House) -> int:
    """Remind the practice of systems that a person still has to search, every so many days.

    The reply waits for it, or names it as not yet searched; it is never forgotten.
    """
    now, reminded = house.office.now(), 0
    wanted = select(Step).where(
        Step.outcome.is_(None), Step.needs_person.is_(True), Step.next_at < now
    )
    for row in session.scalars(wanted.limit(AT_ONCE)):
        if row.trouble != BY_HAND:
            continue
        days = house.office.register.system(row.system).remind_after_days
        first = row.attempts == 0
        row.attempts, row.next_at = row.attempts + 1, now + timedelta(days=days)
        if first:
            continue  # the first look only sets the date
        subject_request = session.get_one(SubjectRequest, row.request_id)
        notify.remind_practice(session, house.office, subject_request, f"{row.id}-{row.attempts}")
        told = Told(who=SYSTEM, action=Action.REMINDED, body={"system": row.system})
        case.tell(session, house.office, subject_request, told)
        reminded += 1
    return reminded


def destroy_expired_packages(session: Session, house: House) -> int:
    """Destroy packages whose time is over; the event stays, the bytes do not.

    A package that waits for the officer to send it is left alone: its days have not begun.
    """
    now = house.office.now()
    wanted = (
        select(Package)
        .join(RequestItem, RequestItem.id == Package.item_id)
        .where(
            Package.destroyed_at.is_(None),
            Package.expires_at < now,
            RequestItem.stage == Stage.CLOSED,
        )
    )
    rows = list(session.scalars(wanted.limit(AT_ONCE)))
    for row in rows:
        house.office.vault.delete(row.blob)
        row.destroyed_at = now
        subject_request = session.get_one(SubjectRequest, row.request_id)
        told = Told(who=SYSTEM, action=Action.PACKAGE_DESTROYED, body={"package": row.id})
        case.tell(session, house.office, subject_request, told)
    return len(rows)


def forget_proofs(session: Session, house: House) -> int:
    """Destroy what was sent along with corrections that were closed some weeks ago."""
    return proof_files.forget(session, house.office)


def begin_cooled(session: Session, house: House) -> int:
    """Begin erasures whose days of cooling off are over."""
    return beginning.begin_cooled(session, house.office, house.office.now())


def hand_over(session: Session, house: House) -> int:
    """Ask persons whose turn came after their plan began."""
    return handing_over.look_again(session, house.office)


def remind_processors(session: Session, house: House) -> int:
    """Remind processors of what they were asked."""
    return processor_task.remind_due(session, house.office)


def end_holds(session: Session, house: House) -> int:
    """End holds that nobody needs any more."""
    return hold.end_over(session, house.office)


def forget(session: Session, house: House) -> None:
    """Forget visits, tallies and idempotency keys that are over."""
    now = house.office.now()
    session.execute(delete(Visit).where(Visit.expires_at < now))
    session.execute(delete(Tally).where(Tally.window < now - timedelta(days=2)))
    idempotency.forget_old(session, house.office)


_PARTS: tuple[Callable[[Session, House], object], ...] = (
    destroy_expired_packages,
    forget_proofs,
    remind_by_hand,
    renew_answers,
    begin_cooled,
    hand_over,
    remind_processors,
    end_holds,
    forget,
)
