"""The app's own database of the demo: its tables, filled with the made-up people.

`settings_of` is the map that the SQL connector reads it by; the demo's register holds the same.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from demo.person import Person
from demo.small_files import pdf

_TEXT, _MOMENT = sa.String, sa.DateTime(timezone=True)
metadata = sa.MetaData()

accounts = sa.Table(
    "account",
    metadata,
    sa.Column("id", _TEXT(36), primary_key=True),
    sa.Column("cognito_sub", _TEXT(36), nullable=False, unique=True),
    sa.Column("sendbird_id", _TEXT(80), nullable=False),
    sa.Column("patient_number", _TEXT(20), nullable=False),
    sa.Column("first_name", _TEXT(100), nullable=False),
    sa.Column("last_name", _TEXT(100), nullable=False),
    sa.Column("birth_date", sa.Date, nullable=False),
    sa.Column("email", _TEXT(254)),
    sa.Column("email_since", sa.Date),
    sa.Column("phone", _TEXT(30)),
    sa.Column("phone_since", sa.Date),
    sa.Column("practice", _TEXT(40), nullable=False),
    sa.Column("town", _TEXT(80), nullable=False),
    sa.Column("pin_hash", _TEXT(100), nullable=False),
    sa.Column("registered_at", _MOMENT, nullable=False),
    sa.Column("changed_at", _MOMENT, nullable=False),
    sa.Column("deregistered_at", _MOMENT),
)
consents = sa.Table(
    "consent",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("subject", _TEXT(40), primary_key=True),
    sa.Column("version", _TEXT(10), nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("given_at", _MOMENT, nullable=False),
)
mails = sa.Table(
    "account_mail",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("title_line", _TEXT(200), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("sent_at", _MOMENT, nullable=False),
    sa.Column("enclosure", sa.LargeBinary),
    sa.Column("enclosure_name", _TEXT(100)),
    sa.Column("enclosure_type", _TEXT(100)),
)
consults = sa.Table(
    "econsult",
    metadata,
    sa.Column("id", _TEXT(36), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("opened_at", _MOMENT, nullable=False),
    sa.Column("closed_at", _MOMENT),
)
reviews = sa.Table(
    "review",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("econsult_id", sa.ForeignKey("econsult.id"), nullable=False, index=True),
    sa.Column("stars", sa.Integer, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("written_at", _MOMENT, nullable=False),
)
sessions = sa.Table(
    "app_session",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("began_at", _MOMENT, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("device", _TEXT(80), nullable=False),
    sa.Column("ip", _TEXT(45), nullable=False),
)

#: who stopped which purpose, without a consent that could be withdrawn
opt_outs = sa.Table(
    "opt_out",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("purpose", _TEXT(40), primary_key=True),
)
#: what a person wants to have added to their data
remarks = sa.Table(
    "remark",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("dataset", _TEXT(40), nullable=False),
    sa.Column("ref", _TEXT(200), nullable=False),
    sa.Column("words", sa.Text, nullable=False),
)
#: what the app leaves alone: restricted records, and data that a request waits for
marks = sa.Table(
    "privacy_mark",
    metadata,
    sa.Column("dataset", _TEXT(40), primary_key=True),
    sa.Column("ref", _TEXT(200), primary_key=True),
    sa.Column("mark", _TEXT(20), primary_key=True),
)

_SUBJECTS = ("terms", "privacy_statement", "messages_explicit", "newsletter")
_DEVICES = ("iPhone, app 4.2", "Android 15, app 4.1", "Android 14, app 4.2")
_COMMENTS = ("Snel geholpen, dank u wel.", "Ik wachtte drie dagen op antwoord.", None)


def create(url: str, people: Iterable[Person], *, seed: int = 2026) -> None:
    """Make the tables that are missing, and fill them when there was none."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            filled = sa.inspect(connection).has_table(accounts.name)
            metadata.create_all(connection)
            if filled:
                return
            for person in people:
                if person.has_app:
                    _insert(connection, person, random.Random(seed * 100_000 + person.number))
    finally:
        engine.dispose()


