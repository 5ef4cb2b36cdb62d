"""A stand-in for the SendBird Platform API v3: users, channels, messages, push tokens, files.

Not found is HTTP 400 with code 400201, as there. Each person with a SendBird id has a channel with
the practice that holds all their messages, and an empty one that is hidden; tests add others.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import unquote

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from demo.chats import Chat
from demo.journal import Journal
from demo.person import Person
from demo.population import DEMO_DAY
from demo.small_files import FILES
from demo.standins import sendbird_messages
from demo.standins.faults import Fault, Faults
from demo.standins.sendbird_api import Handler, route
from demo.standins.sendbird_records import message_of, type_of_json, user_of
from demo.standins.sendbird_rooms import main_room
from demo.standins.sendbird_state import Asked, Chats, Refused, page_token

_NO_REPLY = frozenset({Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.BROKEN, Fault.NOT_JSON, Fault.SLOW})
_PAGED = {
    "view_user": (Fault.FOREIGN_RECORD,),
    "list_channels": (Fault.FOREIGN_RECORD, Fault.REPEATED_PAGE),
    "list_messages": (Fault.FOREIGN_RECORD, Fault.REPEATED_PAGE),
}


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

    @app.route("/v3/<path:rest>", methods=["GET", "POST", "PUT", "DELETE"])
    def _api(rest: str) -> Response:
        body = request.get_json(silent=True) or {}
        asked = Asked(chats, _segments(), dict(request.args), body)
        return _answered(asked, journal, wrong, token)

    @app.get("/files/<int:message_id>/<name>")
    def _file(message_id: int, name: str) -> AnyResponse:
        user = _owner(chats, message_id, name)
        if request.headers.get("Api-Token") != token:
            journal.record("file", user or "", "401")
            return Response("no token", 401)
        journal.record("file", user or "", "ok" if user is not None else "404")
        return _file_of(chats, user, name)

    return app


def _segments() -> tuple[str, ...]:
    """The path below /v3 as it was sent: an encoded slash does not part it."""
    raw = str(request.environ.get("REQUEST_URI") or request.path).split("?", 1)[0]
    return tuple(unquote(part) for part in raw.split("/v3/", 1)[1].split("/"))


def _answered(asked: Asked, journal: Journal, faults: Faults, token: str) -> Response:
    verb, handler = route(request.method, asked.path)
    ref = asked.path[1] if len(asked.path) > 1 else ""
    what = {} if request.method == "GET" else {"item": "/".join(asked.path[2:])}
    fault = faults.take(*_NO_REPLY, Fault.HALF_JSON, *_PAGED.get(verb, ()))
    try:
        if request.headers.get("Api-Token") != token or fault is Fault.REFUSED_KEY:
            raise Refused(400401, "Invalid Api-Token.")
        if fault in _NO_REPLY:
            journal.record(verb, ref, str(fault), **what)
            return _faulty(fault, faults)
        if what and _is_tired(asked.chats):
            journal.record(verb, ref, str(Fault.TOO_MANY), **what)
            return _faulty(Fault.TOO_MANY, faults)
        reply = _done(asked, handler) if what else handler(asked)
    except Refused as refused:
        journal.record(verb, ref, str(refused.code), **what)
        body: type_of_json = {"error": True, "message": refused.words, "code": refused.code}
        return _json(body, 400)
    journal.record(verb, ref, str(fault or "ok"), **what)
    if verb in asked.chats.silent:
        asked.chats.silent.remove(verb)
        return _faulty(Fault.UNAVAILABLE, faults)
    return _bent(reply, fault, asked)


def _is_tired(chats: Chats) -> bool:
    """Whether this change is one too many; the next ones are taken again."""
    if chats.tired_after is None:
        return False
    chats.tired_after -= 1
    if chats.tired_after >= 0:
        return False
    chats.tired_after = None
    return True


def _done(asked: Asked, handler: Handler) -> type_of_json:
    """What a change answers; a stand-in that lies does not act."""
    if asked.chats.lying and request.method == "DELETE":
        asked.chats.lying -= 1
        return {}
    return handler(asked)


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


def _bent(reply: type_of_json, fault: Fault | None, asked: Asked) -> Response:
    if fault is Fault.FOREIGN_RECORD:
        reply = _with_stranger(reply, asked)
    if fault is Fault.REPEATED_PAGE:
        token = asked.query.get("token") or page_token(0)
        reply = {**reply, "next": token} if "next" in reply else _first_messages(asked)
    answer = _json(reply)
    if fault is Fault.HALF_JSON:
        whole = answer.get_data()
        answer.set_data(whole[: len(whole) // 2])
    return answer


def _with_stranger(reply: type_of_json, asked: Asked) -> type_of_json:
    mine = " ".join(asked.path)
    chats = asked.chats
    other = next(p for p in chats.people if p.sendbird_id and p.sendbird_id not in mine)
    if "messages" in reply:
        planted = message_of(other, Chat(other, chats.today)[0])
        return {"messages": [planted, *_list(reply, "messages")]}
    if "channels" in reply:
        planted = main_room(other, chats.today).as_json(other.sendbird_id, with_members=True)
        return {**reply, "channels": [*_list(reply, "channels"), planted]}
    return user_of(other)


def _list(reply: type_of_json, name: str) -> list[object]:
    found = reply[name]
    return found if isinstance(found, list) else []


def _first_messages(asked: Asked) -> type_of_json:
    again = {**asked.query, "message_ts": "0", "message_id": "0", "include": "true"}
    return sendbird_messages.listed(replace(asked, query=again))


def _json(body: type_of_json, code: int = 200) -> Response:
    headers = {
        "X-RateLimit-Limit": "100;w=60",
        "X-RateLimit-Remaining": "99",
        "X-RateLimit-Reset": str(int(time.time()) + 60),
    }
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, code, headers, content_type="application/json; charset=utf-8")


def _owner(chats: Chats, message_id: int, name: str) -> str | None:
    """In whose channel the message with this file is; None when there is no such file."""
    if message_id in chats.removed - chats.files_left:
        return None
    for room in chats.rooms:
        place = room.talk.place_of(message_id)
        if place is not None and f"/{message_id}/{name}" in str(room.talk.record(place)):
            return next(iter(room.members), "")
    person = next((p for p in chats.people if p.number == message_id // 1_000_000), None)
    chat = Chat(person, chats.today) if person else ()
    message = next((m for m in chat[message_id % 1_000_000 :][:1]), None)
    has_file = message is not None and message.file is not None and message.file.name == name
    return person.sendbird_id if person and has_file else None


def _file_of(chats: Chats, user: str | None, name: str) -> AnyResponse:
    if user is None:
        return Response("no such file", 404)
    if chats.files_go_to:
        return redirect(chats.files_go_to)
    file = next(file for file in FILES if file.name == name)
    return Response(file.content(), mimetype=file.media_type)
