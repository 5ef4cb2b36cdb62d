"""A fictitious person of the demo practice, as every stand-in knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Person:
    """One made-up patient. All identifiers are invented; the BSN fails the eleven-test.

    `cognito_sub` and `sendbird_id` are empty for people without an app account. `contact_since`
    is when the e-mail address and phone were last changed in the app account. `messages` is how
    many chat messages they have; `file` names the FHIR sample their medical file is made from,
    or is empty for a short file.
    """

    number: int
    patient_number: str
    given: str
    family: str
    birth_date: date
    gender: str  # "female" | "male" | "other"
    street: str
    postcode: str
    town: str
    email: str
    phone: str
    bsn: str
    practice: str
    cognito_sub: str = ""
    sendbird_id: str = ""
    mfa: bool = False
    contact_since: date = date(2024, 1, 15)
    registered: date = date(2023, 9, 1)
    messages: int = 0
    file: str = ""

    @property
    def name(self) -> str:
        """Given and family name as the practice writes them."""
        return f"{self.given} {self.family}"

    @property
    def has_app(self) -> bool:
        """Whether this person has an app account."""
        return bool(self.cognito_sub)
