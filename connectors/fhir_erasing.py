"""Erasing records: what others point to goes last, and gone is gone with every earlier version.

A DELETE hides a record; on most servers its versions stay and can still be read. A record counts
as erased when neither it nor its history answers any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.fhir_along import pointed_to
from connectors.fhir_exchange import Ask, Exchange, Reply
from connectors.fhir_items import Reading
from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_notes import listed
from connectors.fhir_owner import Owner
from connectors.fhir_scan import scan
from connectors.fhir_writing import Writing
from dsr.core.errors import ForeignRecord, TryAgain
from dsr.core.receipts import Receipt, Retained, by_hand

_EXPUNGE = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "expungeDeletedResources", "valueBoolean": True},
        {"name": "expungePreviousVersions", "valueBoolean": True},
    ],
}
#: operations that remove earlier versions: HAPI's, Azure's and Google's
CLEANERS: Mapping[str, tuple[str, type_of_resource | None]] = {
    "expunge": ("POST", {**_EXPUNGE}),
    "purge-history": ("DELETE", None),
    "purge": ("DELETE", None),
}
_CONFLICTS = frozenset({409, 412, 423})
_POINTED_AT = "Other records in the HIS still point to it; delete those first, then this one."
_NO_DELETE = "The HIS does not offer deleting this; delete it there by hand."
_REFUSED = "The HIS refuses to delete it; ask its supplier why."
_VERSIONS = (
    "Deleted, but earlier versions are still in the HIS; ask its supplier to remove them for good."
)
_UNSEEN = (
    "Deleted, but the HIS does not show whether earlier versions remain; ask its supplier, and"
    " write `versions: none` in the register if it keeps none."
)
_FILE_STAYS = "The file that belongs to it cannot be deleted; delete both in the HIS by hand."


@dataclass(kw_only=True)
class Erasing:
    """One erasure. `held` are the records that may go, `shared` files that others still need."""

    exchange: Exchange
    reading: Reading
    writing: Writing
    held: Mapping[str, type_of_resource] = field(repr=False)
    last: dict[str, Reply] = field(default_factory=dict, repr=False)

    def receipt(self, missing: Sequence[str]) -> Receipt:
        """Erase what is held; `missing` are references that were not there."""
        files = self._files()
        self._delete([path for paths in files.values() for path in paths])
        stuck = {ref for ref, paths in files.items() if any(map(self._is_lacking, paths))}
        free = {ref: one for ref, one in self.held.items() if ref not in stuck}
        for level in levels(free, self.exchange.server.base_url):
            self._delete(level)
        self._repeat_conflicts()
        if self.held and not missing and all(map(self._is_lacking, self.held)):
            return self._hand()
        why = dict.fromkeys(stuck, _FILE_STAYS)
        why |= {ref: self._why(ref, files.get(ref, ())) for ref in self.held if ref not in stuck}
        left = {ref: self._left(ref) for ref in missing}
        return Receipt(
            done=tuple(ref for ref, reason in why.items() if not reason),
            gone=tuple(ref for ref, reason in left.items() if not reason),
            retained=tuple(Retained(ref, reason) for ref, reason in (why | left).items() if reason),
            evidence=self._evidence(),
        )

    def _delete(self, paths: Sequence[str]) -> None:
        asked = [one for one in paths if _tries(self.exchange, one, "delete")]
        self.last |= {one: Reply(code=405) for one in paths if one not in asked}
        replies = self.exchange.each([Ask(method="DELETE", path=one) for one in asked])
        self.last |= dict(zip(asked, replies, strict=True))

    def _repeat_conflicts(self) -> None:
        """Again what others pointed to, as long as that helps."""
        while waiting := [one for one, last in self.last.items() if last.code in _CONFLICTS]:
            for path in waiting:
                self.last[path] = self.exchange.one(Ask(method="DELETE", path=path))
            if all(self.last[path].code in _CONFLICTS for path in waiting):
                return

    def _why(self, ref: str, files: Sequence[str]) -> str:
        """Why a record is not gone for good; empty when it is."""
        reason = self._stayed(ref) or next(filter(None, map(self._stayed, files)), "")
        return reason or self._left(ref) or next(filter(None, map(self._left, files)), "")

    def _stayed(self, path: str) -> str:
        last = self.last[path]
        if last.ok or last.gone:
            return ""
        if last.lacking:
            return _NO_DELETE
        return _POINTED_AT if last.code in _CONFLICTS else _REFUSED

    def _left(self, path: str) -> str:
        """Whether anything of a deleted record can still be read; earlier versions are removed."""
        now = self.exchange.one(Ask(path=path))
        if not now.gone:
            raise TryAgain("The HIS says that it deleted a record, and still shows it.")
        reason = self._versions(path)
        if not reason:
            return ""
        kind = path.split("/")[0]
        can = self.exchange.server.capability()
        for name, (method, body) in CLEANERS.items():
            if can.operates(kind, name):
                cleaned = self.exchange.one(
                    Ask(method=method, path=f"{path}/${name}", resource=body)
                )
                if cleaned.ok:
                    return "" if reason == _UNSEEN else self._versions(path)
        return reason

    def _versions(self, path: str) -> str:
        """What the history of a deleted record says: nothing left, or why that is not proven."""
        kept = versions(self.exchange, self.reading, path)
        if kept is not None:
            return _VERSIONS if kept else ""
        policy = self.exchange.server.capability().versioning.get(path.split("/")[0])
        return "" if policy == "no-version" or not self.writing.versions else _UNSEEN

    def _files(self) -> dict[str, tuple[str, ...]]:
        """The files of the records, which no search shows; not those that another one needs."""
        base = self.exchange.server.base_url
        found = {ref: tuple(files_of(one, base)) for ref, one in self.held.items()}
        found = {ref: paths for ref, paths in found.items() if paths}
        needed = self._needed({ref.split("/")[0] for ref in found})
        return {ref: tuple(p for p in paths if p not in needed) for ref, paths in found.items()}

    def _needed(self, kinds: Iterable[str]) -> set[str]:
        """Files of the patient's records that stay."""
        server, needed = self.exchange.server, set[str]()
        for kind in sorted(kinds):
            term = server.capability().offers(kind, "patient", "subject")
            if not term:
                continue
            for one in listed(self.exchange, f"{kind}?{term}={self.reading.subject_ref}"):
                if f"{kind}/{one.get('id')}" not in self.held:
                    needed |= set(files_of(one, server.base_url))
        return needed

    def _is_lacking(self, path: str) -> bool:
        return path in self.last and self.last[path].lacking

    def _hand(self) -> Receipt:
        return by_hand(
            f"Open the HIS and delete {len(self.held)} records there: it offers no deletion over"
            f" FHIR. Write down date and outcome under operation {self.exchange.operation}."
        )

    def _evidence(self) -> dict[str, object]:
        codes = sorted({reply.code for reply in self.last.values()})
        return {"asked": len(self.last), "codes": codes}


