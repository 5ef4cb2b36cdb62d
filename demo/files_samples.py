"""A file of twenty years, made from the FHIR samples in `demo/data/fhir` (see NOTES.md there)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import cast

from demo.files_staff import patient_id, patient_of, practice_of, staff_of
from demo.person import Person

type_of_resource = dict[str, object]

FIRST_YEAR, LAST_YEAR = 2004, 2025
_DATA = Path(__file__).parent / "data" / "fhir"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?\Z")
_STAFF = frozenset({"Practitioner", "PractitionerRole"})
_LEFT_OUT = frozenset(
    {"Patient", "RelatedPerson", "Organization", "Location", "HealthcareService", *_STAFF}
)


def samples() -> tuple[str, ...]:
    """The names that `Person.file` may have."""
    return tuple(sorted(path.stem for path in (_DATA / "synthea").glob("*.json")))


def long_file(person: Person) -> Iterator[type_of_resource]:
    """The sample named by `person.file` and then the others, all pointed to the person.

    Every sample comes again with its dates moved back two years at a time: more than three
    thousand resources of twenty years. `ValueError` for a sample that does not exist.
    """
    if person.file not in samples():
        raise ValueError(f"no FHIR sample {person.file!r}; use one of {', '.join(samples())}")
    yield from _pointed(person, "z", _zib(), 0)
    for n, name in enumerate(sorted(samples(), key=lambda name: name != person.file)):
        bundle = _synthea(name)
        newest = max(_years(bundle), default=LAST_YEAR)
        for back in range(0, LAST_YEAR - FIRST_YEAR, 2):
            yield from _pointed(person, f"s{n}{back:02d}", bundle, LAST_YEAR - newest - back)


@cache
def _synthea(name: str) -> tuple[type_of_resource, ...]:
    bundle = json.loads((_DATA / "synthea" / f"{name}.json").read_text("utf-8"))
    return tuple(entry["resource"] for entry in bundle["entry"])


@cache
def _zib() -> tuple[type_of_resource, ...]:
    files = sorted((_DATA / "zib2020").glob("*.json"))
    return tuple(json.loads(path.read_text("utf-8")) for path in files)


def _years(resources: Iterable[type_of_resource]) -> Iterator[int]:
    for resource in resources:
        yield from (int(text[:4]) for text in _texts(resource) if _DATE.match(text))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for below in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(below)


def _pointed(
    person: Person, prefix: str, source: tuple[type_of_resource, ...], moved: int
) -> Iterator[type_of_resource]:
    """The resources that fall in the twenty years, with new ids, owner and dates."""
    kept = [one for one in source if _belongs(one, moved)]
    ids = {str(one["id"]): f"{patient_id(person)}-{prefix}-{n}" for n, one in enumerate(kept)}
    for one in kept:
        copy = cast(type_of_resource, _changed(one, person, ids, moved))
        copy["id"] = ids[str(one["id"])]
        copy["meta"] = _meta(copy)
        yield copy


def _belongs(resource: type_of_resource, moved: int) -> bool:
    if resource["resourceType"] in _LEFT_OUT:
        return False
    return all(year + moved >= FIRST_YEAR or not moved for year in _years([resource]))


def _changed(value: object, person: Person, ids: Mapping[str, str], moved: int) -> object:
    if isinstance(value, str):
        return _moved(value, moved)
    if isinstance(value, list):
        return [_changed(one, person, ids, moved) for one in value]
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            return _reference(value, person, ids)
        return {key: _changed(one, person, ids, moved) for key, one in value.items()}
    return value


def _moved(text: str, years: int) -> str:
    if not years or not _DATE.match(text):
        return text
    day = "-28" if text[4:10] == "-02-29" else text[7:10]
    return f"{int(text[:4]) + years:04d}{text[4:7]}{day}{text[10:]}"


def _reference(old: Mapping[str, object], person: Person, ids: Mapping[str, str]) -> object:
    """The reference pointed anew; one to a record that is not in the file becomes words."""
    target = str(old["reference"])
    kind, _, ident = target.rpartition("/")
    ident = ident.removeprefix("urn:uuid:")
    if ident in ids:
        return {**old, "reference": f"{kind or _kind_of(ident)}/{ids[ident]}"}
    kind = kind or _kind_of(ident)
    if kind == "Patient":
        return patient_of(person)
    if kind in _STAFF:
        return staff_of(person, sum(map(ord, ident)) % 2)
    if kind == "Organization":
        return practice_of(person)
    return {"display": "elders vastgelegd"}


@cache
def _kinds() -> Mapping[str, str]:
    every = [*_zib(), *(one for name in samples() for one in _synthea(name))]
    return {str(one["id"]): str(one["resourceType"]) for one in every}


def _kind_of(ident: str) -> str:
    return _kinds().get(ident, "")


def _meta(resource: type_of_resource) -> dict[str, object]:
    old = cast(dict[str, object], resource.get("meta") or {})
    newest = max((text for text in _texts(resource) if _DATE.match(text)), default="2019-07-21")
    kept = {"profile": old["profile"]} if "profile" in old else {}
    return {"versionId": "1", "lastUpdated": f"{newest[:10]}T18:00:00+01:00", **kept}
