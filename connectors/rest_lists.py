"""A list that a system answers page by page, and reading one page of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urljoin, urlsplit

from connectors.cursor import mark
from connectors.http import Answer, Call
from connectors.rest_outcomes import MISSING, Meaning
from connectors.rest_paging import Paging, Shown, paging, refuse_too_long
from connectors.rest_path import Path, path
from connectors.rest_place import Place
from connectors.rest_template import Template, template
from dsr.core.errors import BadAnswer, NeedsPerson
from dsr.core.reading import Entry

type_of_thing = dict[str, object]
#: a call in; its meaning, the answer and its body out
type_of_asking = Callable[[Call], tuple[Meaning, Answer, object]]

_VALUES = ("subject_ref", "limit", "offset", "page", "cursor")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A request that answers a list. `place` names it in the register."""

    place: str
    request: Template
    items: Path
    ref: Path
    paging: Paging

    def things(self, body: object) -> list[type_of_thing]:
        """The things in an answer; `NeedsPerson` when the mapping finds no list of objects."""
        found = self.items.of(body)
        if not isinstance(found, list):
            raise NeedsPerson(
                f"{self.place}.items finds no list in the system's answer; correct it in the"
                " register, then search again."
            )
        if not all(isinstance(one, dict) for one in found):
            raise BadAnswer("The system's list holds things that are no records; try again later.")
        return cast(list[type_of_thing], found)

    def call(self, values: Mapping[str, str], place: Place, base_url: str) -> Call:
        """The call for the page at a place."""
        if self.paging.kind == "next_link" and place.at:
            link = urljoin(base_url, place.at)
            return Call(path=link, headers=self.request.headers, reads_only=True)
        known = {**values, **self.paging.values(place)}
        return self.request.call(known, self.paging.query(place), {})


def listing(read: Entry, usual_paging: Entry | None, also: tuple[str, ...] = ()) -> Listing:
    """The list in a block of settings; `also` are values its request may name besides its own."""
    return Listing(
        place=read.path.removeprefix("settings."),
        request=template(read.at("request"), (*_VALUES, *also)),
        items=path(read, "items"),
        ref=path(read, "ref"),
        paging=paging(read.at("paging") if "paging" in read.values else usual_paging),
    )


@dataclass(frozen=True, kw_only=True)
class Part:
    """One page of a list, before its things are items. `next` is None at the end."""

    meaning: Meaning
    things: list[type_of_thing] = field(default_factory=list, repr=False)
    next: Place | None = None
    total: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads pages of lists, within what the register allows."""

    ask: type_of_asking
    base_url: str
    max_pages: int
    max_items: int
    detect_repeat: bool

    def part(self, wanted: Listing, values: Mapping[str, str], place: Place) -> Part:
        """The page of a list at a place; without things when the meaning is not OK."""
        refuse_too_long(place, self.max_pages, self.max_items)
        call = wanted.call(values, place, self.base_url)
        meaning, answer, body = self.ask(call)
        if meaning in MISSING and wanted.paging.past_the_end(place):
            return Part(meaning=Meaning.OK)
        if meaning is not Meaning.OK:
            return Part(meaning=meaning)
        listed = wanted.things(body)
        things = _unseen(wanted, listed, place)
        refs = [wanted.ref.text_of(one) or json.dumps(one, sort_keys=True) for one in things]
        shown = Shown(place, answer, body, len(things))
        at = self._next(wanted, call, wanted.paging.following(shown, listed))
        if not at and wanted.paging.says_more(shown):
            raise NeedsPerson(
                f"{wanted.place}: the system says that there is more than we read; write under"
                " `paging` in the register how it goes on (or `whole: true` if this is all)."
            )
        here = place.after(
            refs, at or "", detect_repeat=self.detect_repeat, overlaps=wanted.paging.overlaps
        )
        if at and at == place.at and wanted.paging.kind not in ("offset", "page"):
            raise BadAnswer("The system names the same page as the next; try again later.")
        total = wanted.paging.total_of(answer, body)
        return Part(meaning=meaning, things=things, next=here if at else None, total=total)

    def _next(self, wanted: Listing, call: Call, told: str | None) -> str | None:
        """What leads to the next page; a link is counted from the address it came with."""
        if not told or wanted.paging.kind != "next_link":
            return told
        address = urljoin(urljoin(self.base_url, call.path.lstrip("/")), told)
        if not wanted.paging.same_host:
            return address
        base, inner = urlsplit(self.base_url), urlsplit(address)
        return inner._replace(scheme=base.scheme, netloc=base.netloc).geturl()


def _unseen(wanted: Listing, listed: list[type_of_thing], place: Place) -> list[type_of_thing]:
    """The things without those that ended the last page, where pages overlap by design."""
    if not wanted.paging.overlaps:
        return listed
    return [one for one in listed if mark(wanted.ref.text_of(one)) not in place.last]
