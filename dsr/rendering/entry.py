"""One item of a package as its pages read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

_TEXT_KEYS = ("text", "message", "body", "content")
_MESSAGE_KINDS = ("message", "chat", "mesg", "bericht", "file")
#: which date of an item says when it happened, best first
_WHEN = ("sent", "recorded", "occurred", "date", "created", "last_change")


class Entry:
    """One item, read back; its parts are those of `ReleasedItem`, as JSON has them.

    `document` is the whole of it, for whom there are too many items to ask for each part.
    """

    __slots__ = ("document", "message")

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        #: the words of a message, or None when this is no message
        self.message = words_of(document["kind"], document["data"])

    @property
    def number(self) -> int:
        """Its number within the system."""
        return self.document["number"]  # type: ignore[no-any-return]  # as we wrote it

    @property
    def dataset(self) -> str:
        """The id of its dataset."""
        return self.document["dataset"]  # type: ignore[no-any-return]

    @property
    def kind(self) -> str:
        """What kind of thing it is."""
        return self.document["kind"]  # type: ignore[no-any-return]

    @property
    def data(self) -> dict[str, Any]:
        """Its data, with what is withheld burned out."""
        return self.document["data"]  # type: ignore[no-any-return]

    @property
    def author(self) -> str:
        """Who made it: "subject", "staff", "system" or ""."""
        return self.document["author"]  # type: ignore[no-any-return]

    @property
    def medical_file(self) -> bool:
        """Whether it is of the medical file."""
        return self.document["medical_file"]  # type: ignore[no-any-return]

    @property
    def kept_until(self) -> str:
        """Until when it is kept, in words, or empty."""
        return self.document["kept_until"]  # type: ignore[no-any-return]

    @property
    def redactions(self) -> Sequence[Mapping[str, str]]:
        """What was blacked out in it and why."""
        return self.document["redactions"]  # type: ignore[no-any-return]

    @property
    def files(self) -> Sequence[Mapping[str, str]]:
        """Its files: path in the folder of the system, media type, name."""
        return self.document["files"]  # type: ignore[no-any-return]

    @property
    def when(self) -> str:
        """The date that says when it happened: an ISO date or moment, or empty."""
        return self.when_of(self.document["dates"])

    @staticmethod
    def when_of(dates: Mapping[str, str]) -> str:
        """Of several dates, the one that says when it happened."""
        for key in _WHEN:
            if key in dates:
                return dates[key]
        return next(iter(dates.values()), "")


def words_of(kind: str, data: Mapping[str, Any]) -> str | None:
    """The words of a message, or None for what is not shown as one."""
    if not _is_message_kind(kind):
        return None
    for key in _TEXT_KEYS:
        text = data.get(key)
        if isinstance(text, str):
            return text
    return None


@lru_cache(maxsize=256)
def _is_message_kind(kind: str) -> bool:
    return kind.lower().startswith(_MESSAGE_KINDS)
