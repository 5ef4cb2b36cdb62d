"""Walking through all messages of all channels of one person, a page at a time.

SendBird gives no token for the next page of messages: a page is anchored on the last message's
id. Anchoring on its time would lose or repeat messages that share a millisecond.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from connectors.sendbird_calls import NotThere, Platform, number, records, text, type_of_json
from dsr.core.errors import BadAnswer, ForeignRecord

PAGE = 200
GROUP, OPEN = "group_channels", "open_channels"

#: by itself SendBird leaves out replies, messages that were taken back, and what hangs on one
_EVERYTHING = {
    "prev_limit": "0",
    "including_removed": "true",
    "include_reply_type": "all",
    "include_reactions": "true",
    "include_thread_info": "true",
    "include_parent_message_info": "true",
    "with_sorted_meta_array": "true",
}


@dataclass(frozen=True)
class Place:
    """Where the walk is: the channels still to read (the first one now), the last message seen,
    its time, and the ids that share that time. With a `sender`, only their messages are read.
    """

    channels: tuple[str, ...]
    last: int = 0
    at: int = 0
    same: tuple[int, ...] = ()
    kind: str = GROUP
    sender: str = ""


@dataclass(frozen=True)
class Walk:
    """A place, and how far the count is: what SendBird `said` it holds in all (None: nothing),
    and of what came, the messages that are `shown` and those that were `taken_back`.
    """

    place: Place
    said: int | None = None
    shown: int = 0
    taken_back: int = 0

    def with_page(self, found: Sequence[type_of_json], place: Place) -> Walk:
        """The walk behind a page."""
        back = sum(one.get("is_removed") is True for one in found)
        shown = self.shown + len(found) - back
        return Walk(place, self.said, shown, self.taken_back + back)

    @property
    def total(self) -> int | None:
        """How many should have come; more than came when something is missing.

        It is not documented whether SendBird counts what was taken back: both are whole.
        """
        came = self.shown + self.taken_back
        if self.said is None or self.said <= self.shown or self.said == came:
            return came if self.said is not None else None
        return self.said + self.taken_back

    def as_cursor(self) -> str | None:
        """The walk as text, None behind the last channel."""
        return json.dumps(asdict(self), separators=(",", ":")) if self.place.channels else None


def walk_of(cursor: str) -> Walk:
    """The walk in a cursor; `BadAnswer` when it is none."""
    try:
        told = json.loads(cursor)
        said = None if told["said"] is None else int(told["said"])
        counted = int(told["shown"]), int(told["taken_back"])
        return Walk(read_place(told["place"]), said, *counted)
    except (ValueError, TypeError, KeyError):
        raise BadAnswer(
            "The place to go on from cannot be read; search from the start.", from_start=True
        ) from None


def read_place(told: Mapping[str, Any]) -> Place:
    """A place as it was written down; `ValueError`, `TypeError` or `KeyError` when it is none."""
    if told["kind"] not in (GROUP, OPEN):
        raise ValueError("no kind of channels")
    return Place(
        tuple(str(url) for url in told["channels"]),
        int(told["last"]),
        int(told["at"]),
        tuple(int(one) for one in told["same"]),
        told["kind"],
        str(told["sender"]),
    )


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
    behind = Place(place.channels[1:], kind=place.kind, sender=place.sender)
    try:
        found, is_full = _page(platform, place)
    except NotThere:
        return [], behind
    _check_page(channel, found, place)
    if not is_full:
        return found, behind
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
            number(platform.get(GROUP, url, "messages", "total_count"), "total") for url in channels
        )
    except NotThere:
        return None


def has_written(platform: Platform, kind: str, channel: str, user: str) -> bool:
    """Whether the user ever wrote in this channel; not when it is gone meanwhile."""
    place = Place((channel,), kind=kind, sender=user)
    try:
        found = _asked(platform, place, message_ts="0", include="true", next_limit="1")
    except NotThere:
        return False
    _check_page(channel, found, place)
    return bool(found)


def one_message(
    platform: Platform, kind: str, channel: str, message_id: int
) -> type_of_json | None:
    """The message as a list shows it, also one that was taken back; None when it is gone."""
    place = Place((channel,), kind=kind)
    anchor = {"message_id": str(message_id), "include": "true", "next_limit": "1"}
    try:
        found = _asked(platform, place, **anchor)
    except NotThere:
        return None
    _check_page(channel, found, place)
    return next((one for one in found if one.get("message_id") == message_id), None)


def _page(platform: Platform, place: Place) -> tuple[list[type_of_json], bool]:
    """The next messages, and whether there can be more behind them.

    When the message that the walk stood on is gone, it goes on from its time, without the
    messages of that millisecond which were already seen.
    """
    if not place.last:
        found = _asked(platform, place, message_ts="0", include="true")
        return found, len(found) >= PAGE
    try:
        found = _asked(platform, place, message_id=str(place.last), include="false")
        return found, len(found) >= PAGE
    except NotThere:
        found = _asked(platform, place, message_ts=str(place.at), include="true")
        fresh = [m for m in found if m.get("message_id") not in place.same]
        return fresh, len(found) >= PAGE


def _asked(platform: Platform, place: Place, **anchor: str) -> list[type_of_json]:
    only = {"sender_id": place.sender} if place.sender else {}
    every = {**_EVERYTHING, "next_limit": str(PAGE), **only, **anchor}
    body = platform.get(place.kind, place.channels[0], "messages", **every)
    return records(body, "messages")


def _check_page(channel: str, found: list[type_of_json], place: Place) -> None:
    ids = [number(message, "message_id") for message in found]
    times = [number(message, "created_at") for message in found]
    if any(message.get("channel_url") != channel for message in found):
        raise ForeignRecord("SendBird gave a message of another channel; stop and tell SendBird.")
    if place.sender and any(writer_of(message) != place.sender for message in found):
        raise ForeignRecord("SendBird gave a message of another sender; stop and tell SendBird.")
    goes_on = times == sorted(times) and (not times or times[0] >= place.at)
    if not goes_on or len(set(ids)) < len(ids) or {place.last, *place.same} & set(ids):
        raise BadAnswer("SendBird's messages come doubled or out of order; try again later.")


def writer_of(message: type_of_json) -> str:
    """The user id of who wrote it; empty for a notice of the system."""
    user = message.get("user")
    is_notice = message.get("type") == "ADMM" or not isinstance(user, dict)
    return "" if is_notice else str(cast(type_of_json, user).get("user_id", ""))


def _check_member(platform: Platform, user: str, channel: type_of_json) -> None:
    """The list of members settles it; a large channel gives only a part of them."""
    url = text(channel, "channel_url")
    listed = records(channel, "members") if "members" in channel else []
    members = {member.get("user_id") for member in listed}
    if user in members:
        return
    may_be_partial = bool(channel.get("is_super")) or len(members) < number(channel, "member_count")
    if may_be_partial:
        member = platform.get(GROUP, url, "members", user)
        if member.get("is_member") is True or member.get("state") in ("joined", "invited"):
            return
    raise ForeignRecord("SendBird gave a channel that this person is no member of; stop here.")
