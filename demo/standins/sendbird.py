"""A stand-in for the SendBird Platform API v3: users, channels, messages, push tokens, files.

Not found is HTTP 400 with code 400201, as there. Each person with a SendBird id has a channel with
the practice that holds all their messages, and an empty one that is hidden.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote

from flask import Flask, Response, request

from demo.chats import Chat, ChatMessage
from demo.journal import Journal
from demo.person import Person
from demo.population import DEMO_DAY
from demo.standins.faults import Fault, Faults
from demo.standins.sendbird_records import (
    EMPTY,
    MAIN,
    channel_of,
    message_of,
    type_of_json,
    user_of,
)

_NO_REPLY = frozenset({Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.BROKEN, Fault.NOT_JSON, Fault.SLOW})


class Refused(Exception):
    """An error of the API: its code and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass
class Chats:
    """All chats, by person. `removed` holds ids of messages that are gone."""

    people: Sequence[Person]
    today: date
    removed: set[int] = field(default_factory=set)

    def person(self, user: str) -> Person:
        """The person of a SendBird id."""
        for person in self.people:
            if person.sendbird_id and person.sendbird_id == user:
                return person
        raise Refused(400201, '"User" not found.')

    def of(self, url: str) -> tuple[Person, bool]:
        """The person of a channel, and whether it is the one with the messages."""
        kind, _, user = url.partition("_")
        if kind not in (MAIN, EMPTY):
            raise Refused(400201, '"Channel" not found.')
        try:
            return self.person(user), kind == MAIN
        except Refused:
            raise Refused(400201, '"Channel" not found.') from None


