"""The facts of a letter about a change: from the item, its plan and its batches.

A letter never calls done what was not read back or proved: then it is `NotReady`, or says plainly
that it is not finished. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotReady
from dsr.core.letters import Facts, IdentityWay, Letter, NotProved, SourceAnswer
from dsr.core.letters_changes import (
    DestructionAnswer,
    DestructionWarning,
    ErasureAnswer,
    ObjectionAnswer,
    PortabilityAnswer,
    RectificationAnswer,
    RestrictionAnswer,
    RestrictionLifting,
    WithdrawalAnswer,
    Withdrawn,
)
from dsr.core.letters_parts import NotDone
from dsr.core.letters_words import CONSEQUENCES, NO_LONGER_USED
from dsr.core.plans import PlanLine
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.wishes import OTHER_USE
from dsr.db import plans
from dsr.db.events import Event
from dsr.db.holds import Restriction
from dsr.db.plans import Batch
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.articles import article
from dsr.law.calendar import civil_date
from dsr.law.deadlines import court_until
from dsr.law.restriction import GROUNDS
from dsr.law.rights import Right
from dsr.services import case, change_told, facts, found, wishes, withdrawing
from dsr.services.change_done import Outcomes, outcomes
from dsr.services.change_gathered import Gathered, day_of, gather, plan_of
from dsr.services.change_kept import instead, not_done
from dsr.services.change_portable import portion
from dsr.services.office import Office

#: fields whose new value may stand in a letter, if it is short
_SHOWN = frozenset({"name", "birth_date", "email", "phone", "address"})
_LONGEST_SHOWN = 100
#: articles that every withdrawal rests on, and that its letter says anyway
_OF_EVERY_WITHDRAWAL = frozenset({"GDPR:7(3)", "GDPR:17(1)(b)", "GDPR:21(6)", "BW:7:458(2)(c)"})
NO_ANSWER = "This part has no decision that a letter can tell; decide on it first."


def letter(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> Letter:
    """The letter that the decision on an item calls for.

    `NotReady` while a system is still being changed, `BadInput` where what was done and what was
    decided contradict each other.
    """
    decision = Decision(item.decision) if item.decision else None
    if decision is None or decision is Decision.TRANSFERRED:
        raise NotReady(NO_ANSWER)
    if decision is Decision.NOT_PROVED:
        return _not_proved(session, office, row, item)
    if decision is Decision.WITHDRAWN:
        return _withdrawn(session, office, row, item)
    about = gather(session, office, row, item)
    if item.facts.get("lifting"):
        return _lifting(session, about)
    return _LETTERS[about.wish.kind](session, about, _told(session, about))


def destruction_warning(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> DestructionWarning:
    """What destroying means, sent before the person confirms it."""
    return DestructionWarning(
        facts=_facts(session, office, row, item),
        confirm_url=f"{office.public_url}/{row.language}/volgen",
    )


def _facts(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> Facts:
    return replace(facts.common(session, office, row), right=Right(item.right))


def _not_proved(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> NotProved:
    return NotProved(
        facts=replace(_facts(session, office, row, item), recipient=""),
        asked=civil_date(row.received_at),
        ways=tuple(IdentityWay),
        kinds=facts.kinds_of(row),
        court_until=court_until(office.today()),
    )


def _withdrawn(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> Withdrawn:
    """Of an erasure that was planned the letter says what was stopped."""
    kind = "destruction" if item.part else str(item.right)
    approved = [one for one in plans.of_item(session, item.id) if one.cool_until is not None]
    others = [one for one in row.items if one.id != item.id]
    open_still = any(one.decision != Decision.WITHDRAWN for one in others)
    begun = _has_begun(session, row)
    stopped = approved and item.right == Right.ERASURE and (open_still or not others)
    return Withdrawn(
        # It leaves at IA0, as the request did that is taken back; so it names nobody (T18).
        facts=replace(_facts(session, office, row, item), recipient=""),
        day=civil_date(item.decided_at or office.now()),
        kind=kind if stopped and not begun else "",
        still_open=open_still,
        begun=begun,
    )


def _has_begun(session: Session, row: SubjectRequest) -> bool:
    """Whether a plan that ended half-way had changed something, or may have."""
    taken_back = [one.id for one in row.items if one.decision == Decision.WITHDRAWN]
    wanted = select(Batch.id).where(
        Batch.item_id.in_(taken_back), Batch.acting_at.is_not(None), Batch.verb != Verb.LOOK_AGAIN
    )
    return session.scalars(wanted.limit(1)).first() is not None


def _lifting(session: Session, about: Gathered) -> RestrictionLifting:
    """The notice that a restriction will end (Art. 18(3)), and later that it has ended."""
    restriction, why = _restriction_of(session, about)
    return RestrictionLifting(
        facts=_facts(session, about.office, about.row, about.item),
        ground=restriction.ground,
        since=civil_date(restriction.since),
        ends_on=_first_day_of_use(about.office, restriction),
        why=why,
        where=tuple(dict.fromkeys(about.what(line) for line in about.lines)),
        court_until=court_until(about.office.today()),
        ended=restriction.lifted_at is not None,
    )


def _restriction_of(session: Session, about: Gathered) -> tuple[Restriction, str]:
    """The restriction of an item, and the officer's words with its announcement."""
    wanted = select(Restriction).where(Restriction.item_id == about.item.id)
    restriction = session.scalars(wanted.order_by(Restriction.since.desc())).first()
    told = select(Event).where(
        Event.practice == about.row.practice,
        Event.request_id == about.row.id,
        Event.action == Action.RESTRICTION_LIFTED.value,
    )
    for event in session.scalars(told.order_by(Event.seq)):
        if restriction is not None and event.body.get("restriction") == restriction.id:
            return restriction, case.text_of(session, about.office, about.row, event)
    raise NotReady(NO_ANSWER)


