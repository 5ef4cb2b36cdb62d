"""Correcting a record (Art. 16) and adding the person's own words to it (also BW 7:454(2)).

A record is written back only in the version in which it was read (If-Match): what somebody else
changed meanwhile is never overwritten. Who corrected what, and why, stands in a Provenance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from connectors.fhir_exact import plain
from connectors.fhir_exchange import Ask, Exchange, Reply
from connectors.fhir_items import Reading
from connectors.fhir_json import ref_of, type_of_resource
from connectors.fhir_notes import ensured, provenance, statement
from connectors.fhir_pointer import at, changed
from connectors.fhir_values import (
    refusal,
    refuse_contacts,
    refuse_impossible,
    refuse_words,
    without_narrative,
)
from connectors.fhir_writing import Writing
from dsr.core.connector import Change
from dsr.core.errors import ItemChanged, NeedsPerson, TryAgain
from dsr.core.receipts import Receipt, Retained, by_hand

NOT_THEIRS = "This record is not only about this person; judge it in the HIS."
_REFUSED = frozenset({400, 422})
_OVERTAKEN = frozenset({409, 412})


@dataclass(frozen=True, kw_only=True)
class Correcting:
    """One correction or statement."""

    exchange: Exchange
    reading: Reading
    writing: Writing

    def rectified(self, ref: str, changes: Sequence[Change]) -> Receipt:
        """The fields with their new values, once; `ItemChanged`, `ValueRefused`."""
        refuse_impossible(ref.split("/")[0], changes)
        before = self.exchange.one(Ask(path=ref))
        if not before.ok or ref_of(before.held) != ref:
            return _not_there(ref, before)
        if not self.reading.is_theirs(before.held):
            return Receipt(retained=(Retained(ref, NOT_THEIRS),))
        if any(at(before.held, one.path) not in (one.old, one.new) for one in changes):
            raise ItemChanged
        if all(at(before.held, one.path) == one.new for one in changes):
            return self._proven(ref, before.version)
        return self._put(ref, before, changes)

    def annotated(self, ref: str, words: str) -> Receipt:
        """The words as a record of their own; the record that they are about stays as it is."""
        refuse_words(words)
        if ref:
            found = self.exchange.one(Ask(path=ref))
            if not found.ok:
                return _not_there(ref, found)
            self.reading.refuse_stranger(found.held)
        note = statement(
            self.reading.subject_ref, ref, words, self.exchange.operation, self.writing
        )
        reply = ensured(self.exchange, note)
        if reply.code in _REFUSED:
            raise refusal(reply.places)
        if not reply.ok:
            return self._hand("add the statement of the decision to the file", reply)
        return Receipt(done=(ref,), evidence={"statement": _name(reply, self.writing.statement)})

    def _put(self, ref: str, before: Reply, changes: Sequence[Change]) -> Receipt:
        if not before.version:
            return self._hand("correct the fields of the decision", before)
        new = self._new(before, changes)
        reply = self.exchange.one(
            Ask(method="PUT", path=ref, resource=new, if_match=before.version)
        )
        if reply.code in _OVERTAKEN:
            raise ItemChanged
        if reply.gone:
            return Receipt(gone=(ref,))
        if reply.code in _REFUSED and not reply.lacking:
            raise refusal(reply.places)
        if not reply.ok:
            return self._hand("correct the fields of the decision", reply)
        after = self.exchange.one(Ask(path=ref))
        if any(at(after.held, one.path) != one.new for one in changes):
            raise TryAgain("The HIS says that it corrected a record, and shows another value.")
        return self._proven(ref, after.version)

    def _new(self, before: Reply, changes: Sequence[Change]) -> type_of_resource:
        """The record as it must become; what goes out of lists goes from behind."""
        new = before.resource or {}
        ordered = sorted(changes, key=lambda one: (one.new is None, one.path), reverse=False)
        for one in [one for one in ordered if one.new is not None]:
            new = changed(new, one.path, one.new)
        for one in reversed([one for one in ordered if one.new is None]):
            new = changed(new, one.path, None)
        refuse_contacts(cast(type_of_resource, plain(new)), changes)
        return without_narrative(new, changes)

    def _proven(self, ref: str, version: str) -> Receipt:
        """Done, with the Provenance of this operation beside it."""
        told = "not offered"
        if self.exchange.server.capability().may("Provenance", "create"):
            note = provenance(ref, version, self.exchange.operation, self.writing)
            reply = ensured(self.exchange, note)
            told = _name(reply, "Provenance") if reply.ok else f"refused with code {reply.code}"
        return Receipt(done=(ref,), evidence={"version": version, "provenance": told})

    def _hand(self, what: str, reply: Reply) -> Receipt:
        return by_hand(
            f"Open the HIS and {what}: it does not offer this over FHIR (code {reply.code})."
            f" Write down date and outcome under operation {self.exchange.operation}."
        )


def _not_there(ref: str, reply: Reply) -> Receipt:
    if not reply.gone:
        raise NeedsPerson(
            f"The HIS does not show a record (code {reply.code}); look at it there, and ask its"
            " supplier whether it can be read over FHIR."
        )
    return Receipt(gone=(ref,))


def _name(reply: Reply, kind: str) -> str:
    return f"{kind}/{(reply.resource or {}).get('id', '')}".rstrip("/")
