"""The records of the SendBird stand-in, with the fields that SendBird's own client expects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from datetime import time as clock

from flask import request

from demo import names
from demo.chats import ChatMessage
from demo.person import Person

type_of_json = dict[str, object]
MAIN, EMPTY = "praktijk", "leeg"


def user_of(person: Person) -> type_of_json:
    """A User, with the access token that must never leave."""
    began = datetime.combine(person.registered, clock(9, person.number % 60), UTC)
    return {
        "user_id": person.sendbird_id,
        "nickname": person.name,
        "profile_url": "",
        "require_auth_for_profile_image": False,
        "access_token": f"secret-access-token-{person.number}",
        "created_at": int(began.timestamp()),
        "last_seen_at": int(began.timestamp() * 1000) + 86_400_000,
        "is_active": True,
        "is_online": False,
        "has_ever_logged_in": True,
        "is_hide_me_from_friends": False,
        "is_shadow_blocked": False,
        "locale": "nl",
        "phone_number": "",
        "preferred_languages": ["nl"],
        "discovery_keys": [],
        "metadata": {"patient_number": person.patient_number, "practice": person.practice},
    }


def _staff(name: str) -> type_of_json:
    return {
        "user_id": f"staff-{name.split(',')[0].replace(' ', '-').lower()}",
        "nickname": name,
        "profile_url": "",
        "metadata": {},
        "is_active": True,
    }


def channel_of(
    person: Person, kind: str, chat: Sequence[ChatMessage], *, with_members: bool
) -> type_of_json:
    """A GroupChannel of a person and the practice."""
    member = {
        k: v for k, v in user_of(person).items() if k in ("user_id", "nickname", "profile_url")
    }
    desk = _staff(f"{names.STAFF[0][0]}, {names.STAFF[0][1]}")
    members = [{**member, "state": "joined"}, {**desk, "state": "joined"}]
    last = message_of(person, chat[len(chat) - 1]) if chat else None
    return {
        "channel_url": f"{kind}_{person.sendbird_id}",
        "name": "Praktijk" if kind == MAIN else "",
        "cover_url": "",
        "data": "",
        "custom_type": "econsult",
        "created_at": user_of(person)["created_at"],
        "is_distinct": True,
        "is_public": False,
        "is_super": False,
        "is_ephemeral": False,
        "freeze": False,
        "member_count": len(members),
        "joined_member_count": len(members),
        "members": members if with_members else [],
        "metadata": {},
        "last_message": last,
        "hidden_state": "unhidden" if kind == MAIN else "hidden_allow_auto_unhide",
        "member_state": "joined",
    }


def message_of(person: Person, chat: ChatMessage) -> type_of_json:
    """A Message: a text, a file, or a notice without a user (ADMM)."""
    authors = {"subject": user_of(person), "staff": _staff(chat.author_name)}
    writer = authors.get(chat.author)
    kind = "ADMM" if writer is None else "FILE" if chat.file else "MESG"
    shown = ("user_id", "nickname", "profile_url", "metadata", "is_active")
    user = {"user": {key: writer[key] for key in shown}} if writer else {}
    return {
        "message_id": chat.id,
        "type": kind,
        "custom_type": "care" if chat.care else "",
        "channel_url": f"{MAIN}_{person.sendbird_id}",
        "channel_type": "group_channels",
        **user,
        "message": chat.text,
        "data": "",
        **({"file": _file_part(chat)} if chat.file else {}),
        "mention_type": "users",
        "mentioned_users": [],
        "sorted_metaarray": [],
        "translations": {},
        "reactions": [],
        "created_at": chat.sent_ms,
        "updated_at": 0,
        "is_removed": False,
        "message_survival_seconds": -1,
        "silent": False,
    }


def _file_part(chat: ChatMessage) -> type_of_json:
    if chat.file is None:
        return {}
    return {
        "url": f"{request.url_root.rstrip('/')}/files/{chat.id}/{chat.file.name}?auth=signed",
        "name": chat.file.name,
        "type": chat.file.media_type,
        "size": len(chat.file.content()),
        "data": "",
        "require_auth": True,
    }
