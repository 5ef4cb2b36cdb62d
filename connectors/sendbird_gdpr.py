"""Erasing a user by SendBird's own GDPR request, which is scheduled and done later.

A request is never posted twice: an open one of this user is found in the list and waited for. Every
body names its action, because without one SendBird deletes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.sendbird_calls import NotThere, Platform, number, text, type_of_json
from connectors.sendbird_messages import GROUP, channels_of
from dsr.core.errors import BadAnswer, NeedsPerson, TryAgain
from dsr.core.receipts import Receipt

_DONE = "done"
_UNDER_WAY = frozenset({"scheduled", "processing"})
_FAILED = frozenset({"failed", "canceled", "cancelled"})
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,40}\Z")


def erase_user(platform: Platform, user: str, option: str, poll: float) -> Receipt:
    """Ask for the user's deletion, or look how far an earlier asking is.

    `TryAgain` with the request's id until it is done, `NeedsPerson` when it failed or was
    cancelled.
    """
    standing = _user(platform, user)
    request = _newest(platform, user, standing)
    if standing is None:
        return _after_the_user(request, user, poll)
    if request is None:
        _check_nothing_stays(platform, user, option, poll)
        request = _posted(platform, user, option)
    seen = _seen(platform, text(request, "request_id"))
    _check_ended(seen, poll)
    if _user(platform, user) is not None:
        raise TryAgain(f"{_named(seen)} is done, and the user is still there.", after=poll)
    return Receipt(done=(user,), evidence=_evidence(seen))


def check_nothing_under_way(platform: Platform, user: str, poll: float) -> None:
    """`TryAgain` while a deletion of a user who is gone already still goes on with the rest."""
    _check_under_way(_newest(platform, user, None), poll)


def _check_under_way(request: type_of_json | None, poll: float) -> None:
    if request is not None and str(request.get("status")) not in _FAILED:
        _check_ended(request, poll)


def _user(platform: Platform, user: str) -> type_of_json | None:
    try:
        return platform.get("users", user)
    except NotThere:
        return None


def _newest(platform: Platform, user: str, standing: type_of_json | None) -> type_of_json | None:
    """The latest request to delete this user; one from before the user was made is another's."""
    since = number(standing, "created_at") * 1000 if standing else 0
    of_user = [
        one
        for one in platform.each("requests", "privacy", "gdpr")
        if one.get("action") == "delete" and _is_about(one, user)
    ]
    ours = [one for one in of_user if number(one, "created_at") >= since]
    return max(ours, key=lambda one: number(one, "created_at"), default=None)


def _is_about(request: Mapping[str, object], user: str) -> bool:
    listed = request.get("user_ids")
    return isinstance(listed, list) and user in listed


def _after_the_user(request: type_of_json | None, user: str, poll: float) -> Receipt:
    """The user goes before the rest does; one that went without a request is just gone."""
    if request is None:
        return Receipt(gone=(user,))
    _check_under_way(request, poll)
    return Receipt(gone=(user,), evidence=_evidence(request))


def _posted(platform: Platform, user: str, option: str) -> type_of_json:
    """A fresh request. One that came back as something else is taken back at once."""
    body = {"action": "delete", "user_ids": [user], "channel_delete_option": option}
    made = platform.change("POST", "privacy", "gdpr", body=body)
    if any(made.get(key) != value for key, value in body.items()):
        platform.change("DELETE", "privacy", "gdpr", text(made, "request_id"))
        raise NeedsPerson(
            f"{_named(made)} came back as another one than was asked for and was taken back; ask"
            " SendBird, or delete the user in its dashboard."
        )
    return made


def _seen(platform: Platform, request_id: str) -> type_of_json:
    try:
        seen = platform.get("privacy", "gdpr", request_id)
    except NotThere:
        raise NeedsPerson(
            "The GDPR request at SendBird is not there any more; somebody took it back. Ask who,"
            " then repeat this."
        ) from None
    if seen.get("request_id") != request_id:
        raise BadAnswer("SendBird gave another GDPR request than was asked for; try again later.")
    return seen


def _check_ended(seen: type_of_json, poll: float) -> None:
    """Only `done` ends it; a word that nobody documented is not taken for an end."""
    stage = str(seen.get("status"))
    if stage in _FAILED:
        raise NeedsPerson(
            f"{_named(seen)} ended as {stage}. Ask SendBird why; register a new one for this user"
            " in the dashboard or delete the user there, then repeat this."
        )
    if stage in _UNDER_WAY:
        raise TryAgain(f"{_named(seen)} is {stage}; look again later.", after=poll)
    if stage != _DONE:
        raise TryAgain(f"{_named(seen)} is in a stage we do not know; look there.", after=poll)


def _check_nothing_stays(platform: Platform, user: str, option: str, poll: float) -> None:
    """Messages of a user who is gone have no writer any more: nobody could find or erase them."""
    staying = [
        text(one, "channel_url")
        for one in channels_of(platform, user)
        if option == "do_not_delete" or (option == "1_on_1" and number(one, "member_count") > 2)
    ]
    spoken = sum(_has_words(platform, url, user) for url in staying)
    if spoken:
        raise TryAgain(
            f"The person's messages in {spoken} channels would lose their writer: erase those"
            " first, then the profile.",
            after=poll,
        )


def _has_words(platform: Platform, channel: str, user: str) -> bool:
    wanted = {"message_ts": "0", "prev_limit": "0", "next_limit": "1"}
    also = {"sender_id": user, "include_reply_type": "all"}
    try:
        told = platform.get(GROUP, channel, "messages", **wanted, **also)
    except NotThere:
        return False
    return bool(told.get("messages"))


def _named(request: type_of_json) -> str:
    told = str(request.get("request_id"))
    return f"SendBird's GDPR request {told}" if _PLAIN.match(told) else "SendBird's GDPR request"


def _evidence(seen: type_of_json) -> dict[str, object]:
    keys = ("request_id", "status", "channel_delete_option", "created_at")
    return {key: seen[key] for key in keys if key in seen}
