"""What annex 1 of the VIPLive privacy statement says, cell by cell, apart from the register."""

from __future__ import annotations

from typing import NamedTuple


class Module(NamedTuple):
    """One row of the annex: whose data, what is mandatory, what is applied, and our reading."""

    patient: str
    provider: str
    statutory: str
    applied: dict[str, str]
    basis: str
    others: str = ""


_PERSON = "bsn name sex birth_date"
_REACHED = "address email phone"
_WORKED_WITH = "provider_name organisation"
_AT = "provider_address provider_phone"

ANNEX: dict[str, Module] = {
    "VIP.platform": Module(
        patient="",
        provider="user_id ip_address",
        statutory="geen",
        applied={"viplive_platform_2y": "2 years record_date"},
        basis="legitimate_interest",
    ),
    "VIP.declaratie": Module(
        patient="bsn name birth_date address uzovi service_codes claim_progress dbc",
        provider="provider_name agb practice_name practice_numbers invoices",
        statutory="2 jaar",
        applied={"viplive_declaratie_2y": "2 years claim_settled"},
        basis="legal_obligation",
    ),
    "VIP.administratieservice": Module(
        patient="",
        provider="invoices",
        statutory="7 tot 10 jaar",
        applied={"viplive_administratie_10y": "10 years financial_year_end"},
        basis="legal_obligation",
        others="bsn name birth_date postcode house_number address phone receipts",
    ),
    "VIP.vkis": Module(
        patient=f"{_PERSON} care_path practice {_REACHED} medical_his medical_entered attachments",
        provider=f"{_WORKED_WITH} function {_AT}",
        statutory="20 jaar",
        applied={"viplive_vkis_10y": "10 years last_change"},
        basis="legal_obligation",
    ),
    "VIP.nis": Module(
        patient=f"{_PERSON} care_path practice {_REACHED} medical_entered health_plan acp"
        " conversation measurements attachments",
        provider=f"{_WORKED_WITH} function provider_email {_AT} availability provider_care_path",
        statutory="20 jaar",
        applied={"viplive_nis_10y": "10 years last_change"},
        basis="legal_obligation",
    ),
    "VIP.spreekuur": Module(
        patient=f"{_PERSON} practice {_REACHED} entered_by_patient conversation attachments"
        " video_log",
        provider=f"{_WORKED_WITH} function provider_email {_AT} browser",
        statutory="20 jaar",
        applied={"viplive_spreekuur_10y": "10 years last_change"},
        basis="legal_obligation",
    ),
    "VIP.ggz": Module(
        patient=f"{_PERSON} care_path {_REACHED} medical_ggz attachments lead_practitioner"
        " contacts",
        provider=f"{_WORKED_WITH} {_AT} lead_practitioner_name referral_behaviour",
        statutory="geen",
        applied={"viplive_ggz_none": "not stored"},
        basis="legal_obligation",
    ),
    "VIP.doorlevering": Module(
        patient="selection",
        provider="practice",
        statutory="geen",
        applied={"viplive_doorlevering_none": "not stored"},
        basis="scientific_research",
    ),
    "VIP.monitoring": Module(
        patient="name sex birth_date client_number email answers dbc",
        provider="relation relation_person invitation main_contact",
        statutory="20 jaar",
        applied={"viplive_monitoring_20y": "20 years last_change"},
        basis="legal_obligation",
    ),
    "VIP.inzicht": Module(
        patient=f"his_number name sex birth_date {_REACHED} extraction uzovi care_activity"
        " care_path progress",
        provider="practice_organisation",
        statutory="geen",
        applied={"viplive_inzicht_2y": "2 years record_date"},
        basis="legitimate_interest",
        others="consults",
    ),
    "VIP.populatie_dashboard": Module(
        patient="extraction later",
        provider="practice_organisation",
        statutory="geen",
        applied={"viplive_populatie_dashboard_2y": "2 years record_date"},
        basis="legitimate_interest",
        others="consults",
    ),
    "VIP.logs": Module(
        patient="vip_number action",
        provider="user_number time",
        statutory="ten minste 5 jaar",
        applied={
            "viplive_server_log_31d": "31 days written",
            "viplive_kibana_log_2y": "2 years written",
            "begz_access_log_min_5y": "5 years written",
        },
        basis="legal_obligation",
    ),
}
