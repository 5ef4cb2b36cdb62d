"""A browser's visit to the patient pages: what was typed and proved so far, for one day.

The token stands only in a cookie; the row is named by its hash and sealed under the house's
key. What a visit has proved is kept per request, with its moment (T16, T28).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dsr.core.subject import Level
from dsr.db import visits as rows
from dsr.services import case
from dsr.services.office import Office, new_token, token_hash
from dsr.vault.fields import seal_json, unseal_json

LONGEST = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """All that one browser has told us. `repr` shows nothing of it.

    `typed` holds the answers of the form, a step each. `form_key` is the one-time key of the
    form being filled in, `sent` maps used keys to requests. `current` is the request followed
    now, `proofs` the level shown for each request. `login` waits for the app's answer, `app` is
    a verified app login.
    """

    token: str = field(repr=False)
    typed: Mapping[str, Any] = field(default_factory=dict, repr=False)
    form_key: str = field(default_factory=new_token, repr=False)
    sent: Mapping[str, str] = field(default_factory=dict, repr=False)
    current: str = ""
    proofs: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    app: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def with_typed(self, **steps: Any) -> Visit:
        """The visit with these steps answered; None takes an answer away."""
        kept = {**self.typed, **steps}
        return replace(self, typed={k: v for k, v in kept.items() if v is not None})

    def following(self, request_id: str) -> Visit:
        """The visit, now following this request."""
        return replace(self, current=request_id)

    def with_proof(self, request_id: str, level: Level, now: datetime) -> Visit:
        """The visit, having shown this level for one request, and for no other."""
        if not level.reaches(Level.IA2):
            return self
        told = {"level": str(level), "since": now.isoformat(), "seen": now.isoformat()}
        return replace(self, proofs={**self.proofs, request_id: told})


def begin() -> Visit:
    """A fresh visit; nothing is stored until it is saved."""
    return Visit(token=new_token())


def find(session: Session, office: Office, token: str, *, lock: bool = False) -> Visit | None:
    """The living visit of a token, locked for writing if asked."""
    wanted = select(rows.Visit).where(rows.Visit.token_hash == token_hash(token))
    row = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None or row.expires_at <= office.now():
        return None
    key = case.house_key(session, office)
    body: dict[str, Any] = unseal_json(key, _aad(row.token_hash), row.sealed)
    return Visit(token=token, **body)


def save(session: Session, office: Office, visit: Visit) -> None:
    """Keep a visit for another day."""
    now, name = office.now(), token_hash(visit.token)
    body = asdict(visit)
    del body["token"]
    sealed = seal_json(case.house_key(session, office), _aad(name), body)
    row = session.get(rows.Visit, name) or rows.Visit(token_hash=name, made_at=now)
    row.sealed, row.seen_at = sealed, now
    row.expires_at = now + timedelta(hours=office.terms.visit_hours)
    session.add(row)
    session.flush()


def renewed(session: Session, visit: Visit) -> Visit:
    """The same visit under a new token, because it now opens more; the old token is dead (T28)."""
    end(session, visit.token)
    return replace(visit, token=new_token())


def end(session: Session, token: str) -> None:
    """Forget a visit."""
    session.execute(delete(rows.Visit).where(rows.Visit.token_hash == token_hash(token)))


def level_for(office: Office, visit: Visit, request_id: str) -> Level:
    """What this visit has shown for a request: nothing after 30 quiet minutes, or 8 hours."""
    told = visit.proofs.get(request_id)
    if told is None:
        return Level.IA0
    now = office.now()
    quiet = now - datetime.fromisoformat(told["seen"])
    whole = now - datetime.fromisoformat(told["since"])
    if quiet > office.terms.patient_idle or whole > LONGEST:
        return Level.IA0
    return Level(told["level"])


def seen_again(office: Office, visit: Visit, request_id: str) -> Visit:
    """The visit, its proof for this request still in use at this moment."""
    if level_for(office, visit, request_id) is Level.IA0:
        return visit
    told = {**visit.proofs[request_id], "seen": office.now().isoformat()}
    return replace(visit, proofs={**visit.proofs, request_id: told})


def _aad(name: str) -> tuple[str, str, str]:
    return ("visits", "sealed", name)
