"""Requests as the desk sees them, as plain values for JSON."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from dsr.core.request import Outcome, Verb
from dsr.core.stages import Stage, request_stage
from dsr.db import answers, steps
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.articles import LANGUAGES, Article
from dsr.law.grounds import articles_of
from dsr.law.proposal import Asks
from dsr.law.rights import Right
from dsr.services import case, plan, propose, review, stages
from dsr.services.census import census
from dsr.services.office import Office
from dsr.services.propose import Line
from dsr.services.review import SeenItem
from dsr.web.api import derived, desk_right_views

#: where there is something to count and to decide
COUNTED = (Stage.REVIEWING, Stage.DECIDING, Stage.APPROVING)


def in_queue(office: Office, row: SubjectRequest) -> dict[str, Any]:
    """A request in the queue: no personal data."""
    return {
        "reference": row.reference,
        "practice": row.practice,
        "channel": row.channel,
        "language": row.language,
        "stage": request_stage(Stage(item.stage) for item in row.items),
        "level": row.level,
        "received": row.received_at.isoformat(timespec="seconds"),
        "due": row.due.isoformat(),
        "overdue": row.closed_at is None and row.due < office.today(),
        "closed": row.closed_at.isoformat(timespec="seconds") if row.closed_at else None,
    }


def whole(session: Session, office: Office, row: SubjectRequest) -> dict[str, Any]:
    """A request with its person, its sources, what is withheld, and what was decided."""
    item, key = stages.access_item(row), case.case_key(session, office, row)
    subject, extra = case.open_subject(key, row)
    searches = plan.searches_of(session, row)
    medical = review.medical_systems(session, office, row)
    return {
        **in_queue(office, row),
        **derived.told(row),
        **derived.for_desk(row, medical_file=bool(medical)),
        "scope": row.scope,
        "answer_form": row.answer_form,
        "subject": {
            "name": subject.name,
            "birth_date": subject.birth_date.isoformat() if subject.birth_date else None,
            "email": subject.email,
            "phone": subject.phone,
            "postcode": subject.postcode,
            "words": extra.get("words", ""),
        },
        "sources": [source(office, key, step) for step in _with_identity(session, row, searches)],
        "medical_systems": medical,
        "signed_systems": sorted(review.signed_systems(session, row)),
        "seen": review.review_digest(session, row),
        "items": [desk_right_views.in_short(one) for one in row.items],
        "decision": item.decision,
        "decided_at": item.decided_at.isoformat(timespec="seconds") if item.decided_at else None,
        "grounds": item.grounds,
        "ground_articles": [article(one) for one in articles_of(item.grounds)],
        "proposal": _proposal(session, office, row) if _counts(item) else None,
        "letters": [_letter(letter) for letter in answers.letters(session, row.id)],
        "package": _package(answers.package_of(session, row.id)),
    }


def _counts(item: RequestItem) -> bool:
    """Whether there is a copy to decide on; other rights have a proposal of their own."""
    return item.right == Right.ACCESS and item.stage in COUNTED


def article(one: Article) -> dict[str, Any]:
    """An article that a ground rests on: how it is cited, and where it can be read."""
    return {
        "code": one.code,
        "cited": {language: one.cited(language) for language in LANGUAGES},
        "words": {language: one.words(language) for language in LANGUAGES},
        "url": {language: one.link(language) for language in LANGUAGES},
    }


def _proposal(session: Session, office: Office, row: SubjectRequest) -> dict[str, Any]:
    """What the law proposes on what was found, part by part, in codes."""
    law = propose.proposed(session, office, row, census(session, office, row))
    return {
        "decision": law.decision,
        "waits_for": [asks for asks in Asks if asks and law.waits_for(asks)],
        "clashes": law.clashes,
        "parts": [_part(line) for line in law.lines],
    }


def _part(line: Line) -> dict[str, Any]:
    return {
        "purpose": line.activity,
        "systems": line.systems,
        "facts": dict(line.facts),
        "handling": line.handling,
        "reason": line.reason,
        "count": line.count,
        "verdict": line.verdict,
        "outcome": line.proposal.outcome,
        "grounds": line.proposal.grounds,
        "actions": line.proposal.actions,
        "asks": line.proposal.asks,
        "question": line.proposal.question,
        "rule": line.proposal.rule,
    }


def source(office: Office, key: bytes, step: Step) -> dict[str, Any]:
    """A system and what its step came to; candidates only where a person has to choose."""
    several = step.outcome == Outcome.SEVERAL_PEOPLE
    system = office.register.system(step.system)
    return {
        "step": step.id,
        "system": step.system,
        "name": {"nl": system.name.nl, "en": system.name.en},
        "verb": step.verb,
        "outcome": step.outcome,
        "counts": step.counts,
        "attempts": step.attempts,
        "needs_person": step.needs_person or several,
        "trouble": step.trouble,
        "by_hand": system.searched_by_hand,
        "candidates": plan.candidates(key, step) if several else [],
    }


def item(seen: SeenItem) -> dict[str, Any]:
    """A found item: as it is, and as the person would get it."""
    record = seen.record
    return {
        "number": record["n"],
        "dataset": seen.dataset.id,
        "kind": record["kind"],
        "data": record["data"],
        "given": seen.data if seen.released else None,
        "dates": record["dates"],
        "author": record["author"],
        "about_subject": record["about"],
        "released": seen.released,
        "reason": seen.reason,
        "withheld": [withheld(row) for row in seen.withheld],
        "files": [
            {name: file[name] for name in ("name", "media_type", "size", "sha256")}
            for file in record["files"]
        ],
    }


def withheld(row: answers.Withholding) -> dict[str, Any]:
    """A withholding; its id takes it back."""
    span = {"start": row.start, "end": row.end}
    return {"id": row.id, "path": row.path, **span, "reason": row.reason}


def _with_identity(session: Session, row: SubjectRequest, searches: list[Step]) -> list[Step]:
    asking = [step for step in steps.of_request(session, row.id, row.run) if _asks_who(step)]
    return [*asking, *searches]


def _asks_who(step: Step) -> bool:
    # A look-up for a code answers nobody but the mailbox on file (T18).
    return step.verb == Verb.IDENTIFY and step.cursor.get("for") != "code"


def _letter(row: answers.Letter) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "language": row.language,
        "level": row.level,
        "bytes": row.bytes,
        "made": row.made_at.isoformat(timespec="seconds"),
        "released": row.released_at.isoformat(timespec="seconds") if row.released_at else None,
    }


def _package(row: answers.Package | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "bytes": row.bytes,
        "sha256": row.sha256,
        "level": row.level,
        "expires": row.expires_at.isoformat(timespec="seconds"),
        "downloads": row.downloads,
        "downloads_allowed": row.downloads_allowed,
    }
