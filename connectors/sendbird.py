"""Connector for SendBird: the profile, the channels, the messages and the push tokens of a person.

Entry: `url` (the application's address without `/v3`), `token`, and optionally `file_hosts`
(hosts that attached files may be fetched from), `metadata` (which metadata key of a user holds
`patient_number`, `birth_date`, `email` or `phone`), `timeout` in seconds, `system` (the id of
this system in the register, "sendbird") and `elsewhere: true`, which adds a dataset of that name:
what a person wrote in channels they left and in open ones. That takes a call for each channel of
the application, so it is off unless asked for. `erase: true` lets it erase; then
`channel_delete_option` has to be chosen. `stop` lists the purposes whose use stops when the user is
deactivated; `gdpr_poll` are the seconds between two looks at a GDPR request.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from connectors.http import HttpSystem, Limits
from connectors.matching import Known, judge
from connectors.sendbird_calls import FileAt, NotThere, Platform, number, text, type_of_json
from connectors.sendbird_changes import CHANNEL_OPTIONS, Rules, SendBirdChanges
from connectors.sendbird_elsewhere import Trail, trail_of, walk
from connectors.sendbird_messages import (
    Place,
    Walk,
    channels_of,
    count,
    messages_from,
    walk_of,
    writer_of,
)
from connectors.sendbird_shown import (
    FLEETING_OF_A_CHANNEL,
    FLEETING_OF_A_USER,
    dates_of,
    is_emptied,
    open_part,
)
from dsr.core.connector import Connector, Health, Item, ItemFile, Located, NotKept, Page
from dsr.core.errors import BadAnswer, BrokenRegister, DsrError, ForeignRecord, NeedsPerson
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject

_PUSH = ("gcm", "apns", "huawei")
_ANY_FILE = "application/octet-stream"
_BY_HAND = (
    "SendBird answers. Not searched: what a person wrote in channels they have left and in open"
    " channels. Set `elsewhere: true` and name the dataset in the register, or export it by hand"
    " for every request (dashboard, Data export, messages, by sender id)."
)
_MATCHED = ("patient_number", "birth_date", "email", "phone")


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> Connector:
    """The connector for these settings; nothing is called yet."""
    at = Entry(settings)
    at.only(
        "url",
        "token",
        "file_hosts",
        "metadata",
        "timeout",
        "system",
        "elsewhere",
        "erase",
        "channel_delete_option",
        "stop",
        "gdpr_poll",
    )
    seconds = at.number("timeout", 20)
    http = HttpSystem(
        at.text("url"),
        headers={"Api-Token": at.text("token"), "Accept": "application/json"},
        limits=Limits(connect=min(5.0, seconds), read=seconds, total=3 * seconds, pace=pace),
        allow_hosts=at.texts("file_hosts"),
    )
    told = at.pairs("metadata") or {"patient_number": "patient_number"}
    return SendBirdConnector(
        Platform(http),
        system=at.text("system", "sendbird"),
        metadata={word: key for word, key in told.items() if word in _MATCHED},
        elsewhere=at.flag("elsewhere"),
        rules=_rules(at),
    )


def _rules(at: Entry) -> Rules:
    """What is erased has to be chosen: one of the options deletes what the practice said, too."""
    option = at.text("channel_delete_option", "")
    known = ", ".join(CHANNEL_OPTIONS)
    if at.flag("erase") and option not in CHANNEL_OPTIONS:
        raise BrokenRegister(
            f"{at.path}.channel_delete_option: erasing needs a choice of what becomes of the"
            f" person's channels; write one of {known}."
        )
    if option and not at.flag("erase"):
        raise BrokenRegister(
            f"{at.path}.channel_delete_option: this has no use without `erase: true`; add that, or"
            " leave it out."
        )
    return Rules(
        channel_delete_option=option,
        stop=frozenset(at.texts("stop")),
        poll=at.number("gdpr_poll", Rules.poll),
    )


class SendBirdConnector(SendBirdChanges):
    """Reads and changes one SendBird application."""

    place = "the SendBird dashboard"
    erase_words = "Remove the messages; deleting the user alone leaves them in the channels"
    restrict_words = "Deactivate the user without leaving the channels"

    def __init__(
        self,
        platform: Platform,
        *,
        system: str,
        metadata: Mapping[str, str],
        elsewhere: bool = False,
        rules: Rules | None = None,
    ) -> None:
        self._platform = platform
        self._rules = rules or Rules()
        self._system = system
        self._metadata = metadata
        self._find = {
            "profile": self._profile,
            "channels": self._channels,
            "messages": self._messages,
            "push": self._push,
        }
        if elsewhere:
            self._find["elsewhere"] = self._elsewhere
        self.datasets: Sequence[str] = tuple(self._find)

    def check(self) -> Health:
        """Ask for a user that cannot be: address and token are right when it is unknown."""
        try:
            self._platform.get("users", f"nobody-{secrets.token_hex(8)}")
        except NotThere:
            return Health(True, "SendBird answers." if "elsewhere" in self._find else _BY_HAND)
        except DsrError as wrong:
            return Health(False, str(wrong))
        return Health(False, "SendBird knows a user that cannot be; check its address.")

    def locate(self, subject: Subject) -> Located:
        """Find the user by a reference that is known, by metadata, or by nickname."""
        return judge(subject, [self._known(subject, user) for user in self._asked(subject)])

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page; nothing when the user is gone. SendBird keeps all these datasets."""
        if dataset not in self._find:
            known = ", ".join(self.datasets)
            raise NeedsPerson(f"SendBird has no dataset {dataset!r}; it has: {known}.")
        try:
            return self._find[dataset](subject_ref, after)
        except NotThere:
            return Page(items=())

    def _asked(self, subject: Subject) -> Iterator[type_of_json]:
        if ref := subject.known_refs.get(self._system):
            with suppress(NotThere):
                yield self._user(ref)
        patient = subject.patient_number.strip()
        key = self._metadata.get("patient_number")
        if patient and key and "," not in patient:
            yield from self._users(metadatakey=key, metadatavalues_in=patient)
        if name := subject.name.strip():
            yield from self._users(nickname=name)

    def _users(self, **wanted: str) -> Iterator[type_of_json]:
        return self._platform.each("users", "users", active_mode="all", **wanted)

    def _user(self, ref: str) -> type_of_json:
        user = self._platform.get("users", ref)
        if user.get("user_id") != ref:
            raise ForeignRecord("SendBird gave a user that was not asked for; stop here.")
        return user

    def _known(self, subject: Subject, user: type_of_json) -> Known:
        ref = text(user, "user_id")
        metadata = user.get("metadata")
        kept = metadata if isinstance(metadata, dict) else {}
        told = {word: str(kept.get(key) or "") for word, key in self._metadata.items()}
        return Known(
            subject_ref=ref,
            by_reference=subject.known_refs.get(self._system) == ref,
            name=str(user.get("nickname") or ""),
            patient_number=told.get("patient_number", ""),
            birth_date=told.get("birth_date", ""),
            email=told.get("email", ""),
            phone=told.get("phone", "") or str(user.get("phone_number") or ""),
            refs={self._system: ref},
        )

    def _profile(self, ref: str, after: str | None) -> Page:
        user = self._user(ref)
        item = Item(
            ref=ref,
            dataset="profile",
            kind="user",
            data=open_part(user, ref),
            dates=dates_of(user, {"recorded": "created_at"}),
            restricted=user.get("is_active") is False,
            author="subject",
            fleeting=FLEETING_OF_A_USER,
        )
        return Page(items=(item,))

    def _channels(self, ref: str, after: str | None) -> Page:
        """Without the last message: a channel may be less protected than what is said in it."""
        items = [
            Item(
                ref=text(channel, "channel_url"),
                dataset="channels",
                kind="group_channel",
                data={k: v for k, v in open_part(channel, ref).items() if k != "last_message"},
                dates=dates_of(channel, {"recorded": "created_at"}),
                restricted=channel.get("freeze") is True,
                author="staff",
                fleeting=FLEETING_OF_A_CHANNEL,
            )
            for channel in channels_of(self._platform, ref)
        ]
        return Page(items=tuple(items))

    def _messages(self, ref: str, after: str | None) -> Page:
        """A page of one channel; empty channels are passed on the way.

        The first page has the count that SendBird gives; the last one has it set right for
        messages that were taken back.
        """
        if after is None:
            urls = tuple(text(c, "channel_url") for c in channels_of(self._platform, ref))
            at = Walk(Place(urls), count(self._platform, urls))
        else:
            at = walk_of(after)
        found: list[type_of_json] = []
        while at.place.channels and not found:
            found, place = messages_from(self._platform, at.place)
            at = at.with_page(found, place)
        items = tuple(self._message(ref, "messages", message) for message in found)
        cursor = at.as_cursor()
        total = at.total if cursor is None else at.said if after is None else None
        return Page(items=items, next=cursor, total=total)

    def _elsewhere(self, ref: str, after: str | None) -> Page:
        """A page of what the person wrote outside their channels; it may be empty on the way."""
        self._user(ref)
        found, at = walk(self._platform, ref, trail_of(after) if after else Trail())
        items = tuple(self._message(ref, "elsewhere", message) for message in found)
        return Page(items=items, next=at.as_cursor() if at else None)

    def _message(self, ref: str, dataset: str, message: type_of_json) -> Item:
        """All messages of the person's channels are about them, whoever wrote them.

        Of any writer only who they are: what a user is like now stands in their profile, and would
        make a message another one each time it changes.
        """
        return Item(
            ref=f"{text(message, 'channel_url')}/{number(message, 'message_id')}",
            dataset=dataset,
            kind="message",
            data=open_part(message, ""),
            dates=dates_of(message, {"sent": "created_at", "last_change": "updated_at"}),
            files=tuple(self._files(message)),
            author=_author(ref, message),
            restricted=_is_of_inactive(ref, message),
            emptied=is_emptied(message),
        )

    def _files(self, message: type_of_json) -> Iterator[ItemFile]:
        """One file, or several: SendBird names their fields differently."""
        several = message.get("files")
        for file in several if isinstance(several, list) else [message.get("file")]:
            if not isinstance(file, dict) or not file.get("url"):
                continue
            size = file.get("size", file.get("file_size"))
            yield ItemFile(
                name=str(file.get("name") or file.get("file_name") or "bestand"),
                media_type=str(file.get("type") or file.get("file_type") or _ANY_FILE),
                open=FileAt(self._platform, text(file, "url")),
                size=size if isinstance(size, int) and size > 0 else None,
            )

    def _push(self, ref: str, after: str | None) -> Page:
        is_inactive = self._user(ref).get("is_active") is False
        items = [
            Item(
                ref=f"{kind}/{hashlib.sha256(token.encode()).hexdigest()[:16]}",
                dataset="push",
                kind="push_token",
                data={"type": kind, "token": token},
                author="system",
                restricted=is_inactive,
            )
            for kind in _PUSH
            for token in self._tokens(ref, kind)
        ]
        return Page(items=tuple(items))

    def _tokens(self, ref: str, kind: str) -> list[str]:
        """The device tokens of one kind; none when the application has no such push service."""
        try:
            body = self._platform.get("users", ref, "push", kind)
        except NotThere:
            return []
        found = body.get("tokens", body.get("token"))
        if not isinstance(found, list):
            raise BadAnswer("SendBird's answer lacks its push tokens; try again later.")
        return [str(one) for one in found]


def _is_of_inactive(ref: str, message: type_of_json) -> bool:
    """A restricted person's messages are those of a user who is deactivated."""
    user = message.get("user")
    is_mine = isinstance(user, dict) and user.get("user_id") == ref
    return is_mine and isinstance(user, dict) and user.get("is_active") is False


def _author(ref: str, message: type_of_json) -> str:
    writer = writer_of(message)
    return {"": "system", ref: "subject"}.get(writer, "staff")
