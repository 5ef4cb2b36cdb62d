"""The changing verbs of a system that is described in the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.changes import ChangesByHand
from connectors.rest_changes_fields import corrected, fields_of, holds_new, holds_old, patch_of
from connectors.rest_changes_looking import Seen, chunks
from connectors.rest_changes_operations import Came, Operation, Operations
from connectors.rest_items import Dataset
from connectors.rest_lists import type_of_thing
from connectors.rest_outcomes import MISSING, NONE_HERE, Meaning
from connectors.rest_talk import Talk
from dsr.core.connector import Change, Item, NotKept, Page, Place
from dsr.core.errors import DsrError, ItemChanged, NeedsPerson, TryAgain, ValueRefused
from dsr.core.receipts import Receipt, Retained

#: references of one operation at most
MOST_REFS = 500
_CHANGED = (Meaning.OK, Meaning.ALREADY_DONE)
#: codes with which systems say that they cannot hold a value
_BAD_VALUE = frozenset({400, 422})
_VERSION_PASSED = 412


@dataclass
class _Tally:
    """What became of each reference so far."""

    done: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    retained: list[Retained] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    not_offered: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed."""
        return not (self.done or self.emptied)

    def count(self, operation: Operation, refs: Sequence[str], came: Came) -> None:
        """Add what one call came to for its references."""
        if came.meaning in NONE_HERE:
            self.not_offered = True
        elif came.meaning is Meaning.OK or self._is_done_already(operation, came):
            changed = self.emptied if operation.leaves_emptied else self.done
            changed.extend(ref for ref in refs if ref not in came.failed)
            self.refused.extend(came.code for ref in refs if ref in came.failed)
        elif came.meaning in MISSING:
            self.gone.extend(refs)
        elif came.meaning is Meaning.RETAINED:
            self.retained.extend(Retained(ref, came.reason) for ref in refs)
        else:
            self.refused.extend(came.code for _ in refs)

    def _is_done_already(self, operation: Operation, came: Came) -> bool:
        return operation.verb != "erase" and came.meaning is Meaning.ALREADY_DONE

    def receipt(self, calls: int) -> Receipt:
        """The receipt; `NeedsPerson` while something was refused without a word why."""
        if self.refused:
            raise NeedsPerson(
                f"The system refuses {len(self.refused)} records (codes"
                f" {', '.join(str(code) for code in sorted(set(self.refused)))}); the others are"
                " done. Look there why, then try again or do these by hand."
            )
        return Receipt(
            done=tuple(self.done),
            gone=tuple(self.gone),
            emptied=tuple(self.emptied),
            retained=tuple(self.retained),
            evidence={"calls": calls},
        )


