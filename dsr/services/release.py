"""Releasing an answer: sent once, made afresh on a later day, made again when it is asked for."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotReady
from dsr.core.request import Decision, Verb
from dsr.core.stages import Stage
from dsr.db import answers, subject_requests
from dsr.db.answers import Letter
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.calendar import civil_date
from dsr.services import case, decide, notify, stages
from dsr.services.case import Told, Who
from dsr.services.office import Office

_FOLDER = re.compile(r"/answer[-/](\d+)-(\d+)/")


def send(
    session: Session,
    office: Office,
    subject_request: SubjectRequest,
    who: Who,
    item_id: str = "",
) -> None:
    """Send the answer of an item: release letter and package, tell the person, close the item."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.item_of(row, item_id) if item_id else stages.access_item(row)
    letter = answer_letter(session, row, item)
    if Stage(item.stage) is not Stage.REPLYING or letter is None:
        raise NotReady("The letter is not ready yet; wait until it is made.")
    if _being_made(session, item) or civil_date(letter.made_at) != office.today():
        raise NotReady(
            "The letter is being made again with the date of today; send it in a moment."
        )
    letter.released_at = office.now()
    package = answers.package_of(session, row.id, item.id, lock=True)
    if package is not None:
        package.expires_at = office.now() + timedelta(days=office.terms.package_days)
    notify.answer_ready(session, office, row, letter.id)
    body = {"letter": letter.id, "package": package.id if package else None}
    case.tell(session, office, row, Told(who=who, action=Action.LETTER_RELEASED, body=body))
    stages.move(session, office, item, Stage.CLOSED, who)
    for sibling in _said_along(session, row, item):
        stages.move(session, office, sibling, Stage.CLOSED, who)


def _said_along(session: Session, row: SubjectRequest, item: RequestItem) -> list[RequestItem]:
    """Items that the same letter is about: nobody was proved, or the person took them back."""
    if item.decision not in (Decision.NOT_PROVED, Decision.WITHDRAWN):
        return []
    return [
        one
        for one in row.items
        if one.decision == item.decision
        and Stage(one.stage) is Stage.REPLYING
        and answer_letter(session, row, one) is None
        and not _being_made(session, one)
    ]


def make_again(session: Session, office: Office, subject_request: SubjectRequest, who: Who) -> None:
    """Make letter and package afresh for a closed request whose package has expired.

    Nothing is decided anew: what was decided is given again, with today's dates.
    """
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.access_item(row)
    given = item.decision in (Decision.GRANTED, Decision.PARTLY)
    if Stage(item.stage) is not Stage.CLOSED or not given:
        raise NotReady("Only an answer that was given can be made again.")
    if answers.package_of(session, row.id, item.id) is not None or _being_made(session, item):
        raise NotReady("There is a package already, or it is being made.")
    decide.add_pack(session, office, row, item)
    told = Told(who=who, action=Action.MADE_AGAIN, body={"item": item.id})
    case.tell(session, office, row, told)


def renew(session: Session, office: Office, subject_request: SubjectRequest) -> bool:
    """Make unsent answers of an earlier day afresh, so that their dates are those of today.

    The six weeks to the court and the days to download run from the answer (UAVG 35(2)).
    """
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    old = [item for item in row.items if _is_of_an_earlier_day(session, office, row, item)]
    for item in old:
        decide.add_pack(session, office, row, item)
    return bool(old)


def answer_letter(
    session: Session, subject_request: SubjectRequest, item: RequestItem | None = None
) -> Letter | None:
    """The letter of the newest packing of an item (of the copy that was asked for, if none given).

    By its run, because the clock of a host may be wrong.
    """
    item = item or stages.access_item(subject_request)
    made = [
        row
        for row in answers.letters(session, subject_request.id)
        if row.kind != "receipt" and row.item_id in (None, item.id)
    ]
    return max(made, key=_packing, default=None)


def _is_of_an_earlier_day(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> bool:
    letter = answer_letter(session, row, item)
    if Stage(item.stage) is not Stage.REPLYING or letter is None or _being_made(session, item):
        return False
    return civil_date(letter.made_at) != office.today()


def _being_made(session: Session, item: RequestItem) -> bool:
    wanted = select(Step.id).where(
        Step.request_id == item.request_id,
        Step.verb == Verb.PACK,
        Step.outcome.is_(None),
        or_(Step.item_id == item.id, Step.item_id.is_(None)),
    )
    return session.scalars(wanted.limit(1)).first() is not None


def _packing(letter: Letter) -> tuple[int, int]:
    """The run and the fence of the packing that made a letter, as its blob's folder names them."""
    named = _FOLDER.search(letter.blob)
    return (int(named[1]), int(named[2])) if named else (0, 0)
