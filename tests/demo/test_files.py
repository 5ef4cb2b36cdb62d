"""The demo's medical files: valid FHIR, always the same, of one person and nobody else."""

from __future__ import annotations

import base64
import importlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pypdf
import pytest

from demo.files import resources_of
from demo.files_samples import samples
from demo.files_staff import patient_id
from demo.person import Person
from demo.population import Cast, passes_eleven_test, people, played_by

EVERYBODY = people(count=60)
HEAVY = played_by(EVERYBODY, Cast.HEAVY)


def references(value: object) -> Iterator[str]:
    """Every reference in a resource."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for below in value.values():
            yield from references(below)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def invalid(resource: dict[str, object]) -> str:
    """What the R4B model of the type says is wrong; empty when nothing is."""
    kind = str(resource["resourceType"])
    model = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    try:
        model.model_validate(resource)
    except ValueError as fault:
        return f"{kind}: {fault}"
    return ""


def test_every_short_file_is_valid_fhir() -> None:
    short = [one for one in EVERYBODY if not one.file]

    faults = [invalid(one) for person in short for one in resources_of(person, (HEAVY,))]

    assert not any(faults), [fault for fault in faults if fault][:3]


def test_the_file_of_twenty_years_is_valid_fhir() -> None:
    made = list(resources_of(HEAVY))

    assert [fault for fault in map(invalid, made) if fault] == []
    assert len(made) > 3000


@pytest.mark.parametrize("person", [EVERYBODY[0], HEAVY])
def test_a_file_is_the_same_every_time_and_each_id_is_there_once(person: Person) -> None:
    first, second = list(resources_of(person)), list(resources_of(person))

    ids = [(one["resourceType"], one["id"]) for one in first]
    assert first == second
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("person", [EVERYBODY[0], HEAVY])
def test_every_reference_leads_somewhere_and_to_no_other_patient(person: Person) -> None:
    made = list(resources_of(person))
    there = {f"{one['resourceType']}/{one['id']}" for one in made}

    pointed = {target for one in made for target in references(one) if not target.startswith("#")}

    assert pointed - there == set()
    assert {one for one in pointed if one.startswith("Patient/")} == {
        f"Patient/{patient_id(person)}"
    }


def test_nothing_of_the_samples_own_patients_is_left() -> None:
    words = repr(list(resources_of(HEAVY)))

    assert not re.search(r"Delagarza|Putten|Giessen|urn:uuid|111222333|999911120", words)


def test_a_report_mentions_somebody_else_now_and_then() -> None:
    mentioning = [
        person
        for person, other in pairwise(EVERYBODY)
        if any(
            other.family in repr(one["section"])
            for one in resources_of(person, (other,))
            if one["resourceType"] == "Composition"
        )
    ]

    assert len(mentioning) > len(EVERYBODY) // 3


def test_the_numbers_in_a_patient_are_invented() -> None:
    for person in EVERYBODY:
        patient = next(iter(resources_of(person)))
        assert isinstance(patient["identifier"], list)
        numbers = {one["system"]: one["value"] for one in patient["identifier"]}
        bsn = numbers["http://fhir.nl/fhir/NamingSystem/bsn"]
        assert not passes_eleven_test(bsn)
        assert bsn not in str(patient["id"])


def test_the_letter_is_a_pdf_that_opens() -> None:
    [letter] = [
        base64.b64decode(str(one["data"]))
        for one in resources_of(EVERYBODY[0])
        if one.get("contentType") == "application/pdf"
    ]

    [page] = pypdf.PdfReader(io.BytesIO(letter), strict=True).pages

    assert "Specialistenbrief" in page.extract_text()


def test_a_sample_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=samples()[0]):
        list(resources_of(replace(HEAVY, file="Nobody")))
