"""What a SendBird application can change: the profile, messages, channels, push tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from connectors.batch import within_cap
from connectors.changes import ChangesByHand
from connectors.old_values import steps_of, still_to_change, value_at
from connectors.sendbird_calls import NotThere, Platform, number, text, type_of_json
from connectors.sendbird_erase import erase_channels, erase_messages, erase_tokens
from connectors.sendbird_gdpr import check_nothing_under_way, erase_user
from connectors.sendbird_held import look
from connectors.sendbird_messages import GROUP, channels_of, writer_of
from connectors.sendbird_paused import MARK, pause, unpause
from dsr.core.connector import Change, Due, Item, NotKept, NotOffered, Page, Place, Purged
from dsr.core.errors import NeedsPerson, TryAgain, ValueRefused
from dsr.core.receipts import Receipt, Retained, by_hand

#: what becomes of a person's channels when they are erased; nothing is chosen for the register
CHANNEL_OPTIONS = ("do_not_delete", "1_on_1", "all")
_TALKS = frozenset({"messages", "elsewhere"})
_LONGEST = {"nickname": 80, "profile_url": 2048}
_LONGEST_KEY, _LONGEST_VALUE, _MOST_KEYS = 128, 190, 5
_OF_OTHERS = "SendBird cannot mark a message of somebody else."
_STILL_PAUSED = "This restriction ended; the user stays deactivated for another reason."
_USED_BY_OTHERS = "Others use this channel too; freezing it would stop them."


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Choices of the register. Without a `channel_delete_option` erasing is for a person; `stop`
    are the purposes that deactivating stops; `poll` seconds lie between two looks at a GDPR
    request.
    """

    channel_delete_option: str = ""
    stop: frozenset[str] = frozenset()
    poll: float = 60.0


