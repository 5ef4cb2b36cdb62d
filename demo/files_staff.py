"""The practice behind a demo file: its organisation, its people, and how records point to them."""

from __future__ import annotations

from demo.person import Person

type_of_resource = dict[str, object]

BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
AGB = "http://fhir.nl/fhir/NamingSystem/agb-z"
PATIENT_NUMBER = "https://his.voorbeeld.example/patientnummer"
PROFILE = "http://nictiz.nl/fhir/StructureDefinition/nl-core-"

#: role, given name, family name of everybody who works in a demo practice; the first is the GP
STAFF = (
    ("huisarts", "Marleen", "Oosterbaan"),
    ("huisarts", "Idris", "Verhage"),
    ("doktersassistente", "Wilma", "Tichelaar"),
    ("praktijkondersteuner", "Joris", "Haverkort"),
)


def patient_id(person: Person) -> str:
    """The HIS's own id of a person; never the BSN or the patient number."""
    return f"pat-{person.number:05d}"


def patient_of(person: Person) -> dict[str, object]:
    """A reference to the person's Patient resource."""
    return {"reference": f"Patient/{patient_id(person)}", "type": "Patient"}


def staff_of(person: Person, place: int = 0) -> dict[str, object]:
    """A reference to a member of staff of the person's practice."""
    _, given, family = STAFF[place]
    return {
        "reference": f"Practitioner/{_slug(person)}-{place + 1}",
        "type": "Practitioner",
        "display": f"{given} {family}",
    }


def practice_of(person: Person) -> dict[str, object]:
    """A reference to the person's practice."""
    return {"reference": f"Organization/{_slug(person)}", "type": "Organization"}


def practice_resources(person: Person) -> list[type_of_resource]:
    """The practice and its staff as they come along with a file."""
    organization: type_of_resource = {
        "resourceType": "Organization",
        "id": _slug(person),
        "meta": meta("HealthcareProvider-Organization", "2023-01-02T08:00:00+01:00"),
        "identifier": [{"system": AGB, "value": "01999999"}],
        "name": f"Huisartsenpraktijk {person.practice}",
    }
    return [organization, *(_practitioner(person, place) for place in range(len(STAFF)))]


def _practitioner(person: Person, place: int) -> type_of_resource:
    role, given, family = STAFF[place]
    return {
        "resourceType": "Practitioner",
        "id": f"{_slug(person)}-{place + 1}",
        "meta": meta("HealthProfessional-Practitioner", "2023-01-02T08:00:00+01:00"),
        "name": [{"use": "official", "family": family, "given": [given]}],
        "qualification": [{"code": {"text": role}}],
    }


def meta(profile: str, updated: str) -> dict[str, object]:
    """The meta element: version, last change and nl-core profile."""
    return {"versionId": "1", "lastUpdated": updated, "profile": [PROFILE + profile]}


def _slug(person: Person) -> str:
    kept = [c for c in person.practice.lower() if c.isascii() and c.isalnum()]
    return "prk-" + ("".join(kept) or "huisarts")
