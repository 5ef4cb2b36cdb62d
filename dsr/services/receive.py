"""A request comes in, by whatever channel: it is stored once, acknowledged, and the clock runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput
from dsr.core.reference import new_reference
from dsr.core.stages import Stage
from dsr.core.subject import Channel, Level, Subject
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.columns import new_id
from dsr.db.subject_requests import SubjectRequest
from dsr.law.rights import Right
from dsr.services import case, due, hold, notify, stages, wishes
from dsr.services.case import Told, Who
from dsr.services.office import Office

#: what may be asked for; `all` stands for every dataset of the register
SCOPES = ("account", "messages", "medical", "log", "all")
ANSWER_FORMS = ("online", "letter")
OLDEST = timedelta(days=130 * 366)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it was asked. `received_at` is when it reached any channel of ours.

    `wishes` are the rights, each with what is asked; `scope` is what access is asked to.
    `reply_email` is where a notice goes; below IA2 only neutral words go there.
    """

    practice: str
    channel: Channel
    language: str
    subject: Subject = field(repr=False)
    scope: tuple[str, ...] = ("all",)
    wishes: tuple[Wish, ...] = (Wish(right=Right.ACCESS),)
    answer_form: str = "online"
    reply_email: str = field(default="", repr=False)
    received_at: datetime | None = None
    words: str = field(default="", repr=False)
    app_account: str = field(default="", repr=False)  # "issuer|sub" of a verified app token


def receive(session: Session, office: Office, asked: Asked, who: Who) -> SubjectRequest:
    """Store a request, write its first event, and put its acknowledgement in the outbox.

    Raises `BadInput` naming the field when something typed cannot be right. The clock starts at
    receipt whether or not anybody knows who asks (Art. 12(3)).
    """
    _check(office, asked)
    received_at = asked.received_at or office.now()
    key_row = case.make_key(session, office)
    session.flush()
    key = case.open_key(session, office, key_row.id)
    request_id = new_id()
    row = SubjectRequest(
        id=request_id,
        reference=new_reference(),
        practice=asked.practice,
        channel=asked.channel,
        language=asked.language,
        received_at=received_at,
        due=due.at_receipt(received_at).date,
        level=Level.IA0,
        answer_form=asked.answer_form,
        scope=wishes.scope(asked.wishes, asked.scope),
        data_key_id=key_row.id,
        subject_sealed=case.seal_subject(key, request_id, _told_by(asked, who), _extra(asked)),
        email_index=_email_index(office, asked.subject.email),
        name_index=_name_index(office, asked.subject),
        content_hash=content_hash(office, asked),
        app_index=office.index("app account", asked.app_account) if asked.app_account else None,
    )
    row.items = [wishes.new_item(key, wish) for wish in asked.wishes]
    subject_requests.add(session, row)
    _tell_received(session, office, row, who)
    stages.move_together(session, office, row, Stage.IDENTIFYING, case.SYSTEM)
    notify.acknowledge(session, office, row)
    hold.at_receipt(session, office, row)
    return row


def content_hash(office: Office, asked: Asked) -> str:
    """A keyed hash of what was asked, so that the same request is known again (I1)."""
    birth = asked.subject.birth_date.isoformat() if asked.subject.birth_date else ""
    return office.hash(
        "content",
        asked.practice,
        asked.subject.name,
        birth,
        asked.subject.email,
        *asked.scope,
        *(f"{wish.kind} {sorted(wish.data.items())}" for wish in asked.wishes if wish.data),
    )


def _tell_received(session: Session, office: Office, row: SubjectRequest, who: Who) -> None:
    codes = {
        "channel": row.channel,
        "scope": row.scope,
        "rights": [item.right for item in row.items],
        "due": row.due.isoformat(),
        "content": row.content_hash,
    }
    case.tell(session, office, row, Told(who=who, action=Action.RECEIVED, body=codes))


def _told_by(asked: Asked, who: Who) -> Subject:
    # A patient number counts as known (U4): only staff may give one, a visitor's is dropped.
    return asked.subject if who.staff_id else replace(asked.subject, patient_number="")


def _extra(asked: Asked) -> dict[str, Any]:
    return {
        "reply_email": asked.reply_email,
        "words": asked.words,
        "app_account": asked.app_account,
    }


def _email_index(office: Office, email: str) -> bytes | None:
    return office.index("email", email) if email else None


def _name_index(office: Office, subject: Subject) -> bytes | None:
    # A birth date alone is guessable from an index, so it is never indexed without the name.
    if not subject.name or subject.birth_date is None:
        return None
    name = " ".join(subject.name.split())  # as connectors compare it, or spaces buy more codes
    return office.index("name and birth date", f"{name}|{subject.birth_date.isoformat()}")


def _check(office: Office, asked: Asked) -> None:
    if asked.practice not in {practice.id for practice in office.register.practices}:
        raise BadInput("practice", "Kies uw huisartsenpraktijk. / Choose your GP practice.")
    if asked.language not in ("nl", "en"):
        raise BadInput("language", "Choose nl or en.")
    unknown = sorted(set(asked.scope) - set(SCOPES))
    if unknown or (not asked.scope and _wants_access(asked)):
        raise BadInput("scope", f"Choose at least one of: {', '.join(SCOPES)}.")
    if not asked.wishes:
        raise BadInput("wishes", "Kies wat u wilt vragen. / Choose what you want to ask.")
    wishes.check(office.register, asked.wishes, office.today())
    if asked.answer_form not in ANSWER_FORMS:
        raise BadInput("answer_form", f"Choose one of: {', '.join(ANSWER_FORMS)}.")
    if not asked.subject.name.strip() or len(asked.subject.name) > 120:
        raise BadInput("name", "Vul uw naam in, hooguit 120 tekens. / Enter your name (max 120).")
    check_birth_date(asked.subject.birth_date, office.today())
    _check_moment(asked.received_at, office)


def _wants_access(asked: Asked) -> bool:
    return any(wish.right is Right.ACCESS for wish in asked.wishes)


def check_birth_date(birth_date: date | None, today: date) -> None:
    """Refuse a birth date that is in the future or more than 130 years ago."""
    if birth_date is None or not today - OLDEST <= birth_date <= today:
        raise BadInput(
            "birth_date",
            "Vul een geboortedatum in die bestaat, bijvoorbeeld 31 3 1980."
            " / Enter a real date of birth, for example 31 3 1980.",
        )


def _check_moment(received_at: datetime | None, office: Office) -> None:
    if received_at is not None and received_at > office.now() + timedelta(minutes=5):
        raise BadInput("received_at", "A request cannot be received in the future.")
