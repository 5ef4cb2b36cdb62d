"""A FHIR resource as an item: its dates, its author, its files, and a faithful copy."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from connectors.fhir_compartment import Version
from connectors.fhir_inline import decoded_size, opened
from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_owner import Owner, is_named, owner_of
from connectors.fhir_scan import Scan, scan
from connectors.fhir_server import FhirServer
from dsr.core.connector import Item, ItemFile
from dsr.core.errors import BadAnswer, ForeignRecord

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")
#: when it was written down, the best element first
_RECORDED = (
    "recordedDate", "recorded", "authoredOn", "authored", "assertedDate", "dateAsserted",
    "recordedOn", "date", "indexed", "issued", "created", "sent", "dateTime", "dateWritten",
    "effectiveDateTime", "performedDateTime", "occurrenceDateTime", "started", "whenPrepared",
    "whenHandedOver", "receivedTime", "statusDate", "startDate",
)  # fmt: skip
_PERIODS = ("period", "effectivePeriod", "performedPeriod", "occurrencePeriod")
_AUTHORS = (
    "author", "recorder", "asserter", "informationSource", "requester", "performer", "practitioner",
    "sender", "source",
)  # fmt: skip
#: where an author stands below such an element: `agent` is STU3's
_ACTORS = ("actor", "agent")
_AUTHOR_KINDS = {
    "Practitioner": "staff",
    "PractitionerRole": "staff",
    "Organization": "staff",
    "Device": "system",
}
_CONFIDENTIAL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
#: where bytes stand: `content` is STU3's, in Binary
_BYTES = ("data", "content")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is being read: which server, whose file, for which dataset."""

    server: FhirServer
    subject_ref: str = field(repr=False)
    dataset: str
    version: Version = Version.R4

    def owner(self, resource: type_of_resource) -> Owner:
        """Whose the resource is."""
        return owner_of(resource, self.subject_ref, self.server.base_url, self.version)

    def refuse_stranger(self, resource: type_of_resource) -> Owner:
        """Whose the resource is; `ForeignRecord` when it is another patient's."""
        owner = self.owner(resource)
        if owner is Owner.STRANGER:
            raise ForeignRecord(
                f"The HIS sent a {resource['resourceType']} of another patient with this file."
                " Nothing is released; tell the supplier of the HIS, and search again when it is"
                " mended."
            )
        return owner

    def is_theirs(self, resource: type_of_resource) -> bool:
        """Whether the resource may change with this file: the patient's own, or of a contact
        person who stands in it for nothing else; `ForeignRecord` when it is another patient's.
        """
        contact = resource["resourceType"] == "RelatedPerson"
        return self.refuse_stranger(resource) is Owner.SUBJECT or (
            contact and is_named(resource, [("patient",)], self.subject_ref, self.server.base_url)
        )

    def item(self, resource: type_of_resource, found: Scan | None = None) -> Item:
        """The resource as an item; `ForeignRecord` when it is another patient's.

        `found` is what lies in it, for a caller that has looked already.
        """
        kind, ident = str(resource["resourceType"]), resource.get("id")
        if not isinstance(ident, str) or not _ID.match(ident):
            raise BadAnswer("A record of the HIS has no usable id; try again later.")
        owner = self.refuse_stranger(resource)
        held, found = _without_sharing(resource, found or scan(resource))
        return Item(
            ref=f"{kind}/{ident}",
            dataset=self.dataset,
            kind=kind,
            files=tuple(self._files(held, found.attachments)),
            data=held,
            dates=_dates(resource),
            about_subject=owner is Owner.SUBJECT,
            restricted=_restricted(resource),
            author="system" if kind == "AuditEvent" else _author(resource, self.subject_ref),
        )

    def _files(
        self, held: type_of_resource, attachments: Iterable[type_of_resource]
    ) -> Iterator[ItemFile]:
        """The files of a record. Bytes inside the record move out of it into the file."""
        for number, attachment in enumerate(attachments, start=1):
            declared = str(attachment.get("contentType") or "application/octet-stream")
            media_type = declared.split(";")[0].strip()
            name = str(attachment.get("title") or "") or _name(held, number, media_type)
            inline = _taken(attachment)
            if inline is not None:
                size = decoded_size(inline)
                if attachment is not held:
                    attachment["size"] = size
                source = partial(opened, inline)
                yield ItemFile(name=name, media_type=media_type, open=source, size=size)
            elif isinstance(address := attachment.get("url"), str):
                known = attachment.get("size")
                yield ItemFile(
                    name=name,
                    media_type=media_type,
                    open=partial(self.server.file, address),
                    size=known if isinstance(known, int) else None,
                )


def _without_sharing(resource: type_of_resource, found: Scan) -> tuple[type_of_resource, Scan]:
    """A copy when bytes will move out of it; most records hold none and are taken as they came."""
    if any(key in one for one in found.attachments for key in _BYTES):
        copy = deepcopy(resource)
        return copy, scan(copy)
    return resource, found


def _taken(attachment: type_of_resource) -> str | None:
    """The bytes that stand inside, as base64; they are taken out."""
    for key in _BYTES:
        if isinstance(attachment.get(key), str):
            return str(attachment.pop(key))
    return None


def _name(resource: Mapping[str, object], number: int, media_type: str) -> str:
    ending = mimetypes.guess_extension(media_type) or ""
    return f"{resource['resourceType']}-{number}{ending}"


def _dates(resource: Mapping[str, object]) -> dict[str, datetime | date]:
    """`recorded`, and `last_change` as the server keeps it."""
    values = [resource[name] for name in _RECORDED if name in resource]
    for name in _PERIODS:
        values += [period.get("start") for period in objects(resource.get(name))]
    found: dict[str, datetime | date] = {}
    recorded = next((day for day in map(moment, values) if day), None)
    changed = [moment(one.get("lastUpdated")) for one in objects(resource.get("meta"))]
    if recorded:
        found["recorded"] = recorded
    if changed and changed[0]:
        found["last_change"] = changed[0]
    return found


def moment(value: object) -> datetime | date | None:
    """A FHIR date or moment; of a year or month alone the last day, so no period ends too soon."""
    text = value if isinstance(value, str) else ""
    try:
        if "T" in text:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else found.date()
        if len(text) in (4, 7):
            return _last_day(text)
        return date.fromisoformat(text)
    except ValueError:
        return None


def _last_day(text: str) -> date:
    year, month = int(text[:4]), int(text[5:] or 12)
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _restricted(resource: Mapping[str, object]) -> bool:
    return any(
        label.get("system") == _CONFIDENTIAL and label.get("code") in ("R", "V")
        for one in objects(resource.get("meta"))
        for label in objects(one.get("security"))
    )


def _author(resource: Mapping[str, object], subject_ref: str) -> str:
    for name in _AUTHORS:
        for one in objects(resource.get(name)):
            actors = [actor for key in _ACTORS for actor in objects(one.get(key))]
            target = str((actors or [one])[0].get("reference", ""))
            if target == subject_ref or target.endswith(f"/{subject_ref}"):
                return "subject"
            if kind := _AUTHOR_KINDS.get(target.split("/")[-2] if "/" in target else ""):
                return kind
    return ""
