"""The calls of the SendBird stand-in that change something, with SendBird's own defaults."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import cast

from demo.standins.sendbird_records import type_of_json
from demo.standins.sendbird_rooms import GROUP
from demo.standins.sendbird_state import NOT_FOUND, Asked, Refused

Handler = Callable[[Asked], type_of_json]
_OPTIONS = ("do_not_delete", "1_on_1", "all")
_LONGEST = {"nickname": 80, "profile_url": 2048}


def _update_user(asked: Asked) -> type_of_json:
    """Deactivating leaves all channels for good, unless one says that it should not."""
    chats, body = asked.chats, asked.body
    person = chats.person(asked.path[1])
    user = person.sendbird_id
    for name in _LONGEST.keys() & body.keys():
        _check_text(name, body[name], _LONGEST[name])
    chats.told.setdefault(user, {}).update({k: body[k] for k in _LONGEST if k in body})
    if body.get("is_active") is False:
        chats.deactivated.add(user)
        if body.get("leave_all_when_deactivated", True):
            chats.left.add(user)
    elif body.get("is_active") is True:
        chats.deactivated.discard(user)
    return chats.user(person)


def _check_text(name: str, value: object, longest: int) -> None:
    if not isinstance(value, str):
        raise Refused(400100, f'"{name}" must be a string.')
    if len(value) > longest:
        raise Refused(400110, f'"{name}" is too long.')


def _update_metadata(asked: Asked) -> type_of_json:
    """Keys that are not there yet are taken only with `upsert`."""
    person, told = asked.chats.person(asked.path[1]), asked.body.get("metadata")
    if not isinstance(told, dict):
        raise Refused(400103, '"metadata" must be a JSON object.')
    now = asked.chats.metadata_of(person)
    for key, value in told.items():
        _check_text(key, value, 190)
    if not asked.body.get("upsert"):
        told = {key: value for key, value in told.items() if key in now}
    after = {**now, **told}
    if len(after) > 5:
        raise Refused(400203, "The number of metadata items exceeds the limit.")
    asked.chats.metadata[person.sendbird_id] = after
    return dict(told)


def _delete_metadata(asked: Asked) -> type_of_json:
    person = asked.chats.person(asked.path[1])
    now = asked.chats.metadata_of(person)
    asked.chats.metadata[person.sendbird_id] = {
        key: value for key, value in now.items() if len(asked.path) > 3 and key != asked.path[3]
    }
    return {}


def _delete_user(asked: Asked) -> type_of_json:
    """What the user wrote stays, and nobody can tell any more who wrote it."""
    asked.chats.gone.add(asked.chats.person(asked.path[1]).sendbird_id)
    return {}


def _delete_tokens(asked: Asked) -> type_of_json:
    """The token comes back as SendBird's client expects it; its documentation shows a list, too."""
    person = asked.chats.person(asked.path[1])
    wanted = asked.path[3:] or None
    for kind in ("gcm", "apns", "huawei"):
        for token in asked.chats.tokens(person, kind):
            if wanted is None or wanted == (kind, token):
                asked.chats.no_tokens.add((person.sendbird_id, kind, token))
    return {**({"token": wanted[1]} if wanted else {}), "user": asked.chats.user(person)}


def _delete_message(asked: Asked) -> type_of_json:
    """The files of a message stay, unless one says that they should go too."""
    chats = asked.chats
    talk, told = chats.room(asked.path[0], asked.path[1]).talk, asked.path[3]
    message = int(told) if told.isdigit() else -1
    if message in chats.removed | chats.taken_back or talk.place_of(message) is None:
        raise Refused(NOT_FOUND, '"Message" not found.')
    (chats.taken_back if chats.keeps_removed else chats.removed).add(message)
    if not asked.is_on("delete_files"):
        chats.files_left.add(message)
    return {}


def _delete_channel(asked: Asked) -> type_of_json:
    asked.chats.no_channels.add(asked.chats.room(asked.path[0], asked.path[1]).url)
    return {}


def _freeze(asked: Asked) -> type_of_json:
    room = asked.chats.room(GROUP, asked.path[1])
    if not isinstance(asked.body.get("freeze"), bool):
        raise Refused(400104, '"freeze" must be a boolean.')
    asked.chats.frozen[room.url] = bool(asked.body["freeze"])
    return asked.chats.room(GROUP, asked.path[1]).as_json()


