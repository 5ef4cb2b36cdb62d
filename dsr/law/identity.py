"""Which assurance level an answer needs before it leaves (security.md 4.1; Art. 12(6), 32)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import MappingProxyType

#: what may leave at which level; one table, enforced at release and nowhere else decided
RELEASE: MappingProxyType[str, str] = MappingProxyType(
    {
        "receipt": "IA0",
        "not_proved": "IA0",
        "refusal_unproved": "IA0",
        "plain": "IA2",  # account and CRM data that are no special category
        "special": "IA3",  # health data, messages (Art. 9)
        "medical_file": "IA3",
    }
)

#: an app login older than this is not fresh (IA3)
FRESH = timedelta(minutes=15)
#: a contact point on file for less than this may be a thief's (T5)
SETTLED = timedelta(days=30)


def level_for(*, special: bool) -> str:
    """The level that an item needs, by the register's category."""
    return RELEASE["special" if special else "plain"]


def is_settled(since: date | None, today: date) -> bool:
    """Whether a contact point has been on file long enough to receive a code (T5)."""
    return since is not None and today - since >= SETTLED


def app_level(*, mfa: bool, auth_time: datetime, linked: bool, now: datetime) -> str:
    """IA3 only with a second factor, a login of at most 15 minutes old and the practice's link.

    Anything less is a mailbox at best (IA1): the account's own address proves no patient.
    """
    age = now - auth_time
    if linked and mfa and timedelta(seconds=-60) <= age <= FRESH:
        return "IA3"
    return "IA2" if linked else "IA1"