class RestChanges(ChangesByHand):
    """The verbs by the register's `operations`; a verb that has none is a person's."""

    talk: Talk
    mapping: Mapping[str, Dataset]
    operations: Operations

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of a dataset; the connector's own."""
        raise NotImplementedError

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """Each item by its own request, or all of them along their list."""
        return {ref: seen.item for ref, seen in self._seen(place, refs).items()}

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """Looks first: what is gone is never called, and what is another's stops it all."""
        _refuse_too_many(refs)
        how = self.operations.verbs.get((place.dataset, "erase"))
        if how is None:
            return super().erase(place, refs, operation)
        seen, tally = self._seen(place, refs), _Tally()
        tally.gone.extend(ref for ref in refs if ref not in seen)
        tally.emptied.extend(ref for ref, one in seen.items() if one.item.emptied)
        there = {ref: one for ref, one in seen.items() if not one.item.emptied}
        self._each(how, place, there, operation, tally)
        if tally.not_offered:
            return self._not_offered(tally) or super().erase(place, refs, operation)
        return tally.receipt(len(there))

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        """Marks what is not yet marked, or lifts what is."""
        _refuse_too_many(refs)
        how = self.operations.verbs.get((place.dataset, "lift" if lift else "restrict"))
        if how is None:
            return super().restrict(place, refs, operation, lift=lift)
        seen, tally = self._seen(place, refs), _Tally()
        tally.gone.extend(ref for ref in refs if ref not in seen)
        tally.done.extend(ref for ref, one in seen.items() if one.item.restricted is not lift)
        wrong = {ref: one for ref, one in seen.items() if one.item.restricted is lift}
        self._each(how, place, wrong, operation, tally)
        if tally.not_offered:
            words = super().restrict(place, refs, operation, lift=lift)
            return self._not_offered(tally) or words
        return tally.receipt(len(wrong))

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """Compares with what was found, then writes with the version that was compared."""
        how = self.operations.verbs.get((place.dataset, "rectify"))
        if how is None or (how.only and {one.path for one in changes} - set(how.only)):
            return super().rectify(place, ref, changes, operation)
        seen = self._seen(place, [ref]).get(ref)
        if seen is None:
            return Receipt(gone=(ref,))
        if holds_new(seen.item.data, changes):
            return Receipt(done=(ref,))
        if not holds_old(seen.item.data, changes):
            raise ItemChanged
        record = corrected(seen.thing, changes)
        sent = {
            "record": record,
            "fields": fields_of(record, changes),
            "patch": patch_of(record, changes),
        }
        if how.inside:
            sent = {name: _inside(value, how.inside) for name, value in sent.items()}
        values = {**_values(place, operation, [ref], seen), **sent}
        return self._written(how, ref, how.run(self.talk, values))

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        """Adds the statement once, to the item or (without one) to the dataset."""
        how = self.operations.verbs.get((place.dataset, "annotate"))
        if how is None or not (ref or "ref" not in how.needs):
            return super().annotate(place, ref, statement, operation)
        seen = self._seen(place, [ref]).get(ref) if ref else None
        if ref and seen is None:
            return Receipt(gone=(ref,))
        values = {**_values(place, operation, [ref], seen), "statement": statement}
        return self._written(how, ref, how.run(self.talk, values))

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        """By the system's own words for our purposes; by hand where one of them has none."""
        how = self.operations.verbs.get(("", "resume" if resume else "stop_using"))
        if how is None or set(purposes) - set(how.purposes):
            return super().stop_using(subject_ref, purposes, operation, resume=resume)
        tally = _Tally()
        for purpose in purposes:
            own = how.purposes[purpose]
            values = {"subject_ref": subject_ref, "operation": operation, "purpose": own}
            tally.count(how, [purpose], how.run(self.talk, values))
        if tally.not_offered:
            words = super().stop_using(subject_ref, purposes, operation, resume=resume)
            return self._not_offered(tally) or words
        return tally.receipt(len(purposes))

    def _seen(self, place: Place, refs: Sequence[str]) -> dict[str, Seen]:
        if place.dataset in self.operations.looks and refs:
            look = self.operations.looks[place.dataset]
            return look.at(self.talk, place.subject_ref, refs)
        return self._along_the_list(place, refs)

    def _along_the_list(self, place: Place, refs: Sequence[str]) -> dict[str, Seen]:
        wanted, found = set(refs), dict[str, Seen]()
        after: str | None = None
        while wanted - set(found):
            page = self.find(place.subject_ref, place.dataset, after)
            if isinstance(page, NotKept):
                break
            for item in page.items:
                if item.ref in wanted:
                    found[item.ref] = Seen(thing=item.data, item=item)
            after = page.next
            if after is None:
                break
        return {ref: found[ref] for ref in refs if ref in found}

    def _each(
        self,
        how: Operation,
        place: Place,
        there: Mapping[str, Seen],
        operation: str,
        tally: _Tally,
    ) -> None:
        """Call for each reference, or for some at a time; one that is refused stops no other."""
        for refs in chunks(tuple(there), how.many):
            seen = there[refs[0]] if how.many == 1 else None
            came = how.run(self.talk, _values(place, operation, refs, seen))
            if came.code == _VERSION_PASSED:
                raise TryAgain("An item changed while we looked; it is looked at again.")
            if came.meaning in MISSING:
                came, refs = self._really_gone(place, refs, came, tally)
            tally.count(how, refs, came)
            if tally.not_offered:
                return

    def _really_gone(
        self, place: Place, refs: tuple[str, ...], came: Came, tally: _Tally
    ) -> tuple[Came, tuple[str, ...]]:
        """What was seen a moment ago and is "not found" now may be a wrong address: look again."""
        still = tuple(self._seen(place, refs))
        tally.gone.extend(ref for ref in refs if ref not in still)
        return replace(came, meaning=Meaning.FAILED), still

    def _not_offered(self, tally: _Tally) -> Receipt | None:
        """None when nothing was changed, so that a person may do it all."""
        if tally.is_empty:
            return None
        raise NeedsPerson(
            "The system stopped offering this half way; do the rest there by hand, then look again."
        )

    def _written(self, how: Operation, ref: str, came: Came) -> Receipt:
        """The receipt of a change to one item."""
        if came.meaning in _CHANGED:
            return Receipt(done=(ref,), evidence={"code": came.code})
        if came.meaning in MISSING:
            return Receipt(gone=(ref,))
        if came.meaning is Meaning.RETAINED:
            return Receipt(retained=(Retained(ref, came.reason),))
        raise _refusal(how, came)


def _refusal(how: Operation, came: Came) -> DsrError:
    bad_value = came.meaning is Meaning.FAILED and came.code in _BAD_VALUE
    if came.meaning is Meaning.VALUE_REFUSED or bad_value:
        takes = f" It takes: {how.takes}." if how.takes else " Look there what the field takes."
        return ValueRefused(f"The system cannot hold this value (code {came.code}).{takes}")
    if came.meaning is Meaning.CONFLICT:
        return ItemChanged()
    return NeedsPerson(
        f"The system refuses the change (code {came.code}); nothing was changed. Look there why,"
        " or make it by hand."
    )


def _refuse_too_many(refs: Sequence[str]) -> None:
    if len(refs) > MOST_REFS:
        raise ValueRefused(f"An operation takes at most {MOST_REFS} records; make it smaller.")


def _inside(value: type_of_thing, name: str) -> type_of_thing:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _values(
    place: Place, operation: str, refs: Sequence[str], seen: Seen | None
) -> dict[str, object]:
    return {
        "subject_ref": place.subject_ref,
        "operation": operation,
        "ref": refs[0],
        "refs": tuple(refs),
        "version": seen.version if seen else "",
    }
