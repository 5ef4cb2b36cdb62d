"""What of SendBird's records goes into an answer: no secrets, of others only who they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.sendbird_calls import type_of_json

_SECRETS = frozenset({"access_token", "session_tokens"})
#: what changes by being in use, or by our own marks, and makes nothing another item
FLEETING_OF_A_USER = (
    "last_seen_at",
    "is_online",
    "is_active",
    "metadata",
    "unread_channel_count",
    "unread_message_count",
)
FLEETING_OF_A_CHANNEL = (
    "freeze",
    "hidden_state",
    "members",
    "read_receipt",
    "unread_mention_count",
    "unread_message_count",
)
_OF_OTHERS = frozenset({"user_id", "nickname", "profile_url", "role", "state"})


def open_part(record: Mapping[str, object], mine: str) -> dict[str, object]:
    """The record without access tokens, also those in the query of a file's address.

    Of other users only what shows who they are in a chat: their metadata can be a patient number.
    """
    other = "user_id" in record and record["user_id"] != mine
    kept = _OF_OTHERS & record.keys() if other else record.keys() - _SECRETS
    return {key: _opened(key, value, mine) for key, value in record.items() if key in kept}


def _opened(key: str, value: object, mine: str) -> object:
    if isinstance(value, dict):
        return open_part(value, mine)
    if isinstance(value, list):
        return [_opened(key, one, mine) for one in value]
    if key in ("url", "plain_url") and isinstance(value, str):
        return value.split("?", 1)[0]
    return value


def is_emptied(message: Mapping[str, object]) -> bool:
    """Whether a message that was removed is still listed, without anything that was said."""
    content = ("message", "data", "file", "files", "sorted_metaarray", "translations")
    return message.get("is_removed") is True and not any(message.get(key) for key in content)


def dates_of(record: type_of_json, wanted: Mapping[str, str]) -> dict[str, datetime]:
    """Moments in seconds (people, channels) or milliseconds (messages); 0 means never."""
    found: dict[str, datetime] = {}
    for event, name in wanted.items():
        value = record.get(name)
        if isinstance(value, int) and value > 0:
            seconds = value / 1000 if value >= 10**11 else value
            found[event] = datetime.fromtimestamp(seconds, UTC)
    return found
