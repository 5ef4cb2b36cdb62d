"""How a system gives the next page: by link, cursor, offset, number, or the last thing shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.http import Answer
from connectors.rest_path import Path, path
from connectors.rest_place import Place
from dsr.core.errors import BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

KINDS = ("none", "next_link", "cursor", "offset", "page", "anchor")
_KEYS = (
    "kind", "path", "header", "param", "limit_param", "limit", "total", "total_header", "first",
    "more", "pages", "same_host", "overlaps", "whole",
)  # fmt: skip
#: how systems say that there is more
_SIGNS = tuple(
    Path(text)
    for text in (
        '"@odata.nextLink"', "nextRecordsUrl", "_links.next", "links.next", "paging.next",
        "next_page_token", "nextPageToken", "has_more", "hasMore",
    )
)  # fmt: skip
_LINK = re.compile(r"<([^>]+)>\s*;[^,]*\brel\s*=\s*\"?next\"?", re.I)
#: the number in `X-Total-Count: 12`, `Content-Range: items 0-9/12`
_LAST_NUMBER = re.compile(r"(\d+)\s*\Z")


@dataclass(frozen=True)
class Shown:
    """A page as it came; `fresh` of its things were not on the page before."""

    place: Place
    answer: Answer
    body: object
    fresh: int


@dataclass(frozen=True, kw_only=True)
class Paging:
    """The way of one system. `limit` is the page size; 0 leaves it to the system."""

    kind: str
    where: Path
    header: str
    param: str
    limit_param: str
    limit: int
    total: Path
    total_header: str
    first: int
    more: Path
    pages: Path
    same_host: bool
    overlaps: bool
    whole: bool

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
        names = {"offset": "offset", "page": "page", "cursor": "cursor", "anchor": "cursor"}
        if self.param and (place.at or names[self.kind] != "cursor"):
            asked[self.param] = self.values(place)[names[self.kind]]
        if self.limit_param:
            asked[self.limit_param] = self.values(place)["limit"]
        return asked

    def following(self, shown: Shown, things: Sequence[Mapping[str, object]]) -> str | None:
        """What the system calls the page after these things, None at the end."""
        if self.kind == "none":
            return None
        if self.kind in ("next_link", "cursor"):
            over = self.more.text and not self.more.of(shown.body)
            return None if over else self._told(shown.answer, shown.body)
        if not things or not self._has_more(shown, len(things)):
            return None
        return self._anchor(things[-1]) if self.kind == "anchor" else "more"

    def total_of(self, answer: Answer, body: object) -> int | None:
        """How many there are, where the system says it."""
        if self.total_header:
            found = _LAST_NUMBER.search(answer.headers.get(self.total_header, ""))
            return int(found[1]) if found else None
        number = self.total.of(body)
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    def _told(self, answer: Answer, body: object) -> str | None:
        """The link or cursor that the answer names."""
        if self.where.text:
            return self.where.text_of(body) or None
        if self.header and self.header.lower() != "link":
            return answer.headers.get(self.header, "").strip() or None
        found = _LINK.search(answer.headers.get("link", ""))
        return found[1] if found else None

    def _anchor(self, last: Mapping[str, object]) -> str:
        found = self.where.text_of(last)
        if not found:
            raise NeedsPerson(
                "paging.path finds nothing in the last thing of a page; correct it in the register."
            )
        return found

    def _has_more(self, shown: Shown, count: int) -> bool:
        if self.more.text:
            return bool(self.more.of(shown.body))
        pages = self.pages.of(shown.body)
        if isinstance(pages, int):
            return shown.place.number + 1 < pages
        total = self.total_of(shown.answer, shown.body)
        if total is not None:
            return shown.place.came + shown.fresh < total
        return self._was_full(shown.place, count)

    def _was_full(self, place: Place, count: int) -> bool:
        """Whether a page was as long as pages are here: many systems give fewer than was asked for,
        so a short first page proves nothing.
        """
        return not place.size or count >= min(self.limit, place.size)

    def past_the_end(self, place: Place) -> bool:
        """Whether "not found" may mean here that the page before was the last."""
        only_limit = not (self.total.text or self.total_header or self.more.text or self.pages.text)
        return bool(place.number and self.limit and only_limit)

    def says_more(self, shown: Shown) -> bool:
        """Whether an answer that we take for the last speaks of more in one of the usual ways."""
        if self.whole or self.more.text:
            return False
        told = _LINK.search(shown.answer.headers.get("link", ""))
        return bool(told) or any(bool(sign.of(shown.body)) for sign in _SIGNS)


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
        header=read.text("header", ""),
        param=read.text("param", ""),
        limit_param=read.text("limit_param", ""),
        limit=int(read.number("limit", 1)) if "limit" in read.values else 0,
        total=path(read, "total", ""),
        total_header=read.text("total_header", ""),
        first=_whole_number(read, "first", 1),
        more=path(read, "more", ""),
        pages=path(read, "pages", ""),
        same_host=read.flag("same_host"),
        overlaps=read.flag("overlaps"),
        whole=read.flag("whole"),
    )
    _refuse_unfit(made, read.path)
    return made


def _whole_number(read: Entry, key: str, default: int) -> int:
    value = read.values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BrokenRegister(f"{read.path}.{key}: write 0 or a whole number above it here.")
    return value


def _refuse_unfit(made: Paging, where: str) -> None:
    """Without a page size, a total or a sign of more nobody can tell where the list ends."""
    ends = made.limit or made.total.text or made.total_header or made.more.text or made.pages.text
    if made.kind in ("offset", "page", "anchor") and not ends:
        raise BrokenRegister(
            f"{where}: write `limit`, `total`, `total_header`, `pages` or `more`, so that the end"
            " is seen."
        )
    if made.kind == "cursor" and not (made.where.text or made.header):
        raise BrokenRegister(f"{where}.path: write where the answer holds the cursor.")
    if made.kind == "anchor" and not made.where.text:
        raise BrokenRegister(f"{where}.path: write what of the last thing is sent (its id).")
    if made.param and made.kind in ("none", "next_link"):
        raise BrokenRegister(f"{where}.param: paging by {made.kind} sends none; remove it.")


def refuse_too_long(place: Place, max_pages: int, max_items: int) -> None:
    """`NeedsPerson` past the most pages or items that the register allows."""
    if place.number >= max_pages or place.came >= max_items:
        raise NeedsPerson(
            f"There are more than {max_pages} pages or {max_items} items; raise `limits.max_pages`"
            " or `limits.max_items` of this system in the register, or make this copy by hand."
        )
