"""The FHIR samples in `data/fhir`, put into a server, and what each file must hold."""

from __future__ import annotations

import base64
import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import httpx

from dsr.core.connector import Item

type_of_resource = dict[str, object]

DATA = Path(__file__).parent / "data" / "fhir"
SYNTHEA, ZIB_R4, ZIB_STU3 = "synthea-r4", "nictiz-zib2020-r4", "nictiz-zib2017-stu3"
_REFERENCE = re.compile(r'"reference": "(?:https?://[^"]*/)?([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})"')
#: set by a server itself
_OF_THE_SERVER = ("versionId", "lastUpdated")


def archive(name: str) -> dict[str, type_of_resource]:
    """The samples of an archive by the name of their file."""
    with tarfile.open(DATA / f"{name}.tar.gz") as files:
        return {
            member.name: json.loads(held.read())
            for member in files
            if (held := files.extractfile(member))
        }


def put(base_url: str, resources: Iterable[Mapping[str, object]], token: str = "") -> None:
    """Each resource under its own id; the server's refusal fails the test."""
    key = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(timeout=60, headers=key) as client:
        for one in resources:
            answer = client.put(f"{base_url}/{ref_of(one)}", json=one)
            assert answer.is_success, (ref_of(one), answer.text[:300])


def transact(base_url: str, bundle: type_of_resource) -> dict[str, type_of_resource]:
    """A transaction as it stands. Gives its resources as the server must hold them, by reference:
    with the ids that the server gave and the references inside the bundle pointed to those.
    """
    answer = httpx.post(base_url, json=bundle, timeout=60)
    assert answer.is_success, answer.text[:300]
    entries, made = _entries(bundle), _entries(answer.json())
    text = json.dumps([entry["resource"] for entry in entries])
    places = [str(_at(entry, "response")["location"]) for entry in made]
    refs = ["/".join(place.split("/_history/")[0].split("/")[-2:]) for place in places]
    for entry, ref in zip(entries, refs, strict=True):
        text = text.replace(f'"{entry["fullUrl"]}"', f'"{ref}"')
    moved = [
        {**one, "id": ref.split("/")[1]} for one, ref in zip(json.loads(text), refs, strict=True)
    ]
    return {ref_of(one): one for one in moved}


def _entries(bundle: Mapping[str, object]) -> list[type_of_resource]:
    entries = bundle["entry"]
    assert isinstance(entries, list)
    return entries


def _at(value: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = value[key]
    assert isinstance(found, dict)
    return found


def ref_of(resource: Mapping[str, object]) -> str:
    """Type/id."""
    return f"{resource['resourceType']}/{resource['id']}"


def bare(resource: Mapping[str, object]) -> type_of_resource:
    """The resource without what a server adds."""
    meta = resource.get("meta")
    kept = {
        key: value
        for key, value in (meta.items() if isinstance(meta, dict) else ())
        if key not in _OF_THE_SERVER
    }
    rest = {key: _filled(value) for key, value in resource.items() if key != "meta"}
    return {**rest, "meta": kept} if kept else rest


def _filled(value: object) -> object:
    """Without empty objects: FHIR knows none, one sample holds one, and servers drop it."""
    if isinstance(value, list):
        return [_filled(one) for one in value if one != {}]
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items() if one not in ({}, [{}])}
    return value


def as_it_was(item: Item) -> type_of_resource:
    """The resource of an item, with the bytes of its files back inside it."""
    found: type_of_resource = json.loads(json.dumps(item.data))
    for file in item.files:
        with file.open() as chunks:
            data = base64.b64encode(b"".join(chunks)).decode()
        kind = "content" if item.kind == "Media" else "sourceAttachment"
        attachment = _at(found, kind)
        kept = {key: one for key, one in attachment.items() if key != "size"}
        found[kind] = {**kept, "data": data}
    return bare(found)


def naming(resource: Mapping[str, object]) -> set[str]:
    """Every Type/id that a resource points to, wherever it stands."""
    return set(_REFERENCE.findall(json.dumps(resource)))


def file_of(
    patient: str, held: Mapping[str, type_of_resource], along: frozenset[str]
) -> dict[str, type_of_resource]:
    """What the file of a patient must hold, by plain counting and without any definition: the
    patient, all that names the patient, and what that points to of the types `along`.
    """
    found = {ref: one for ref, one in held.items() if ref == patient or patient in naming(one)}
    fresh = dict(found)
    while fresh:
        fresh = {ref: held[ref] for ref in _pointed(fresh.values(), along) - set(found) & set(held)}
        found |= fresh
    return found


def _pointed(resources: Iterable[Mapping[str, object]], along: frozenset[str]) -> set[str]:
    every: Iterator[str] = (ref for one in resources for ref in naming(one))
    return {ref for ref in every if ref.split("/")[0] in along}
