"""Looking up single messages by their references, in the channels where they were said.

A few are asked for one by one; many are looked for in a walk through their channel, when that is
fewer calls. Either way what was taken back shows too: SendBird may still hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.sendbird_calls import NotThere, Platform, number, text, type_of_json
from connectors.sendbird_messages import (
    GROUP,
    OPEN,
    PAGE,
    Place,
    channels_of,
    has_written,
    messages_from,
    one_message,
)
from dsr.core.errors import ForeignRecord

#: so few messages of one channel are asked for without counting first
_FEW = 2


@dataclass(frozen=True)
class Held:
    """A message that SendBird holds: in which kind of channel, which, and what it is."""

    kind: str
    channel: str = field(repr=False)
    record: type_of_json = field(repr=False)

    @property
    def address(self) -> tuple[str, ...]:
        """Where it is below /v3."""
        return (self.kind, self.channel, "messages", str(number(self.record, "message_id")))


def look(platform: Platform, user: str, refs: Iterable[str]) -> dict[str, Held]:
    """The messages of these references that are there, by reference.

    `ForeignRecord` for one of a channel where this person neither is nor ever wrote. When the user
    is gone SendBird cannot tell any more; then what is there comes along.
    """
    mine = _own_channels(platform, user)
    found: dict[str, Held] = {}
    for channel, wanted in _by_channel(refs).items():
        here = _in_channel(platform, channel, wanted)
        kind = next((one.kind for one in here.values()), "")
        is_known = mine is None or channel in mine
        if kind and not is_known and not has_written(platform, kind, channel, user):
            raise ForeignRecord("This message is of a channel without this person; stop here.")
        found |= here
    return found


def _own_channels(platform: Platform, user: str) -> set[str] | None:
    try:
        return {text(one, "channel_url") for one in channels_of(platform, user)}
    except NotThere:
        return None


def _by_channel(refs: Iterable[str]) -> dict[str, dict[int, str]]:
    """The references by channel and message id; what has not their form is no message."""
    parted: dict[str, dict[int, str]] = {}
    for ref in refs:
        channel, _, told = ref.rpartition("/")
        if channel and told.isascii() and told.isdigit():
            parted.setdefault(channel, {})[int(told)] = ref
    return parted


def _in_channel(platform: Platform, channel: str, wanted: Mapping[int, str]) -> dict[str, Held]:
    for kind in (GROUP, OPEN):
        try:
            platform.get(kind, channel)
            return _records(platform, kind, channel, wanted)
        except NotThere:
            continue
    return {}


def _records(
    platform: Platform, kind: str, channel: str, wanted: Mapping[int, str]
) -> dict[str, Held]:
    if len(wanted) <= _pages(platform, kind, channel, len(wanted)):
        singly = (one_message(platform, kind, channel, one) for one in wanted)
        records = [record for record in singly if record is not None]
    else:
        records = _walked(platform, kind, channel, wanted)
    return {wanted[number(r, "message_id")]: Held(kind, channel, r) for r in records}


def _pages(platform: Platform, kind: str, channel: str, wanted: int) -> int:
    """How many pages a walk takes; not counted for a few, or when SendBird does not count."""
    if wanted <= _FEW:
        return _FEW
    try:
        told = platform.get(kind, channel, "messages", "total_count")
    except NotThere:
        return 0
    return number(told, "total") // PAGE + 1


def _walked(
    platform: Platform, kind: str, channel: str, wanted: Mapping[int, str]
) -> list[type_of_json]:
    found: dict[int, type_of_json] = {}
    place = Place((channel,), kind=kind)
    while place.channels and len(found) < len(wanted):
        page, place = messages_from(platform, place)
        by_id = {number(one, "message_id"): one for one in page}
        found |= {key: one for key, one in by_id.items() if key in wanted}
    return list(found.values())
