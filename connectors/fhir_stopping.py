"""Stopping a use (Art. 21, Art. 7(3)): a Consent of the patient that denies it, per purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.fhir_exchange import Ask, Exchange, Reply
from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_notes import denial, denies, ensured, listed
from connectors.fhir_writing import Writing
from dsr.core.errors import NeedsPerson, TryAgain
from dsr.core.receipts import Receipt, Retained

_TAKEN_UP = "This was taken up again after it had been stopped under the same operation."
_OVERTAKEN = frozenset({409, 412})


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """The Consents of one patient."""

    exchange: Exchange
    writing: Writing
    subject_ref: str

    def stopped(self, purposes: Sequence[str]) -> Receipt:
        """A denial for each purpose that has none yet."""
        held = self._held()
        kept: dict[str, str] = {}
        for purpose in purposes:
            if any(denies(one, purpose) for one in held):
                continue
            note = denial(self.subject_ref, purpose, self.exchange.operation, self.writing)
            reply = self._taken(ensured(self.exchange, note))
            if (reply.resource or note).get("status") != "active":
                kept[purpose] = _TAKEN_UP
        return _told(purposes, kept)

    def resumed(self, purposes: Sequence[str]) -> Receipt:
        """Each denial of ours for these purposes set to inactive; it stays to be read."""
        for one in self._held():
            if any(denies(one, purpose) for purpose in purposes):
                self._taken(self._closed(one))
        return _told(purposes, {})

    def _held(self) -> list[type_of_resource]:
        return listed(self.exchange, f"Consent?patient={self.subject_ref}")

    def _closed(self, consent: type_of_resource) -> Reply:
        version = str(next(iter(objects(consent.get("meta"))), {}).get("versionId", ""))
        return self.exchange.one(
            Ask(
                method="PUT",
                path=f"Consent/{consent['id']}",
                resource={**consent, "status": "inactive"},
                if_match=version,
            )
        )

    def _taken(self, reply: Reply) -> Reply:
        if reply.code in _OVERTAKEN:
            raise TryAgain("A consent was changed meanwhile in the HIS; try again later.")
        if not reply.ok:
            raise NeedsPerson(
                f"The HIS refuses a consent (code {reply.code}); open it and write down there for"
                f" which purposes the use stops or goes on (operation {self.exchange.operation})."
            )
        return reply


def _told(purposes: Sequence[str], kept: dict[str, str]) -> Receipt:
    done = tuple(dict.fromkeys(one for one in purposes if one not in kept))
    return Receipt(done=done, retained=tuple(Retained(ref, why) for ref, why in kept.items()))
