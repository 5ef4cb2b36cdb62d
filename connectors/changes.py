"""The verbs that change something, for a connector that does not do them yet: a person does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsr.core.connector import Change, Due, Item, NotOffered, Place, Purged
from dsr.core.errors import NeedsPerson
from dsr.core.receipts import Receipt, by_hand


class ChangesByHand:
    """Answers every changing verb with an instruction; nothing is changed.

    `place` says where a person makes the change, `erase_words` what erasing asks in that system,
    `restrict_words` what restricting asks.
    """

    place = "the system"
    erase_words = "Delete the records there"
    restrict_words = "Mark the records there so that nobody uses them"

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """A person has to look; nothing is taken for gone."""
        raise NeedsPerson(f"Open {self.place} and look whether the {len(refs)} records are there.")

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """An instruction to correct the fields, named but without their values."""
        fields = ", ".join(sorted(one.path for one in changes)) or "the fields of the decision"
        return self._by_hand(f"Open {self.place} and correct {fields} of the item", operation)

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        """An instruction to add the statement of the decision."""
        return self._by_hand(f"Open {self.place} and add the person's statement", operation)

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """An instruction to erase all of `refs`."""
        return self._by_hand(f"Open {self.place}. {self.erase_words} ({len(refs)})", operation)

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        """An instruction to restrict all of `refs`, or to lift that."""
        words = "Undo the restriction of the records" if lift else self.restrict_words
        return self._by_hand(f"Open {self.place}. {words} ({len(refs)})", operation)

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        """An instruction to stop the processing for these purposes, or to take it up again."""
        what = "take up the use again" if resume else "stop the use"
        return self._by_hand(f"Open {self.place} and {what} for: {', '.join(purposes)}", operation)

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        """Nothing here keeps a system from its own purge."""
        return NotOffered("This system has no hold.")

    def purge(
        self, due: Due, limit: int, operation: str, *, dry_run: bool = False
    ) -> Purged | NotOffered:
        """Nothing here erases by date."""
        return NotOffered("This system is purged by itself or by hand.")

    def _by_hand(self, words: str, operation: str) -> Receipt:
        return by_hand(f"{words}. Write down date and outcome under operation {operation}.")
