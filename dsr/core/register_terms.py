"""The closed lists of words that the register uses, and what it leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from dsr.core.words import Words


class Role(StrEnum):
    """What the deployment is to the data in its register."""

    CONTROLLER = "controller"  #: Art. 4(7)
    PROCESSOR = "processor"  #: Art. 4(8)


class ChannelKind(StrEnum):
    """The ways by which a request may be put to a practice."""

    APP = "app"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    DESK = "desk"


class SubjectKind(StrEnum):
    """Whose data it is (Art. 30(1)(c))."""

    ACCOUNT_HOLDER = "account_holder"
    THIRD_PARTY = "third_party"  #: somebody who is mentioned and has no account
    PATIENT = "patient"
    CARE_PROVIDER = "care_provider"
    EMPLOYEE = "employee"
    CONTACT_PERSON = "contact_person"  #: a relation of a patient, such as a carer
    NOBODY = "nobody"  #: figures about nobody in particular


#: whose data it is, as a patient reads it
SUBJECT_WORDS: Mapping[SubjectKind, Words] = MappingProxyType(
    {
        SubjectKind.ACCOUNT_HOLDER: Words("mensen met een account", "people with an account"),
        SubjectKind.THIRD_PARTY: Words(
            "mensen over wie iets in een bericht staat, zoals een kind of partner",
            "people who are mentioned in a message, such as a child or partner",
        ),
        SubjectKind.PATIENT: Words("patiënten", "patients"),
        SubjectKind.CARE_PROVIDER: Words("zorgverleners", "care providers"),
        SubjectKind.EMPLOYEE: Words("medewerkers", "employees"),
        SubjectKind.CONTACT_PERSON: Words("contactpersonen", "contact persons"),
        SubjectKind.NOBODY: Words("niemand in het bijzonder", "nobody in particular"),
    }
)


class SafeguardKind(StrEnum):
    """Why data may go to a country (Chapter V)."""

    NONE_NEEDED = "none_needed"  #: inside the European Economic Area
    ADEQUACY = "adequacy"  #: Art. 45, a decision on the country
    DPF = "dpf"  #: Art. 45, the EU-US Data Privacy Framework, for who is on its list
    SCC = "scc"  #: Art. 46(2)(c), standard clauses
    BCR = "bcr"  #: Art. 47, binding corporate rules
    NOT_KNOWN = "not_known"  #: an open question; never written by itself


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """What nobody may invent, and who has to answer it.

    `id` is short and stable (`A.5.basis`): by it a practice accepts a reading for the time being.
    `paths` are all places of the document that wait for it. `reading` is what we work with
    meanwhile, as the document writes it; None where there is none.
    """

    id: str
    text: Words
    owner: str
    reading: object = None
    paths: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The first place that waits for it."""
        return self.paths[0]


@dataclass(frozen=True, kw_only=True)
class RequiredSetting:
    """A value that a practice sets itself: its place, its variable, and whether it is set."""

    path: str
    name: str
    is_set: bool = False
