"""Requests that change something, walked as far as a test needs: decided, approved, begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsr.core.connector import Item
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db import plans, subject_requests
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import agreed, beginning, resolve, review, staff_login, weighing
from dsr.services.case import Who
from dsr.services.house import House
from dsr.services.resolve import Resolution
from tests.fakes import FakeSystem, one, pages_of, systems_of, work_through
from tests.makers import NOON, make_found, make_house, make_item, make_request, make_staff

ERASE_ALL = Wish(right=Right.ERASURE, data={"what": ["all"], "reason": "", "understood": True})
ERASE_MESSAGES = Wish(
    right=Right.ERASURE, data={"what": ["messages"], "reason": "", "understood": True}
)
DESTROY = Wish(right=Right.ERASURE, part="medical_file", data={"which": "", "understood": True})
RESTRICT = Wish(
    right=Right.RESTRICTION,
    data={"ground": "accuracy_contested", "what": ["messages"], "until": ""},
)
WITHDRAW = Wish(right=Right.WITHDRAWAL, data={"purposes": ["A.2"]})
CORRECT_EMAIL = Wish(
    right=Right.RECTIFICATION,
    data={"field": "email", "now": "", "should": "nieuw@voorbeeld.example"},
)


def messages(count: int = 3) -> list[Item]:
    """Messages of the subject, sent of late."""
    return [
        make_item(
            dataset="messages", kind="message", ref=f"m-{n}", data={"text": f"bericht {n}"},
            dates={"sent": NOON},
        )
        for n in range(count)
    ]  # fmt: skip


def account(**data: Any) -> Item:
    """The subject's account in the app."""
    held = {"email": "anouk@voorbeeld.example", "first_name": "Anouk", **data}
    return make_item(dataset="account", kind="account", ref="a-1", data=held)


@dataclass
class Walk:
    """One request with its staff and its systems; every step commits."""

    house: House
    row: SubjectRequest
    officer: Who
    approver: Who
    systems: dict[str, FakeSystem] = field(default_factory=dict)

    @property
    def item(self) -> RequestItem:
        """Its first item, as it is now."""
        with self.house.reading() as session:
            return subject_requests.by_id(session, self.row.id).items[0]

    def items(self) -> list[RequestItem]:
        """All items, as they are now."""
        with self.house.reading() as session:
            return list(subject_requests.by_id(session, self.row.id).items)

    def say(self, activity: str, item: int = 0, **facts: object) -> None:
        """The officer says facts about a purpose."""
        with self.house.writing() as session:
            row = subject_requests.by_id(session, self.row.id, lock=True)
            told = weighing.Facts(activity=activity, facts=facts)
            what = (row, row.items[item])
            weighing.say(session, self.house.office, what, told, self.officer)

    def resolve(self, item: int = 0, **changed: Any) -> RequestItem:
        """The officer decides on what the page shows now."""
        with self.house.writing() as session:
            row = subject_requests.by_id(session, self.row.id, lock=True)
            values: dict[str, Any] = {
                "seen": review.review_digest(session, row),
                "facts": "De redenen staan in het dossier.",
                "instead": "Niets anders was mogelijk.",
                "heard": "De functionaris las het en is het eens.",
            }
            made = Resolution(**{**values, **changed})
            return resolve.resolve(
                session, self.house.office, (row, row.items[item]), made, self.officer
            )

    def approve(self, item: int = 0, by: Who | None = None, digest: str | None = None) -> None:
        """Another person approves the plan as it is."""
        with self.house.writing() as session:
            row = subject_requests.by_id(session, self.row.id, lock=True)
            what = (row, row.items[item])
            plan = plans.current(session, what[1].id)
            digest = digest if digest is not None else agreed.digest(what[1], plan)
            resolve.approve(session, self.house.office, what, digest, by or self.approver)

    def begin(self) -> int:
        """Begin what has cooled off by the clock of the house."""
        with self.house.writing() as session:
            office = self.house.office
            return beginning.begin_cooled(session, office, office.now())

    def work(self) -> None:
        """Let workers do all that is due."""
        work_through(self.house, self.systems)

    def plan(self, item: int = 0) -> Plan:
        """The newest plan of an item."""
        with self.house.reading() as session:
            return plans.of_item(session, self.items()[item].id)[-1]

    def batches(self, item: int = 0) -> list[Batch]:
        """The batches of the newest plan."""
        with self.house.reading() as session:
            return plans.batches(session, self.plan(item).id)


def make_walk(
    house: House,
    *wishes: Wish,
    found: Mapping[str, Sequence[Item]] | None = None,
    level: Level = Level.IA4,
) -> Walk:
    """A request that is in review, with what was found still in the systems."""
    officer = staff_login.who_is(make_staff(house))
    approver = staff_login.who_is(make_staff(house, login="second", roles=("approver",)))
    row = make_request(house, level=level, wishes=wishes)
    found = {"sendbird": messages()} if found is None else found
    make_found(house, row, found)
    systems = {name: _system(items) for name, items in found.items()}
    return Walk(house, row, officer, approver, systems_of(house, **systems))


def _system(items: Sequence[Item]) -> FakeSystem:
    kinds = dict.fromkeys(item.dataset for item in items)
    pages = {kind: pages_of([item for item in items if item.dataset == kind]) for kind in kinds}
    return FakeSystem(located=one("p-1"), pages=pages, datasets=tuple(kinds))  # type: ignore[arg-type]


__all__ = ["Walk", "make_house", "make_walk"]