def _register_gdpr(asked: Asked) -> type_of_json:
    """A request is only scheduled here. The default action is to delete, as there."""
    action = asked.body.get("action", "delete")
    option = asked.body.get("channel_delete_option", "do_not_delete")
    who = {"access": "user_id", "delete": "user_ids"}.get(str(action))
    if who is None or not asked.body.get(who):
        raise Refused(400111 if who is None else 400105, f'"{who or "action"}" is not right.')
    if option not in _OPTIONS:
        raise Refused(400111, '"channel_delete_option" has an invalid value.')
    users = asked.body[who]
    for user in users if isinstance(users, list) else [users]:
        asked.chats.person(str(user))
    made: type_of_json = {
        "request_id": uuid.uuid4().hex,
        "action": action,
        "status": "scheduled",
        who: users,
        "created_at": int(time.time() * 1000),
    }
    if action == "delete":
        made["channel_delete_option"] = option
    asked.chats.gdpr.insert(0, made)
    return dict(made)


def _list_gdpr(asked: Asked) -> type_of_json:
    """All requests, the latest first."""
    return asked.paged("requests", asked.chats.gdpr)


def _view_gdpr(asked: Asked) -> type_of_json:
    """One request. An access is done at the first look; a deletion takes as many as it needs."""
    one = _gdpr(asked)
    if one["action"] == "access":
        address = f"https://files.voorbeeld.example/{one['request_id']}.zip"
        ends = int(time.time() * 1000) + 604_800_000
        one.update(status="done", files={"url": address, "expires_at": ends})
        return one
    steps = asked.chats.gdpr_steps
    place = min(asked.chats.looks.get(str(one["request_id"]), 0), len(steps) - 1)
    asked.chats.looks[str(one["request_id"])] = place + 1
    one["status"] = steps[place]
    if one["status"] == "done":
        one["files"] = {"url": "", "expires_at": 0}
        _carry_out(asked, one)
    return one


def _carry_out(asked: Asked, one: type_of_json) -> None:
    chats = asked.chats
    if chats.lying:
        return
    for user in cast(list[str], one["user_ids"]):
        person = next((p for p in chats.people if p.sendbird_id == user), None)
        if person is None or user in chats.gone:
            continue
        for room in list(chats.rooms_of(person)):
            is_of_two = len(room.members) <= 2
            option = one["channel_delete_option"]
            if option == "all" or (option == "1_on_1" and is_of_two):
                chats.no_channels.add(room.url)
        chats.gone.add(user)


def _gdpr(asked: Asked) -> type_of_json:
    for one in asked.chats.gdpr:
        if one["request_id"] == asked.path[2]:
            return one
    raise Refused(NOT_FOUND, '"GDPRRequest" not found.')


def _cancel_gdpr(asked: Asked) -> type_of_json:
    one = _gdpr(asked)
    if one["status"] != "scheduled":
        raise Refused(400111, "This request is no longer scheduled.")
    asked.chats.gdpr.remove(one)
    return {}


_CHANNELS = "group_channels|open_channels"
ROUTES: tuple[tuple[str, tuple[str, ...], str, Handler], ...] = (
    ("PUT", ("users", "*"), "update_user", _update_user),
    ("DELETE", ("users", "*"), "delete_user", _delete_user),
    ("PUT", ("users", "*", "metadata"), "update_metadata", _update_metadata),
    ("DELETE", ("users", "*", "metadata"), "delete_metadata", _delete_metadata),
    ("DELETE", ("users", "*", "metadata", "*"), "delete_metadata", _delete_metadata),
    ("DELETE", ("users", "*", "push"), "delete_push", _delete_tokens),
    ("DELETE", ("users", "*", "push", "*", "*"), "delete_push", _delete_tokens),
    ("DELETE", (_CHANNELS, "*", "messages", "*"), "delete_message", _delete_message),
    ("DELETE", (_CHANNELS, "*"), "delete_channel", _delete_channel),
    ("PUT", ("group_channels", "*", "freeze"), "freeze_channel", _freeze),
    ("POST", ("privacy", "gdpr"), "register_gdpr", _register_gdpr),
    ("GET", ("privacy", "gdpr"), "list_gdpr", _list_gdpr),
    ("GET", ("privacy", "gdpr", "*"), "view_gdpr", _view_gdpr),
    ("DELETE", ("privacy", "gdpr", "*"), "cancel_gdpr", _cancel_gdpr),
)
