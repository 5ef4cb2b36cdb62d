"""A dataset of the register's mapping: which request, and how each thing in it is an item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import cast

from connectors.rest_paging import Paging, paging
from connectors.rest_path import Path, path, paths
from connectors.rest_template import Template, template
from dsr.core.connector import Item, ItemFile
from dsr.core.errors import BadAnswer, BrokenRegister, ForeignRecord, NeedsPerson
from dsr.core.reading import Entry

type_of_opener = Callable[[str], AbstractContextManager[Iterator[bytes]]]

_KEYS = (
    "request", "items", "ref", "kind", "dates", "author", "author_words", "owner", "about_subject",
    "restricted", "hide", "files", "paging", "empty_when_missing", "not_kept",
)  # fmt: skip
_VALUES = ("subject_ref", "limit", "offset", "page", "cursor")
_AUTHORS = frozenset({"subject", "staff", "system", ""})


@dataclass(frozen=True, kw_only=True)
class FilePaths:
    """Where a thing names one of its files."""

    each: Path
    url: Path
    name: Path
    media_type: Path
    size: Path


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One dataset. `owner` finds whose a thing is; it must be the subject's reference."""

    name: str
    request: Template
    items: Path
    ref: Path
    kind: Path
    dates: Mapping[str, Path]
    author: Path
    author_words: Mapping[str, str]
    owner: Path
    about_subject: Path
    restricted: Path
    hide: tuple[str, ...]
    files: tuple[FilePaths, ...]
    paging: Paging
    empty_when_missing: bool
    not_kept: str = field(default="")

    def things(self, body: object) -> list[dict[str, object]]:
        """The things in an answer; `NeedsPerson` when the mapping finds no list of objects."""
        found = self.items.of(body)
        if not isinstance(found, list):
            raise NeedsPerson(
                f"datasets.{self.name}.items finds no list in the system's answer; correct it in"
                " the register, then search again."
            )
        if not all(isinstance(one, dict) for one in found):
            raise BadAnswer("The system's list holds things that are no records; try again later.")
        return cast(list[dict[str, object]], found)

    def item(self, thing: dict[str, object], subject_ref: str, opener: type_of_opener) -> Item:
        """A thing as an item; `ForeignRecord` unless it says that it is the subject's."""
        if self.owner.text_of(thing) != subject_ref:
            raise ForeignRecord(
                f"The system sent a record of somebody else in {self.name}. Nothing is released;"
                " tell its supplier, and search again when it is mended."
            )
        ref = self.ref.text_of(thing)
        if not ref:
            raise BadAnswer("A record of the system has no reference; try again later.")
        said = self.about_subject.of(thing)
        return Item(
            ref=ref,
            dataset=self.name,
            kind=self.kind.text_of(thing) or self.name,
            data=_without(thing, self.hide),
            dates=_dates(thing, self.dates),
            files=tuple(self._files(thing, opener)),
            about_subject=True if said is None else bool(said),
            restricted=bool(self.restricted.of(thing)),
            author=self._author(thing),
        )

    def _author(self, thing: Mapping[str, object]) -> str:
        said = self.author.text_of(thing)
        return self.author_words.get(said, said if said in _AUTHORS else "")

    def _files(self, thing: Mapping[str, object], opener: type_of_opener) -> Iterator[ItemFile]:
        for paths_of in self.files:
            found = paths_of.each.of(thing)
            for number, one in enumerate(found if isinstance(found, list) else [], start=1):
                address, size = paths_of.url.text_of(one), paths_of.size.of(one)
                if address:
                    yield ItemFile(
                        name=paths_of.name.text_of(one) or f"{self.name}-{number}",
                        media_type=paths_of.media_type.text_of(one) or "application/octet-stream",
                        open=partial(opener, address),
                        size=size if isinstance(size, int) else None,
                    )


def dataset(name: str, read: Entry, usual_paging: Entry | None) -> Dataset:
    """The dataset in a block of settings; `BrokenRegister` names what is wrong in it."""
    read.only(*_KEYS)
    words = read.pairs("author_words")
    if unknown := set(words.values()) - _AUTHORS:
        raise BrokenRegister(
            f"{read.path}.author_words: {sorted(unknown)[0]!r} is no author; write subject, staff"
            " or system."
        )
    return Dataset(
        name=name,
        request=template(read.at("request"), _VALUES),
        items=path(read, "items"),
        ref=path(read, "ref"),
        kind=path(read, "kind", ""),
        dates=paths(read, "dates"),
        author=path(read, "author", ""),
        author_words=words,
        owner=path(read, "owner"),
        about_subject=path(read, "about_subject", ""),
        restricted=path(read, "restricted", ""),
        hide=read.texts("hide"),
        files=tuple(_file_paths(row) for row in read.rows("files")),
        paging=paging(read.at("paging") if "paging" in read.values else usual_paging),
        empty_when_missing=read.flag("empty_when_missing"),
        not_kept=read.text("not_kept", "The system does not keep this."),
    )


def _file_paths(row: Entry) -> FilePaths:
    row.only("each", "url", "name", "media_type", "size")
    return FilePaths(
        each=path(row, "each"),
        url=path(row, "url"),
        name=path(row, "name", ""),
        media_type=path(row, "media_type", ""),
        size=path(row, "size", ""),
    )


def _without(thing: dict[str, object], hidden: tuple[str, ...]) -> dict[str, object]:
    """A copy without the hidden fields (`a.b`, also in every element of a list on the way)."""
    copy = deepcopy(thing)
    for place in hidden:
        _remove(copy, place.split("."))
    return copy


def _remove(value: object, steps: list[str]) -> None:
    if isinstance(value, list):
        for one in value:
            _remove(one, steps)
    elif isinstance(value, dict) and len(steps) == 1:
        value.pop(steps[0], None)
    elif isinstance(value, dict):
        _remove(value.get(steps[0]), steps[1:])


def _dates(thing: object, wanted: Mapping[str, Path]) -> dict[str, datetime | date]:
    found = {name: moment(where.of(thing)) for name, where in wanted.items()}
    return {name: day for name, day in found.items() if day}


def moment(value: object) -> datetime | date | None:
    """A date or moment in ISO form, as seconds or milliseconds since 1970, or in Tryton's form of
    an object with year, month and day; None for others.

    A moment without a time zone counts as its day: which hour it was nobody can tell.
    """
    if isinstance(value, dict):
        return moment("-".join(str(value.get(part)).zfill(2) for part in ("year", "month", "day")))
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > 1e11 else value
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e11 else None
    text = value if isinstance(value, str) else ""
    try:
        if len(text) <= 10:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.date()
    except ValueError:
        return None
