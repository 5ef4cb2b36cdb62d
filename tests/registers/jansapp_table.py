"""What the JansApp privacy statement says, cell by cell, written down apart from the register."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """One column of the statement's tables: a purpose with all that stands below it."""

    basis: str
    article9: str
    subjects: str
    mandatory: str
    other: str
    systems: str
    recipients: str
    rules: dict[str, str]


_APP = (
    "Huisartsen van Jans Huisartsen|Doktersassistenten van Jans Huisartsen|OneAssist BV"
    "|Amazon (Cognito, Lambda)|SendBird Inc.|SendBird Korea"
)

#: statement III.A-F; a rule is told as its term, and what counts beside it
TOLD: dict[str, Told] = {
    "A.1": Told(
        basis="contract",
        article9="",
        subjects="account_holder",
        mandatory="first_name surname phone email birth_date opt_in terms login",
        other="practice account_mail",
        systems="app cognito oneassist",
        recipients=_APP,
        rules={"jans_a1_6m_then_purge_week": "6 months deregistered account_closed"},
    ),
    "A.2": Told(
        basis="consent",
        article9="9(2)(a)",
        subjects="account_holder third_party",
        mandatory="",
        other="messages special_in_messages logging communication review_stars review_comment"
        " third_party_messages third_party_special",
        systems="app sendbird",
        recipients=_APP,
        rules={
            "jans_a2_1m_from_sent": "1 months sent",
            "jans_a2_other_2y_from_end_of_year": "2 years obtained",
        },
    ),
    "A.3": Told(
        basis="legal_obligation",
        article9="9(2)(h)",
        subjects="account_holder third_party",
        mandatory="",
        other="from_messages special_from_messages",
        systems="his crm",
        recipients="Huisartsen van Jans Huisartsen|Doktersassistenten van Jans Huisartsen"
        "|Leverancier van het HIS|Leverancier van het CRM",
        rules={
            "jans_a3_health_20y_from_last_change": "20 years last_change",
            "jans_a3_other_2y_from_deregistration": (
                "2 years deregistered account_holder_deregistered"
            ),
        },
    ),
    "A.4": Told(
        basis="legitimate_interest",
        article9="",
        subjects="nobody",
        mandatory="",
        other="closed outstanding response_time rating",
        systems="",
        recipients="Leiding van Jans Huisartsen",
        rules={"jans_a4_while_relevant": "open"},
    ),
    "A.5": Told(
        basis="consent",
        article9="9(2)(a)",
        subjects="account_holder third_party",
        mandatory="",
        other="sign_in needed_for_security",
        systems="app cognito sendbird",
        recipients=_APP,
        rules={"jans_a5_1m_unless_professional": "1 months obtained"},
    ),
}
