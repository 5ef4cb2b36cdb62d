"""What the SendBird stand-in knows, and one call to it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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

    `removed` holds ids of messages that are gone, `taken_back` of those that are only hidden, and
    `files_left` of those whose files stayed behind; `keeps_removed` hides what is deleted instead.
    `deactivated`, `left` (all channels) and `gone` hold user ids, `told` and `metadata` what users
    were changed to. `files_go_to` sends whoever asks for a file to another address.

    A deletion under the GDPR goes through `gdpr_steps`, one a look. Verbs in `silent` act once more
    and then answer 503; the next `lying` changes only say that they acted; after `tired_after`
    changes one call is too many.
    """

    people: Sequence[Person]
    today: date
    rooms: list[Room] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)
    taken_back: set[int] = field(default_factory=set)
    files_left: set[int] = field(default_factory=set)
    keeps_removed: bool = False
    deactivated: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    told: dict[str, type_of_json] = field(default_factory=dict)
    metadata: dict[str, type_of_json] = field(default_factory=dict)
    no_tokens: set[tuple[str, str, str]] = field(default_factory=set)
    no_channels: set[str] = field(default_factory=set)
    frozen: dict[str, bool] = field(default_factory=dict)
    gdpr: list[type_of_json] = field(default_factory=list)
    gdpr_steps: tuple[str, ...] = ("processing", "done")
    looks: dict[str, int] = field(default_factory=dict)
    files_go_to: str = ""
    silent: set[str] = field(default_factory=set)
    lying: int = 0
    tired_after: int | None = None

    def users(self) -> Iterator[Person]:
        """Everybody who is a user."""
        return (p for p in self.people if p.sendbird_id and p.sendbird_id not in self.gone)

    def person(self, user: str) -> Person:
        """The person of a SendBird id."""
        for person in self.users():
            if person.sendbird_id == user:
                return person
        raise Refused(NOT_FOUND, '"User" not found.')

    def user(self, person: Person) -> type_of_json:
        """The person as a user, as they are now."""
        user = person.sendbird_id
        made = user_of(person, is_active=user not in self.deactivated)
        return {**made, **self.told.get(user, {}), "metadata": self.metadata_of(person)}

    def metadata_of(self, person: Person) -> type_of_json:
        """What the application wrote down of a user."""
        began = user_of(person)["metadata"]
        return self.metadata.get(person.sendbird_id, began if isinstance(began, dict) else {})

    def tokens(self, person: Person, kind: str) -> list[str]:
        """The device tokens of one kind."""
        user, has = person.sendbird_id, "apns" if person.number % 2 else "gcm"
        made = [f"device-token-{person.number:05d}"] if kind == has else []
        return [token for token in made if (user, kind, token) not in self.no_tokens]

    def writer(self, shown: type_of_json) -> type_of_json | None:
        """A writer of a message as they are now; None when the user is gone."""
        user = str(shown["user_id"])
        if user in self.gone:
            return None
        now = {**shown, **self.told.get(user, {})}
        return {**now, "is_active": False} if user in self.deactivated else now

    def room(self, kind: str, url: str) -> Room:
        """The channel at an address."""
        for room in self.rooms:
            if (room.kind, room.url) == (kind, url) and url not in self.no_channels:
                return self._now(room)
        of_two, _, user = url.partition("_")
        person = next((p for p in self.people if p.sendbird_id and p.sendbird_id == user), None)
        is_known = kind == GROUP and of_two in (MAIN, EMPTY) and url not in self.no_channels
        if not is_known or person is None:
            raise Refused(NOT_FOUND, '"Channel" not found.')
        return self._now(main_room(person, self.today) if of_two == MAIN else empty_room(person))

    def rooms_of(self, person: Person) -> Iterator[Room]:
        """The group channels that a person is in, or is asked into."""
        own = (main_room(person, self.today), empty_room(person), *self.rooms)
        for room in own:
            now = self._now(room)
            if person.sendbird_id in now.members and room.url not in self.no_channels:
                yield now

    def all_rooms(self, kind: str) -> Iterator[Room]:
        """The channels of the whole application."""
        if kind == GROUP:
            for person in self.people:
                if person.sendbird_id:
                    both = (main_room(person, self.today), empty_room(person))
                    yield from (self._now(r) for r in both if r.url not in self.no_channels)
        kept = (room for room in self.rooms if room.url not in self.no_channels)
        yield from (self._now(room) for room in kept if room.kind == kind)

    def _now(self, room: Room) -> Room:
        """The channel without those who left or are gone, frozen or not."""
        away = self.left | self.gone
        if not away & room.members.keys() and room.url not in self.frozen:
            return room
        members = {user: one for user, one in room.members.items() if user not in away}
        return replace(room, members=members, frozen=self.frozen.get(room.url, room.frozen))

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
