"""The law itself, asked for any right and purpose: what it proposes, and why. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.explanation import Explanation, Question, explain, is_special, name_of, rules_of
from dsr.core.subject import Level
from dsr.db.subject_requests import SubjectRequest
from dsr.law import words
from dsr.law.errors import LawError, UnknownValue
from dsr.law.facts import VOCABULARY, parsed
from dsr.law.identity import level_for
from dsr.law.rights import Right
from dsr.web.current import house
from dsr.web.desk.acting import Fault, opened
from dsr.web.desk.door import staff_only
from dsr.web.desk.fact_fields import fact_field, words_of_fact
from dsr.web.words import language

#: facts that nearly every question turns on; all others are folded away
FIRST = ("identity", "requester", "object", "age", "child_age")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The form as it was sent, or as it begins."""

    right: str
    purpose: str
    facts: Mapping[str, str] = field(default_factory=dict)


@staff_only("officer")
def law_page(reference: str) -> ResponseReturnValue:
    """What the law proposes on this request, to begin with for access."""
    with house().reading() as db:
        return _page(db, opened(db, reference), None)[0]


@staff_only("officer")
def law_asked(reference: str) -> ResponseReturnValue:
    """What the law proposes on the facts that were filled in; nothing of it is kept."""
    facts = {name: request.form.get(name, "").strip() for name in VOCABULARY}
    right, purpose = request.form.get("right", ""), request.form.get("purpose", "")
    typed = Asked(right=right, purpose=purpose, facts=facts)
    with house().reading() as db:
        return _page(db, opened(db, reference), typed)


def _page(db: Session, row: SubjectRequest, typed: Asked | None) -> tuple[str, int]:
    asked = typed or _beginning(row)
    told, fault = None, None
    try:
        told = explain(_question(row, asked), language())
    except LawError as error:
        fault = Fault(error.name, words_of_fact(error))
    return _shown(row, asked, told, fault), 200 if fault is None else 422


def _beginning(row: SubjectRequest) -> Asked:
    """The right that was asked for, and what is known of every case."""
    purpose = house().office.register.activity_ids[0]
    sure = Level(row.level).reaches(Level(level_for(special=_special(purpose))))
    facts = {"identity": "verified" if sure else "unverified", "requester": "self"}
    return Asked(right=row.items[0].right, purpose=purpose, facts=facts)


def _question(row: SubjectRequest, asked: Asked) -> Question:
    office = house().office
    right = Right(_one_of("right", asked.right, list(Right)))
    purpose = _one_of("purpose", asked.purpose, office.register.activity_ids)
    return Question(
        right=right,
        activity=office.register.activity(purpose),
        facts={name: parsed(name, text) for name, text in asked.facts.items() if text},
        today=office.today(),
        special=_special(purpose),
        rules=rules_of(office.register, purpose),
        received=row.received_at,
    )


def _special(purpose: str) -> bool:
    return is_special(house().office.register, purpose)


def _one_of(name: str, typed: str, known: Iterable[str]) -> str:
    if typed not in known:
        raise UnknownValue(name, typed, known)
    return typed


def _shown(row: SubjectRequest, asked: Asked, told: Explanation | None, fault: Fault | None) -> str:
    register = house().office.register
    fields = {name: fact_field(name, asked.facts.get(name, "")) for name in VOCABULARY}
    more = [fields[name] for name in fields if name not in FIRST]
    opened_more = any(one.typed for one in more) or (
        fault is not None and fault.field in {one.name for one in more}
    )
    return render_template(
        "desk/law.html",
        row=row,
        asked=asked,
        told=told,
        fault=fault,
        rights=[(right, words.right(right, language())) for right in Right],
        purposes=[(one, name_of(register, one).in_(language())) for one in register.activity_ids],
        first=[fields[name] for name in FIRST],
        more=sorted(more, key=lambda one: one.label),
        opened_more=opened_more,
        gates=[words.gate(one, language()) for one in told.needed.gates] if told else [],
        otherwise=[
            (words.condition(one, language()), level) for one, level in told.needed.otherwise
        ]
        if told
        else [],
    )
