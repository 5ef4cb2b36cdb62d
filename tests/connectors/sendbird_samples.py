"""Channels of every kind around one person: what SendBird keeps and shows in its own way."""

from __future__ import annotations

from demo.person import Person
from demo.small_files import FILES
from demo.standins.sendbird_records import (
    DESK,
    Said,
    file_part,
    files_part,
    record_of,
    type_of_json,
    user_of,
)
from demo.standins.sendbird_rooms import OPEN, FewMessages, Room, desk, member

#: 1 March 2025, in milliseconds
BEGAN = 1_740_787_200_000
_IDS = 9_000_000_000
INVITED, RICH, CROWD = "gevraagd", "rijk", "menigte"
LEFT_TWO, LEFT_GROUP, LEFT_QUIET = "verlaten-twee", "verlaten-groep", "verlaten-stil"
WALK_IN, OTHERS, OTHERS_OPEN = "inloop", "van-anderen", "open-van-anderen"
#: how many messages of the person, and of both in a channel of two, are outside their own channels
LONG_TALK = 450


def rooms_around(person: Person, other: Person) -> list[Room]:
    """Channels the person is in, was in, only wrote in, and never was in."""
    mine = person.sendbird_id
    members = {mine: member(user_of(person)), **desk()}
    asked_in = {mine: member(user_of(person), "invited"), **desk()}
    theirs = {other.sendbird_id: member(user_of(other)), **desk()}
    me, you = user_of(person), user_of(other)
    return [
        Room(url=INVITED, members=asked_in, talk=_talk(INVITED, 10, DESK)),
        Room(url=RICH, members=members, hidden=frozenset({mine}), talk=_rich(me)),
        Room(url=CROWD, members={**desk(), **members}, is_super=True, talk=_talk(CROWD, 30, DESK)),
        Room(url=LEFT_TWO, members=desk(), talk=_talk(LEFT_TWO, 1000, *[me, DESK] * LONG_TALK)),
        Room(url=LEFT_GROUP, members=theirs, talk=_talk(LEFT_GROUP, 40, me, you, DESK, me)),
        Room(url=LEFT_QUIET, members=theirs, talk=_talk(LEFT_QUIET, 50, DESK, you)),
        Room(url=WALK_IN, kind=OPEN, talk=_talk(WALK_IN, 60, you, me, DESK)),
        Room(url=OTHERS, members=theirs, frozen=True, talk=_talk(OTHERS, 70, you, DESK)),
        Room(url=OTHERS_OPEN, kind=OPEN, talk=_talk(OTHERS_OPEN, 80, you)),
    ]


def ids(first: int, *places: int) -> list[int]:
    """The ids of the messages of a channel, by their place in it."""
    return [_IDS + first + place for place in places]


def _said(channel: str, number: int, text: str) -> Said:
    return Said(channel, _IDS + number, BEGAN + number * 1000, text)


def _talk(channel: str, first: int, *writers: type_of_json) -> FewMessages:
    return FewMessages(
        [
            record_of(_said(channel, first + place, f"bericht {place}"), writer)
            for place, writer in enumerate(writers)
        ]
    )


def _rich(me: type_of_json) -> FewMessages:
    """A thread, reactions, several files, extra data, a notice without a user, a mention."""
    parent, reply, files = _said(RICH, 20, "vraag"), _said(RICH, 21, "antwoord"), _IDS + 22
    told = {"reply_count": 1, "most_replies": [DESK], "last_replied_at": reply.sent_ms}
    answered = {"type": "MESG", "ts": parent.sent_ms, "message": "vraag", "custom_type": ""}
    liked = [{"key": "thumbsup", "user_ids": [str(me["user_id"])], "updated_at": BEGAN}]
    return FewMessages(
        [
            record_of(parent, me, thread_info=told, reactions=liked),
            record_of(
                reply, DESK, parent_message_id=parent.id, parent_message_info=answered,
                mentioned_users=[{"user_id": me["user_id"], "nickname": me["nickname"]}],
            ),
            record_of(_said(RICH, 22, ""), me, "FILE", files=files_part(files, FILES[:2])),
            record_of(_said(RICH, 23, "bijgewerkt"), me, updated_at=BEGAN + 99_000,
                      sorted_metaarray=[{"key": "soort", "value": ["herhaalrecept"]}],
                      translations={"en": "updated"}),
            record_of(_said(RICH, 24, "De praktijk is gesloten."), None, "ADMM"),
            record_of(_said(RICH, 25, ""), DESK, "FILE", file=file_part(_IDS + 25, FILES[2])),
        ]
    )  # fmt: skip
