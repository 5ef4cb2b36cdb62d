"""The rights of a data subject, the bases of processing, and what a processing is by nature."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """The rights of Chapter III and the withdrawal of consent (Art. 7(3))."""

    ACCESS = "access"  #: Art. 15; for a medical file BW 7:456
    RECTIFICATION = "rectification"  #: Art. 16; for a medical file BW 7:454
    ERASURE = "erasure"  #: Art. 17; for a medical file BW 7:455
    RESTRICTION = "restriction"  #: Art. 18
    PORTABILITY = "portability"  #: Art. 20
    OBJECTION = "objection"  #: Art. 21
    WITHDRAWAL = "withdrawal"  #: Art. 7(3)


class Basis(StrEnum):
    """The basis of a processing (Art. 6(1)), as the register states it."""

    CONSENT = "consent"  #: Art. 6(1)(a)
    CONTRACT = "contract"  #: Art. 6(1)(b)
    CONSENT_OR_CONTRACT = "consent_or_contract"  #: one of the two; the rights are the same
    LEGAL_OBLIGATION = "legal_obligation"  #: Art. 6(1)(c)
    VITAL_INTERESTS = "vital_interests"  #: Art. 6(1)(d)
    PUBLIC_TASK = "public_task"  #: Art. 6(1)(e)
    LEGITIMATE_INTEREST = "legitimate_interest"  #: Art. 6(1)(f)
    DIRECT_MARKETING = "direct_marketing"  #: Art. 6(1)(f), with Art. 21(2)
    SCIENTIFIC_RESEARCH = "scientific_research"  #: Art. 89, with Art. 21(6)
    NONE_STATED = "none_stated"  #: nobody said on which basis: Art. 17(1)(d) is near
    OTHER = "other"  #: a basis outside this list; a person has to look
    PROCESSOR = "processor"  #: we process for another controller (Art. 28)
    ANY = "any"  #: the question is the same for every basis


class Nature(StrEnum):
    """What a processing is by nature, where the law asks for more than its basis."""

    ACCOUNT = "account"  #: what an account with us needs
    MESSAGES = "messages"  #: what people wrote to each other
    CARE_FILE = "care_file"  #: the medical file (BW 7:454)
    CARE_COPY = "care_copy"  #: a working copy of that file, or data that belongs in it
    ADMINISTRATION = "administration"  #: notes about a person that are not about care
    FINANCE = "finance"  #: invoices, claims, wages: under a tax duty (AWR 52)
    STATISTICS = "statistics"  #: added-up figures
    SECURITY = "security"  #: log lines and what keeps the service safe (Art. 32)
    ACCESS_LOG = "access_log"  #: who looked in a care system (Wabvpz 15e)
    PASS_THROUGH = "pass_through"  #: shown, never stored  # noqa: S105 (a word, no secret)
    RESEARCH = "research"  #: handed on for research (Art. 89; BW 7:458)
    OTHER = "other"  #: nothing of the above: the basis alone decides
