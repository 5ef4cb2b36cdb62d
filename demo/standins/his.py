"""A stand-in for the HIS: FHIR R4 over loopback, with the files of the demo people.

POST Patient/_search, `$everything` with next links, searches by patient, Binary, metadata and every
change (`his_changes`), behind a bearer token. A file is made when it is first asked for.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, Response, request

from demo.files_staff import patient_id
from demo.journal import Journal
from demo.person import Person
from demo.standins.faults import Fault, Faults
from demo.standins.guard import Words, guard
from demo.standins.his_answers import bundle, capability, fhir, outcome
from demo.standins.his_changes import Changes
from demo.standins.his_store import Store

type_of_resource = dict[str, object]

_SEARCHES = {
    "Patient": ("identifier", "family", "birthdate", "email", "phone"),
    "AuditEvent": ("patient",),
    "Binary": (),
    "Organization": ("_id",),
    "Practitioner": ("_id",),
    "Provenance": ("patient", "_tag"),
    **dict.fromkeys(
        ("Communication", "Consent", "DocumentReference", "Flag"), ("patient", "identifier")
    ),
    **dict.fromkeys(
        (
            "AllergyIntolerance", "CarePlan", "Composition", "Condition",
            "DiagnosticReport", "Encounter", "EpisodeOfCare", "Goal",
            "ImagingStudy", "Immunization", "MedicationRequest", "NutritionOrder", "Observation",
            "Procedure", "RelatedPerson", "Specimen",
        ),
        ("patient",),
    ),
}  # fmt: skip
_NOT_IN_FILE = frozenset({"Binary", "AuditEvent"})
_NO_OPERATION = (Fault.NOT_SUPPORTED, Fault.ONLY_PATIENTS, Fault.NOTHING_AT_ALL)
_OF_PAGES = (Fault.FOREIGN_RECORD, Fault.REPEATED_PAGE, Fault.OFF_HOST, Fault.SHORT_LIST)
_MAX_PAGE = 500
DEMO_TOKEN = "demo-his-token"


@dataclass
class _His:
    """The reading answers."""

    store: Store
    faults: Faults
    lacks: Collection[str]

    def answer_metadata(self) -> Response:
        """The CapabilityStatement."""
        return fhir(capability(_SEARCHES, self.lacks))

    def answer_search(self) -> Response:
        """Patients by the terms in the form."""
        return self._page([one for one in self.store.patients() if _matches(one, request.form)])

    def answer_read(self, kind: str, ident: str) -> Response:
        """One resource; the bytes of a Binary unless JSON is asked for."""
        resource = self.store.get(kind, ident)
        if self.store.is_deleted(kind, ident):
            return outcome(410, "deleted")
        if resource is None or kind in self.lacks:
            return outcome(404, "not-found")
        if kind == "Binary" and "json" not in request.headers.get("Accept", ""):
            content = base64.b64decode(str(resource["data"]))
            return Response(content, content_type=str(resource["contentType"]))
        return fhir(resource)

    def answer_everything(self, ident: str) -> Response:
        """The file without its access log and the bytes of its documents."""
        if "everything" in self.lacks or self.faults.take(Fault.NO_EVERYTHING):
            return outcome(404, "not-supported")
        if not self._has(ident):
            return outcome(404, "not-found")
        if odd := self.faults.take(*_NO_OPERATION):
            return self._mistaken(odd)
        apart = {"Binary"} if "own log" in self.lacks else _NOT_IN_FILE
        found = [one for one in self.store.file(ident) if one["resourceType"] not in apart]
        return self._page(found, ident)

    def _mistaken(self, fault: Fault) -> Response:
        """What servers answer that do not know the operation and do not say so with 404."""
        if fault is Fault.NOT_SUPPORTED:
            return outcome(400, "not-supported")
        known = self.store.patients() if fault is Fault.ONLY_PATIENTS else []
        return fhir(bundle(known, len(known), []))

    def _has(self, ident: str) -> bool:
        return ident in self.store.people and not self.store.is_deleted("Patient", ident)

    def answer_by_patient(self, kind: str) -> Response:
        """The resources of one type of one patient, or of one operation."""
        for term in {"identifier", "_tag"} & request.args.keys():
            return self._page(self.store.named(kind, term, request.args[term]))
        named = request.args.get("patient") or request.args.get("subject", "")
        ident = named.removeprefix("Patient/")
        if kind not in _SEARCHES or kind in self.lacks or not self._has(ident):
            return outcome(404, "not-found")
        return self._page(
            [one for one in self.store.file(ident) if one["resourceType"] == kind], ident
        )

    def _page(self, found: Sequence[type_of_resource], ident: str = "") -> Response:
        """A page of a searchset, with the next link where there is more, and planted faults."""
        size = max(1, min(_MAX_PAGE, request.values.get("_count", 100, type=int)))
        start = request.values.get("_start", 0, type=int)
        shown = list(found[start : start + size])
        following = start + size if start + size < len(found) else None
        address = request.base_url
        fault = self.faults.take(*_OF_PAGES) if ident else None
        if fault is Fault.FOREIGN_RECORD:
            shown += self._strangers(ident)
        if fault is Fault.REPEATED_PAGE:
            following = start
        if fault is Fault.SHORT_LIST:
            shown, following = shown[:1], None
        if fault is Fault.OFF_HOST:
            address, following = "http://his.voorbeeld.example/fhir/next", 0
        link = _link(address, size, following)
        if request.values.get("_summary") == "count":
            shown, link = [], []
        total = None if "totals" in self.lacks else len(found)
        return fhir(bundle(shown, total, link))

    def _strangers(self, ident: str) -> list[type_of_resource]:
        """A record of another patient, for the fault."""
        other = next(one for one in self.store.people if one != ident)
        return [one for one in self.store.file(other) if one["resourceType"] == "Condition"][:1]


def build(
    people: Sequence[Person],
    journal: Journal,
    *,
    token: str = DEMO_TOKEN,
    faults: Faults | None = None,
    lacks: Collection[str] = (),
) -> Flask:
    """The stand-in as a Flask app; its FHIR address is `/fhir`.

    `lacks` names what this server does not offer: "everything", "totals", "metadata" (it
    lists nothing), "own log" (`$everything` holds AuditEvents too), "integrity" (it deletes what
    others point to), "batch", an interaction ("delete", "update", "create", "history-instance";
    of one type "Binary/delete"), an operation ("expunge", "meta-add", "meta-delete"), or a type.
    """
    store = Store(
        people={patient_id(person): person for person in people},
        mentions={patient_id(person): _neighbour(people, n) for n, person in enumerate(people)},
    )
    faults = faults or Faults()
    his = _His(store=store, faults=faults, lacks=lacks)
    changes = Changes(store=store, faults=faults, lacks=lacks)
    app = Flask("standin-his")
    words = Words(
        has_key=lambda: _has_key(token),
        refused=lambda: outcome(401, "login"),
        busy=lambda code: outcome(code, "throttled"),
    )
    guard(app, journal, faults, words)
    app.extensions["store"] = store
    for address, answer, method in (
        ("/fhir/metadata", his.answer_metadata, "GET"),
        ("/fhir/Patient/_search", his.answer_search, "POST"),
        ("/fhir/Patient/<ident>/$everything", his.answer_everything, "GET"),
        ("/fhir/<kind>/<ident>", his.answer_read, "GET"),
        ("/fhir/<kind>", his.answer_by_patient, "GET"),
        ("/fhir", changes.answer_batch, "POST"),
        ("/fhir/<kind>", changes.answer_post, "POST"),
        ("/fhir/<kind>/<ident>", changes.answer_put, "PUT"),
        ("/fhir/<kind>/<ident>", changes.answer_delete, "DELETE"),
        ("/fhir/<kind>/<ident>/_history", changes.answer_history, "GET"),
        ("/fhir/<kind>/<ident>/$<name>", changes.answer_operation, "POST"),
    ):
        app.add_url_rule(address, answer.__name__, answer, methods=[method])
    return app


def _neighbour(people: Sequence[Person], place: int) -> tuple[Person, ...]:
    """The next person in the list: somebody real to the demo who is mentioned in the file."""
    return (people[(place + 1) % len(people)],) if len(people) > 1 else ()


def _has_key(token: str) -> bool:
    """What a HIS can do is told to everybody."""
    known = request.headers.get("Authorization") == f"Bearer {token}"
    return known or request.path == "/fhir/metadata"


def _matches(patient: Mapping[str, object], form: Mapping[str, str]) -> bool:
    terms = {name: value for name, value in form.items() if not name.startswith("_")}
    return bool(terms) and all(_has(patient, name, value) for name, value in terms.items())


def _has(patient: Mapping[str, object], name: str, value: str) -> bool:
    """FHIR's search rules as far as we use them; a comma means "or"."""
    wanted = [part.replace("\\", "").casefold() for part in value.split(",")]
    if name == "family":
        return any(text.startswith(part) for text in _texts(patient, name) for part in wanted)
    return any(text in wanted for text in _texts(patient, name))


def _texts(patient: Mapping[str, object], name: str) -> Iterator[str]:
    """What a patient has for a search parameter."""
    if name == "birthdate":
        yield str(patient["birthDate"])
    place = {"identifier": "identifier", "family": "name"}.get(name, "telecom")
    rows = patient.get(place, [])
    for row in rows if isinstance(rows, list) else []:
        if name == "family":
            yield str(row["family"]).casefold()
        elif name == "identifier":
            yield f"{row['system']}|{row['value']}".casefold()
        elif row["system"] == name:
            yield str(row["value"]).casefold()


def _link(address: str, size: int, following: int | None) -> list[dict[str, str]]:
    if following is None:
        return []
    kept = {key: value for key, value in request.args.items() if key != "_start"}
    query = urlencode({**kept, "_count": size, "_start": following})
    return [{"relation": "next", "url": f"{address}?{query}"}]
