"""The changing verbs of a HIS. Without `changes:` in the register each is a person's work.

So are they all where the HIS speaks STU3, and each where its CapabilityStatement leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors.batch import within_cap
from connectors.changes import ChangesByHand
from connectors.fhir_compartment import Version
from connectors.fhir_correcting import Correcting
from connectors.fhir_erasing import CLEANERS, Erasing, versions
from connectors.fhir_exchange import Ask, Exchange, Reply
from connectors.fhir_items import Reading
from connectors.fhir_json import ref_of, type_of_resource
from connectors.fhir_restricting import Restricting
from connectors.fhir_server import FhirServer
from connectors.fhir_stopping import Stopping
from connectors.fhir_writing import Writing
from dsr.core.connector import Change, Item, NotOffered, Place
from dsr.core.errors import BadAnswer, NeedsPerson
from dsr.core.receipts import Receipt, Retained

_REF = re.compile(r"[A-Z][A-Za-z]{1,60}/[A-Za-z0-9.-]{1,64}\Z")
_SUBJECT_REF = re.compile(r"Patient/[A-Za-z0-9.-]{1,64}\Z")
#: types that every file has, to see what a HIS lets us do; a server that lists none may do all
_USUAL = ("Condition", "Encounter", "Observation", "DocumentReference")
_NOT_THEIRS = "This record is not only about this person; it stays."


class FhirChanges(ChangesByHand):
    """What `FhirConnector` does when something has to change."""

    server: FhirServer
    kinds: Mapping[str, str]
    writing: Writing | None

    place = "the HIS"
    erase_words = "Destroy the parts of the file that the decision names"
    restrict_words = "Shield the parts of the file that the decision names"

    def reading(self, place: Place) -> Reading:
        """Whose file is meant; `NeedsPerson` for a reference or dataset that is none."""
        if not _SUBJECT_REF.match(place.subject_ref):
            raise NeedsPerson("The reference of this person is none of a HIS; choose them again.")
        if place.dataset not in self.kinds:
            known = ", ".join(self.kinds)
            raise NeedsPerson(
                f"The HIS has no dataset {place.dataset!r}; the register may use {known}."
            )
        return Reading(
            server=self.server,
            subject_ref=place.subject_ref,
            dataset=place.dataset,
            version=self.server.capability().version,
        )

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """What the HIS still holds of these; `ForeignRecord` when one is another patient's.

        A record that was deleted and whose versions can still be read is still there.
        """
        reading, exchange = self.reading(place), Exchange(self.server)
        known = [ref for ref in dict.fromkeys(refs) if _REF.match(ref)]
        found = {ref: reply.held for ref, reply in _held(exchange, known).items()}
        for ref in [ref for ref in known if ref not in found]:
            if kept := versions(exchange, reading, ref):
                found[ref] = kept[0]
        return {ref: reading.item(found[ref]) for ref in known if ref in found}

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """Correct the fields in the version that was read, with a Provenance."""
        reading, writing = self.reading(place), self._writing(ref.split("/")[0], "update")
        if writing is None:
            return super().rectify(place, ref, changes, operation)
        if not _REF.match(ref):
            return Receipt(gone=(ref,))
        exchange = Exchange(self.server, operation)
        made = Correcting(exchange=exchange, reading=reading, writing=writing)
        return made.rectified(ref, changes)

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        """Add the statement as a record of its own, linked to the item or to the file."""
        reading = self.reading(place)
        writing = self._writing(self.writing.statement, "create") if self.writing else None
        if writing is None:
            return super().annotate(place, ref, statement, operation)
        if ref and not _REF.match(ref):
            return Receipt(gone=(ref,))
        exchange = Exchange(self.server, operation)
        made = Correcting(exchange=exchange, reading=reading, writing=writing)
        return made.annotated(ref, statement)

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """Delete the records and their files and look whether any version is left."""
        asked, reading = within_cap(refs), self.reading(place)
        writing = self._writing()
        if writing is None:
            return super().erase(place, asked, operation)
        known = [ref for ref in asked if _REF.match(ref)]
        exchange = Exchange(self.server, operation)
        held = {ref: reply.held for ref, reply in _held(exchange, known).items()}
        theirs = {ref: one for ref, one in held.items() if reading.is_theirs(one)}
        erasing = Erasing(exchange=exchange, reading=reading, writing=writing, held=theirs)
        receipt = erasing.receipt([ref for ref in known if ref not in held])
        return _with_rest(receipt, asked, [ref for ref in held if ref not in theirs])

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        """Put our security labels on the records, or take exactly those off."""
        asked, reading = within_cap(refs), self.reading(place)
        writing = self._writing()
        if writing is None:
            return super().restrict(place, asked, operation, lift=lift)
        exchange = Exchange(self.server, operation)
        made = Restricting(exchange=exchange, reading=reading, writing=writing, lift=lift)
        return _with_rest(made.receipt([ref for ref in asked if _REF.match(ref)]), asked, ())

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        """Deny the use for these purposes in the patient's Consents, or end that."""
        if not _SUBJECT_REF.match(subject_ref):
            raise NeedsPerson("The reference of this person is none of a HIS; choose them again.")
        writing = self._writing("Consent", "update" if resume else "create")
        if writing is None or not self.server.capability().offers("Consent", "patient"):
            return super().stop_using(subject_ref, purposes, operation, resume=resume)
        made = Stopping(
            exchange=Exchange(self.server, operation), writing=writing, subject_ref=subject_ref
        )
        return made.resumed(purposes) if resume else made.stopped(purposes)

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        """FHIR knows no hold: a HIS keeps a file by its own terms."""
        return NotOffered("A HIS has no hold over FHIR; it keeps a file by its own terms.")

    def changes_in_words(self) -> str:
        """What becomes of changes here, for who sets this up."""
        can = self.server.capability()
        if self._writing() is None:
            return " Changes are made in it by hand."
        names = ("update", "delete", "create")
        lacking = [one for one in names if not any(can.may(kind, one) for kind in _USUAL)]
        clean = any(can.operates("", one) or can.operates("Condition", one) for one in CLEANERS)
        words = f", without {' and '.join(lacking)}" if lacking else ""
        stays = " It offers no way to remove earlier versions of what is deleted: ask its supplier."
        return f" Changes are made over FHIR{words}.{'' if clean else stays}"

    def _writing(self, kind: str = "", action: str = "") -> Writing | None:
        """How to write; None when a person has to do it."""
        can = self.server.capability() if self.writing else None
        if can is None or can.version is not Version.R4:
            return None
        known = bool(kind) and kind[:1].isupper()
        return self.writing if not known or can.may(kind, action) else None


def _held(exchange: Exchange, refs: Sequence[str]) -> dict[str, Reply]:
    """The records that are there, by reference."""
    replies = exchange.each([Ask(path=ref) for ref in refs])
    found: dict[str, Reply] = {}
    for ref, reply in zip(refs, replies, strict=True):
        if reply.ok and ref_of(_resource(reply)) == ref:
            found[ref] = reply
        elif not reply.gone:
            raise BadAnswer("The HIS did not answer for a record; try again later.")
    return found


def _resource(reply: Reply) -> type_of_resource:
    return reply.resource or {"resourceType": ""}


def _with_rest(receipt: Receipt, asked: Sequence[str], others: Sequence[str]) -> Receipt:
    """With what is no reference of a HIS (there is no such record), and what stays."""
    if receipt.by_hand:
        return receipt
    strange = tuple(ref for ref in asked if not _REF.match(ref))
    return Receipt(
        done=receipt.done,
        gone=(*receipt.gone, *strange),
        retained=(*receipt.retained, *(Retained(ref, _NOT_THEIRS) for ref in others)),
        evidence=receipt.evidence,
    )
