"""One-time codes: to a contact on file, or handed over at the desk. Counted in the database."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import ContactPoint, Located, Nobody, One
from dsr.core.reference import ALPHABET
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import subject_requests, visits
from dsr.db.columns import new_id
from dsr.db.steps import Step
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.db.visits import Code
from dsr.law.rights import Right
from dsr.services import case, identify, notify
from dsr.services.case import PATIENT, SYSTEM, Told, Who
from dsr.services.office import Office
from dsr.services.tallies import allowed

DIGITS = 8  # 26 bits; six digits would be just under twenty
COLLECT_LETTERS = 12  # 59 bits, on paper, for two weeks


class Purpose(StrEnum):
    """What a code is for; a code for one thing opens no other (T8)."""

    IDENTIFY = "identify"
    DOWNLOAD = "download"
    COLLECT = "collect"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of a typed code. `tries_left` counts down the same for everybody (T18)."""

    good: bool
    level: Level = Level.IA0
    tries_left: int = 0
    expired: bool = False


def ask(
    session: Session, office: Office, subject_request: SubjectRequest, purpose: Purpose
) -> bool:
    """Ask for a code to the contact on file; False when three were asked in this hour.

    Nothing here depends on whether the person is known: the look-up happens later, in a step,
    and the page and its timing are the same for everybody (T18).
    """
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    hour = timedelta(hours=1)
    keys = [f"code {row.id}"]
    if row.name_index is not None:
        keys.append(f"code {row.name_index.hex()}")
    tallied = [allowed(session, office, key, office.terms.codes_an_hour, hour) for key in keys]
    if not all(tallied):
        return False
    made = visits.codes_for(session, row.id, purpose)
    now = office.now()
    code = Code(
        id=new_id(), request_id=row.id, purpose=purpose, level=Level.IA2, made_at=now,
        expires_at=now + timedelta(minutes=office.terms.code_minutes),
    )  # fmt: skip
    session.add(code)
    _look_up(session, office, row, code, len(made))
    told = Told(who=PATIENT, action=Action.IDENTITY_ASKED, body={"way": "code", "for": purpose})
    case.tell(session, office, row, told)
    return True


def _look_up(
    session: Session, office: Office, row: SubjectRequest, code: Code, before: int
) -> None:
    step = Step(
        id=new_id(),
        request_id=row.id,
        practice=row.practice,
        system=office.register.identity_system.id,
        verb=Verb.IDENTIFY,
        run=-(before + 1) if code.purpose == Purpose.IDENTIFY else -(before + 1001),
        next_at=office.now(),
        cursor={"for": "code", "code": code.id},
    )
    session.add(step)
    session.info.setdefault("to_ring", []).append(step.id)


def send(session: Session, office: Office, step: Step, found: Located) -> None:
    """The look-up is done: mail a code if one person has one settled contact of their own.

    In every other case nothing is mailed, and the desk sees why; the page tells nobody.
    """
    subject_request = subject_requests.by_id(session, step.request_id, lock=True)
    # Its ten minutes begin now, whether a code is mailed or not: a page that called one code
    # expired before another would tell who is known here (T18).
    code = session.get_one(Code, str(step.cursor["code"]), with_for_update=True)
    code.expires_at = office.now() + timedelta(minutes=office.terms.code_minutes)
    step.outcome, why = Outcome.NONE_FOUND, "nobody"
    contact = None
    if isinstance(found, One):
        contact, why = identify.usable_contact(office, found)
        if _is_another(session, office, subject_request, step.system, found):
            contact, why = None, "the request is another patient's"
    if isinstance(found, Nobody) and (contact := _granted(session, office, subject_request, code)):
        step.outcome, why = Outcome.DONE, "granted before the account was erased"
        _mail_code(session, office, subject_request, code, contact)
    if contact is not None and isinstance(found, One):
        step.outcome = Outcome.DONE
        key = case.case_key(session, office, subject_request)
        identify.keep_found(key, step, found)
        _mail_code(session, office, subject_request, code, contact)
    body = {"way": "code", "sent": contact is not None, "why": why}
    case.tell(
        session, office, subject_request, Told(who=SYSTEM, action=Action.CODE_MADE, body=body)
    )


def _is_another(
    session: Session, office: Office, row: SubjectRequest, system: str, found: One
) -> bool:
    # Once the person is fixed, a code never goes to anybody else, whatever was typed.
    fixed = case.open_refs(case.case_key(session, office, row), row).get(system)
    return fixed is not None and fixed != found.subject_ref


