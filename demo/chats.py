"""Dutch chats between a patient and the practice, made up message by message.

A message is a function of the person and its place, so 20,000 of them cost no memory, and a
stand-in can page through them from any point.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import overload

from demo import chat_texts, names, small_files
from demo.person import Person
from demo.population import DEMO_DAY

#: A channel takes ids of the form person number, then six digits for the place of the message.
_IDS_EACH = 1_000_000
#: Every 29th message of a chat carries a file, every 17th is a notice of the system.
_FILE_EVERY, _NOTICE_EVERY = 29, 17


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """One message. `author` is "subject", "staff" or "system"; `sent_at` is in milliseconds, UTC.

    `others` are the names of other people in the text; `care` says that it is about health.
    `file` names a small file (name, media type) whose bytes `file_bytes` makes.
    """

    id: int
    place: int
    author: str
    author_name: str
    sent_at: datetime
    text: str
    care: bool
    others: tuple[str, ...] = ()
    file: small_files.SmallFile | None = None

    @property
    def sent_ms(self) -> int:
        """Milliseconds since 1970, as SendBird counts."""
        return round(self.sent_at.timestamp() * 1000)


class Chat(Sequence[ChatMessage]):
    """All messages of a person in the order in which they were sent; nothing is kept."""

    def __init__(self, person: Person, today: date = DEMO_DAY) -> None:
        self.person = person
        last = datetime.combine(today, time(8), UTC) - timedelta(days=1)
        years = 5 if person.messages > 1000 else 1
        self._begin = last - timedelta(days=365 * years)
        self._step = (last - self._begin) / max(person.messages, 1)

    def __len__(self) -> int:
        return self.person.messages

    @overload
    def __getitem__(self, place: int) -> ChatMessage: ...
    @overload
    def __getitem__(self, place: slice) -> list[ChatMessage]: ...
    def __getitem__(self, place: int | slice) -> ChatMessage | list[ChatMessage]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError("the chat has no such message")
        return self._made(place % len(self))

    def place_of(self, message_id: int) -> int | None:
        """The place of the message with this id, None when the chat has none."""
        place = message_id - self.person.number * _IDS_EACH
        return place if 0 <= place < len(self) else None

    def before(self, sent_ms: int) -> int:
        """How many messages were sent before this millisecond."""
        return bisect_left(range(len(self)), sent_ms, key=self._sent_ms)

    def until(self, sent_ms: int) -> int:
        """How many messages were sent before or in this millisecond."""
        return bisect_right(range(len(self)), sent_ms, key=self._sent_ms)

    def _sent_ms(self, place: int) -> int:
        return round(self._sent(place).timestamp() * 1000)

    def _sent(self, place: int) -> datetime:
        """The time of a message; answers come within the hour.

        The fourth and every 200th share their millisecond with the one before.
        """
        if place == 3 or (place and place % 200 == 0):
            return self._sent(place - 1)
        shift = (self.person.number * 7919 + place // 2 * 104_729) % 900 / 1000
        sent = self._begin + self._step * (place // 2 * 2 + shift)
        if place % 2:
            sent += min(self._step, timedelta(minutes=3 + place % 47))
        return sent.replace(microsecond=sent.microsecond // 1000 * 1000)

    def _made(self, place: int) -> ChatMessage:
        talk = chat_texts.TALKS[self._dice(place // 2).randrange(len(chat_texts.TALKS))]
        author, author_name, text = self._said(place, talk)
        told, others = self._filled(place, text)
        return ChatMessage(
            id=self.person.number * _IDS_EACH + place,
            place=place,
            author=author,
            author_name=author_name,
            sent_at=self._sent(place),
            text=told,
            care=talk.care and author != "system",
            others=others,
            file=self._file(place),
        )

    def _said(self, place: int, talk: chat_texts.Talk) -> tuple[str, str, str]:
        """Who says what: the patient asks, then somebody of the practice answers."""
        if place % _NOTICE_EVERY == _NOTICE_EVERY - 1:
            return "system", "", chat_texts.NOTICE
        if place % 2 == 0:
            return "subject", self.person.name, talk.ask
        staff, role = names.STAFF[self._dice(place // 2).randrange(len(names.STAFF))]
        return "staff", f"{staff}, {role}", talk.answer

    def _filled(self, place: int, text: str) -> tuple[str, tuple[str, ...]]:
        dice = self._dice(place // 2)
        blanks = {
            "me": self.person.given,
            "she": f"{dice.choice(names.FEMALE)} {dice.choice(names.FAMILY)}",
            "he": f"{dice.choice(names.MALE)} {dice.choice(names.FAMILY)}",
            "phone": f"06 0000 {dice.randint(5000, 9999)}",
            "n": str(dice.randint(2, 9)),
        }
        others = tuple(blanks[key] for key in ("she", "he") if f"{{{key}}}" in text)
        return text.format_map(blanks), others

    def _file(self, place: int) -> small_files.SmallFile | None:
        if place % _FILE_EVERY != 4 or place % 2:
            return None
        return small_files.FILES[place // _FILE_EVERY % len(small_files.FILES)]

    def _dice(self, exchange: int) -> random.Random:
        return random.Random(self.person.number * _IDS_EACH + exchange)


def messages_of(person: Person, today: date = DEMO_DAY) -> Iterator[ChatMessage]:
    """The messages of a person, oldest first, made one at a time."""
    yield from Chat(person, today)
