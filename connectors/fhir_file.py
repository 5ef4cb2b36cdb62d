"""Reading a file: in one stream where the HIS offers `$everything`, else part by part.

Either way the same records come: the compartment, the patient's devices, and what the records
point to. Who looked in the file (AuditEvent) is left to the access log where that is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.fhir_along import along_refs, pointed_to
from connectors.fhir_compartment import BEYOND, LOG, Part, compartment
from connectors.fhir_cursor import ALONG, STREAM, WALK, Cursor
from connectors.fhir_items import Reading
from connectors.fhir_json import is_replaced, ref_of, type_of_resource
from connectors.fhir_owner import Owner, is_named
from connectors.fhir_scan import scan
from connectors.fhir_server import Bundle, FhirServer
from connectors.http import segment
from dsr.core.connector import Item, Page
from dsr.core.errors import BadAnswer, NeedsPerson

#: records read by themselves in one call of the connector
_READS = 20
_HIMSELF = "Patient"


@dataclass(frozen=True, kw_only=True)
class FileReader:
    """Pages of one patient's file. `along` are the types that are read because others point to
    them; `logged_apart` says that the register reads the access log as a dataset of its own.
    """

    server: FhirServer
    page_size: int
    along: frozenset[str]
    logged_apart: bool

    def page(self, reading: Reading, cursor: Cursor) -> Page:
        """The page at the cursor."""
        ways: Mapping[str, Callable[[Reading, Cursor], Page]] = {
            STREAM: self._stream,
            WALK: self._walk,
            ALONG: self._along,
        }
        if cursor.way not in ways:
            raise BadAnswer(
                "The place in the file cannot be read; start this search again.", from_start=True
            )
        return ways[cursor.way](reading, cursor)

    def _stream(self, reading: Reading, cursor: Cursor) -> Page:
        if cursor.url:
            bundle = self._followed(cursor.url)
        else:
            found = self._everything(reading.subject_ref)
            if found is None:
                return self._walk(reading, cursor.at(WALK, _HIMSELF))
            bundle = found
        at = cursor.after(map(ref_of, bundle.resources), bundle.next)
        if not at.url and bundle.total is not None and at.came < bundle.total:
            raise BadAnswer(
                "The HIS sent less of the file than it counts; start this search again.",
                from_start=True,
            )
        return self._page(reading, at, bundle.resources, self._parts(reading, BEYOND))

    def _everything(self, subject_ref: str) -> Bundle | None:
        """The first page of `$everything`; None when the server does not really offer it.

        Some take the operation for a search and answer patients, or nothing: only a page with the
        patient and something of theirs is believed, and else the file is walked.
        """
        if not self.server.capability().everything:
            return None
        path = f"{_path(subject_ref)}/$everything"
        bundle = self.server.everything(path, {"_count": str(self.page_size)})
        if bundle is None:
            return None
        himself = any(ref_of(one) == subject_ref for one in bundle.resources)
        more = any(one["resourceType"] != "Patient" for one in bundle.resources)
        return bundle if himself and more else None

    def _followed(self, url: str) -> Bundle:
        bundle = self.server.page(url)
        if bundle is None:
            raise BadAnswer(
                "The HIS lost the rest of this file; start this search again.", from_start=True
            )
        return bundle

    def _walk(self, reading: Reading, cursor: Cursor) -> Page:
        """A page of one part of the compartment: the Patient first, then type by type."""
        parts = self._parts(reading, (*compartment(reading.version), *BEYOND))
        if cursor.part == _HIMSELF:
            return self._page(reading, cursor, [self._patient(reading.subject_ref)], parts)
        place = next((n for n, (one, _) in enumerate(parts) if str(one) == cursor.part), None)
        if place is None:
            raise BadAnswer(
                "The HIS offers other searches than before; start this search again.",
                from_start=True,
            )
        part, parameter = parts[place]
        search = {parameter: reading.subject_ref, "_count": str(self.page_size)}
        bundle = self._followed(cursor.url) if cursor.url else self._asked(part, search)
        at = cursor.after(map(ref_of, bundle.resources), bundle.next)
        if not at.url:
            refuse_short(self.server, part.kind, search, at.came, bundle)
        earlier = [one for one, _ in parts[:place] if one.kind == part.kind]
        fresh = [one for one in bundle.resources if not self._came(reading, one, earlier)]
        return self._page(reading, at, fresh, parts[place + 1 :])

    def _parts(self, reading: Reading, parts: Sequence[Part]) -> tuple[tuple[Part, str], ...]:
        """What the server can be asked for, without the log where that is read apart."""
        asked = self.server.capability().asked(parts)
        if any(part.kind == LOG for part, _ in asked) and self._leaves_log(reading):
            return tuple((part, name) for part, name in asked if part.kind != LOG)
        return asked

    def _leaves_log(self, reading: Reading) -> bool:
        return self.logged_apart and self.server.logs(reading.subject_ref)

    def _asked(self, part: Part, search: Mapping[str, str]) -> Bundle:
        """The first page of a type. One that the server lists must be there."""
        bundle = self.server.page(part.kind, search)
        if bundle is None and not self.server.capability().silent:
            raise BadAnswer(
                f"The HIS lists {part.kind} but does not answer for it; try again later."
            )
        return bundle or Bundle(())

    def _came(self, reading: Reading, resource: type_of_resource, earlier: list[Part]) -> bool:
        """Whether a record came with an earlier part of its type, or is the patient."""
        paths = [tuple(path.split(".")) for part in earlier for path in part.at]
        ref, base_url = reading.subject_ref, self.server.base_url
        return ref_of(resource) == ref or is_named(resource, paths, ref, base_url)

    def _patient(self, subject_ref: str) -> type_of_resource:
        patient = self.server.read(_path(subject_ref))
        if patient is None:
            raise NeedsPerson(
                "The HIS does not know this person's reference any more (merged or removed);"
                " choose the person again."
            )
        return patient

    def _along(self, reading: Reading, cursor: Cursor) -> Page:
        """Some of the records that others point to; one that is gone or another's is left out."""
        asked, known = cursor.wanted[:_READS], self.server.capability()
        read = [self.server.read(ref) for ref in asked if known.lists(ref.split("/")[0])]
        found = [one for one in read if one and reading.owner(one) is not Owner.STRANGER]
        items, at = self._taken(reading, cursor.having(asked), found)
        return Page(items=items, next=str(at) if at.wanted else None)

    def _page(
        self,
        reading: Reading,
        cursor: Cursor,
        resources: Sequence[type_of_resource],
        then: Sequence[tuple[Part, str]],
    ) -> Page:
        """The items, and the way on: the next link, the next part, or what is pointed to."""
        fresh = list(self._fresh(reading, cursor, resources))
        items, at = self._taken(reading, cursor.having(along_refs(fresh, self._once)), fresh)
        if at.url:
            return Page(items=items, next=str(at))
        if then:
            return Page(items=items, next=str(at.at(WALK, str(then[0][0]))))
        return Page(items=items, next=str(at.at(ALONG)) if at.wanted else None)

    def _fresh(
        self, reading: Reading, cursor: Cursor, resources: Sequence[type_of_resource]
    ) -> Iterator[type_of_resource]:
        """Each record once: a server may send a practitioner with every page."""
        here: set[str] = set()
        for one in resources:
            ref, kind = ref_of(one), str(one["resourceType"])
            if kind == LOG and self._leaves_log(reading):
                continue
            if kind in self._once and (ref in here or cursor.has_had(ref)):
                continue
            here.add(ref)
            yield one

    @property
    def _once(self) -> frozenset[str]:
        """Types that may come in more than one way."""
        return self.along | {part.kind for part in BEYOND}

    def _taken(
        self, reading: Reading, cursor: Cursor, resources: Sequence[type_of_resource]
    ) -> tuple[tuple[Item, ...], Cursor]:
        """The items, and the cursor that wants what they point to."""
        if any(ref_of(one) == reading.subject_ref and is_replaced(one) for one in resources):
            raise NeedsPerson(
                "The HIS merged this person's record into another one; choose the person again."
            )
        scans = [scan(one) for one in resources]
        targets = (target for one in scans for target in one.targets)
        wanting = cursor.wanting(pointed_to(targets, self.along, self.server.base_url))
        items = (reading.item(one, found) for one, found in zip(resources, scans, strict=True))
        return tuple(items), wanting


def refuse_short(
    server: FhirServer, kind: str, search: Mapping[str, str], came: int, last: Bundle
) -> None:
    """A list that ends before its own count is cut, also where the pages do not say so.

    `search` is what was asked for its first page, with `_count`.
    """
    total = last.total
    if total is None and last.resources:
        total = server.count(kind, search)
    if total is not None and came < total:
        raise BadAnswer(
            f"The HIS sent fewer {kind} than it counts; start this search again.", from_start=True
        )
    if total is None and len(last.resources) >= int(search["_count"]):
        raise NeedsPerson(
            f"The HIS neither counts its {kind} nor says where the list ends, so nobody can"
            " tell whether it is whole; ask its supplier to send totals."
        )


def _path(subject_ref: str) -> str:
    return "Patient/" + segment(subject_ref.removeprefix("Patient/"))