def _granted(
    session: Session, office: Office, row: SubjectRequest, code: Code
) -> ContactPoint | None:
    """The contact that was copied into the case before the account was erased, if it may be used.

    Fixed before the approval: to fetch the answer of this request, and nothing else.
    """
    released = [item.facts.get("release") for item in row.items if _may_be_gone(item)]
    if code.purpose != Purpose.DOWNLOAD or not released:
        return None
    extra = case.open_subject(case.case_key(session, office, row), row)[1]
    address = extra.get("on_file", {}).get("email", "")
    if not address or not extra.get("contact_settled"):
        return None
    code.level = max(str(level) for level in released)
    body = {"level": code.level, "code": code.id}
    told = Told(who=SYSTEM, action=Action.RELEASE_GRANTED, body=body)
    case.tell(session, office, row, told)
    return ContactPoint(kind="email", value=address)


def _may_be_gone(item: RequestItem) -> bool:
    """Whether an item was carried out that may have erased the account or the contact."""
    return (
        item.right == Right.ERASURE
        and item.decision != Decision.WITHDRAWN
        and item.facts.get("delivery") == "grant"
        and Stage(item.stage) in (Stage.EXECUTING, Stage.REPLYING, Stage.CLOSED)
    )


def _mail_code(
    session: Session, office: Office, row: SubjectRequest, code: Code, contact: ContactPoint
) -> None:
    typed = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    code.code_hash = _hash(office, code, typed)
    notify.mail_code(session, office, row, notify.CodeMail(code.id, contact.value, typed))


def hand_over(session: Session, office: Office, subject_request: SubjectRequest, who: Who) -> str:
    """A collection code on paper for the person whose document staff just saw (IA4).

    The code and the request's own secret together open the answer; shown once, kept as a hash.
    """
    now = office.now()
    for older in visits.codes_for(session, subject_request.id, Purpose.COLLECT):
        older.expires_at = min(older.expires_at, now)
    typed = "".join(secrets.choice(ALPHABET) for _ in range(COLLECT_LETTERS))
    code = Code(
        id=new_id(), request_id=subject_request.id, purpose=Purpose.COLLECT, level=Level.IA4,
        made_at=now, expires_at=now + timedelta(days=office.terms.collect_days),
    )  # fmt: skip
    code.code_hash = _hash(office, code, typed)
    session.add(code)
    body = {"way": "collect", "code": code.id}
    case.tell(session, office, subject_request, Told(who=who, action=Action.CODE_MADE, body=body))
    return f"{typed[:4]}-{typed[4:8]}-{typed[8:]}"


def check(
    session: Session, office: Office, subject_request: SubjectRequest, purpose: Purpose, typed: str
) -> Checked:
    """Check a typed code. The caller commits whatever the answer is, so that tries count."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    made = visits.codes_for(session, row.id, purpose)
    if not made or made[0].used_at is not None:
        return Checked(good=False, expired=True)
    code, now = made[0], office.now()
    if code.expires_at <= now:
        return Checked(good=False, expired=True)
    if code.tries >= office.terms.code_tries:
        return Checked(good=False)
    code.tries += 1
    good = hmac.compare_digest(code.code_hash or "", _hash(office, code, _tidy(typed)))
    if not good:
        return _wrong(session, office, row, code)
    code.used_at = now
    if not _used(session, office, row, code):
        return Checked(good=False, expired=True)
    return Checked(good=True, level=Level(code.level))


def _used(session: Session, office: Office, row: SubjectRequest, code: Code) -> bool:
    if code.purpose == Purpose.IDENTIFY:
        return identify.by_code(session, office, row, code.id)
    body = {"level": code.level, "how": code.purpose}
    case.tell(session, office, row, Told(who=PATIENT, action=Action.LEVEL_REACHED, body=body))
    return True


def _wrong(session: Session, office: Office, row: SubjectRequest, code: Code) -> Checked:
    left = max(0, office.terms.code_tries - code.tries)
    action = Action.CODE_WRONG if left else Action.CODE_LOCKED
    body = {"code": code.id, "tries_left": left}
    case.tell(session, office, row, Told(who=PATIENT, action=action, body=body))
    return Checked(good=False, tries_left=left)


def _tidy(typed: str) -> str:
    return "".join(c for c in typed.upper() if c.isalnum())


def _hash(office: Office, code: Code, typed: str) -> str:
    # Bound to the request and the purpose, so that a code of one opens no other (T8).
    return office.hash("code", code.request_id, code.purpose, code.id, typed)
