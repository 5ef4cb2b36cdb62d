"""What every service needs besides a database session: built once by `dsr.bootstrap`."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from dsr.core.register import Register
from dsr.law.calendar import civil_date
from dsr.vault.fields import blind_index, keyed_hash
from dsr.vault.keys import KeyRing
from dsr.vault.ledger_file import Ledger
from dsr.vault.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Periods and counts that a practice may set; the defaults are the house's proposals."""

    package_days: int = 30  # what the register tells the patient: dsr_export_30d_after_delivery
    downloads: int = 10
    visit_hours: int = 24
    code_minutes: int = 10
    code_tries: int = 5
    codes_an_hour: int = 3
    collect_days: int = 14
    task_days: int = 30  # how long the link to a processor's form lives
    task_reminders: int = 3  # after which the desk hears that a processor is silent
    staff_idle: timedelta = timedelta(minutes=15)
    staff_longest: timedelta = timedelta(hours=8)
    patient_idle: timedelta = timedelta(minutes=30)
    step_up: timedelta = timedelta(minutes=5)
    lease: timedelta = timedelta(seconds=60)
    cool_off: timedelta = timedelta(days=7)  # between approval and erasure (T86)
    approval: timedelta = timedelta(days=14)  # how long after that an approval is good
    lifting_notice: timedelta = timedelta(days=7)  # between telling and lifting (Art. 18(3))
    backup_days: int = 35  # after which no backup holds what was erased (T73)
    restriction_review: timedelta = timedelta(days=30)


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Office:
    """The register, the keys, the vault, the ledger and the clock: the world of the services."""

    register: Register
    keys: KeyRing
    vault: Vault
    ledger: Ledger
    public_url: str
    clock: Callable[[], datetime] = utc_now
    terms: Terms = field(default_factory=Terms)

    def now(self) -> datetime:
        """This moment."""
        return self.clock()

    def today(self) -> date:
        """The Dutch civil date of this moment."""
        return civil_date(self.clock())

    def index(self, attribute: str, value: str) -> bytes:
        """The blind index of a value, for exact look-up in a sealed column."""
        return blind_index(self.keys.derive("blind index"), attribute, value)

    def hash(self, purpose: str, *parts: str) -> str:
        """A keyed hash (32 hex digits) that lets equal things be seen as equal, and no more."""
        return keyed_hash(self.keys.derive("keyed hash"), purpose, *parts)

    def secret_of(self, reference: str) -> str:
        """The secret of a request: derived, never stored (160 bits, base32)."""
        return _secret(self.keys.derive("request secret"), reference)

    def is_secret_of(self, reference: str, offered: str) -> bool:
        """Whether somebody offers the secret of this request, in constant time."""
        return hmac.compare_digest(self.secret_of(reference).encode(), offered.strip().encode())


def token_hash(token: str) -> str:
    """How a random token is kept: SHA-256, enough because the token has 256 bits itself."""
    return sha256(token.encode()).hexdigest()


def new_token() -> str:
    """256 random bits for a cookie or a key."""
    return secrets.token_urlsafe(32)


def _secret(key: bytes, reference: str) -> str:
    digest = hmac.new(key, reference.encode(), sha256).hexdigest()
    return digest[:40]
