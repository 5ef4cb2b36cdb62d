"""Erasing messages, channels and push tokens in SendBird, one call for each.

SendBird documents no call that deletes all messages of a sender: a GDPR request deletes the user
and by choice channels, and resetting a chat's history only hides it. So each goes by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sendbird_calls import NotThere, Platform, number, text, type_of_json
from connectors.sendbird_held import Held, look
from connectors.sendbird_messages import GROUP, channels_of, writer_of
from connectors.sendbird_shown import is_emptied
from dsr.core.connector import Item
from dsr.core.errors import ForeignRecord, TryAgain
from dsr.core.receipts import Receipt, Retained

_OF_OTHERS = "It was written by somebody else."
_NOTICE = "It is a notice of the application; nobody wrote it."
_UNKNOWN = "SendBird does not say any more who wrote it, as the user is gone; look at it by hand."
_KEPT_BACK = "SendBird has removed it from the channel, and still keeps what it said: ask SendBird."
_STAYS = "The register keeps channels for the practice (channel_delete_option: do_not_delete)."
_NOT_OF_TWO = "Others use this channel too (channel_delete_option: 1_on_1)."
_NOBODYS = "SendBird does not say any more who was in it, as the user is gone; look at it by hand."


def erase_messages(platform: Platform, user: str, refs: Sequence[str], option: str) -> Receipt:
    """Delete the person's own messages with their files, then look whether they are gone.

    Messages of others stay, unless their channel goes as a whole by the register's option: what
    was said to the person is about the person. Repeated after a fault it goes on with what is left.
    """
    found, going = look(platform, user, refs), _going(platform, user, option)
    own = {
        ref: held
        for ref, held in found.items()
        if writer_of(held.record) == user or ref.rpartition("/")[0] in going
    }
    full = {ref: held for ref, held in own.items() if not is_emptied(held.record)}
    deleted = [ref for ref, held in full.items() if _delete(platform, held)]
    left = look(platform, user, full) if full else {}
    _check_left(left, len(full))
    emptied = {*(own.keys() - full.keys()), *(r for r in left if is_emptied(left[r].record))}
    kept = {ref: _reason(held) for ref, held in found.items() if ref not in own}
    kept |= dict.fromkeys((ref for ref in left if ref not in emptied), _KEPT_BACK)
    done = {ref for ref in deleted if ref not in left}
    return Receipt(
        done=tuple(ref for ref in refs if ref in done),
        gone=tuple(ref for ref in refs if ref not in {*done, *emptied, *kept}),
        emptied=tuple(ref for ref in refs if ref in emptied),
        retained=tuple(Retained(ref, kept[ref]) for ref in refs if ref in kept),
        evidence={"deleted": len(deleted), "of_others": len(found) - len(own)},
    )


def _going(platform: Platform, user: str, option: str) -> frozenset[str]:
    """The channels that go as a whole."""
    if option == "do_not_delete":
        return frozenset()
    try:
        mine = channels_of(platform, user)
    except NotThere:
        return frozenset()
    return frozenset(text(one, "channel_url") for one in mine if not _why_kept(one, option))


def erase_channels(platform: Platform, user: str, refs: Sequence[str], option: str) -> Receipt:
    """Delete channels as far as the register's option goes; with them goes what others said."""
    try:
        mine = {text(one, "channel_url"): one for one in channels_of(platform, user)}
    except NotThere:
        return _without_user(platform, refs)
    for ref in refs:
        if ref not in mine and _is_there(platform, ref):
            raise ForeignRecord("A channel without this person was to be deleted; nothing was.")
    kept = {ref: why for ref in refs if ref in mine and (why := _why_kept(mine[ref], option))}
    wanted = [ref for ref in refs if ref in mine and ref not in kept]
    done = {ref for ref in wanted if _did(platform, (GROUP, ref), {})}
    return Receipt(
        done=tuple(ref for ref in refs if ref in done),
        gone=tuple(ref for ref in refs if ref not in done and ref not in kept),
        retained=tuple(Retained(ref, why) for ref, why in kept.items()),
        evidence={"channel_delete_option": option},
    )


def erase_tokens(platform: Platform, user: str, items: Sequence[Item]) -> tuple[str, ...]:
    """Remove these device tokens; the references of those that were there."""
    return tuple(
        item.ref
        for item in items
        if _did(
            platform, ("users", user, "push", str(item.data["type"]), str(item.data["token"])), {}
        )
    )


def _delete(platform: Platform, held: Held) -> bool:
    """By default SendBird leaves the files of a message where they are."""
    return _did(platform, held.address, {"delete_files": "true"})


def _did(platform: Platform, path: tuple[str, ...], params: dict[str, str]) -> bool:
    """Whether there was something to delete."""
    try:
        platform.change("DELETE", *path, params=params or None)
    except NotThere:
        return False
    return True


def _check_left(left: dict[str, Held], asked: int) -> None:
    shown = sum(held.record.get("is_removed") is not True for held in left.values())
    if shown:
        raise TryAgain(
            f"SendBird still shows {shown} of {asked} messages that it said it deleted; look later."
        )


def _reason(held: Held) -> str:
    if held.record.get("type") == "ADMM":
        return _NOTICE
    return _OF_OTHERS if writer_of(held.record) else _UNKNOWN


def _why_kept(channel: type_of_json, option: str) -> str:
    if option == "do_not_delete":
        return _STAYS
    is_of_two = number(channel, "member_count") <= 2
    return "" if option == "all" or is_of_two else _NOT_OF_TWO


def _without_user(platform: Platform, refs: Sequence[str]) -> Receipt:
    there = [ref for ref in refs if _is_there(platform, ref)]
    return Receipt(
        gone=tuple(ref for ref in refs if ref not in there),
        retained=tuple(Retained(ref, _NOBODYS) for ref in there),
    )


def _is_there(platform: Platform, channel: str) -> bool:
    try:
        platform.get(GROUP, channel)
    except NotThere:
        return False
    return True
