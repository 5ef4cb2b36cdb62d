"""A HIS that speaks FHIR R4: the medical file, and who looked in it.

Entry: `base_url` (or `url`), `token`, `identifier_system` ({patient_number, bsn}), `page_size`,
`allow_hosts`, `system` (this system's id in the register) and `datasets`: the register's names
with what they mean here (`file` or `access_log`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.changes import ChangesByHand
from connectors.fhir_cursor import Cursor
from connectors.fhir_items import Reading
from connectors.fhir_people import Naming, People
from connectors.fhir_server import Bundle, FhirServer
from connectors.fhir_walk import steps
from connectors.http import HttpSystem, Limits, segment
from dsr.core.connector import Health, Located, NotKept, Page
from dsr.core.errors import BadAnswer, BrokenRegister, DsrError, NeedsPerson
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject

BSN_SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"
_KEYS = (
    "base_url", "url", "token", "identifier_system", "page_size", "allow_hosts", "system",
    "datasets",
)  # fmt: skip
_USUAL = {"dossier": "file", "access_log": "access_log"}
_LOG = ("AuditEvent", "patient")
_NO_LOG = "The HIS does not offer its access log over FHIR; ask its supplier for it."
_SUBJECT_REF = re.compile(r"Patient/[A-Za-z0-9.-]{1,64}\Z")


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> FhirConnector:
    """The connector; `BrokenRegister` names a setting that is missing or wrong."""
    read = Entry(settings)
    read.only(*_KEYS)
    base_url = read.text("base_url" if "base_url" in settings else "url")
    token = read.text("token", "")
    systems = read.at("identifier_system").values if "identifier_system" in settings else {}
    http = HttpSystem(
        base_url,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        allow_hosts=read.texts("allow_hosts"),
        limits=Limits(pace=pace),
    )
    return FhirConnector(
        server=FhirServer(http),
        base_url=base_url,
        naming=Naming(str(systems.get("patient_number", "")), str(systems.get("bsn", BSN_SYSTEM))),
        page_size=int(read.number("page_size", 100)),
        system=read.text("system", "his"),
        kinds=_kinds(read),
    )


def _kinds(read: Entry) -> dict[str, str]:
    kinds = read.pairs("datasets") or _USUAL
    for name, kind in kinds.items():
        if kind not in ("file", "access_log"):
            raise BrokenRegister(
                f"settings.datasets.{name}: write `file` (the medical file) or `access_log`."
            )
    return kinds


@dataclass(kw_only=True)
class FhirConnector(ChangesByHand):
    """Reads a patient's file. Changes to a medical file are made in the HIS by a person."""

    server: FhirServer
    base_url: str
    naming: Naming
    page_size: int
    system: str
    kinds: Mapping[str, str] = field(default_factory=lambda: dict(_USUAL))

    place = "the HIS"
    erase_words = "Destroy the parts of the file that the decision names"
    restrict_words = "Shield the parts of the file that the decision names"

    @property
    def datasets(self) -> Sequence[str]:
        """The register's names of what is read, in its order."""
        return tuple(self.kinds)

    def check(self) -> Health:
        """Whether the server is R4, takes our key and can be searched; reads nobody's data."""
        try:
            everything = self.server.capability().everything
            self.server.search("Patient", {"identifier": "urn:privacybalie|none", "_count": "1"})
        except DsrError as fault:
            return Health(False, str(fault))
        if not self.naming.patient_number:
            return Health(
                False,
                "identifier_system.patient_number is not set, so people are found by name and"
                " birth date only; ask the supplier for the name of their numbering.",
            )
        way = "in one stream ($everything)" if everything else "type by type (no $everything)"
        return Health(True, f"The HIS answers; files are read {way}.")

    def locate(self, subject: Subject) -> Located:
        """The patient by number, else by name and birth date, else candidates by contact point."""
        known_ref = subject.known_refs.get(self.system, "")
        return People(self.server, self.naming).locate(subject, known_ref)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of the file or of who looked in it."""
        if not _SUBJECT_REF.match(subject_ref):
            raise NeedsPerson("The reference of this person is none of a HIS; choose them again.")
        readers: dict[str, Callable[[str, str, Cursor], Page | NotKept]] = {
            "file": self._file,
            "access_log": self._access_log,
        }
        if dataset not in self.kinds:
            known = ", ".join(self.kinds)
            raise NeedsPerson(f"The HIS has no dataset {dataset!r}; the register may use {known}.")
        return readers[self.kinds[dataset]](subject_ref, dataset, Cursor.of(after))

    def _file(self, subject_ref: str, dataset: str, cursor: Cursor) -> Page:
        if cursor.step == -1:
            bundle = self._everything(subject_ref, cursor)
            if bundle is not None:
                return self._page(subject_ref, dataset, cursor, bundle)
            cursor = cursor.at_step(0)
        return self._walk(subject_ref, dataset, cursor)

    def _everything(self, subject_ref: str, cursor: Cursor) -> Bundle | None:
        """A page of `$everything`; None when the server does not offer it."""
        if cursor.url:
            return self._followed(cursor.url)
        if not self.server.capability().everything:
            return None
        bundle = self.server.page(f"{_path(subject_ref)}/$everything", self._count())
        if bundle and not bundle.resources and not bundle.next:
            raise BadAnswer(
                "The HIS sent an empty file, without even the patient; try again later."
            )
        return bundle

    def _followed(self, url: str) -> Bundle:
        bundle = self.server.page(url)
        if bundle is None:
            raise BadAnswer("The HIS lost the rest of this file; start this search again.")
        return bundle

    def _walk(self, subject_ref: str, dataset: str, cursor: Cursor) -> Page:
        """A page of one part of the compartment: the Patient first, then type by type."""
        parts = steps(self.server.capability())
        if cursor.step == 0:
            bundle = self._patient(subject_ref)
        elif cursor.url:
            bundle = self._followed(cursor.url)
        else:
            bundle = self._asked(parts[cursor.step - 1], subject_ref)
        page = self._page(subject_ref, dataset, cursor, bundle)
        if page.next is None and cursor.step:
            self._refuse_short(parts[cursor.step - 1], subject_ref, cursor, bundle)
        after = page.next
        if after is None and cursor.step < len(parts):
            after = str(cursor.at_step(cursor.step + 1))
        return Page(items=page.items, next=after)

    def _asked(self, part: tuple[str, str], subject_ref: str) -> Bundle:
        """The first page of a type. One that the server lists must be there."""
        bundle = self._part(part, subject_ref)
        if bundle is None and not self.server.capability().silent:
            raise BadAnswer(f"The HIS lists {part[0]} but does not answer for it; try again later.")
        return bundle or Bundle(())

    def _part(self, part: tuple[str, str], subject_ref: str) -> Bundle | None:
        kind, parameter = part
        return self.server.page(kind, {parameter: subject_ref, **self._count()})

    def _refuse_short(
        self, part: tuple[str, str], subject_ref: str, cursor: Cursor, bundle: Bundle
    ) -> None:
        """A list that ends before its own count is cut, also where the pages do not say so."""
        kind, parameter = part
        total = bundle.total
        if total is None and bundle.resources:
            total = self.server.count(kind, {parameter: subject_ref})
        if total is not None and cursor.came + len(bundle.resources) < total:
            raise BadAnswer(f"The HIS sent fewer {kind} than it counts; start this search again.")
        if total is None and len(bundle.resources) >= self.page_size:
            raise NeedsPerson(
                f"The HIS neither counts its {kind} nor says where the list ends, so nobody can"
                " tell whether it is whole; ask its supplier to send totals."
            )

    def _patient(self, subject_ref: str) -> Bundle:
        patient = self.server.read(_path(subject_ref))
        if patient is None:
            raise NeedsPerson(
                "The HIS does not know this person's reference any more (merged or removed);"
                " choose the person again."
            )
        return Bundle((patient,))

    def _access_log(self, subject_ref: str, dataset: str, cursor: Cursor) -> Page | NotKept:
        if not self.server.capability().offers(*_LOG):
            return NotKept(_NO_LOG)
        bundle = self._followed(cursor.url) if cursor.url else self._part(_LOG, subject_ref)
        if bundle is None:
            return NotKept(_NO_LOG)
        if bundle.next is None:
            self._refuse_short(_LOG, subject_ref, cursor, bundle)
        return self._page(subject_ref, dataset, cursor, bundle)

    def _page(self, subject_ref: str, dataset: str, cursor: Cursor, bundle: Bundle) -> Page:
        reading = Reading(
            server=self.server, base_url=self.base_url, subject_ref=subject_ref, dataset=dataset
        )
        items = tuple(reading.item(resource) for resource in bundle.resources)
        following = cursor.after((item.ref for item in items), bundle.next)
        return Page(items=items, next=str(following) if following.url else None, total=bundle.total)

    def _count(self) -> dict[str, str]:
        return {"_count": str(self.page_size)}


def _path(subject_ref: str) -> str:
    return "Patient/" + segment(subject_ref.removeprefix("Patient/"))
