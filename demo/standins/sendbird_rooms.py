"""The channels of the SendBird stand-in: who is in them, and what was said, in order of sending."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from demo.chats import Chat
from demo.person import Person
from demo.standins.sendbird_records import DESK, EMPTY, MAIN, message_of, type_of_json, user_of

GROUP, OPEN = "group_channels", "open_channels"
#: a supergroup gives no more than this many of its members
_SHOWN_OF_SUPERGROUP = 1


class Talk(Protocol):
    """Messages in order of sending; a place is 0 for the first."""

    def __len__(self) -> int: ...
    def record(self, place: int) -> type_of_json:
        """The message at a place, with everything that can be asked for."""
        ...

    def place_of(self, message_id: int) -> int | None:
        """Where the message with this id is."""
        ...

    def before(self, sent_ms: int) -> int:
        """How many messages were sent before this millisecond."""
        ...

    def until(self, sent_ms: int) -> int:
        """How many messages were sent before or in this millisecond."""
        ...


class PracticeTalk:
    """The chat of a person with the practice; each message is made when it is asked for."""

    def __init__(self, person: Person, today: date) -> None:
        self._person, self._chat = person, Chat(person, today)
        self.place_of, self.before = self._chat.place_of, self._chat.before
        self.until = self._chat.until

    def __len__(self) -> int:
        return len(self._chat)

    def record(self, place: int) -> type_of_json:
        """The message at a place."""
        return message_of(self._person, self._chat[place])


class FewMessages:
    """Messages that are kept as they are."""

    def __init__(self, records: Sequence[type_of_json] = ()) -> None:
        self._records = sorted(records, key=_order)
        self._times = [int(str(one["created_at"])) for one in self._records]

    def __len__(self) -> int:
        return len(self._records)

    def record(self, place: int) -> type_of_json:
        """The message at a place."""
        return self._records[place]

    def place_of(self, message_id: int) -> int | None:
        """Where the message with this id is."""
        ids = [one["message_id"] for one in self._records]
        return ids.index(message_id) if message_id in ids else None

    def before(self, sent_ms: int) -> int:
        """How many messages were sent before this millisecond."""
        return bisect_left(self._times, sent_ms)

    def until(self, sent_ms: int) -> int:
        """How many messages were sent before or in this millisecond."""
        return bisect_right(self._times, sent_ms)


def _order(record: type_of_json) -> tuple[int, int]:
    return int(str(record["created_at"])), int(str(record["message_id"]))


@dataclass(frozen=True, kw_only=True)
class Room:
    """A channel. `members` are the users who are in it now, each "joined" or "invited"; of those
    who left, SendBird keeps nothing but their messages. `hidden` are users who do not see it in
    their list.
    """

    url: str
    talk: Talk
    members: Mapping[str, type_of_json] = field(default_factory=dict)
    kind: str = GROUP
    name: str = ""
    created_at: int = 1_567_296_000
    hidden: frozenset[str] = frozenset()
    is_super: bool = False
    frozen: bool = False

    def as_json(self, viewer: str = "", *, with_members: bool = False) -> type_of_json:
        """The channel as the application sees it, or as it is in the list of one user."""
        if self.kind == OPEN:
            return self._open()
        listed = list(self.members.values())
        shown = listed[:_SHOWN_OF_SUPERGROUP] if self.is_super else listed
        joined = [one for one in listed if one["state"] == "joined"]
        is_hidden = viewer in self.hidden
        mine: type_of_json = {
            "hidden_state": "hidden_allow_auto_unhide" if is_hidden else "unhidden",
            "member_state": self.members[viewer]["state"] if viewer in self.members else "none",
        }
        return {
            **self._both(),
            "is_distinct": not self.is_super,
            "is_public": False,
            "is_super": self.is_super,
            "member_count": len(listed),
            "joined_member_count": len(joined),
            "members": shown if with_members else [],
            "last_message": self.talk.record(len(self.talk) - 1) if len(self.talk) else None,
            **(mine if viewer else {}),
        }

    def _open(self) -> type_of_json:
        return {
            **self._both(),
            "is_dynamic_partitioned": False,
            "operators": [],
            "participant_count": 0,
        }

    def _both(self) -> type_of_json:
        return {
            "channel_url": self.url,
            "name": self.name,
            "cover_url": "",
            "data": "",
            "custom_type": "econsult",
            "created_at": self.created_at,
            "is_ephemeral": False,
            "freeze": self.frozen,
            "metadata": {},
        }


def main_room(person: Person, today: date) -> Room:
    """The channel with all that a person and the practice said."""
    return _of_two(person, MAIN, PracticeTalk(person, today), name="Praktijk")


def empty_room(person: Person) -> Room:
    """A channel in which nothing was said, and which the person hid."""
    return _of_two(person, EMPTY, FewMessages(), hidden=frozenset({person.sendbird_id}))


def _of_two(
    person: Person, kind: str, talk: Talk, *, name: str = "", hidden: frozenset[str] = frozenset()
) -> Room:
    return Room(
        url=f"{kind}_{person.sendbird_id}",
        talk=talk,
        members={person.sendbird_id: member(user_of(person)), **desk()},
        name=name,
        created_at=int(str(user_of(person)["created_at"])),
        hidden=hidden,
    )


def desk() -> dict[str, type_of_json]:
    """The practice's desk as the one member of a channel."""
    return {str(DESK["user_id"]): member(DESK)}


def member(user: type_of_json, state: str = "joined") -> type_of_json:
    """A user as a member of a channel."""
    shown = ("user_id", "nickname", "profile_url", "is_active", "metadata")
    return {**{key: user[key] for key in shown}, "role": "", "state": state}