@dataclass(frozen=True)
class _Asked:
    chats: Chats
    path: tuple[str, ...]
    query: Mapping[str, str]

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query, 0..most."""
        try:
            value = int(self.query.get(name, default))
        except ValueError:
            raise Refused(400101, f'"{name}" must be a number.') from None
        if not 0 <= value <= most:
            raise Refused(400113, f'"{name}" is out of range.')
        return value


def build(
    people: Sequence[Person],
    journal: Journal,
    *,
    token: str,
    faults: Faults | None = None,
    today: date = DEMO_DAY,
) -> Flask:
    """The stand-in; `app.extensions["chats"]` is its `Chats`, to look into and change in tests."""
    app = Flask("demo-sendbird")
    app.url_map.merge_slashes = False
    chats = Chats(people, today)
    app.extensions["chats"] = chats
    wrong = faults or Faults()

    @app.get("/v3/<path:rest>")
    def _api(rest: str) -> Response:
        asked = _Asked(chats, _segments(), dict(request.args))
        return _answered(asked, journal, wrong, token)

    @app.get("/files/<int:message_id>/<name>")
    def _file(message_id: int, name: str) -> Response:
        return _file_of(chats, message_id, token, journal)

    return app


def _segments() -> tuple[str, ...]:
    """The path below /v3 as it was sent: an encoded slash does not part it."""
    raw = str(request.environ.get("REQUEST_URI") or request.path).split("?", 1)[0]
    return tuple(unquote(part) for part in raw.split("/v3/", 1)[1].split("/"))


def _answered(asked: _Asked, journal: Journal, faults: Faults, token: str) -> Response:
    verb, handler = _route(asked.path)
    ref = asked.path[1] if len(asked.path) > 1 else ""
    fault = faults.take(*_NO_REPLY, Fault.HALF_JSON, *_PAGED.get(verb, ()))
    try:
        if request.headers.get("Api-Token") != token or fault is Fault.REFUSED_KEY:
            raise Refused(400401, "Invalid Api-Token.")
        if fault in _NO_REPLY:
            journal.record(verb, ref, str(fault))
            return _faulty(fault, faults)
        reply = handler(asked)
    except Refused as refused:
        journal.record(verb, ref, str(refused.code))
        body: type_of_json = {"error": True, "message": refused.words, "code": refused.code}
        return _json(body, 400)
    journal.record(verb, ref, str(fault or "ok"))
    return _bent(reply, fault, asked)


def _faulty(fault: Fault | None, faults: Faults) -> Response:
    if fault is Fault.SLOW:
        faults.hang()
    if fault is Fault.TOO_MANY:
        limited: type_of_json = {"error": True, "message": "Too many.", "code": 500910}
        answer = _json(limited, 429)
        answer.headers["X-RateLimit-RetryAfter"] = str(faults.retry_after)
        answer.headers["X-RateLimit-Remaining"] = "0"
        return answer
    code = {Fault.NOT_JSON: 200, Fault.UNAVAILABLE: 503}.get(fault or Fault.BROKEN, 500)
    return Response("<!doctype html><h1>Not well</h1>", code, mimetype="text/html")


def _bent(reply: type_of_json, fault: Fault | None, asked: _Asked) -> Response:
    if fault is Fault.FOREIGN_RECORD:
        reply = _with_stranger(reply, asked)
    if fault is Fault.REPEATED_PAGE:
        token = asked.query.get("token", "0")
        reply = {**reply, "next": token} if "next" in reply else _first_messages(asked)
    answer = _json(reply)
    if fault is Fault.HALF_JSON:
        whole = answer.get_data()
        answer.set_data(whole[: len(whole) // 2])
    return answer


def _with_stranger(reply: type_of_json, asked: _Asked) -> type_of_json:
    mine = " ".join(asked.path)
    people = asked.chats.people
    other = next(p for p in people if p.sendbird_id and p.sendbird_id not in mine)
    if "messages" in reply:
        planted = message_of(other, Chat(other, asked.chats.today)[0])
        return {"messages": [planted, *_list(reply, "messages")]}
    if "channels" in reply:
        return {**reply, "channels": [*_list(reply, "channels"), _channel(asked, other, MAIN)]}
    return user_of(other)


def _list(reply: type_of_json, name: str) -> list[object]:
    found = reply[name]
    return found if isinstance(found, list) else []


def _first_messages(asked: _Asked) -> type_of_json:
    again = {**asked.query, "message_ts": "0", "message_id": "0", "include": "true"}
    return _messages(_Asked(asked.chats, asked.path, again))


def _json(body: type_of_json, code: int = 200) -> Response:
    headers = {
        "X-RateLimit-Limit": "100;w=60",
        "X-RateLimit-Remaining": "99",
        "X-RateLimit-Reset": str(int(time.time()) + 60),
    }
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, code, headers, content_type="application/json; charset=utf-8")


def _channel(asked: _Asked, person: Person, kind: str) -> type_of_json:
    chat: Sequence[ChatMessage] = Chat(person, asked.chats.today) if kind == MAIN else ()
    with_members = asked.query.get("show_member") == "true"
    return channel_of(person, kind, chat, with_members=with_members)


def _view_user(asked: _Asked) -> type_of_json:
    return user_of(asked.chats.person(asked.path[1]))


def _list_users(asked: _Asked) -> type_of_json:
    query = asked.query
    wanted = [p for p in asked.chats.people if p.sendbird_id]
    if "nickname" in query:
        wanted = [p for p in wanted if p.name == query["nickname"]]
    if "metadatakey" in query:
        values = query.get("metadatavalues_in", "").split(",")
        is_number = query["metadatakey"] == "patient_number"
        wanted = [p for p in wanted if is_number and p.patient_number in values]
    return _paged(asked, "users", [user_of(p) for p in wanted])


def _channels(asked: _Asked) -> type_of_json:
    person = asked.chats.person(asked.path[1])
    kinds = [MAIN] if person.messages or asked.query.get("show_empty") == "true" else []
    if asked.query.get("hidden_mode") == "all" and asked.query.get("show_empty") == "true":
        kinds.append(EMPTY)
    found = _paged(asked, "channels", [_channel(asked, person, kind) for kind in kinds])
    return {**found, "ts": int(time.time() * 1000)}


def _push(asked: _Asked) -> type_of_json:
    person, kind = asked.chats.person(asked.path[1]), asked.path[3]
    if kind not in ("gcm", "apns", "huawei"):
        raise Refused(400111, "Unknown push type.")
    has = kind == ("apns" if person.number % 2 else "gcm")
    tokens = [f"device-token-{person.number:05d}"] if has else []
    return {"tokens": tokens, "type": kind.upper()}


def _member(asked: _Asked) -> type_of_json:
    person, _ = asked.chats.of(asked.path[1])
    is_member = person.sendbird_id == asked.path[3]
    return {"is_member": is_member, "state": "joined" if is_member else "none"}


def _total(asked: _Asked) -> type_of_json:
    person, has_messages = asked.chats.of(asked.path[1])
    chat = Chat(person, asked.chats.today)
    gone = sum(chat.place_of(one) is not None for one in asked.chats.removed)
    return {"total": len(chat) - gone if has_messages else 0}


def _messages(asked: _Asked) -> type_of_json:
    """A page by message_ts or by message_id (0 counts as not given); only forward."""
    person, has_messages = asked.chats.of(asked.path[1])
    chat = Chat(person, asked.chats.today)
    start = _start(asked, chat)
    most = asked.number("next_limit", 15, 200)
    asked.number("prev_limit", 15, 200)
    found: list[ChatMessage] = []
    while has_messages and start < len(chat) and len(found) < most:
        part = chat[start : start + most - len(found)]
        start += len(part)
        found += [message for message in part if message.id not in asked.chats.removed]
    return {"messages": [message_of(person, message) for message in found]}


def _start(asked: _Asked, chat: Chat) -> int:
    """The place of the first message behind the anchor, or of the anchor when it is included."""
    include = asked.query.get("include", "true") == "true"
    anchor = int(asked.query.get("message_id") or 0)
    if anchor:
        place = None if anchor in asked.chats.removed else chat.place_of(anchor)
        if place is None:
            raise Refused(400201, '"Message" not found.')
        return place if include else place + 1
    if "message_ts" not in asked.query:
        raise Refused(400105, '"message_ts" is missing.')
    moment = int(asked.query["message_ts"])
    return chat.before(moment) if include else chat.until(moment)


def _paged(asked: _Asked, name: str, found: Sequence[type_of_json]) -> type_of_json:
    start, most = asked.number("token", 0, 10**6), asked.number("limit", 10, 100)
    is_more = start + most < len(found)
    return {name: list(found[start : start + most]), "next": str(start + most) if is_more else ""}


def _file_of(chats: Chats, message_id: int, token: str, journal: Journal) -> Response:
    person = next((p for p in chats.people if p.number == message_id // 1_000_000), None)
    ref = person.sendbird_id if person else ""
    if request.headers.get("Api-Token") != token:
        journal.record("file", ref, "401")
        return Response("no token", 401)
    chat = Chat(person, chats.today) if person else None
    place = chat.place_of(message_id) if chat else None
    message = chat[place] if chat and place is not None else None
    if message is None or message.file is None or message_id in chats.removed:
        journal.record("file", ref, "404")
        return Response("no such file", 404)
    journal.record("file", ref)
    return Response(message.file.content(), mimetype=message.file.media_type)


def _unknown(asked: _Asked) -> type_of_json:
    raise Refused(400114, "This stand-in does not know the address.")


_Handler = Callable[[_Asked], type_of_json]
_ROUTES: tuple[tuple[tuple[str, ...], str, _Handler], ...] = (
    (("users",), "list_users", _list_users),
    (("users", "*"), "view_user", _view_user),
    (("users", "*", "my_group_channels"), "list_channels", _channels),
    (("users", "*", "push", "*"), "list_push", _push),
    (("group_channels", "*", "messages"), "list_messages", _messages),
    (("group_channels", "*", "messages", "total_count"), "count_messages", _total),
    (("group_channels", "*", "members", "*"), "view_member", _member),
)
_PAGED = {
    "view_user": (Fault.FOREIGN_RECORD,),
    "list_channels": (Fault.FOREIGN_RECORD, Fault.REPEATED_PAGE),
    "list_messages": (Fault.FOREIGN_RECORD, Fault.REPEATED_PAGE),
}


def _route(path: tuple[str, ...]) -> tuple[str, _Handler]:
    for pattern, verb, handler in _ROUTES:
        same = len(pattern) == len(path)
        if same and all(p in ("*", q) for p, q in zip(pattern, path, strict=True)):
            return verb, handler
    return "unknown", _unknown