class SendBirdChanges(ChangesByHand, ABC):
    """The changing verbs of one application."""

    place = "the SendBird dashboard"
    erase_words = "Remove the messages; deleting the user alone leaves them in the channels"
    restrict_words = "Deactivate the user without leaving the channels"
    datasets: Sequence[str]
    _platform: Platform
    _rules: Rules

    @abstractmethod
    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of a dataset."""

    @abstractmethod
    def _user(self, ref: str) -> type_of_json: ...

    @abstractmethod
    def _message(self, ref: str, dataset: str, message: type_of_json) -> Item: ...

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """The items that are there now; a message that was taken back as long as it is listed."""
        user, wanted = place.subject_ref, set(refs)
        if not wanted:
            return {}
        if place.dataset in _TALKS & set(self.datasets):
            found = look(self._platform, user, refs)
            return {r: self._message(user, place.dataset, one.record) for r, one in found.items()}
        page = self.find(user, place.dataset, None)
        items = page.items if isinstance(page, Page) else ()
        if place.dataset == "profile" and not items:
            check_nothing_under_way(self._platform, user, self._rules.poll)
        return {item.ref: item for item in items if item.ref in wanted}

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """Correct the profile: nickname, picture, metadata. What was said stays as it was said."""
        if place.dataset != "profile":
            raise ValueRefused(
                "SendBird takes corrections of a profile only; add a statement to the rest."
            )
        item = self.again(place, [ref]).get(ref)
        if item is None:
            return Receipt(gone=(ref,))
        for change in changes:
            _check(change)
        left = still_to_change(item.data, changes)
        _check_room(item, left)
        try:
            self._write(ref, left)
            now = self.again(place, [ref]).get(ref)
        except NotThere:
            now = None
        if now is None:
            return Receipt(gone=(ref,))
        if any(value_at(now.data, steps_of(c.path)) != c.new for c in left):
            raise TryAgain("SendBird does not show the correction yet; look again later.")
        return Receipt(done=(ref,), evidence={"fields": [_field(change) for change in left]})

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        """A message in a channel is not ours to send, and nothing else holds a statement."""
        return by_hand(
            "SendBird has no place for a statement that is not sent to people. Keep it with this"
            " request, and show it to whoever uses this conversation. Write down date and outcome"
            f" under operation {operation}."
        )

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """Erase items; by hand unless the register says what becomes of channels."""
        once, user, rules = within_cap(refs), place.subject_ref, self._rules
        if not rules.channel_delete_option:
            return super().erase(place, once, operation)
        option = rules.channel_delete_option
        erasers: Mapping[str, Callable[[], Receipt]] = {
            "profile": lambda: self._erase_profile(user, once),
            "channels": lambda: erase_channels(self._platform, user, once, option),
            "messages": lambda: erase_messages(self._platform, user, once, option),
            "elsewhere": lambda: erase_messages(self._platform, user, once, "do_not_delete"),
            "push": lambda: self._erase_tokens(place, once),
        }
        self._check_known(place.dataset)
        return erasers[place.dataset]() if once else Receipt()

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        """Freeze channels; for everything else deactivate the user, who stays in all channels."""
        once = within_cap(refs)
        self._check_known(place.dataset)
        if not once:
            return Receipt()
        if place.dataset == "channels":
            return self._freeze(place.subject_ref, once, frozen=not lift)
        try:
            user = self._user(place.subject_ref)
        except NotThere:
            return Receipt(gone=once)
        there, others = self._about(place, once)
        kept = dict.fromkeys(others, _OF_OTHERS)
        reasons = frozenset({f"restriction:{place.dataset}"})
        if there and not self._pause(user, reasons, end=lift):
            kept |= dict.fromkeys(there, _STILL_PAUSED)
        return Receipt(
            done=tuple(ref for ref in once if ref in there and ref not in kept),
            gone=tuple(ref for ref in once if ref not in there and ref not in kept),
            retained=tuple(Retained(ref, kept[ref]) for ref in once if ref in kept),
        )

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        """Deactivate for the purposes that the setting `stop` lists; the rest is for a person."""
        ours = tuple(one for one in purposes if one in self._rules.stop)
        if not ours:
            return super().stop_using(subject_ref, purposes, operation, resume=resume)
        try:
            user = self._user(subject_ref)
        except NotThere:
            return Receipt(gone=tuple(purposes))
        self._pause(user, frozenset(f"stop:{one}" for one in ours), end=resume)
        words = "Deactivating in SendBird does not stop this purpose; do it by hand."
        others = (one for one in purposes if one not in ours)
        return Receipt(done=ours, retained=tuple(Retained(one, words) for one in others))

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        """Messages expire by a channel's own term, which is the same for everybody in it."""
        return NotOffered("SendBird has no hold: message_survival_seconds goes on for everybody.")

    def purge(
        self, due: Due, limit: int, operation: str, *, dry_run: bool = False
    ) -> Purged | NotOffered:
        """Only SendBird itself erases by date."""
        return NotOffered("SendBird cannot be asked to erase by date; its own retention does.")

    def _check_known(self, dataset: str) -> None:
        if dataset not in self.datasets:
            raise NeedsPerson(f"SendBird has no dataset {dataset!r}.")

    def _erase_profile(self, user: str, refs: tuple[str, ...]) -> Receipt:
        others = tuple(ref for ref in refs if ref != user)
        if user not in refs:
            return Receipt(gone=others)
        rules = self._rules
        told = erase_user(self._platform, user, rules.channel_delete_option, rules.poll)
        return replace(told, gone=(*told.gone, *others))

    def _erase_tokens(self, place: Place, refs: tuple[str, ...]) -> Receipt:
        there = self.again(place, refs)
        done = erase_tokens(self._platform, place.subject_ref, tuple(there.values()))
        return Receipt(done=done, gone=tuple(ref for ref in refs if ref not in done))

    def _about(self, place: Place, refs: tuple[str, ...]) -> tuple[set[str], set[str]]:
        """Which of the items are there: the person's own, and those of others."""
        if place.dataset not in _TALKS:
            return set(self.again(place, refs)), set()
        found = look(self._platform, place.subject_ref, refs)
        own = {ref for ref, one in found.items() if writer_of(one.record) == place.subject_ref}
        return own, found.keys() - own

    def _pause(self, user: type_of_json, reasons: frozenset[str], *, end: bool) -> bool:
        """Whether the user is now as this reason wants it."""
        if end:
            return unpause(self._platform, user, reasons)
        pause(self._platform, user, reasons)
        return True

    def _freeze(self, user: str, refs: tuple[str, ...], *, frozen: bool) -> Receipt:
        try:
            mine = {text(one, "channel_url"): one for one in channels_of(self._platform, user)}
        except NotThere:
            mine = {}
        small = {url for url, one in mine.items() if number(one, "member_count") <= 2}
        done = tuple(ref for ref in refs if ref in small)
        for url in done:
            self._platform.change("PUT", GROUP, url, "freeze", body={"freeze": frozen})
        kept = (ref for ref in refs if ref in mine and ref not in small)
        return Receipt(
            done=done,
            gone=tuple(ref for ref in refs if ref not in mine),
            retained=tuple(Retained(ref, _USED_BY_OTHERS) for ref in kept),
        )

    def _write(self, user: str, changes: Sequence[Change]) -> None:
        fields = {_field(c): c.new for c in changes if _field(c) in _LONGEST}
        keys = {_field(c): c.new for c in changes if _field(c) not in _LONGEST}
        told = {key: value for key, value in keys.items() if value is not None}
        if fields:
            self._platform.change("PUT", "users", user, body=fields)
        if told:
            body = {"metadata": told, "upsert": True}
            self._platform.change("PUT", "users", user, "metadata", body=body)
        for key in keys.keys() - told.keys():
            self._platform.change("DELETE", "users", user, "metadata", key)


def _field(change: Change) -> str:
    return steps_of(change.path)[-1]


def _check(change: Change) -> None:
    """A nickname or picture is emptied, not taken away; a key of metadata is taken away."""
    steps = steps_of(change.path)
    if len(steps) == 1 and steps[0] in _LONGEST:
        return _check_text(steps[0], change.new, _LONGEST[steps[0]])
    if len(steps) == 2 and steps[0] == "metadata":
        _check_key(steps[1])
        return None if change.new is None else _check_text("metadata", change.new, _LONGEST_VALUE)
    raise ValueRefused(
        "SendBird takes corrections of /nickname, /profile_url and /metadata/... of a profile only."
    )


def _check_text(name: str, value: object, longest: int) -> None:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueRefused(f"{name} takes a text of at most {longest} characters.")
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise ValueRefused(f"{name} takes no control characters.")
    if name == "profile_url" and value and not value.startswith(("https://", "http://")):
        raise ValueRefused("profile_url takes an address that begins with https://.")


def _check_key(key: str) -> None:
    if key == MARK or not 0 < len(key) <= _LONGEST_KEY or "," in key:
        raise ValueRefused(
            f"A metadata key has 1 to {_LONGEST_KEY} characters, no comma, and is not {MARK}."
        )


def _check_room(item: Item, changes: Sequence[Change]) -> None:
    metadata = cast(Mapping[str, object], item.data.get("metadata") or {})
    told = {_field(c): c.new for c in changes if steps_of(c.path)[0] == "metadata"}
    now = {key for key, value in {**metadata, **told}.items() if value is not None}
    if told and len(now) > _MOST_KEYS:
        raise ValueRefused(f"A profile holds at most {_MOST_KEYS} keys of metadata.")
