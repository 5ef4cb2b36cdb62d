"""Walking through all messages of all channels of one person, a page at a time.

SendBird gives no token for the next page of messages: a page is anchored on the last message's
id. Anchoring on its time would lose or repeat messages that share a millisecond.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from connectors.sendbird_calls import NotThere, Platform, number, records, text, type_of_json
from dsr.core.errors import BadAnswer, ForeignRecord

PAGE = 200

_EVERYTHING = {
    "prev_limit": "0",
    "include_reply_type": "all",
    "include_reactions": "true",
    "include_thread_info": "true",
    "with_sorted_meta_array": "true",
}


@dataclass(frozen=True)
class Place:
    """Where the walk is: the channels still to read (the first one now), the last message seen,
    its time, and the ids that share that time.
    """

    channels: tuple[str, ...]
    last: int = 0
    at: int = 0
    same: tuple[int, ...] = ()

    def as_cursor(self) -> str | None:
        """The place as text, None behind the last channel."""
        return json.dumps(asdict(self), separators=(",", ":")) if self.channels else None


def place_of(cursor: str) -> Place:
    """The place in a cursor; `BadAnswer` when it is none."""
    try:
        told = json.loads(cursor)
        channels = tuple(str(url) for url in told["channels"])
        same = tuple(int(one) for one in told["same"])
        return Place(channels, int(told["last"]), int(told["at"]), same)
    except (ValueError, TypeError, KeyError):
        raise BadAnswer("The place to go on from cannot be read; search from the start.") from None


def channels_of(platform: Platform, user: str) -> list[type_of_json]:
    """All channels of the person: SendBird hides empty, hidden and invited ones unless asked.

    `ForeignRecord` when the person is no member of a channel that comes along.
    """
    found = list(
        platform.each(
            "channels",
            "users",
            user,
            "my_group_channels",
            show_empty="true",
            show_member="true",
            show_metadata="true",
            hidden_mode="all",
            member_state_filter="all",
        )
    )
    for channel in found:
        _check_member(platform, user, channel)
    return list({text(channel, "channel_url"): channel for channel in found}.values())


def messages_from(platform: Platform, place: Place) -> tuple[list[type_of_json], Place]:
    """The next page of the channel that the walk is in, and the place behind it.

    A channel that is gone meanwhile has nothing more.
    """
    channel = place.channels[0]
    try:
        found, is_full = _page(platform, channel, place)
    except NotThere:
        return [], Place(place.channels[1:])
    _check_page(channel, found, place)
    if not is_full:
        return found, Place(place.channels[1:])
    if not found:
        raise BadAnswer("SendBird gives the same messages again; try again later.")
    at = number(found[-1], "created_at")
    same = [number(m, "message_id") for m in found if m.get("created_at") == at]
    kept = place.same if place.at == at else ()
    return found, replace(place, last=number(found[-1], "message_id"), at=at, same=(*kept, *same))


def count(platform: Platform, channels: tuple[str, ...]) -> int | None:
    """How many messages SendBird says these channels hold; None when it does not say."""
    try:
        return sum(
            number(platform.get("group_channels", url, "messages", "total_count"), "total")
            for url in channels
        )
    except NotThere:
        return None


def _page(platform: Platform, channel: str, place: Place) -> tuple[list[type_of_json], bool]:
    """The next messages, and whether there can be more behind them.

    When the message that the walk stood on is gone, it goes on from its time, without the
    messages of that millisecond which were already seen.
    """
    if not place.last:
        found = _asked(platform, channel, message_ts="0", include="true")
        return found, len(found) >= PAGE
    try:
        found = _asked(platform, channel, message_id=str(place.last), include="false")
        return found, len(found) >= PAGE
    except NotThere:
        found = _asked(platform, channel, message_ts=str(place.at), include="true")
        fresh = [m for m in found if m.get("message_id") not in place.same]
        return fresh, len(found) >= PAGE


def _asked(platform: Platform, channel: str, **anchor: str) -> list[type_of_json]:
    every = {**_EVERYTHING, "next_limit": str(PAGE), **anchor}
    return records(platform.get("group_channels", channel, "messages", **every), "messages")


def _check_page(channel: str, found: list[type_of_json], place: Place) -> None:
    ids = [number(message, "message_id") for message in found]
    times = [number(message, "created_at") for message in found]
    if any(message.get("channel_url") != channel for message in found):
        raise ForeignRecord("SendBird gave a message of another channel; stop and tell SendBird.")
    goes_on = times == sorted(times) and (not times or times[0] >= place.at)
    if not goes_on or len(set(ids)) < len(ids) or {place.last, *place.same} & set(ids):
        raise BadAnswer("SendBird's messages come doubled or out of order; try again later.")


def _check_member(platform: Platform, user: str, channel: type_of_json) -> None:
    """The list of members settles it; a large channel gives only a part of them."""
    url = text(channel, "channel_url")
    listed = records(channel, "members") if "members" in channel else []
    members = {member.get("user_id") for member in listed}
    if user in members:
        return
    may_be_partial = bool(channel.get("is_super")) or len(members) < number(channel, "member_count")
    if may_be_partial:
        member = platform.get("group_channels", url, "members", user)
        if member.get("is_member") is True:
            return
    raise ForeignRecord("SendBird gave a channel that this person is no member of; stop here.")
