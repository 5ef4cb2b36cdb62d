"""Deactivating a user for a while, and remembering why, so that ending one reason ends only that.

A restriction and a withdrawn consent both rest on the same switch. The reasons stand in the user's
metadata; the switch goes back when the last one ends. Who was inactive before stays so.
"""

from __future__ import annotations

from connectors.sendbird_calls import NotThere, Platform, text, type_of_json

#: the metadata key of the reasons, and the reason that is not ours
MARK, BEFORE = "dsr_paused", "before"


def pause(platform: Platform, user: type_of_json, reasons: frozenset[str]) -> None:
    """Deactivate for these reasons; the mark is written first, so that a crash leaves no riddle.

    Without `leave_all_when_deactivated: false` the person would leave all channels for good.
    """
    was = _reasons(user)
    is_active = user.get("is_active") is not False
    now = was | reasons | (frozenset() if is_active or was else {BEFORE})
    if now != was:
        _write(platform, user, now)
    if is_active:
        body = {"is_active": False, "leave_all_when_deactivated": False}
        platform.change("PUT", "users", text(user, "user_id"), body=body)


def unpause(platform: Platform, user: type_of_json, reasons: frozenset[str]) -> bool:
    """End these reasons; False when the user stays deactivated for another one."""
    was = _reasons(user)
    left = was - reasons
    if not was:
        return user.get("is_active") is not False
    if left - {BEFORE}:
        _write(platform, user, left)
        return False
    if not left:
        platform.change("PUT", "users", text(user, "user_id"), body={"is_active": True})
    _unmark(platform, text(user, "user_id"))
    return not left


def _reasons(user: type_of_json) -> frozenset[str]:
    metadata = user.get("metadata")
    told = metadata.get(MARK) if isinstance(metadata, dict) else None
    return frozenset(part for part in str(told or "").split(",") if part)


def _write(platform: Platform, user: type_of_json, reasons: frozenset[str]) -> None:
    body = {"metadata": {MARK: ",".join(sorted(reasons))}, "upsert": True}
    platform.change("PUT", "users", text(user, "user_id"), "metadata", body=body)


def _unmark(platform: Platform, user: str) -> None:
    try:
        platform.change("DELETE", "users", user, "metadata", MARK)
    except NotThere:
        return
