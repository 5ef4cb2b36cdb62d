"""The calls of the SendBird stand-in, with SendBird's own defaults: they hide a good deal."""

from __future__ import annotations

import time
from collections.abc import Callable

from demo.standins import sendbird_messages as messages
from demo.standins.sendbird_changes import ROUTES
from demo.standins.sendbird_records import type_of_json
from demo.standins.sendbird_rooms import GROUP, Room
from demo.standins.sendbird_state import Asked, Refused

Handler = Callable[[Asked], type_of_json]
_ACTIVE = {"activated": (True,), "deactivated": (False,), "all": (True, False)}
_PUSH = ("gcm", "apns", "huawei")


def route(method: str, path: tuple[str, ...]) -> tuple[str, Handler]:
    """The verb of a call, as the journal names it, and what answers it."""
    for wanted, pattern, verb, handler in _ROUTES:
        same = wanted == method and len(pattern) == len(path)
        if same and all(q in p.split("|") or p == "*" for p, q in zip(pattern, path, strict=True)):
            return verb, handler
    return "unknown", _unknown


def _unknown(asked: Asked) -> type_of_json:
    raise Refused(400114, "This stand-in does not know the address.")


def _view_user(asked: Asked) -> type_of_json:
    return asked.chats.user(asked.chats.person(asked.path[1]))


def _list_users(asked: Asked) -> type_of_json:
    """Deactivated users only when asked for."""
    active = _ACTIVE.get(asked.query.get("active_mode", "activated"))
    if active is None:
        raise Refused(400111, '"active_mode" has an invalid value.')
    users = [asked.chats.user(p) for p in asked.chats.users()]
    found = [u for u in users if u["is_active"] in active and _is_wanted(asked, u)]
    return asked.paged("users", found)


def _is_wanted(asked: Asked, user: type_of_json) -> bool:
    query, metadata = asked.query, user["metadata"]
    key, values = query.get("metadatakey", ""), query.get("metadatavalues_in", "").split(",")
    told = metadata.get(key) if isinstance(metadata, dict) else None
    name = str(user["nickname"])
    return (
        query.get("nickname", name) == name
        and name.startswith(query.get("nickname_startswith", ""))
        and ("user_ids" not in query or user["user_id"] in query["user_ids"].split(","))
        and (not key or told in values)
    )


def _my_channels(asked: Asked) -> type_of_json:
    """Empty and hidden channels, and those one is only asked into, come only when asked for."""
    person = asked.chats.person(asked.path[1])
    mine = person.sendbird_id
    found = [
        room.as_json(mine, with_members=asked.is_on("show_member"))
        for room in asked.chats.rooms_of(person)
        if _is_listed(asked, room, mine)
    ]
    return {**asked.paged("channels", found), "ts": int(time.time() * 1000)}


def _is_listed(asked: Asked, room: Room, user: str) -> bool:
    states = asked.query.get("member_state_filter", "joined_only")
    return (
        (len(room.talk) > 0 or asked.is_on("show_empty"))
        and (user not in room.hidden or asked.query.get("hidden_mode") == "all")
        and (states == "all" or room.members[user]["state"] == "joined")
        and (not room.frozen or asked.is_on("show_frozen", default=True))
    )


def _all_channels(asked: Asked) -> type_of_json:
    """Of the whole application; what a user hides is not hidden here."""
    found = [
        room.as_json(with_members=asked.is_on("show_member"))
        for room in asked.chats.all_rooms(asked.path[0])
        if asked.path[0] != GROUP or len(room.talk) or asked.is_on("show_empty")
    ]
    return {**asked.paged("channels", found), "ts": int(time.time() * 1000)}


def _view_channel(asked: Asked) -> type_of_json:
    room = asked.chats.room(asked.path[0], asked.path[1])
    return room.as_json(with_members=asked.is_on("show_member"))


def _member(asked: Asked) -> type_of_json:
    room = asked.chats.room(GROUP, asked.path[1])
    state = room.members.get(asked.path[3], {}).get("state", "none")
    return {"is_member": state == "joined", "state": state}


def _push(asked: Asked) -> type_of_json:
    person, kind = asked.chats.person(asked.path[1]), asked.path[3]
    if kind not in _PUSH:
        raise Refused(400111, "Unknown push type.")
    return {"tokens": asked.chats.tokens(person, kind), "type": kind.upper()}


def _metadata(asked: Asked) -> type_of_json:
    return dict(asked.chats.metadata_of(asked.chats.person(asked.path[1])))


_CHANNELS = "group_channels|open_channels"
_ROUTES: tuple[tuple[str, tuple[str, ...], str, Handler], ...] = (
    ("GET", ("users",), "list_users", _list_users),
    ("GET", ("users", "*"), "view_user", _view_user),
    ("GET", ("users", "*", "metadata"), "view_metadata", _metadata),
    ("GET", ("users", "*", "my_group_channels"), "list_channels", _my_channels),
    ("GET", ("users", "*", "push", "*"), "list_push", _push),
    ("GET", (_CHANNELS,), "list_all_channels", _all_channels),
    ("GET", (_CHANNELS, "*"), "view_channel", _view_channel),
    ("GET", (_CHANNELS, "*", "messages"), "list_messages", messages.listed),
    ("GET", (_CHANNELS, "*", "messages", "total_count"), "count_messages", messages.counted),
    ("GET", (_CHANNELS, "*", "messages", "*"), "view_message", messages.viewed),
    ("GET", ("group_channels", "*", "members", "*"), "view_member", _member),
    *ROUTES,
)
