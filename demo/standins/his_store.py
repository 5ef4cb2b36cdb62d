"""What the stand-in HIS holds: files that are made when first asked for, and every change to them.

A file is made from its person alone and may be forgotten; what was changed, added or deleted is
kept beside it, version by version.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from demo.files import patient_resource, resources_of
from demo.files_staff import practice_resources
from demo.person import Person

type_of_resource = dict[str, object]

_KEPT = 32
_REFERENCE = re.compile(r'"reference": "([A-Z][A-Za-z]+/[A-Za-z0-9.-]+)')
_OWNER = re.compile(r"(pat-[0-9]+)")


@dataclass
class Store:
    """The people by id and their files. `versions` are the states of what was changed, by
    reference, the oldest first; None is a deletion. Thread-safe in its changes.
    """

    people: dict[str, Person]
    mentions: dict[str, tuple[Person, ...]]
    versions: dict[str, list[type_of_resource | None]] = field(default_factory=dict)
    added: dict[str, list[str]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _patients: dict[str, type_of_resource] = field(default_factory=dict)
    _files: OrderedDict[str, tuple[type_of_resource, ...]] = field(default_factory=OrderedDict)
    _places: dict[str, tuple[tuple[type_of_resource, ...], dict[str, int]]] = field(
        default_factory=dict, repr=False
    )
    _targets: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @cached_property
    def practices(self) -> tuple[type_of_resource, ...]:
        """Every practice with its staff."""
        one_of_each = {person.practice: person for person in self.people.values()}
        return tuple(one for person in one_of_each.values() for one in practice_resources(person))

    def patients(self) -> list[type_of_resource]:
        """The Patient of everybody who has not been deleted."""
        for ident in self.people.keys() - self._patients.keys():
            self._patients[ident] = patient_resource(self.people[ident])
        found = (self._now(self._patients[ident]) for ident in self.people)
        return [one for one in found if one]

    def file(self, ident: str) -> list[type_of_resource]:
        """The whole file as it is now; nothing for an id that is nobody's."""
        if ident not in self.people:
            return []
        fresh = [
            self.versions[ref][-1] for ref in self.added.get(ident, ()) if ref in self.versions
        ]
        return [one for one in (*map(self._now, self._made(ident)), *fresh) if one]

    def get(self, kind: str, ident: str) -> type_of_resource | None:
        """One record as it is now."""
        ref, owner = f"{kind}/{ident}", owner_of(ident)
        if ref in self.versions:
            return (self.versions[ref] or [None])[-1]
        if owner not in self.people:
            named = (one for one in self.practices if one["id"] == ident)
            return next((one for one in named if one["resourceType"] == kind), None)
        made = self._made(owner)
        known = self._places.get(owner)
        if known is None or known[0] is not made:
            places = {f"{one['resourceType']}/{one['id']}": n for n, one in enumerate(made)}
            known = self._places[owner] = (made, places)
        return made[known[1][ref]] if ref in known[1] else None

    def history(self, kind: str, ident: str) -> list[type_of_resource | None]:
        """All versions, the newest first; none when there never was one, or none is left."""
        known = self.versions.get(f"{kind}/{ident}")
        if known is not None:
            return known[::-1]
        found = self.get(kind, ident)
        return [found] if found else []

    def put(self, resource: type_of_resource) -> type_of_resource:
        """The next version of a record, which it may begin."""
        kind, ident = str(resource["resourceType"]), str(resource["id"])
        before = self.history(kind, ident)[::-1]
        old = resource.get("meta")
        meta = {**(old if isinstance(old, dict) else {}), "versionId": str(len(before) + 1)}
        made = {**resource, "meta": {**meta, "lastUpdated": datetime.now(UTC).isoformat()}}
        if not before:
            self.added.setdefault(owner_of(ident), []).append(f"{kind}/{ident}")
        self.versions[f"{kind}/{ident}"] = [*before, made]
        return made

    def add(self, resource: Mapping[str, object]) -> type_of_resource:
        """A new record, under an id that names the file that it belongs to."""
        named = _OWNER.search(json.dumps(resource))
        owner = named[1] if named else ""
        number = sum(map(len, self.added.values())) + 1
        ident = f"{owner or 'new'}-{str(resource['resourceType'])[:4].lower()}-n{number}"
        return self.put({**resource, "id": ident})

    def delete(self, kind: str, ident: str) -> None:
        """Hide a record; its versions stay."""
        self.versions[f"{kind}/{ident}"] = [*self.history(kind, ident)[::-1], None]

    def expunge(self, kind: str, ident: str) -> None:
        """Remove the versions of a record that was deleted."""
        if self.versions.get(f"{kind}/{ident}", [{}])[-1] is None:
            self.versions[f"{kind}/{ident}"] = []

    def is_deleted(self, kind: str, ident: str) -> bool:
        """Whether it was there and its deletion still shows."""
        return (self.versions.get(f"{kind}/{ident}") or [{}])[-1] is None

    def pointing(self, kind: str, ident: str) -> bool:
        """Whether another record of the same file points to this one; the log does not count."""
        ref, file = f"{kind}/{ident}", self.file(owner_of(ident))
        return any(ref in self._points(one) for one in file if one["resourceType"] != "AuditEvent")

    def named(self, kind: str, term: str, wanted: str) -> list[type_of_resource]:
        """Added records of a type with this identifier or tag (`system|value`)."""
        fresh = (self.versions[ref][-1:] for refs in self.added.values() for ref in refs)
        there = (one for last in fresh for one in last if one and one["resourceType"] == kind)
        return [one for one in there if wanted in _names(one, term)]

    def _made(self, ident: str) -> tuple[type_of_resource, ...]:
        """The file as it came into being. Keeps the last files made."""
        if ident not in self._files:
            self._files[ident] = tuple(resources_of(self.people[ident], self.mentions[ident]))
            while len(self._files) > _KEPT:
                self._files.popitem(last=False)
        return self._files[ident]

    def _now(self, resource: type_of_resource) -> type_of_resource | None:
        known = self.versions.get(f"{resource['resourceType']}/{resource['id']}")
        return resource if known is None else (known or [None])[-1]

    def _points(self, resource: type_of_resource) -> frozenset[str]:
        meta = resource.get("meta")
        version = str(meta.get("versionId")) if isinstance(meta, dict) else ""
        key = f"{resource['resourceType']}/{resource['id']}", version
        if key not in self._targets:
            found = frozenset(_REFERENCE.findall(json.dumps(resource))) - {key[0]}
            self._targets[key] = found
        return self._targets[key]


def owner_of(ident: str) -> str:
    """The id of the patient in whose file a record stands."""
    return "-".join(ident.split("-")[:2])


def _names(resource: Mapping[str, object], term: str) -> Iterator[str]:
    meta = resource.get("meta")
    tags = meta.get("tag", []) if isinstance(meta, dict) else []
    rows = tags if term == "_tag" else resource.get("identifier", [])
    for row in rows if isinstance(rows, list) else []:
        yield f"{row['system']}|{row['code' if term == '_tag' else 'value']}"
