"""The Patient compartment, type by type, for a server that has no `$everything`."""

from __future__ import annotations

from connectors.fhir_server import Capability

#: type -> the search parameters that name the patient it is about, the usual one first
COMPARTMENT: dict[str, tuple[str, ...]] = {
    "Account": ("subject",),
    "AdverseEvent": ("subject",),
    "AllergyIntolerance": ("patient",),
    "Appointment": ("patient", "actor"),
    "AppointmentResponse": ("patient", "actor"),
    "BodyStructure": ("patient",),
    "CarePlan": ("patient", "subject"),
    "CareTeam": ("patient", "subject"),
    "ChargeItem": ("subject", "patient"),
    "Claim": ("patient",),
    "ClaimResponse": ("patient",),
    "ClinicalImpression": ("subject", "patient"),
    "Communication": ("subject", "patient"),
    "CommunicationRequest": ("subject", "patient"),
    "Composition": ("subject", "patient"),
    "Condition": ("patient", "subject"),
    "Consent": ("patient",),
    "Coverage": ("beneficiary", "patient"),
    "CoverageEligibilityRequest": ("patient",),
    "CoverageEligibilityResponse": ("patient",),
    "DetectedIssue": ("patient",),
    "DeviceRequest": ("subject", "patient"),
    "DeviceUseStatement": ("subject", "patient"),
    "DiagnosticReport": ("subject", "patient"),
    "DocumentManifest": ("subject", "patient"),
    "DocumentReference": ("subject", "patient"),
    "Encounter": ("patient", "subject"),
    "EnrollmentRequest": ("subject", "patient"),
    "EpisodeOfCare": ("patient",),
    "ExplanationOfBenefit": ("patient",),
    "FamilyMemberHistory": ("patient",),
    "Flag": ("patient", "subject"),
    "Goal": ("patient", "subject"),
    "ImagingStudy": ("patient", "subject"),
    "Immunization": ("patient",),
    "ImmunizationEvaluation": ("patient",),
    "ImmunizationRecommendation": ("patient",),
    "Invoice": ("subject", "patient"),
    "List": ("subject", "patient"),
    "MeasureReport": ("patient", "subject"),
    "Media": ("subject", "patient"),
    "MedicationAdministration": ("patient", "subject"),
    "MedicationDispense": ("patient", "subject"),
    "MedicationRequest": ("patient", "subject"),
    "MedicationStatement": ("patient", "subject"),
    "MolecularSequence": ("patient",),
    "NutritionOrder": ("patient",),
    "Observation": ("patient", "subject"),
    "Procedure": ("patient", "subject"),
    "Provenance": ("patient", "target"),
    "QuestionnaireResponse": ("subject", "patient"),
    "RelatedPerson": ("patient",),
    "RequestGroup": ("subject", "patient"),
    "ResearchSubject": ("individual", "patient"),
    "RiskAssessment": ("subject", "patient"),
    "Schedule": ("actor",),
    "ServiceRequest": ("patient", "subject"),
    "Specimen": ("subject", "patient"),
    "SupplyDelivery": ("patient",),
    "SupplyRequest": ("subject",),
    "Task": ("patient", "subject"),
    "VisionPrescription": ("patient",),
}


def steps(capability: Capability) -> tuple[tuple[str, str], ...]:
    """(type, parameter) of every part of the compartment that the server can be asked for."""
    asked = ((kind, capability.offers(kind, *names)) for kind, names in COMPARTMENT.items())
    return tuple((kind, name) for kind, name in asked if name)
