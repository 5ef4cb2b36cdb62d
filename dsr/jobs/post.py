"""Sending one mail from the outbox: at most one copy too many, and a bounce becomes a task."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from dsr.core.actions import Action
from dsr.core.errors import Shredded
from dsr.core.settings import Settings
from dsr.db import outbox
from dsr.jobs.lease import kept
from dsr.rendering.mail import mail_text
from dsr.services import case, notify
from dsr.services.case import SYSTEM, Told
from dsr.services.house import House
from dsr.services.notify import Mail

log = structlog.get_logger()
TRIES = 8
Send = Callable[[EmailMessage], None]


class Refused(Exception):
    """The mail server refuses this mail for good."""


def run(house: House, mail_id: str, send: Send) -> None:
    """Send a mail that is due; does nothing when it is not ours to send."""
    with house.writing() as session:
        row = outbox.claim(session, mail_id, house.office.now(), house.office.terms.lease)
        if row is None:
            return
        fence, attempts = row.fence, row.attempts
        try:
            mail = notify.opened(session, house.office, row)
        except Shredded:
            row.outcome = "not_needed"
            return
    with kept(house, outbox.write_if_mine, mail_id, fence):
        _settle(house, mail, fence, _attempt(house, mail, send, attempts))


def _attempt(house: House, mail: Mail, send: Send, attempts: int) -> dict[str, object]:
    message = compose(house, mail)
    try:
        send(message)
    except Refused:
        return {"outcome": "refused", "trouble": "the mail server refuses this address"}
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", error=type(error).__name__, kind=mail.kind)
        if attempts >= TRIES:
            return {"outcome": "failed", "trouble": "the mail server did not take it"}
        later = house.office.now() + timedelta(seconds=min(30 * 2**attempts, 3600))
        return {"next_at": later, "lease_until": None, "trouble": type(error).__name__}
    return {"outcome": "sent", "sent_at": house.office.now(), "trouble": ""}


def _settle(house: House, mail: Mail, fence: int, values: dict[str, object]) -> None:
    with house.writing() as session:
        if "outcome" in values:
            values = {**values, "lease_until": None, "sealed": None}
        if not outbox.write_if_mine(session, mail.id, fence, values) or "outcome" not in values:
            return
        action = Action.MAIL_SENT if values["outcome"] == "sent" else Action.MAIL_FAILED
        body = {"mail": mail.id, "kind": mail.kind, "outcome": values["outcome"]}
        told = Told(who=SYSTEM, action=action, body=body)
        case.tell_codes(session, house.office, (mail.practice, mail.request_id), told)


def compose(house: House, mail: Mail) -> EmailMessage:
    """The message: plain text, a neutral title line, an id that makes a second copy visible."""
    practice = house.office.register.practice(mail.practice)
    title_line, text = mail_text(mail, practice, house.settings.public_url)
    message = EmailMessage()
    message["From"] = house.settings.mail_from or practice.email
    message["To"] = mail.address
    message["Subject"] = title_line
    message["Date"] = format_datetime(house.office.now())
    message["Message-ID"] = f"<{mail.id}@{urlsplit(house.settings.public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def sender(settings: Settings) -> Send:
    """How mail leaves: into a folder (demo, tests: never to anybody), or by SMTP."""
    if settings.mail_mode == "smtp":
        return _by_smtp(settings.smtp_url)
    return _into_folder(settings.folder / "mail")


def _into_folder(folder: Path) -> Send:
    def send(message: EmailMessage) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        (folder / f"{name}.eml").write_bytes(bytes(message))

    return send


def _by_smtp(url: str) -> Send:
    parts = urlsplit(url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP

    def send(message: EmailMessage) -> None:
        with kind(parts.hostname or "localhost", parts.port or 0, timeout=20) as server:
            if parts.scheme == "smtp+starttls":
                server.starttls()
            if parts.username:
                server.login(parts.username, parts.password or "")
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused as error:
                codes = [code for code, _words in error.recipients.values()]
                if all(code >= 500 for code in codes):
                    raise Refused from error
                raise

    return send
