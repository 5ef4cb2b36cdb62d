"""Items that were decided, with plans and batches in any state; each test says what it cares of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.connector import Item
from dsr.core.letters import Letter
from dsr.core.letters_parts import Wait, Work
from dsr.core.plans import PlanLine, Treatment, to_json
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.subject import Level, Subject
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.columns import new_id
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.rendering.html import letter_html
from dsr.services import case, change_facts, suppress
from dsr.services.house import House
from dsr.vault.fields import seal_json, seal_text
from tests.makers import make_found, make_request

ERASE = Wish(
    right=Right.ERASURE, data={"what": ["other", "messages"], "reason": "", "understood": True}
)
DESTROY = Wish(right=Right.ERASURE, part="medical_file", data={"which": "", "understood": True})
CORRECT = Wish(
    right=Right.RECTIFICATION, data={"field": "phone", "now": "", "should": "06 0000 0456"}
)
RESTRICT = Wish(
    right=Right.RESTRICTION, data={"ground": "accuracy_contested", "what": ["messages"]}
)
OBJECT = Wish(right=Right.OBJECTION, data={"purposes": ["A.4"], "reason": "Ik wil dit niet."})
WITHDRAW = Wish(right=Right.WITHDRAWAL, data={"purposes": ["A.2"]})
TAKE = Wish(right=Right.PORTABILITY, data={"to": "me"})
DAY = date(2026, 3, 10)
PERSON = Subject(name="Anouk Voorbeeld", email="a@voorbeeld.example", phone="06 0000 0123")


@dataclass(frozen=True, kw_only=True)
class Did:
    """A batch as it came to stand; by default one that was done and read back."""

    system: str = "sendbird"
    dataset: str = "messages"
    verb: Verb = Verb.ERASE
    count: int = 3
    counts: Mapping[str, int] = field(default_factory=lambda: {"done": 3})
    outcome: Outcome | None = Outcome.DONE
    verified: bool = True
    by_hand: bool = False
    needs_person: bool = False
    purposes: tuple[str, ...] = ()


def line(treatment: Treatment = Treatment.ERASE, **changed: object) -> PlanLine:
    """A line of a plan; by default three messages that are erased on consent withdrawn."""
    values: dict[str, object] = {
        "system": "sendbird",
        "dataset": "messages",
        "activity": "A.2",
        "count": 3,
        "because": ("GDPR:17(1)(b)", "GDPR:7(3)"),
    }
    return PlanLine(treatment=treatment, **{**values, **changed})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What was decided on an item, and what was done for it."""

    wish: Wish = ERASE
    decision: Decision = Decision.GRANTED
    lines: tuple[PlanLine, ...] = ()
    did: tuple[Did, ...] = ()
    grounds: tuple[str, ...] = ("GDPR:17(1)(b)",)
    words: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    ended_how: str = "done"
    language: str = "nl"
    found: Mapping[str, Sequence[Item]] = field(default_factory=dict)


def decided(house: House, what: Decided) -> SubjectRequest:
    """A request whose one item stands so."""
    row = make_request(house, level=Level.IA4, wishes=(what.wish,), language=what.language)
    make_found(house, row, what.found)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        key, item = case.case_key(session, house.office, fresh), fresh.items[0]
        item.decision, item.decided_at = what.decision, house.office.now()
        item.grounds, item.facts = list(what.grounds), dict(what.facts)
        words = {"facts": "", "instead": "", "heard": "", **what.words}
        item.reasons_sealed = seal_json(key, ("request_items", "reasons_sealed", item.id), words)
        if what.lines:
            _plan(session, house, (fresh, item, key), what)
    return row


def _plan(
    session: Session,
    house: House,
    of: tuple[SubjectRequest, RequestItem, bytes],
    what: Decided,
) -> None:
    row, item, key = of
    now = house.office.now()
    plan = Plan(
        id=new_id(), request_id=row.id, item_id=item.id, number=1, digest="d", seen_digest="s",
        summary={"lines": [to_json(one) for one in what.lines]}, made_at=now, begun_at=now,
        cool_until=now - timedelta(days=1), ended_how=what.ended_how,
    )  # fmt: skip
    session.add(plan)
    session.flush()
    for number, one in enumerate(what.did, 1):
        session.add(_batch(house, (row, item, key), plan, (number, one)))


def _batch(
    house: House,
    of: tuple[SubjectRequest, RequestItem, bytes],
    plan: Plan,
    what: tuple[int, Did],
) -> Batch:
    (row, item, key), (number, did) = of, what
    batch_id, now = new_id(), house.office.now()
    detail = {"purposes": list(did.purposes)}
    proof = seal_text(key, ("batches", "proof_sealed", batch_id), "Gebeld op 9 maart.")
    return Batch(
        id=batch_id, plan_id=plan.id, request_id=row.id, item_id=item.id, practice=row.practice,
        system=did.system, dataset=did.dataset, verb=did.verb, phase=1, number=number,
        count=did.count, digest="d", next_at=now, counts=dict(did.counts), outcome=did.outcome,
        needs_person=did.needs_person, finished_at=now if did.outcome else None,
        verified_at=now if did.outcome and did.verified and not did.by_hand else None,
        proof_sealed=proof if did.by_hand else None,
        refs_sealed=seal_json(key, ("batches", "refs_sealed", batch_id), {"refs": []}),
        detail_sealed=seal_json(key, ("batches", "detail_sealed", batch_id), detail),
    )  # fmt: skip


def letter_of(house: House, row: SubjectRequest, place: int = 0) -> Letter:
    """The letter that the item calls for now."""
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        return change_facts.letter(session, house.office, fresh, fresh.items[place])


def made(house: House, what: Decided) -> Any:
    """The letter of an item that stands so; its words are made too, so none is missing."""
    letter = letter_of(house, decided(house, what))
    letter_html(letter)
    return letter


def rows(letter: Any) -> list[tuple[str, Work, int]]:
    """What a letter says was done."""
    return [(one.dataset, one.work, one.count) for one in letter.done]


def waits(letter: Any) -> list[tuple[str, Wait, int]]:
    """What a letter says is not finished."""
    return [(one.dataset, one.wait, one.count) for one in letter.unfinished]


def suppressed(house: House, what: Decided, purpose: str) -> Any:
    """The letter once a purpose is on our own list."""
    row = decided(house, what)
    with house.writing() as session:
        suppress.add(session, house.office, row, purpose, PERSON)
    letter = letter_of(house, row)
    letter_html(letter)
    return letter
