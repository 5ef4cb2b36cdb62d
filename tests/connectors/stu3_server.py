"""A small FHIR server of version STU3, which keeps what it is given; no such server can be
installed from a package registry. It searches by the paths of HL7's own definitions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import Flask, Response, request

from connectors.fhir_compartment import Version, compartment, references

type_of_resource = dict[str, object]

_FHIR = "application/fhir+json;charset=UTF-8"
_PATHS = {
    (part.kind, name): [tuple(path.split(".")) for path in part.at]
    for part in compartment(Version.STU3)
    for name in part.ask
}


@dataclass
class Stu3:
    """The resources by Type/id, and whether `$everything` is offered."""

    held: dict[str, type_of_resource] = field(default_factory=dict)
    everything: bool = True

    def keep(self, resources: Iterable[type_of_resource]) -> None:
        """Keep these under their own ids."""
        self.held |= {f"{one['resourceType']}/{one['id']}": one for one in resources}

    def app(self) -> Flask:
        """The server at the root of its address."""
        app = Flask("stu3")
        app.add_url_rule("/metadata", "metadata", self.metadata)
        app.add_url_rule("/Patient/_search", "people", self.people, methods=["POST"])
        app.add_url_rule("/Patient/<ident>/$everything", "all", self.all_of)
        app.add_url_rule("/<kind>/<ident>", "read", self.read)
        app.add_url_rule("/<kind>", "search", self.search)
        return app

    def metadata(self) -> Response:
        """STU3 writes operations by the server, and their definition as a reference."""
        kinds = {ref.split("/")[0] for ref in self.held} | {"Patient"}
        names = {kind: [n for k, n in _PATHS if k == kind] or ["_id"] for kind in kinds}
        names["Patient"].append("identifier")
        names["Device"] = ["patient"]
        defined = {"reference": "OperationDefinition/Patient-everything"}
        operation = [{"name": "everything", "definition": defined}] if self.everything else []
        resources = [
            {"type": kind, "searchParam": [{"name": name, "type": "reference"} for name in listed]}
            for kind, listed in sorted(names.items())
        ]
        rest = [{"mode": "server", "resource": resources, "operation": operation}]
        statement = {"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2", "rest": rest}
        return _answer(statement)

    def people(self) -> Response:
        """Patients by identifier."""
        system, _, value = request.form.get("identifier", "").partition("|")
        found = [one for ref, one in self.held.items() if ref.startswith("Patient/")]
        wanted = {"system": system, "value": value}
        return _bundle([one for one in found if _has_identifier(one, wanted)])

    def all_of(self, ident: str) -> Response:
        """The compartment by plain search of every parameter."""
        patient = f"Patient/{ident}"
        kinds = {kind for kind, _ in _PATHS}
        found = {patient: self.held[patient]}
        for kind in sorted(kinds):
            for one in self._named(kind, patient, [name for k, name in _PATHS if k == kind]):
                found[f"{kind}/{one['id']}"] = one
        return _bundle(list(found.values()))

    def read(self, kind: str, ident: str) -> Response:
        """One resource as JSON, also a Binary."""
        found = self.held.get(f"{kind}/{ident}")
        return _answer(found) if found else Response(status=404)

    def search(self, kind: str) -> Response:
        """Resources of a type that name a patient through a parameter."""
        [(name, patient)] = [(k, v) for k, v in request.args.items() if not k.startswith("_")]
        return _bundle(self._named(kind, patient, [name]))

    def _named(self, kind: str, patient: str, names: list[str]) -> list[type_of_resource]:
        paths = [path for name in names for path in _PATHS.get((kind, name), [(name,)])]
        every = [one for ref, one in self.held.items() if ref.startswith(f"{kind}/")]
        return [one for one in every if any(patient in references(one, path) for path in paths)]


def _has_identifier(patient: Mapping[str, object], wanted: Mapping[str, str]) -> bool:
    held = patient.get("identifier")
    return any(
        {key: one.get(key) for key in wanted} == wanted
        for one in (held if isinstance(held, list) else [])
    )


def _bundle(found: list[type_of_resource]) -> Response:
    """A page of 20, with a next link where there is more."""
    start = request.args.get("_start", 0, type=int)
    shown = found[start : start + 20]
    terms = {**request.args.to_dict(), "_start": str(start + 20)}
    query = "&".join(f"{key}={value}" for key, value in terms.items())
    more = [{"relation": "next", "url": f"{request.base_url}?{query}"}]
    return _answer(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "link": more if start + 20 < len(found) else [],
            "entry": [{"resource": one} for one in shown],
        }
    )


def _answer(resource: Mapping[str, object]) -> Response:
    return Response(json.dumps(resource), content_type=_FHIR)
