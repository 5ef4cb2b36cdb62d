"""The verbs that change something, for a connector that does not do them yet: a person does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsr.core.receipts import Receipt, by_hand


class ChangesByHand:
    """Answers every changing verb with an instruction; nothing is changed.

    `place` says where a person makes the change, `erase_words` what erasing asks in that system,
    `restrict_words` what restricting asks.
    """

    place = "the system"
    erase_words = "Delete the records there"
    restrict_words = "Mark the records there so that nobody uses them"

    def rectify(self, ref: str, changes: Mapping[str, object], operation: str) -> Receipt:
        """An instruction to correct the fields, named but without their values."""
        fields = ", ".join(sorted(changes)) or "the fields of the decision"
        return self._by_hand(f"Open {self.place} and correct {fields} of the item", operation)

    def erase(self, refs: Sequence[str], operation: str) -> Receipt:
        """An instruction to erase all of `refs`."""
        return self._by_hand(f"Open {self.place}. {self.erase_words} ({len(refs)})", operation)

    def restrict(self, refs: Sequence[str], operation: str, *, lift: bool = False) -> Receipt:
        """An instruction to restrict all of `refs`, or to lift that."""
        words = "Undo the restriction of the records" if lift else self.restrict_words
        return self._by_hand(f"Open {self.place}. {words} ({len(refs)})", operation)

    def stop_using(self, subject_ref: str, purposes: Sequence[str], operation: str) -> Receipt:
        """An instruction to stop the processing for these purposes."""
        listed = ", ".join(purposes)
        return self._by_hand(f"Open {self.place} and stop the use for: {listed}", operation)

    def _by_hand(self, words: str, operation: str) -> Receipt:
        return by_hand(f"{words}. Write down date and outcome under operation {operation}.")
