"""A request that was answered, without a worker: a letter and a package lie in the vault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dsr.core.connector import Item, Located, Nobody, One
from dsr.core.request import Decision, Verb
from dsr.core.subject import Level
from dsr.db import outbox, steps, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, codes, decide, identify, notify, pack, release, review
from dsr.services.case import Who
from dsr.services.census import census
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.pack import Made
from tests.makers import make_found, make_item, make_request, make_staff

LETTER = b"%PDF-1.7 " + b"l" * 5000
PACKAGE = b"PK\x03\x04" + bytes(range(256)) * 400


def make_answered(
    house: House,
    *,
    level: Level = Level.IA3,
    found: Mapping[str, Iterable[Item]] | None = None,
    row: SubjectRequest | None = None,
) -> SubjectRequest:
    """A request at this level (or this one, proved already) whose answer was sent."""
    row = _searching(house, row) if row else make_request(house, level=level)
    make_found(house, row, {"crm": [make_item(), make_item(ref="r-2")]} if found is None else found)
    who = _staff(house, f"o-{row.id[-6:]}")
    with house.writing() as session:
        seen = review.review_digest(session, subject_requests.by_id(session, row.id))
        tally = census(session, house.office, row)
        decide.decide(session, house.office, row, Decided(decision=tally.proposal, seen=seen), who)
    _packed(house, row, with_package=tally.proposal is not Decision.NOTHING_HELD)
    with house.writing() as session:
        release.send(session, house.office, row, who)
        return subject_requests.by_id(session, row.id)


def make_refused(house: House, what: Decided, *, level: Level = Level.IA0) -> SubjectRequest:
    """A request that was refused, or whose person was never proved; its letter was sent."""
    row = make_request(house, level=level)
    if what.decision is Decision.REFUSED:
        make_found(house, row, {"crm": [make_item()]})
    officer, second = (_staff(house, f"{n}-{row.id[-6:]}") for n in ("officer", "approver"))
    with house.writing() as session:
        seen = review.review_digest(session, subject_requests.by_id(session, row.id))
        decide.decide(session, house.office, row, replace(what, seen=seen), officer)
    if what.decision is Decision.REFUSED:
        with house.writing() as session:
            decide.approve(session, house.office, row, second)
    _packed(house, row, with_package=False)
    with house.writing() as session:
        release.send(session, house.office, row, officer)
        return subject_requests.by_id(session, row.id)


def _staff(house: House, login: str) -> Who:
    staff = make_staff(house, login=login, roles=("officer", "approver"))
    return Who(
        code=f"staff:{staff.id}",
        staff_id=staff.id,
        roles=("officer", "approver"),
        practices=("kralingen",),
        person_key=login,
    )


def the_mailed_code(house: House, row: SubjectRequest, found: Located | None = None) -> str:
    """Do the look-up step of a code, and read the code from the mail that waits; "" if none."""
    with house.writing() as session:
        for step in steps.of_request(session, row.id):
            if step.verb == Verb.IDENTIFY and step.cursor.get("for") == "code" and not step.outcome:
                codes.send(session, house.office, step, found or Nobody())
    with house.reading() as session:
        mails = [
            notify.opened(session, house.office, waiting)
            for waiting in session.query(outbox.OutboxMail).filter_by(request_id=row.id)
            if waiting.kind == "code" and waiting.sealed
        ]
    return mails[-1].words["code"] if mails else ""


def collection_code(house: House, row: SubjectRequest) -> str:
    """A code on paper from the desk."""
    with house.writing() as session:
        return codes.hand_over(session, house.office, row, case.SYSTEM)


def _searching(house: House, row: SubjectRequest) -> SubjectRequest:
    """The leading system knows the person by the patient number that the proof fixed."""
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        subject, _ = case.open_subject(case.case_key(session, house.office, fresh), fresh)
        step = next(s for s in steps.of_request(session, row.id) if s.verb == Verb.IDENTIFY)
        found = One(subject_ref="p-1", agrees=("patient_number",), on_file=subject)
        identify.person_found(session, house.office, step, found, fresh)
        return fresh


def _packed(house: House, row: SubjectRequest, *, with_package: bool) -> None:
    with house.writing() as session:
        step_id = next(s.id for s in steps.of_request(session, row.id) if s.verb == Verb.PACK)
        work = pack.begin(session, house.office, step_id)
    assert work is not None
    vault = house.office.vault
    letter = vault.put(f"{work.folder}/letter", work.key, [LETTER])
    package = vault.put(f"{work.folder}/package", work.key, [PACKAGE]) if with_package else None
    with house.writing() as session:
        pack.finish(session, house.office, work, Made(letter=letter, package=package))
