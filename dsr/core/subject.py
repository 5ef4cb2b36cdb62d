"""The person whose data it is, as far as a request tells us, and what may be searched by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Channel(StrEnum):
    """How a request came in; any channel counts (EDPB 01/2022, 3.1)."""

    WEB = "web"
    APP = "app"
    MAIL = "mail"
    DESK = "desk"
    API = "api"


class Level(StrEnum):
    """Assurance that the person is who they say, lowest first."""

    IA0 = "IA0"  #: nothing proved
    IA1 = "IA1"  #: controls a mailbox that was typed in the form
    IA2 = "IA2"  #: controls a contact point on file for thirty days or more
    IA3 = "IA3"  #: fresh app login with a second factor, bound to the patient by the practice
    IA4 = "IA4"  #: seen at the desk with an identity document, no copy kept

    def reaches(self, needed: Level) -> bool:
        """Whether this level is at least the needed one."""
        return self.value >= needed.value


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a connector may look a person up by. Fields that are unknown are empty.

    `repr` shows nothing: a subject must never end in a log or an exception.
    `known_refs` maps a system id to the reference there, once a person or the desk has fixed it.
    """

    name: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    patient_number: str = field(default="", repr=False)
    bsn: str = field(default="", repr=False)
    known_refs: dict[str, str] = field(default_factory=dict, repr=False)
