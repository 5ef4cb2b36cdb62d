"""Why the law proposes what it does, as the desk and the terminal both show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from dsr.core.acting_dates import facts_by, window_of
from dsr.core.purposes import Purpose
from dsr.core.register import Register
from dsr.core.words import Words
from dsr.law import words
from dsr.law.activity import Activity
from dsr.law.articles import article
from dsr.law.authority import Act, Acting, Field, Role
from dsr.law.case import Case
from dsr.law.deadlines import DeadlineFacts, Kind, Term, deadline
from dsr.law.decide import decide
from dsr.law.errors import MissingFact
from dsr.law.facts import checked
from dsr.law.identity import Needed, level_needed
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.representatives import acting_from
from dsr.law.retention import Kept, RetentionRule, keep_until, own_rules
from dsr.law.rights import Right
from dsr.law.windows import Window

#: who comes for their own data; all others act for somebody
ITSELF = frozenset(
    {Role.SELF, Role.CHILD, Role.THIRD_PARTY_MENTIONED, Role.EMPLOYEE, Role.CARE_PROVIDER}
)
#: the medical file has periods of its own (BW 7:455, 7:456)
WGBO = MappingProxyType({Act.DESTRUCTION: Kind.WGBO_DESTRUCTION, Act.ACCESS: Kind.WGBO_ACCESS})

_SURE = "verified"


@dataclass(frozen=True)
class Told:
    """A code of the law and its words in one language; both empty where there is none."""

    code: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An article: its code, its citation, what it says to the person, its official text."""

    code: str
    cited: str
    words: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """A proposal in one language: each code with its words.

    `asked` is who has to judge and `question` what about; empty where the law asks nobody.
    """

    outcome: Told
    grounds: tuple[Ground, ...]
    actions: tuple[Told, ...]
    asked: Told
    question: Told


@dataclass(frozen=True, kw_only=True)
class Period:
    """How long data may be kept under one rule.

    Without any of the events that `missing` names it cannot be said; one of them is enough.
    """

    rule: RetentionRule
    kept: Kept | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """A right on a processing activity, with what is known. Facts of the law's vocabulary.

    `rules` are the retention rules of that activity, `events` what happened to its data, `special`
    says that they are special categories (Art. 9) or messages, `contact_settled` that the contact
    data on file are no recent ones. `dates` decide who may act (`acting_dates.DATES`).
    """

    right: Right
    activity: Activity
    facts: Mapping[str, object]
    today: date
    special: bool = True
    contact_settled: bool = True
    rules: tuple[RetentionRule, ...] = ()
    events: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    received: datetime | date | None = None
    dates: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The law's answer in one language, with all that led to it.

    `term` is None while it is not said when the request was received. `needed` is the assurance of
    who asks, and what else the act needs (Art. 12(6), 32). `afterwards` is what the law would
    propose to the person itself, while the proposal still waits for who asks. `window` says from
    when until when somebody who acts for another may do so, where dates tell it.
    """

    proposal: Proposal
    reasons: Reasons
    afterwards: Reasons | None
    periods: tuple[Period, ...]
    term: Term | None
    needed: Needed
    window: Window | None = None


def explain(question: Question, language: str) -> Explanation:
    """What the law proposes and why, in `nl` or `en`; `LawError` names what cannot be."""
    found = window_of(_acting(question), question.dates, today=question.today)
    question = _dated(question, found)
    proposal = decide(question.right, question.activity, question.facts)
    acting = _acting(question)
    return Explanation(
        proposal=proposal,
        reasons=reasons(proposal, language),
        afterwards=_afterwards(question, proposal, language),
        periods=tuple(_period(rule, question.events) for rule in question.rules),
        term=_term(question, acting),
        needed=_needed(question, acting),
        window=None if acting.role in ITSELF or not question.dates else found,
    )


def _dated(question: Question, found: Window | None) -> Question:
    if not question.dates:
        return question
    acting, dates = _acting(question), question.dates
    facts = facts_by(question.facts, acting, dates, found, today=question.today)
    return replace(question, facts=facts)


def _afterwards(question: Question, proposal: Proposal, language: str) -> Reasons | None:
    """An outlook for the reader, never a decision: it takes for proved what is not."""
    if proposal.outcome is not Outcome.VERIFY_IDENTITY or question.facts.get("identity") == _SURE:
        return None
    if question.facts.get("requester", Role.SELF) != Role.SELF:
        return None
    facts = {**question.facts, "identity": _SURE, "requester": str(Role.SELF)}
    return reasons(decide(question.right, question.activity, facts), language)


def reasons(proposal: Proposal, language: str) -> Reasons:
    """A proposal in words, in `nl` or `en`."""
    return Reasons(
        outcome=Told(proposal.outcome, words.outcome(proposal.outcome, language)),
        grounds=tuple(_ground(code, language) for code in proposal.grounds),
        actions=tuple(Told(code, words.action(code, language)) for code in proposal.actions),
        asked=_asked(proposal.asks, language),
        question=_question(proposal.question, language),
    )


def rules_of(register: Register, activity_id: str) -> tuple[RetentionRule, ...]:
    """The retention rules of a purpose or of a part of one, in the register's order."""
    known = {**own_rules(), **register.retention_rules}
    return tuple(known[name] for name in dict.fromkeys(_rule_ids(register, activity_id)))


