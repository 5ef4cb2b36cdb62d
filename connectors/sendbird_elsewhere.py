"""Messages of a person outside the channels they are in: channels they left, and open channels.

SendBird keeps no list of channels that somebody left, and leaving is what happens to all channels
when a user is deactivated with its default settings. The documented way to what they wrote there
is to go through all channels of the application and ask each for the messages of this sender. Of
a channel that was between the two of them, the other's answers come along.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from connectors.sendbird_calls import Platform, number, page_of, records, text, type_of_json
from connectors.sendbird_messages import (
    GROUP,
    OPEN,
    Place,
    channels_of,
    has_written,
    messages_from,
    read_place,
)
from dsr.core.errors import BadAnswer

#: channels that are looked at in one go: one call each, so that a page stays a unit of retry
_AT_ONCE = 25


@dataclass(frozen=True)
class Trail:
    """Where the walk is: the list of channels and where its page starts (`kind`, `start`), the
    channels of that page still to look at (address, number of members), and the place in the one
    that is being read. `is_listed`: there is no further page of this kind.
    """

    kind: str = GROUP
    start: str = ""
    todo: tuple[tuple[str, int], ...] = ()
    place: Place | None = None
    is_listed: bool = False

    def as_cursor(self) -> str:
        """The trail as text."""
        return json.dumps(asdict(self), separators=(",", ":"))


def trail_of(cursor: str) -> Trail:
    """The trail in a cursor; `BadAnswer` when it is none."""
    try:
        told = json.loads(cursor)
        todo = tuple((str(url), int(members)) for url, members in told["todo"])
        place = read_place(told["place"]) if told["place"] else None
        if told["kind"] not in (GROUP, OPEN):
            raise ValueError
        return Trail(told["kind"], str(told["start"]), todo, place, bool(told["is_listed"]))
    except (ValueError, TypeError, KeyError):
        raise BadAnswer(
            "The place to go on from cannot be read; search from the start.", from_start=True
        ) from None


def walk(platform: Platform, user: str, trail: Trail) -> tuple[list[type_of_json], Trail | None]:
    """The next messages outside the user's own channels (maybe none), and where to go on."""
    looked = 0
    at: Trail | None = trail
    while at is not None:
        if at.place is not None:
            found, place = messages_from(platform, at.place)
            at = replace(at, place=place if place.channels else None)
            if found:
                return found, at
        elif not at.todo:
            at = _next_list(platform, user, at)
        elif looked == _AT_ONCE:
            return [], at
        else:
            looked += 1
            at = _looked_into(platform, user, at)
    return [], None


def _looked_into(platform: Platform, user: str, at: Trail) -> Trail:
    """In a channel where nobody else but one is left, all is read; elsewhere only their own."""
    (url, members), rest = at.todo[0], at.todo[1:]
    if not has_written(platform, at.kind, url, user):
        return replace(at, todo=rest)
    is_of_two = at.kind == GROUP and members <= 1
    sender = "" if is_of_two else user
    return replace(at, todo=rest, place=Place((url,), kind=at.kind, sender=sender))


def _next_list(platform: Platform, user: str, at: Trail) -> Trail | None:
    """The next page of the application's channels, without those the user is in."""
    if at.is_listed:
        return Trail(OPEN) if at.kind == GROUP else None
    wanted = {"show_empty": "false", "show_frozen": "true"} if at.kind == GROUP else {}
    body = page_of(platform, at.kind, token=at.start, params=wanted)
    mine = {text(one, "channel_url") for one in channels_of(platform, user)}
    todo = tuple(
        (url, number(one, "member_count") if at.kind == GROUP else 0)
        for one in records(body, "channels")
        if (url := text(one, "channel_url")) not in mine
    )
    following = str(body.get("next") or "")
    if following and following == at.start:
        raise BadAnswer("SendBird's pages go round in a circle; try again later.")
    return Trail(at.kind, following, todo, is_listed=not following)
