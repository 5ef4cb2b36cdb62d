"""The figures of a house for Prometheus: counted in the database when asked, no id in a label."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dsr.db.clock import DatabaseClock
from dsr.db.outbox import OutboxMail
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services.house import House

SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Figures:
    """All figures of one app: the times of this process, and the ledger's counts."""

    def __init__(self, place: House) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "dsr_web_seconds", "Seconds until an answer began.", ("endpoint", "method", "code"),
            buckets=SLOW, registry=self.registry,
        )  # fmt: skip
        self.registry.register(Ledger(place))


class Ledger(Collector):
    """What stands in the database at the moment of asking."""

    def __init__(self, place: House) -> None:
        self._place = place

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing beforehand: registering asks the database nothing."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        with self._place.reading() as session:
            yield self._open_requests(session)
            yield _gauge("overdue_requests", "Open past their due date.", self._overdue(session))
            waiting, age = self._steps(session)
            yield _gauge("due_steps", "Steps that wait for a worker.", waiting)
            yield _gauge("oldest_due_step_seconds", "How long the oldest of them waits.", age)
            yield _gauge("steps_for_people", "Steps that wait for a person.", _by_hand(session))
            yield _gauge("outbox_waiting", "Mails that wait to go out.", _mails(session))
        clock = self._place.office.clock
        ahead = clock.difference if isinstance(clock, DatabaseClock) else 0.0
        yield _gauge("clock_ahead_seconds", "How far this host is ahead of the database.", ahead)

    def _open_requests(self, session: Session) -> GaugeMetricFamily:
        made = GaugeMetricFamily(
            "dsr_open_requests", "Open requests by practice and stage.",
            labels=("practice", "stage"),
        )  # fmt: skip
        wanted = (
            select(SubjectRequest.practice, RequestItem.stage, func.count())
            .join(SubjectRequest, SubjectRequest.id == RequestItem.request_id)
            .where(SubjectRequest.closed_at.is_(None))
            .group_by(SubjectRequest.practice, RequestItem.stage)
        )
        for practice, stage, count in session.execute(wanted):
            made.add_metric([practice, stage], count)
        return made

    def _overdue(self, session: Session) -> float:
        late = SubjectRequest.due < self._place.office.today()
        return _count(session, SubjectRequest.closed_at.is_(None), late)

    def _steps(self, session: Session) -> tuple[float, float]:
        now = self._place.office.now()
        free = or_(Step.lease_until.is_(None), Step.lease_until < now)
        wanted = select(func.count(), func.min(Step.next_at)).where(
            Step.outcome.is_(None), Step.needs_person.is_(False), Step.next_at <= now, free
        )
        count, oldest = session.execute(wanted).one()
        return float(count), (now - oldest).total_seconds() if oldest else 0.0


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dsr_{name}", words, value=value)


def _count(session: Session, *conditions: object) -> float:
    wanted = select(func.count(SubjectRequest.id)).where(*conditions)  # type: ignore[arg-type]
    return float(session.execute(wanted).scalar_one())


def _by_hand(session: Session) -> float:
    wanted = select(func.count(Step.id)).where(Step.outcome.is_(None), Step.needs_person.is_(True))
    return float(session.execute(wanted).scalar_one())


def _mails(session: Session) -> float:
    wanted = select(func.count(OutboxMail.id)).where(OutboxMail.outcome.is_(None))
    return float(session.execute(wanted).scalar_one())
