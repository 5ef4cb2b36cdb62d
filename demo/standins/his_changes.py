"""What the stand-in HIS changes: versions, conditions on them, references that must not break.

Planted faults of a change: `lies` (confirmed and not made), `late` (made, and answered with 503),
`overtaken` (somebody else writes just before).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from flask import Response, current_app, request

from demo.standins.faults import Fault, Faults
from demo.standins.his_answers import READ_ONLY, fhir, outcome
from demo.standins.his_store import Store, type_of_resource

_POSTCODE = re.compile(r"[1-9][0-9]{3} ?[A-Z]{2}\Z")
_ETAG = re.compile(r'W/"([^"]+)"\Z')


@dataclass
class Changes:
    """The changing answers. `lacks` names interactions and operations that are not offered."""

    store: Store
    faults: Faults
    lacks: Collection[str]

    def answer_put(self, kind: str, ident: str) -> Response:
        """A new version, if the record is still in the version that was read."""
        if refused := self._refused("update", kind, ident):
            return refused
        body = _body()
        if (body.get("resourceType"), body.get("id")) != (kind, ident):
            return outcome(400, "invalid", kind)
        if place := _wrong(body):
            return outcome(422, "value", place)
        return self._done(body, lambda: fhir(self.store.put(body)))

    def answer_post(self, kind: str) -> Response:
        """A new record, unless one with the identifier or tag of `If-None-Exist` is there."""
        if kind in READ_ONLY or {"create", kind, f"{kind}/create"} & {*self.lacks}:
            return outcome(405, "not-supported")
        query = parse_qs(request.headers.get("If-None-Exist", ""))
        with self.store.lock:
            for term, wanted in query.items():
                if there := self.store.named(kind, term, wanted[0]):
                    return fhir(there[0])
            body = _body()
            return self._done(body, lambda: fhir(self.store.add(body), 201))

    def answer_delete(self, kind: str, ident: str) -> Response:
        """Hide a record that nothing points to any more."""
        if refused := self._refused("delete", kind, ident):
            return refused
        if "integrity" not in self.lacks and self.store.pointing(kind, ident):
            return outcome(409, "conflict")

        def delete() -> Response:
            self.store.delete(kind, ident)
            return Response(status=204)

        return self._done(None, delete)

    def answer_history(self, kind: str, ident: str) -> Response:
        """Every version that is left, the newest first."""
        if "history-instance" in self.lacks:
            return outcome(405, "not-supported")
        found = self.store.history(kind, ident)
        if not found:
            return outcome(404, "not-found")
        return fhir({"resourceType": "Bundle", "type": "history", "entry": [*map(_past, found)]})

    def answer_operation(self, kind: str, ident: str, name: str) -> Response:
        """`$expunge`, `$meta-add` and `$meta-delete`."""
        if name in self.lacks or name not in ("expunge", "meta-add", "meta-delete"):
            return outcome(400, "not-supported")
        if name == "expunge":
            self.store.expunge(kind, ident)
            return fhir({"resourceType": "Parameters"})
        if refused := self._refused("update", kind, ident):
            return refused
        with self.store.lock:
            held = self.store.get(kind, ident) or {}
            new = _labelled(held, _body(), add=name == "meta-add")
            return self._done(new, lambda: fhir(self.store.put(new)))

    def answer_batch(self) -> Response:
        """Each call by itself, in the order given."""
        if "batch" in self.lacks:
            return outcome(404, "not-supported")
        entries = _body().get("entry")
        done = [_called(entry) for entry in (entries if isinstance(entries, list) else [])]
        return fhir({"resourceType": "Bundle", "type": "batch-response", "entry": done})

    def _refused(self, action: str, kind: str, ident: str) -> Response | None:
        """Why a record cannot be changed, in the order in which a server finds out."""
        if kind in READ_ONLY or {action, kind, f"{kind}/{action}"} & {*self.lacks}:
            return outcome(405, "not-supported")
        if self.store.is_deleted(kind, ident):
            return outcome(410, "deleted")
        held = self.store.get(kind, ident)
        if held is None:
            return outcome(404, "not-found")
        if self.faults.take(Fault.OVERTAKEN):
            held = self.store.put(held)
        wanted = _ETAG.match(request.headers.get("If-Match", ""))
        meta = held.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        return outcome(412, "conflict") if wanted and wanted[1] != version else None

    def _done(self, told: type_of_resource | None, act: Callable[[], Response]) -> Response:
        """The change, with a planted fault where there is one."""
        fault = self.faults.take(Fault.LIES, Fault.LATE)
        if fault is Fault.LIES:
            return fhir(told) if told else Response(status=204)
        with self.store.lock:
            answer = act()
        return outcome(503, "timeout") if fault is Fault.LATE else answer


def _body() -> type_of_resource:
    found = json.loads(request.get_data() or b"{}")
    return found if isinstance(found, dict) else {}


def _wrong(resource: Mapping[str, object]) -> str:
    """The element that this HIS cannot hold, if there is one: it knows Dutch addresses only."""
    rows = resource.get("address")
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        if not _POSTCODE.match(str(row.get("postalCode", "1000 AA"))):
            return f"{resource['resourceType']}.address[{number}].postalCode"
    return ""


def _past(version: type_of_resource | None) -> type_of_resource:
    if version is None:
        return {"request": {"method": "DELETE", "url": ""}, "response": {"status": "204"}}
    return {"resource": version, "response": {"status": "200"}}


def _labelled(
    held: Mapping[str, object], parameters: Mapping[str, object], *, add: bool
) -> type_of_resource:
    rows = parameters.get("parameter")
    given = rows[0]["valueMeta"] if isinstance(rows, list) and rows else {}
    old = held.get("meta")
    meta = dict(old) if isinstance(old, dict) else {}
    for key in ("security", "tag"):
        before, named = meta.get(key, []), given.get(key, [])
        kept = [one for one in before if add or one not in named]
        meta[key] = kept + [one for one in named if add and one not in kept]
    return {**held, "meta": {key: value for key, value in meta.items() if value != []}}


def _called(entry: Mapping[str, dict[str, str]]) -> type_of_resource:
    """One call of a batch, through the same door as any other."""
    asked = entry["request"]
    headers = {"Authorization": request.headers.get("Authorization", "")}
    for key, header in (("ifMatch", "If-Match"), ("ifNoneExist", "If-None-Exist")):
        if key in asked:
            headers[header] = asked[key]
    answer = current_app.test_client().open(
        f"/fhir/{asked['url']}",
        method=asked["method"],
        base_url=request.url_root,
        headers=headers,
        json=entry.get("resource"),
    )
    found = json.loads(answer.get_data()) if answer.get_data() else None
    response = {"status": answer.status, "etag": answer.headers.get("ETag", "")}
    if answer.status_code >= 400:
        return {"response": {**response, "outcome": found}}
    return {"response": response} | ({"resource": found} if found else {})