def _first_day_of_use(office: Office, restriction: Restriction) -> date:
    if restriction.lifted_at is not None:
        return civil_date(restriction.lifted_at)
    announced = civil_date((restriction.told_at or office.now()) + office.terms.lifting_notice)
    # A notice that leaves late still comes before the end (Art. 18(3)).
    return max(announced, office.today() + timedelta(days=1))


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What every answer about a change holds, and what was done."""

    done: Outcomes
    shared: Mapping[str, Any]


def _told(session: Session, about: Gathered) -> _Told:
    made = outcomes(about, change_told.stopped(session, about.row))
    acts = about.decision in (Decision.GRANTED, Decision.PARTLY) or bool(made.done)
    shared = {
        "facts": _facts(session, about.office, about.row, about.item),
        "decision": about.decision,
        "court_until": court_until(about.office.today()),
        "grounds": about.grounds(made.lines) if acts else (),
        "done": made.done,
        "unfinished": () if about.decision is Decision.REFUSED else made.unfinished,
        "not_done": not_done(about),
        "told": change_told.told(about, made.lines, made.done),
        "searched": _searched(session, about),
        "words": about.words.get("facts", ""),
    }
    return _Told(done=made, shared={**shared, "instead": _instead(about, shared)})


def _instead(about: Gathered, shared: Mapping[str, Any]) -> tuple[str, ...]:
    return instead(about) if shared["not_done"] else ()


def _searched(session: Session, about: Gathered) -> tuple[SourceAnswer, ...]:
    """Where we searched, for an answer that nothing is held."""
    if about.decision is not Decision.NOTHING_HELD:
        return ()
    run = about.item.facts.get("run")
    known = found.load(session, about.row, run if isinstance(run, int) else None)
    return tuple(
        SourceAnswer(
            name=about.system(step.system),
            outcome=Outcome(step.outcome or Outcome.FAILED),
            searched=civil_date(step.finished_at) if step.finished_at else None,
            note=facts.note_of(step, about.language),
        )
        for step in known.searches
    )


def _erasure(session: Session, about: Gathered, told: _Told) -> Letter:
    return ErasureAnswer(**told.shared, **_remains(session, about))


def _destruction(session: Session, about: Gathered, told: _Told) -> Letter:
    confirmed = about.wish.data.get("understood") is True
    warned = day_of(about.item.facts.get("warned"))
    received = civil_date(about.row.received_at) if confirmed else None
    return DestructionAnswer(**told.shared, **_remains(session, about), warned=warned or received)


def _remains(session: Session, about: Gathered) -> dict[str, Any]:
    return {
        "backups": change_told.backups(about) if about.batches else None,
        "suppressed": change_told.suppressed(session, about),
    }


def _rectification(session: Session, about: Gathered, told: _Told) -> Letter:
    field, new = str(about.wish.data["field"]), str(about.wish.data.get("should", "")).strip()
    short = field in _SHOWN and len(new) <= _LONGEST_SHOWN
    return RectificationAnswer(**told.shared, about=field, now_says=new if short else "")


def _restriction(session: Session, about: Gathered, told: _Told) -> Letter:
    ground = str(about.wish.data.get("ground", ""))
    acts = about.decision in (Decision.GRANTED, Decision.PARTLY)
    shared = {**told.shared, "grounds": (GROUNDS[ground],) if acts else ()}
    return RestrictionAnswer(
        **shared, ground=ground if acts else "", in_file=any(map(about.in_file, told.done.lines))
    )


def _objection(session: Session, about: Gathered, told: _Told) -> Letter:
    return ObjectionAnswer(
        **told.shared,
        heard=bool(about.words.get("heard")),
        unlisted=OTHER_USE in wishes.purposes_named(about.wish),
        suppressed=change_told.suppressed(session, about),
    )


def _withdrawal(session: Session, about: Gathered, told: _Told) -> Letter:
    ended = [one.activity for one in about.weighed if one.acts]
    follows = next(
        (one for one in about.row.items if _erases_later(session, about, one, ended)), None
    )
    plan = plan_of(session, follows) if follows else None
    return WithdrawalAnswer(
        **told.shared,
        consequences=tuple(_consequences(about, told.done.lines)),
        erased_later=follows is not None,
        erased_from=civil_date(plan.cool_until) if plan and plan.cool_until else None,
        suppressed=change_told.suppressed(session, about),
    )


def _erases_later(session: Session, about: Gathered, one: RequestItem, ended: list[str]) -> bool:
    """An erasure of what the consent was for, that is still to be carried out (Art. 17(1)(b))."""
    open_still = one.stage not in (Stage.CLOSED, Stage.WITHDRAWN, Stage.REPLYING)
    if one.right != Right.ERASURE or one.part or not open_still:
        return False
    wish = wishes.of(session, about.office, about.row, one)
    return any(withdrawing.covers(about.office, wish, name) for name in ended)


def _consequences(about: Gathered, lines: tuple[PlanLine, ...]) -> list[str]:
    """What no longer works, and which law goes on all the same, per use that stopped."""
    told: dict[str, None] = {}
    for line in lines:
        nature = about.register.activity(line.activity).nature
        words = about.said(CONSEQUENCES.get(nature, NO_LONGER_USED))
        told[words.format(use=about.purpose(line.activity))] = None
        for code in about.why_not(line.because):
            if code not in _OF_EVERY_WITHDRAWAL:
                told[_by_law(code, about.language)] = None
    return list(told)


def _by_law(code: str, language: str) -> str:
    known = article(code)
    stands = {"nl": "Dit staat in", "en": "This is in"}[language]
    return f"{known.words(language)} {stands} {known.cited(language)}."


def _portability(session: Session, about: Gathered, told: _Told) -> Letter:
    given = about.decision in (Decision.GRANTED, Decision.PARTLY)
    shared = dict(told.shared)
    made = portion(session, about) if given else None
    refused: tuple[NotDone, ...] = () if given else shared["not_done"]
    return PortabilityAnswer(
        **{**shared, "not_done": refused, "done": made.given if made else ()},
        download_until=facts.download_until(about.office) if given else None,
        outside=made.outside if made else (),
        voluntary=made.voluntary if made else False,
    )


_LETTERS: Mapping[str, Callable[[Session, Gathered, _Told], Letter]] = {
    "erasure": _erasure,
    "destruction": _destruction,
    "rectification": _rectification,
    "restriction": _restriction,
    "objection": _objection,
    "withdrawal": _withdrawal,
    "portability": _portability,
}
