"""How a system gives the next page: not at all, by link, by cursor, by offset or by number."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from connectors.http import Answer
from connectors.rest_path import Path, path
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

KINDS = ("none", "next_link", "cursor", "offset", "page")
_KEYS = ("kind", "path", "param", "limit_param", "limit", "total", "first", "more")
_LINK = re.compile(r"<([^>]+)>\s*;[^,]*\brel\s*=\s*\"?next\"?", re.I)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a reading stands: the number of the page, what the system calls the place, how many
    items came, and short hashes of the pages seen.
    """

    number: int = 0
    at: str = field(default="", repr=False)
    came: int = 0
    seen: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | None) -> Place:
        """The place in a text of ours; the beginning when there is none."""
        if text is None:
            return cls()
        try:
            found = json.loads(text)
            return cls(**{**found, "seen": tuple(found["seen"])})
        except (ValueError, TypeError, KeyError):
            raise BadAnswer("The place in the list cannot be read; start this search again.") from (
                None
            )

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def after(self, refs: Iterable[str], at: str, *, detect_repeat: bool) -> Place:
        """The place after a page; `BadAnswer` when that page was there before."""
        listed = sorted(refs)
        mark = hashlib.sha256("\n".join(listed).encode()).hexdigest()[:12]
        if detect_repeat and listed and mark in self.seen:
            raise BadAnswer("The system sends the same page again and again; try again later.")
        return Place(
            number=self.number + 1,
            at=at,
            came=self.came + len(listed),
            seen=(*self.seen, *([mark] if listed and detect_repeat else [])),
        )


@dataclass(frozen=True, kw_only=True)
class Paging:
    """The way of one system. `limit` is the page size; 0 leaves it to the system."""

    kind: str
    where: Path
    param: str
    limit_param: str
    limit: int
    total: Path
    first: int
    more: Path

    def values(self, place: Place) -> dict[str, str]:
        """What a template may name: {offset}, {page}, {cursor} and {limit}."""
        return {
            "offset": str(place.came if self.kind == "offset" else 0),
            "page": str(self.first + place.number),
            "cursor": place.at,
            "limit": str(self.limit or 100),
        }

    def query(self, place: Place) -> dict[str, str]:
        """What is added to the address for this page."""
        asked = {}
        names = {"offset": "offset", "page": "page", "cursor": "cursor"}
        if self.param and (self.kind != "cursor" or place.at):
            asked[self.param] = self.values(place)[names[self.kind]]
        if self.limit_param:
            asked[self.limit_param] = self.values(place)["limit"]
        return asked

    def following(self, place: Place, answer: Answer, body: object, count: int) -> str | None:
        """What the system calls the next page, None at the end."""
        if self.kind == "next_link":
            return self._link(answer, body)
        if self.kind == "cursor":
            return self.where.text_of(body) or None
        if self.kind == "none" or not count or not self._has_more(place, body, count):
            return None
        return "more"

    def total_of(self, body: object) -> int | None:
        """How many there are, where the system says it."""
        found = self.total.of(body)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def _link(self, answer: Answer, body: object) -> str | None:
        if self.where.text:
            return self.where.text_of(body) or None
        found = _LINK.search(answer.headers.get("link", ""))
        return found[1] if found else None

    def _has_more(self, place: Place, body: object, count: int) -> bool:
        if self.more.text:
            return bool(self.more.of(body))
        total = self.total_of(body)
        if total is not None:
            return place.came + count < total
        return count >= self.limit


def paging(read: Entry | None) -> Paging:
    """The paging in a block of settings; none when there is no block."""
    read = read or Entry({"kind": "none"})
    read.only(*_KEYS)
    kind = read.text("kind")
    if kind not in KINDS:
        raise BrokenRegister(f"{read.path}.kind: write one of {', '.join(KINDS)}.")
    made = Paging(
        kind=kind,
        where=path(read, "path", ""),
        param=read.text("param", ""),
        limit_param=read.text("limit_param", ""),
        limit=int(read.number("limit", 1)) if "limit" in read.values else 0,
        total=path(read, "total", ""),
        first=_whole_number(read, "first", 1),
        more=path(read, "more", ""),
    )
    _refuse_endless(made, read.path)
    return made


def _whole_number(read: Entry, key: str, default: int) -> int:
    value = read.values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BrokenRegister(f"{read.path}.{key}: write 0 or a whole number above it here.")
    return value


def _refuse_endless(made: Paging, where: str) -> None:
    """Without a page size, a total or a sign of more nobody can tell where the list ends."""
    counted = made.limit or made.total.text or made.more.text
    if made.kind in ("offset", "page") and not counted:
        raise BrokenRegister(f"{where}: write `limit`, `total` or `more`, so that the end is seen.")
    if made.kind == "cursor" and not made.where.text:
        raise BrokenRegister(f"{where}.path: write where the answer holds the cursor.")


def refuse_too_long(place: Place, max_pages: int) -> None:
    """`NeedsPerson` past the most pages that the register allows."""
    if place.number >= max_pages:
        raise NeedsPerson(
            f"There are more than {max_pages} pages; raise `limits.max_pages` of this system in"
            " the register, or make this copy by hand."
        )
