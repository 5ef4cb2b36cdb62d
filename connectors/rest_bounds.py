"""How much, how long and how often: `limits`, `retry` and `timeout` of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.http import Limits, type_of_pause
from connectors.rest_pauses import pauses
from dsr.core.reading import Entry


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """`remaining` is the header that counts down the calls we may still make; empty for none."""

    limits: Limits
    pauses: type_of_pause | None
    remaining: str
    max_pages: int
    max_items: int
    detect_repeat: bool


def below(read: Entry, key: str) -> Entry | None:
    """The settings below a key that may be missing."""
    return read.at(key) if key in read.values else None


def bounds_of(read: Entry) -> Bounds:
    """The three blocks, each of which may be missing."""
    limits = below(read, "limits") or Entry({}, "settings.limits")
    limits.only(
        "max_pages", "max_items", "detect_repeat", "max_bytes", "max_file_bytes", "pauses",
        "remaining",
    )  # fmt: skip
    return Bounds(
        limits=_limits(limits, read),
        pauses=pauses(limits.rows("pauses")),
        remaining=limits.text("remaining", ""),
        max_pages=int(limits.number("max_pages", 1000)),
        max_items=int(limits.number("max_items", 1_000_000)),
        detect_repeat="detect_repeat" not in limits.values or limits.flag("detect_repeat"),
    )


def _limits(limits: Entry, read: Entry) -> Limits:
    usual = Limits()
    timeout = below(read, "timeout") or Entry({}, "settings.timeout")
    timeout.only("connect", "read", "total")
    retry = below(read, "retry") or Entry({}, "settings.retry")
    retry.only("attempts", "longest_pause")
    return Limits(
        connect=timeout.number("connect", usual.connect),
        read=timeout.number("read", usual.read),
        total=timeout.number("total", usual.total),
        max_bytes=int(limits.number("max_bytes", usual.max_bytes)),
        max_file_bytes=int(limits.number("max_file_bytes", usual.max_file_bytes)),
        tries=max(1, int(retry.number("attempts", usual.tries))),
        longest_pause=retry.number("longest_pause", usual.longest_pause),
    )