def name_of(register: Register, activity_id: str) -> Words:
    """The name of a purpose or of a part of one."""
    purpose = _purpose(register, activity_id)
    return next((part.name for part in purpose.parts if part.id == activity_id), purpose.name)


def is_special(register: Register, activity_id: str) -> bool:
    """Whether a purpose or a part of one holds special categories of data, or messages.

    Its datasets say so; where none is connected, its categories do.
    """
    held = [
        dataset.special or bool(dataset.special_kinds)
        for system in register.systems
        for dataset in system.datasets
        if activity_id == (dataset.part or dataset.purpose)
    ]
    return any(held) if held else any(one.special for one in _purpose(register, activity_id).held)


def _purpose(register: Register, activity_id: str) -> Purpose:
    """The purpose with this id, or the one that has a part with it."""
    for purpose in register.purposes:
        if any(part.id == activity_id for part in purpose.parts):
            return purpose
    return register.purpose(activity_id)


def _rule_ids(register: Register, activity_id: str) -> Iterator[str]:
    purpose = _purpose(register, activity_id)
    part = next((part for part in purpose.parts if part.id == activity_id), None)
    yield from (one.rule for one in (part or purpose).rules)


def _ground(code: str, language: str) -> Ground:
    found = article(code)
    return Ground(
        code=code,
        cited=found.cited(language),
        words=found.words(language),
        url=found.link(language),
    )


def _asked(asks: Asks, language: str) -> Told:
    return Told(asks, words.asks(asks, language)) if asks else Told()


def _question(code: str, language: str) -> Told:
    return Told(code, words.question(code, language)) if code else Told()


def _period(rule: RetentionRule, events: Mapping[str, object]) -> Period:
    """An event that another rule counts from is no mistake: this one lacks its own."""
    try:
        return Period(rule=rule, kept=keep_until(rule, events))
    except MissingFact as missing:
        return Period(rule=rule, missing=tuple(missing.name.split(" or ")))


def _acting(question: Question) -> Acting:
    """Who does what to which data; an object of another nature than its purpose counts as such."""
    facts = checked(question.facts)
    case = Case(right=question.right, activity=question.activity, facts=facts)
    return acting_from(question.right, case.nature, facts)


def _needed(question: Question, acting: Acting) -> Needed:
    return level_needed(
        acting.act,
        acting.field,
        special=question.special,
        by_representative=acting.role not in ITSELF,
        contact_settled=question.contact_settled,
    )


def _term(question: Question, acting: Acting) -> Term | None:
    if question.received is None:
        return None
    in_file = acting.field is Field.CARE_FILE
    kind = WGBO.get(acting.act, Kind.GDPR) if in_file else Kind.GDPR
    facts = DeadlineFacts(kind=kind, received=question.received)
    return deadline(facts, today=question.today)
