"""Mails: neutral words only, sealed in the outbox until they are sent, never twice for one cause.

A mail carries no health data, no name of a system and no reason (NTA 7516); what there is to
say stands behind the login.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.db import subject_requests
from dsr.db.columns import new_id
from dsr.db.leases import AT_ONCE
from dsr.db.outbox import OutboxMail
from dsr.db.plans import Plan
from dsr.db.subject_requests import SubjectRequest
from dsr.law.calendar import civil_date
from dsr.services import case
from dsr.services.office import Office
from dsr.services.tallies import allowed
from dsr.vault.fields import seal_json, unseal_json


@dataclass(frozen=True)
class CodeMail:
    """A code on its way to a contact on file."""

    code_id: str
    address: str = field(repr=False)
    typed: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TaskMail:
    """A mail to a processor: a link (`processor_task`) or a code (`processor_code`).

    `cause` makes it one mail; `words` hold the token or the code, and nothing of anybody.
    """

    kind: str
    cause: str
    address: str = field(repr=False)
    words: dict[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail as it goes out: which template, to whom, with which words."""

    id: str
    request_id: str
    kind: str
    practice: str
    language: str
    reference: str
    address: str = field(repr=False)
    words: dict[str, str] = field(default_factory=dict, repr=False)


def acknowledge(session: Session, office: Office, row: SubjectRequest) -> None:
    """Confirm receipt to the address that was given; neutral, the same for known and unknown.

    At most one such mail an hour to an address that nobody has proved (T57).
    """
    key = case.case_key(session, office, row)
    address = case.open_subject(key, row)[1].get("reply_email", "")
    # Capitals and spaces make no other mailbox, and would else fill one (T57).
    mailbox = address.strip().casefold()
    if address and allowed(session, office, f"unproved {mailbox}", 1, timedelta(hours=1)):
        words = {"due": row.due.isoformat(), "secret": office.secret_of(row.reference)}
        _put(session, office, row, f"receipt-{row.id}", ("receipt", address, words))


def answer_ready(session: Session, office: Office, row: SubjectRequest, letter_id: str) -> None:
    """Say that there is an answer, and where; nothing of the answer itself."""
    key = case.case_key(session, office, row)
    extra = case.open_subject(key, row)[1]
    address = extra.get("on_file", {}).get("email") or extra.get("reply_email", "")
    if address:
        _put(session, office, row, f"answer-{letter_id}", ("answer", address, {}))


def erasure_planned(session: Session, office: Office, row: SubjectRequest, plan: Plan) -> None:
    """Say at the address on file that something is about to happen, and how to stop it (T86)."""
    words = {"due": civil_date(plan.cool_until).isoformat()} if plan.cool_until else {}
    _to_both(session, office, row, (f"planned-{plan.id}", "planned", words))


def erasure_cancelled(session: Session, office: Office, row: SubjectRequest, item_id: str) -> None:
    """Say at the address on file that it was taken back, by whomever (T86)."""
    _to_both(session, office, row, (f"cancelled-{item_id}", "cancelled", {}))


def _to_both(
    session: Session, office: Office, row: SubjectRequest, mail: tuple[str, str, dict[str, str]]
) -> None:
    # Whoever controls the request's own address may not be the person: so both hear of it.
    dedup, kind, words = mail
    extra = case.open_subject(case.case_key(session, office, row), row)[1]
    on_file, reply = extra.get("on_file", {}).get("email", ""), extra.get("reply_email", "")
    for place, address in enumerate(dict.fromkeys(one for one in (on_file, reply) if one)):
        # Who did not ask for it has no key yet; stopping takes a code to this same mailbox.
        key = {"secret": office.secret_of(row.reference)} if address == on_file else {}
        _put(session, office, row, f"{dedup}-{place}", (kind, address, {**words, **key}))


def restriction_ends(
    session: Session, office: Office, row: SubjectRequest, restriction_id: str
) -> None:
    """Say that there is a letter about a restriction (Art. 18(3)); nothing of the letter itself."""
    extra = case.open_subject(case.case_key(session, office, row), row)[1]
    address = extra.get("on_file", {}).get("email") or extra.get("reply_email", "")
    if address:
        _put(session, office, row, f"lifting-{restriction_id}", ("lifting", address, {}))


def old_contact_told(session: Session, office: Office, row: SubjectRequest) -> None:
    """Tell the old address that a contact was changed, so that a thief is noticed (6.3.7, T5)."""
    extra = case.open_subject(case.case_key(session, office, row), row)[1]
    address = extra.get("on_file", {}).get("email", "")
    if address:
        _put(session, office, row, f"contact-{row.id}", ("contact", address, {}))


def remind_practice(session: Session, office: Office, row: SubjectRequest, cause: str) -> None:
    """Remind the practice itself of work by hand; its mail, too, holds no more than a number."""
    practice = office.register.practice(row.practice)
    _put(session, office, row, f"reminder-{cause}", ("reminder", practice.email, {}))


def mail_code(session: Session, office: Office, row: SubjectRequest, code: CodeMail) -> None:
    """Send a one-time code to a contact on file."""
    words = {"code": f"{code.typed[:4]} {code.typed[4:]}"}
    _put(session, office, row, f"code-{code.code_id}", ("code", code.address, words))


def mail_processor(session: Session, office: Office, row: SubjectRequest, mail: TaskMail) -> None:
    """Send a processor a number and a link, or the code that opens it (NTA 7516)."""
    _put(session, office, row, mail.cause, (mail.kind, mail.address, mail.words))


def _put(
    session: Session,
    office: Office,
    row: SubjectRequest,
    dedup: str,
    mail: tuple[str, str, dict[str, str]],
) -> None:
    kind, address, words = mail
    known = session.scalars(select(OutboxMail.id).where(OutboxMail.dedup == dedup)).first()
    if known is not None:
        return
    waiting = OutboxMail(
        id=new_id(),
        request_id=row.id,
        practice=row.practice,
        kind=kind,
        dedup=dedup,
        next_at=AT_ONCE,
    )
    key = case.case_key(session, office, row)
    body = {"address": check_address(address), "words": words}
    waiting.sealed = seal_json(key, ("outbox", "sealed", waiting.id), body)
    session.add(waiting)
    session.info.setdefault("to_post", []).append(waiting.id)


def opened(session: Session, office: Office, waiting: OutboxMail) -> Mail:
    """A waiting mail, opened for sending."""
    row = subject_requests.by_id(session, waiting.request_id)
    key = case.case_key(session, office, row)
    body = unseal_json(key, ("outbox", "sealed", waiting.id), waiting.sealed or b"")
    return Mail(
        id=waiting.id,
        request_id=row.id,
        kind=waiting.kind,
        practice=row.practice,
        language=row.language,
        reference=row.reference,
        address=body["address"],
        words=body["words"],
    )


def check_address(address: str) -> str:
    """An e-mail address that is safe in a header: one mailbox, no line breaks (T43)."""
    text = address.strip()
    try:
        Address(addr_spec=text)
    except Exception as error:
        raise BadInput("email", _BAD_ADDRESS) from error
    odd = any(c in text for c in "\r\n\0 <>,;[]") or text.count("@") != 1
    if odd or "." not in text.rpartition("@")[2] or len(text) > 254:
        raise BadInput("email", _BAD_ADDRESS)
    return text


_BAD_ADDRESS = (
    "Vul een e-mailadres in zoals naam@voorbeeld.nl. / Enter an e-mail address like"
    " name@example.nl."
)
