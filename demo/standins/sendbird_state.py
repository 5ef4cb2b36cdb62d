"""What the SendBird stand-in knows, and one call to it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from demo.person import Person
from demo.standins.sendbird_records import EMPTY, MAIN, type_of_json, user_of
from demo.standins.sendbird_rooms import GROUP, Room, empty_room, main_room

NOT_FOUND = 400201


class Refused(Exception):
    """An error of the API: its code and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass
class Chats:
    """All users and channels. `rooms` are channels besides the two that every person has.

    `removed` holds ids of messages that are gone, `taken_back` of those that are only hidden;
    `deactivated` holds user ids. `files_go_to` sends whoever asks for a file to another address.
    """

    people: Sequence[Person]
    today: date
    rooms: list[Room] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)
    taken_back: set[int] = field(default_factory=set)
    deactivated: set[str] = field(default_factory=set)
    gdpr: list[type_of_json] = field(default_factory=list)
    files_go_to: str = ""

    def person(self, user: str) -> Person:
        """The person of a SendBird id."""
        for person in self.people:
            if person.sendbird_id and person.sendbird_id == user:
                return person
        raise Refused(NOT_FOUND, '"User" not found.')

    def user(self, person: Person) -> type_of_json:
        """The person as a user."""
        return user_of(person, is_active=person.sendbird_id not in self.deactivated)

    def room(self, kind: str, url: str) -> Room:
        """The channel at an address."""
        for room in self.rooms:
            if (room.kind, room.url) == (kind, url):
                return room
        of_two, _, user = url.partition("_")
        person = next((p for p in self.people if p.sendbird_id and p.sendbird_id == user), None)
        if kind != GROUP or of_two not in (MAIN, EMPTY) or person is None:
            raise Refused(NOT_FOUND, '"Channel" not found.')
        return main_room(person, self.today) if of_two == MAIN else empty_room(person)

    def rooms_of(self, person: Person) -> Iterator[Room]:
        """The group channels that a person is in, or is asked into."""
        yield from (main_room(person, self.today), empty_room(person))
        yield from (room for room in self.rooms if person.sendbird_id in room.members)

    def all_rooms(self, kind: str) -> Iterator[Room]:
        """The channels of the whole application."""
        if kind == GROUP:
            for person in self.people:
                if person.sendbird_id:
                    yield from (main_room(person, self.today), empty_room(person))
        yield from (room for room in self.rooms if room.kind == kind)

    def talk_size(self, room: Room) -> int:
        """How many messages a channel shows."""
        gone = self.removed | self.taken_back
        return len(room.talk) - sum(room.talk.place_of(one) is not None for one in gone)


@dataclass(frozen=True)
class Asked:
    """One call: the parts of its address below /v3, its query and its body."""

    chats: Chats
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: type_of_json = field(default_factory=dict)

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query, 0..most."""
        try:
            value = int(self.query.get(name, default))
        except ValueError:
            raise Refused(400101, f'"{name}" must be a number.') from None
        if not 0 <= value <= most:
            raise Refused(400113, f'"{name}" is out of range.')
        return value

    def is_on(self, name: str, *, default: bool = False) -> bool:
        """A switch of the query."""
        return self.query.get(name, str(default)).lower() == "true"

    def paged(self, name: str, found: Sequence[type_of_json]) -> type_of_json:
        """A page of `found`, and the token of the next one, empty at the end."""
        start, most = self._start(), self.number("limit", 10, 100)
        is_more = start + most < len(found)
        page = list(found[start : start + most])
        return {name: page, "next": page_token(start + most) if is_more else ""}

    def _start(self) -> int:
        try:
            told = base64.urlsafe_b64decode(self.query.get("token", "") or page_token(0)).decode()
            return int(told.removeprefix("from:"))
        except ValueError:
            raise Refused(400109, "The page token has expired.") from None


def page_token(place: int) -> str:
    """A token that says nothing to whoever carries it."""
    return base64.urlsafe_b64encode(f"from:{place}".encode()).decode()
