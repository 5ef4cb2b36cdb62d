"""A HIS that speaks FHIR (R4 or STU3): the medical file, and who looked in it.

The settings of an entry stand in `docs/connectors-fhir.md`, each with an example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from connectors.fhir_along import KINDS
from connectors.fhir_changes import FhirChanges
from connectors.fhir_compartment import LOG, Version
from connectors.fhir_cursor import Cursor
from connectors.fhir_file import FileReader, refuse_short
from connectors.fhir_items import Reading
from connectors.fhir_json import ref_of
from connectors.fhir_people import Naming, People
from connectors.fhir_server import FhirServer
from connectors.fhir_writing import Writing, writing
from connectors.http import HttpSystem, Limits, Manners
from connectors.smart import Bearer, smart
from connectors.tls import tls_context
from dsr.core.connector import Health, Located, NotKept, Page, Place
from dsr.core.errors import BadAnswer, BrokenRegister, DsrError
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject

BSN_SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"
_KEYS = (
    "base_url", "url", "fhir_version", "token", "smart", "tls", "identifier_system", "page_size",
    "along", "allow_hosts", "limits", "system", "datasets", "changes",
)  # fmt: skip
_USUAL = {"dossier": "file", "access_log": "access_log"}
_NO_LOG = "The HIS does not offer its access log over FHIR; ask its supplier for it."


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> FhirConnector:
    """The connector; `BrokenRegister` names a setting that is missing or wrong."""
    read = Entry(settings)
    read.only(*_KEYS)
    base_url = read.text("base_url" if "base_url" in settings else "url").rstrip("/")
    systems = read.at("identifier_system").values if "identifier_system" in settings else {}
    manners = Manners(tls=tls_context(read.at("tls"))) if "tls" in settings else None
    http = HttpSystem(
        base_url,
        auth=_auth(read, base_url, manners),
        allow_hosts=read.texts("allow_hosts"),
        limits=_limits(read, pace),
        manners=manners,
    )
    return FhirConnector(
        server=FhirServer(http, base_url, _version(read)),
        naming=Naming(str(systems.get("patient_number", "")), str(systems.get("bsn", BSN_SYSTEM))),
        page_size=int(read.number("page_size", 100)),
        along=_along(read),
        system=read.text("system", "his"),
        kinds=_kinds(read),
        writing=writing(read.at("changes")) if "changes" in settings else None,
    )


def _auth(read: Entry, base_url: str, manners: Manners | None) -> httpx.Auth | None:
    if "smart" in read.values:
        if "token" in read.values:
            raise BrokenRegister("settings: write either `token` or `smart`, not both.")
        usual = "system/*.cruds" if "changes" in read.values else "system/*.rs"
        return smart(read.at("smart"), base_url, manners, usual)
    token = read.text("token", "")
    return Bearer(token) if token else None


def _limits(read: Entry, pace: Pace) -> Limits:
    """Most bytes of one answer and of one file, and seconds of one call."""
    usual = Limits(pace=pace)
    if "limits" not in read.values:
        return usual
    said = read.at("limits")
    said.only("answer_bytes", "file_bytes", "seconds")
    return Limits(
        max_bytes=int(said.number("answer_bytes", usual.max_bytes)),
        max_file_bytes=int(said.number("file_bytes", usual.max_file_bytes)),
        read=said.number("seconds", usual.read),
        total=max(usual.total, said.number("seconds", usual.read)),
        pace=pace,
    )


def _version(read: Entry) -> Version | None:
    """The version that the HIS must speak; None takes what it says it speaks."""
    if "fhir_version" not in read.values:
        return None
    said = read.text("fhir_version")
    if said not in tuple(Version):
        raise BrokenRegister(f"settings.fhir_version: write {' or '.join(Version)}.")
    return Version(said)


def _along(read: Entry) -> frozenset[str]:
    chosen = read.texts("along") if "along" in read.values else KINDS
    if unknown := sorted(set(chosen) - set(KINDS)):
        raise BrokenRegister(
            f"settings.along: {unknown[0]!r} is not read along; use {', '.join(KINDS)}."
        )
    return frozenset(chosen)


def _kinds(read: Entry) -> dict[str, str]:
    kinds = read.pairs("datasets") or _USUAL
    for name, kind in kinds.items():
        if kind not in ("file", "access_log"):
            raise BrokenRegister(
                f"settings.datasets.{name}: write `file` (the medical file) or `access_log`."
            )
    return kinds


@dataclass(kw_only=True)
class FhirConnector(FhirChanges):
    """Reads a patient's file, and changes it where the register lets it (`changes`)."""

    server: FhirServer
    naming: Naming
    page_size: int
    system: str
    along: frozenset[str] = frozenset(KINDS)
    kinds: Mapping[str, str] = field(default_factory=lambda: dict(_USUAL))
    writing: Writing | None = None

    @property
    def datasets(self) -> Sequence[str]:
        """The register's names of what is read, in its order."""
        return tuple(self.kinds)

    def check(self) -> Health:
        """Whether the version is right, our key fits and people can be found; reads no data."""
        try:
            can = self.server.capability()
            self.server.search("Patient", {"identifier": "urn:privacybalie|none", "_count": "1"})
        except DsrError as fault:
            return Health(False, str(fault))
        if not self.naming.patient_number:
            return Health(
                False,
                "identifier_system.patient_number is not set, so people are found by name and"
                " birth date only; ask the supplier for the name of their numbering.",
            )
        if closed := can.unreachable():
            return Health(
                False,
                f"The HIS holds {', '.join(closed)} and cannot search them by patient, so a file"
                " would not be whole; ask its supplier to switch these searches on.",
            )
        way = "in one stream ($everything)" if can.everything else "type by type (no $everything)"
        log = "" if can.silent or can.offers(LOG, "patient") else " It keeps no access log here."
        changes = self.changes_in_words()
        return Health(True, f"The HIS answers ({can.version}); files are read {way}.{log}{changes}")

    def locate(self, subject: Subject) -> Located:
        """The patient by number, else by name and birth date, else candidates by contact point."""
        known_ref = subject.known_refs.get(self.system, "")
        return People(self.server, self.naming).locate(subject, known_ref)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of the file or of who looked in it."""
        readers: dict[str, Callable[[Reading, Cursor], Page | NotKept]] = {
            "file": self._file,
            "access_log": self._access_log,
        }
        reading = self.reading(Place(subject_ref=subject_ref, dataset=dataset))
        cursor = Cursor.of(after)
        return readers[self.kinds[dataset]](reading, cursor)

    def _file(self, reading: Reading, cursor: Cursor) -> Page:
        reader = FileReader(
            server=self.server,
            page_size=self.page_size,
            along=self.along,
            logged_apart="access_log" in self.kinds.values(),
        )
        return reader.page(reading, cursor)

    def _access_log(self, reading: Reading, cursor: Cursor) -> Page | NotKept:
        """AuditEvents that name the patient. Provenance stays in the file: it says who wrote."""
        if not self.server.logs(reading.subject_ref):
            return NotKept(_NO_LOG)
        search = {"patient": reading.subject_ref, "_count": str(self.page_size)}
        bundle = self.server.page(cursor.url) if cursor.url else self.server.page(LOG, search)
        if bundle is None:
            if cursor.url:
                raise BadAnswer("The HIS lost the rest of its log; start again.", from_start=True)
            return NotKept(_NO_LOG)
        at = cursor.after(map(ref_of, bundle.resources), bundle.next)
        if not at.url:
            refuse_short(self.server, LOG, search, at.came, bundle)
        items = tuple(reading.item(one) for one in bundle.resources)
        return Page(items=items, next=str(at) if at.url else None, total=bundle.total)
