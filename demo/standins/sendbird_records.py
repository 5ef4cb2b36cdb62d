"""The records of the SendBird stand-in, with the fields that SendBird's own client expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock

from flask import has_request_context, request

from demo import names
from demo.chats import ChatMessage
from demo.person import Person
from demo.small_files import SmallFile

type_of_json = dict[str, object]
MAIN, EMPTY = "praktijk", "leeg"


def user_of(person: Person, *, is_active: bool = True) -> type_of_json:
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
        "is_active": is_active,
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


def staff(name: str) -> type_of_json:
    """Somebody of the practice as a user."""
    return {
        "user_id": f"staff-{name.split(',')[0].replace(' ', '-').lower()}",
        "nickname": name,
        "profile_url": "",
        "metadata": {},
        "is_active": True,
    }


DESK = staff(f"{names.STAFF[0][0]}, {names.STAFF[0][1]}")


def message_of(person: Person, chat: ChatMessage) -> type_of_json:
    """A Message: a text, a file, or a notice without a user (ADMM)."""
    authors = {"subject": user_of(person), "staff": staff(chat.author_name)}
    writer = authors.get(chat.author)
    kind = "ADMM" if writer is None else "FILE" if chat.file else "MESG"
    more: type_of_json = {"custom_type": "care" if chat.care else ""}
    if chat.file:
        more["file"] = file_part(chat.id, chat.file)
    return record_of(
        Said(f"{MAIN}_{person.sendbird_id}", chat.id, chat.sent_ms, chat.text), writer, kind, **more
    )


@dataclass(frozen=True)
class Said:
    """Where, under which id, when (ms) and what."""

    channel: str
    id: int
    sent_ms: int
    text: str


def record_of(
    said: Said, writer: type_of_json | None, kind: str = "MESG", **more: object
) -> type_of_json:
    """A Message with all its fields; one of the system (ADMM) has no user."""
    shown = ("user_id", "nickname", "profile_url", "metadata", "is_active")
    user = {"user": {key: writer[key] for key in shown}} if writer else {}
    return {
        "message_id": said.id,
        "type": kind,
        "custom_type": "",
        "channel_url": said.channel,
        "channel_type": "group_channels",
        **user,
        "message": said.text,
        "data": "",
        "mention_type": "users",
        "mentioned_users": [],
        "sorted_metaarray": [],
        "translations": {},
        "reactions": [],
        "created_at": said.sent_ms,
        "updated_at": 0,
        "is_removed": False,
        "message_survival_seconds": -1,
        "silent": False,
        **more,
    }


def file_part(message_id: int, file: SmallFile) -> type_of_json:
    """The one file of a message."""
    return {
        "url": address(message_id, file),
        "name": file.name,
        "type": file.media_type,
        "size": len(file.content()),
        "data": "",
        "require_auth": True,
    }


def files_part(message_id: int, files: Sequence[SmallFile]) -> list[type_of_json]:
    """Several files of a message: SendBird names their fields in another way than for one."""
    return [
        {
            "url": address(message_id, file),
            "file_name": file.name,
            "file_type": file.media_type,
            "file_size": len(file.content()),
            "thumbnails": [],
            "require_auth": True,
        }
        for file in files
    ]


def address(message_id: int, file: SmallFile) -> str:
    """Where a file is; outside a call, below the root. The query is a signature: a secret."""
    root = request.url_root.rstrip("/") if has_request_context() else ""
    return f"{root}/files/{message_id}/{file.name}?auth=signed"
