"""Somebody who wants everything erased, as far as the plan that two people agreed on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bench.driver import Account, Driver
from bench.house import wait
from dsr.core.subject import Channel, Subject
from dsr.core.wishes import Wish
from dsr.db import plans, subject_requests
from dsr.db.plans import Batch, Plan
from dsr.db.staff import by_login
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import beginning, receive, resolve, review, staff_login
from dsr.services.case import Who
from dsr.services.receive import Asked
from dsr.services.resolve import Resolution
from dsr.services.staff_login import NewStaff, who_is

SECOND = "bench-second"
ALL = Wish(right=Right.ERASURE, data={"what": ["all"], "reason": "", "understood": True})
ENDED = "SELECT ended_how FROM plans WHERE request_id = %s ORDER BY number DESC LIMIT 1"

ANSWERED = "SELECT 1 FROM request_items WHERE request_id = %s AND stage = 'replying'"


@dataclass
class Erasing:
    """Brings requests for erasure to their approved plan, and lets them be carried out.

    The officer decides and another person approves, through the services that the desk's pages
    call. Only the days of cooling off are not waited for: their end is set to this moment.
    """

    driver: Driver
    approver: Who = field(init=False)

    def __post_init__(self) -> None:
        self.approver = second_person(self.driver)

    def searched(self, account: Account) -> str:
        """A request that is in review; its id."""
        house = self.driver.running.house
        asked = Asked(
            practice=self.driver.practice,
            channel=Channel.DESK,
            language="nl",
            subject=Subject(name=account.name, birth_date=account.birth_date, email=account.email),
            wishes=(ALL,),
        )
        with house.writing() as session:
            row = receive.receive(session, house.office, asked, self.driver.officer)
            reference = row.reference
        request_id = self.driver.show_card(reference)
        self.driver.wait_searched(request_id)
        return request_id

    def resolve(self, request_id: str) -> None:
        """The officer decides on what was found: the plan is frozen."""
        house = self.driver.running.house
        with house.writing() as session:
            row, item = item_of(session, request_id, lock=True)
            made = Resolution(seen=review.review_digest(session, row))
            resolve.resolve(session, house.office, (row, item), made, self.driver.officer)

    def preview(self, request_id: str) -> int:
        """What the page of the plan shows before a decision; how many items the plan has."""
        house = self.driver.running.house
        with house.reading() as session:
            what = item_of(session, request_id)
            drawn = resolve.preview(session, house.office, what)[1]
        return sum(line.count for line in drawn.lines)

    def approve(self, request_id: str) -> None:
        """The second person agrees with exactly this plan."""
        house = self.driver.running.house
        with house.writing() as session:
            what = item_of(session, request_id, lock=True)
            plan = plans.current(session, what[1].id)
            digest = plan.digest if plan else ""
            resolve.approve(session, house.office, what, digest, self.approver)

    def run(self, request_id: str) -> None:
        """Begin it, and wait until every receipt was read back."""
        house = self.driver.running.house
        with house.writing() as session:
            plan = plans.of_item(session, item_of(session, request_id)[1].id)[-1]
            plan.cool_until = house.office.now()
            session.flush()
            beginning.begin_cooled(session, house.office, house.office.now())
        wait(lambda: self.has_ended(request_id))

    def has_ended(self, request_id: str) -> bool:
        """Whether the plan is at its end, whatever that is."""
        found = self.driver.looking.execute(ENDED, (request_id,)).fetchone()
        return found is not None and found[0] != ""

    def wait_answered(self, request_id: str) -> None:
        """Wait until its letter is made, so that the next is measured by itself."""
        wait(lambda: self.driver.looking.execute(ANSWERED, (request_id,)).fetchone() is not None)

    def approved(self, account: Account) -> str:
        """All the way to an approved plan that cools off; the request's id."""
        request_id = self.searched(account)
        self.resolve(request_id)
        self.approve(request_id)
        return request_id

    def proved(self, request_id: str) -> Mapping[str, int]:
        """What became of the items; an error when the plan ended otherwise than done."""
        house = self.driver.running.house
        with house.reading() as session:
            plan = plans.of_item(session, item_of(session, request_id)[1].id)[-1]
            return outcomes(plan, plans.batches(session, plan.id))


def outcomes(plan: Plan, batches: list[Batch]) -> Mapping[str, int]:
    """How many references met which outcome in a plan that is done and read back."""
    if plan.ended_how != "done" or not all(one.verified_at for one in batches):
        raise SystemExit(f"The plan ended otherwise: {plan.ended_how}.")
    counts: dict[str, int] = {}
    for batch in batches:
        for name, count in batch.counts.items():
            counts[name] = counts.get(name, 0) + int(count)
    return counts


def item_of(
    session: Session, request_id: str, *, lock: bool = False
) -> tuple[SubjectRequest, RequestItem]:
    """A request and its one item."""
    row = subject_requests.by_id(session, request_id, lock=lock)
    return row, row.items[0]


def second_person(driver: Driver) -> Who:
    """A second member of staff, who approves and never decides."""
    house = driver.running.house
    with house.writing() as session:
        row = by_login(session, SECOND)
        if row is None:
            new = NewStaff(
                login=SECOND,
                name="Tweede meetmedewerker",
                password=secrets.token_urlsafe(16),
                roles=("approver",),
                practices=tuple(practice.id for practice in house.office.register.practices),
                person_key=SECOND,
            )
            row = staff_login.make(session, house.office, new)[0]
        return who_is(row)
