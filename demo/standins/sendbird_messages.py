"""Messages of the SendBird stand-in: from an anchor both ways, with SendBird's own defaults."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from flask import request

from demo.standins.sendbird_records import type_of_json
from demo.standins.sendbird_rooms import Talk
from demo.standins.sendbird_state import NOT_FOUND, Asked, Refused

_LATEST = 10**16
#: what is left out of a message unless a switch of the call asks for it
_ON_DEMAND = {
    "include_reactions": "reactions",
    "include_thread_info": "thread_info",
    "include_parent_message_info": "parent_message_info",
    "with_sorted_meta_array": "sorted_metaarray",
}


def listed(asked: Asked) -> type_of_json:
    """The messages around `message_id` (0 counts as not given) or `message_ts`."""
    talk = asked.chats.room(asked.path[0], asked.path[1]).talk
    begin, end = _anchor(asked, talk)
    after = begin if asked.is_on("include", default=True) else end
    wanted = (asked.number("next_limit", 15, 200), asked.number("prev_limit", 15, 200))
    later = _some(asked, talk, range(after, len(talk)), wanted[0])
    earlier = _some(asked, talk, range(begin - 1, -1, -1), wanted[1])[::-1]
    found = [*earlier, *later]
    return {"messages": found[::-1] if asked.is_on("reverse") else found}


def counted(asked: Asked) -> type_of_json:
    """How many messages the channel shows."""
    room = asked.chats.room(asked.path[0], asked.path[1])
    return {"total": asked.chats.talk_size(room)}


def viewed(asked: Asked) -> type_of_json:
    """One message."""
    talk = asked.chats.room(asked.path[0], asked.path[1]).talk
    place = _place(asked, talk, asked.path[3])
    return _shown(asked, talk.record(place))


def _anchor(asked: Asked, talk: Talk) -> tuple[int, int]:
    """The places of the messages that the call stands on, from and up to."""
    if asked.number("message_id", 0, _LATEST):
        place = _place(asked, talk, asked.query["message_id"])
        return place, place + 1
    if "message_ts" not in asked.query:
        raise Refused(400105, '"message_ts" is missing.')
    moment = asked.number("message_ts", 0, _LATEST)
    return talk.before(moment), talk.until(moment)


def _place(asked: Asked, talk: Talk, message_id: str) -> int:
    wanted = int(message_id) if message_id.isdigit() else -1
    place = None if wanted in asked.chats.removed else talk.place_of(wanted)
    if place is None:
        raise Refused(NOT_FOUND, '"Message" not found.')
    return place


def _some(asked: Asked, talk: Talk, places: Iterable[int], most: int) -> list[type_of_json]:
    records = (talk.record(place) for place in places)
    return list(islice((_shown(asked, one) for one in records if _is_asked(asked, one)), most))


def _is_asked(asked: Asked, record: type_of_json) -> bool:
    user = record.get("user")
    now = asked.chats.writer(user) if isinstance(user, dict) else None
    writer = now["user_id"] if now else ""
    one, several = asked.query.get("sender_id"), asked.query.get("sender_ids")
    back = record["message_id"] in asked.chats.taken_back
    replies = asked.query.get("include_reply_type", "none").lower()
    return (
        record["message_id"] not in asked.chats.removed
        and (not back or asked.is_on("including_removed"))
        and (one is None or writer == one)
        and (several is None or writer in several.split(","))
        and asked.query.get("message_type", record["type"]) == record["type"]
        and (replies == "all" or not record.get("parent_message_id"))
    )


def _shown(asked: Asked, record: type_of_json) -> type_of_json:
    left_out = {name for switch, name in _ON_DEMAND.items() if not asked.is_on(switch)}
    kept = {key: value for key, value in record.items() if key not in left_out}
    if record["message_id"] in asked.chats.taken_back:
        kept["is_removed"] = True
    writer = kept.pop("user", None)
    if isinstance(writer, dict) and (now := asked.chats.writer(writer)):
        kept["user"] = now
    for key in ("file", "files"):
        if key in kept:
            kept[key] = _absolute(kept[key])
    return kept


def _absolute(value: object) -> object:
    """Addresses of files as they are from outside."""
    if isinstance(value, list):
        return [_absolute(one) for one in value]
    if isinstance(value, dict):
        return {key: _absolute(one) for key, one in value.items()}
    if isinstance(value, str) and value.startswith("/files/"):
        return request.url_root.rstrip("/") + value
    return value
