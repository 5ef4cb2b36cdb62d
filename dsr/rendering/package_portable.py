"""What a package holds beside its pages: records as FHIR; and who looked (Wabvpz 15e)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from dsr.core.package import BLACKED_OUT, PackageContents
from dsr.rendering.archive import Archive
from dsr.rendering.member import Member, joined
from dsr.rendering.package_source import records_json
from dsr.rendering.pages import page

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"
#: where the electronic copy of the medical file stands (Wabvpz 15d, Art. 15(3))
ELECTRONIC_COPY = "elektronisch-afschrift/fhir-bundle.json"
FHIR_JSON = "application/fhir+json"
_NAMES = uuid.UUID("5e0a4b52-7a9f-4d0e-9a43-2f6f5c8b1d10")
#: how FHIR says that a value exists but may not be shown
_MASKED = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "masked",
        }
    ]
}


def electronic_copy_members(contents: PackageContents, archive: Archive) -> Iterator[Member]:
    """The medical file for another system: all of it, also what nobody has to carry over."""
    if len(archive.fhir):
        named = (
            (_urn(f"{contents.reference}/{entry.dataset}/{entry.number}"), entry.data)
            for entry in archive.entries(archive.fhir)
        )
        chunks = joined(bundle(contents, named))
        yield Member(path=ELECTRONIC_COPY, media_type=FHIR_JSON, chunks=chunks)


def bundle(contents: PackageContents, resources: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    """A collection of resources, each with its full URL, in this order; may have none."""
    head = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": _urn(contents.reference)},
        "type": "collection",
        "timestamp": f"{contents.answered.isoformat()}T12:00:00Z",
    }
    yield orjson.dumps(head)[:-1]
    between = b',"entry":[\n'
    for address, resource in resources:
        yield between + orjson.dumps({"fullUrl": address, "resource": unmarked(resource)})
        between = b",\n"
    yield b"\n]}\n" if between == b",\n" else b"}\n"


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMES, name)}"


def unmarked(value: object) -> object:
    """The resource with wholly blacked-out values as FHIR's `masked`, so that it stays valid.

    A value of which only some words are black is still a text and stays as it is.
    """
    if isinstance(value, list):
        return [unmarked(one) for one in value if one != BLACKED_OUT]
    if not isinstance(value, dict):
        return value
    kept: dict[str, object] = {}
    for key, one in value.items():
        if isinstance(one, dict) and one.get("div") == BLACKED_OUT:
            continue  # a narrative without its text is no narrative; it may be left out
        if one == BLACKED_OUT:
            kept[f"_{key}"] = _MASKED
        elif one != [BLACKED_OUT]:
            kept[key] = unmarked(one)
    return kept


def access_log_members(contents: PackageContents, archive: Archive) -> Iterator[Member]:
    """`inzagelog/`: who looked and when; it is there, and says so, when nothing was kept."""
    count = len(archive.access_log)
    yield Member(
        path="inzagelog/overzicht.html",
        media_type="text/html",
        chunks=page(
            "access_log.html",
            contents,
            "../",
            count=count,
            entries=archive.entries(archive.access_log),
        ),
    )
    head = {"reference": contents.reference, "count": count}
    yield Member(
        path="inzagelog/data.json",
        media_type="application/json",
        chunks=records_json(head, archive, archive.access_log),
    )