def account_id(person: Person) -> str:
    """The key of a person's account."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"account/{person.cognito_sub}"))


def _insert(connection: sa.Connection, person: Person, dice: random.Random) -> None:
    connection.execute(accounts.insert(), _account(person))
    connection.execute(consents.insert(), list(_consents(person, dice)))
    connection.execute(mails.insert(), list(_mails(person)))
    connection.execute(sessions.insert(), list(_sessions(person, dice)))
    for consult, review in _consults(person, dice):
        connection.execute(consults.insert(), consult)
        if review:
            connection.execute(reviews.insert(), review)


def _began(person: Person) -> datetime:
    return datetime.combine(person.registered, time(9, person.number % 60), UTC)


def _account(person: Person) -> dict[str, object]:
    changed = datetime.combine(max(person.contact_since, person.registered), time(20, 5), UTC)
    return {
        "id": account_id(person),
        "cognito_sub": person.cognito_sub,
        "sendbird_id": person.sendbird_id,
        "patient_number": person.patient_number,
        "first_name": person.given,
        "last_name": person.family,
        "birth_date": person.birth_date,
        "email": person.email or None,
        "email_since": person.contact_since if person.email else None,
        "phone": person.phone,
        "phone_since": person.contact_since,
        "practice": person.practice,
        "town": person.town,
        "pin_hash": f"$argon2id$verzonnen${person.number:06d}",
        "registered_at": _began(person),
        "changed_at": changed,
    }


def _consents(person: Person, dice: random.Random) -> Iterator[dict[str, object]]:
    for subject in _SUBJECTS:
        yield {
            "account_id": account_id(person),
            "subject": subject,
            "version": "2023-07",
            "given": subject != "newsletter" or dice.random() < 0.4,
            "given_at": _began(person) + timedelta(seconds=40),
        }


def _mails(person: Person) -> Iterator[dict[str, object]]:
    for minutes, title, body, enclosure in (
        (1, "Bevestig uw e-mailadres", "Uw code is verlopen.", None),
        (6, "Welkom in de app", f"Dag {person.given}, uw account is klaar.", pdf()),
    ):
        yield {
            "account_id": account_id(person),
            "title_line": title,
            "body": body,
            "sent_at": _began(person) + timedelta(minutes=minutes),
            "enclosure": enclosure,
            "enclosure_name": "voorwaarden.pdf" if enclosure else None,
            "enclosure_type": "application/pdf" if enclosure else None,
        }


def _sessions(person: Person, dice: random.Random) -> Iterator[dict[str, object]]:
    device = dice.choice(_DEVICES)
    for n in range(3 + min(person.messages, 60) // 2):
        yield {
            "account_id": account_id(person),
            "began_at": _began(person) + timedelta(days=3 * n, minutes=dice.randrange(600)),
            "seconds": dice.randint(8, 900),
            "device": device,
            "ip": f"192.0.2.{person.number % 250 + 1}",
        }


def _consults(
    person: Person, dice: random.Random
) -> Iterator[tuple[dict[str, object], dict[str, object] | None]]:
    for n in range(min(person.messages, 40) // 6):
        opened = _began(person) + timedelta(days=9 * n + 1)
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"econsult/{person.cognito_sub}/{n}"))
        consult: dict[str, object] = {
            "id": key,
            "account_id": account_id(person),
            "opened_at": opened,
            "closed_at": opened + timedelta(days=1),
        }
        review: dict[str, object] = {
            "econsult_id": key,
            "stars": dice.randint(1, 5),
            "comment": dice.choice(_COMMENTS),
            "written_at": opened + timedelta(days=2),
        }
        yield consult, review if dice.random() < 0.7 else None


def settings_of(url: str) -> dict[str, object]:
    """The SQL connector's settings for this database."""
    return {
        "url": url,
        "timezone": "UTC",
        "person": {
            "table": "account",
            "key": "id",
            "match": {
                "refs": {"app": "id", "cognito": "cognito_sub", "sendbird": "sendbird_id"},
                "patient_number": "patient_number",
                "name": ["first_name", "last_name"],
                "birth_date": "birth_date",
                "email": "email",
                "phone": "phone",
                "town": "town",
            },
            "since": {"email": "email_since", "phone": "phone_since"},
        },
        "datasets": {name: {**one, "statement": _REMARK} for name, one in _datasets().items()},
        "changes": True,
        "marks": {"table": "privacy_mark"},
        "stop": {"A.2": [_CONSENT_TO_MESSAGES], "A.5": [_OPT_OUT]},
    }


_REMARK = {
    "table": "remark",
    "text": "words",
    "values": {"account_id": "{subject}", "dataset": "{dataset}", "ref": "{ref}"},
}
_CONSENT_TO_MESSAGES = {
    "table": "consent",
    "person": "account_id",
    "where": {"subject": "messages_explicit"},
    "set": {"given": False},
    "resume": {"given": True},
}
_OPT_OUT = {"table": "opt_out", "person": "account_id", "row": {"purpose": "A.5"}}


def _datasets() -> dict[str, dict[str, object]]:
    return {
        "account": {
            "table": "account",
            "key": "id",
            "person": "id",
            "hidden": ["pin_hash"],
            "dates": {
                "recorded": "registered_at",
                "last_change": "changed_at",
                "deregistration": "deregistered_at",
            },
            "author": "subject",
            "along": ["econsult", "opt_out", "remark"],
        },
        "consents": {
            "table": "consent",
            "key": ["account_id", "subject"],
            "person": "account_id",
            "dates": {"recorded": "given_at"},
            "kind": "consent",
            "author": "subject",
        },
        "account_mail": {
            "table": "account_mail",
            "key": "id",
            "person": "account_id",
            "dates": {"sent": "sent_at"},
            "kind": "mail",
            "author": "system",
            "files": [{"content": "enclosure", "name": "enclosure_name", "type": "enclosure_type"}],
        },
        "reviews": {
            "table": "review",
            "key": "id",
            "path": [{"table": "econsult", "on": {"econsult_id": "id"}}],
            "person": "account_id",
            "dates": {"recorded": "written_at"},
            "kind": "review",
            "author": "subject",
        },
        "sessions": {
            "table": "app_session",
            "key": "id",
            "person": "account_id",
            "dates": {"recorded": "began_at"},
            "kind": "session",
            "author": "system",
        },
    }