def versions(exchange: Exchange, reading: Reading, path: str) -> list[type_of_resource] | None:
    """The versions of a record that can still be read, the newest first; None when the HIS does
    not show that. `ForeignRecord` when they are another patient's.
    """
    if not _tries(exchange, path, "history-instance"):
        return None
    reply = exchange.one(Ask(path=f"{path}/_history"))
    if not reply.ok:
        return [] if reply.gone else None
    entries = objects(reply.held.get("entry"))
    kept = [one for entry in entries for one in objects(entry.get("resource"))]
    if any(reading.owner(one) is Owner.STRANGER for one in kept):
        raise ForeignRecord(
            "Versions of a record of another patient were named for a change. They were left;"
            " look at the plan of this request."
        )
    return kept


def _tries(exchange: Exchange, path: str, action: str) -> bool:
    """Whether an interaction is worth trying: also for a type that is held and not listed."""
    can, kind = exchange.server.capability(), path.split("/")[0]
    return can.may(kind, action) or not can.lists(kind)


def files_of(resource: type_of_resource, base_url: str) -> Iterable[str]:
    """The Binary records of this server that hold the files of a record."""
    addresses = [str(one["url"]) for one in scan(resource).attachments if one.get("url")]
    return pointed_to(addresses, frozenset({"Binary"}), base_url)


def levels(held: Mapping[str, type_of_resource], base_url: str) -> list[list[str]]:
    """The references so that each stands after all that point to it; the rest of a ring last."""
    left = {ref: _targets(one, base_url) & set(held) - {ref} for ref, one in held.items()}
    found: list[list[str]] = []
    while left:
        pointed = {target for targets in left.values() for target in targets}
        free = [ref for ref in left if ref not in pointed] or list(left)
        found.append(free)
        left = {ref: targets for ref, targets in left.items() if ref not in free}
    return found


def _targets(resource: type_of_resource, base_url: str) -> set[str]:
    """What a record points to, as Type/id."""
    targets = (one.removeprefix(base_url + "/") for one in scan(resource).targets)
    return {one.split("/_history/")[0] for one in targets}
