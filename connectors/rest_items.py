"""A dataset of the register's mapping: which list, and how each thing in it is an item."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from connectors.rest_dates import Dates, dates
from connectors.rest_files import FilePaths, file_paths, type_of_opener
from connectors.rest_lists import Listing, listing, type_of_thing
from connectors.rest_path import Path, path, paths
from dsr.core.connector import Item
from dsr.core.errors import BadAnswer, BrokenRegister, ForeignRecord
from dsr.core.package import BLACKED_OUT
from dsr.core.reading import Entry

_LISTED = ("request", "items", "ref", "paging")
_OWNED = ("owner", "owner_in_address")
_KEYS = (
    *_LISTED, *_OWNED, "kind", "dates", "date_forms", "time_zone", "author", "author_words",
    "author_else", "about_subject", "third_party", "restricted", "emptied", "hide", "redact",
    "files", "for_each", "empty_when_missing", "not_kept",
)  # fmt: skip
_AUTHORS = frozenset({"subject", "staff", "system", ""})


@dataclass(frozen=True)
class Owner:
    """Finds whose a thing is. Without a path the address that was asked is the only proof."""

    where: Path
    dataset: str

    def check(self, thing: type_of_thing, wanted: str) -> None:
        """`ForeignRecord` unless the thing names the one whose it should be."""
        if self.where.text and wanted not in self.where.texts_of(thing):
            raise ForeignRecord(
                f"The system sent a record of somebody else in {self.dataset}. Nothing is released;"
                " tell its supplier, and search again when it is mended."
            )


@dataclass(frozen=True, kw_only=True)
class Outer:
    """The things of the subject that a dataset is read for, one by one: `value` is what its
    request names as {each}.
    """

    listing: Listing
    value: Path
    owner: Owner


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One dataset; with `outer` its list is read for each thing of another list."""

    name: str
    listing: Listing
    outer: Outer | None
    owner: Owner
    kind: Path
    dates: Dates
    author: Path
    author_words: Mapping[str, str]
    author_else: str
    about_subject: Path
    third_party: bool
    restricted: Path
    emptied: Path
    hide: tuple[str, ...]
    redact: tuple[str, ...]
    files: tuple[FilePaths, ...]
    empty_when_missing: bool
    not_kept: str

    def item(self, thing: type_of_thing, values: Mapping[str, str], opener: type_of_opener) -> Item:
        """A thing as an item; `ForeignRecord` unless it says that it is the subject's (or, read
        for each thing of another list, that thing's).
        """
        self.owner.check(thing, values["each"] if self.outer else values["subject_ref"])
        ref = self.listing.ref.text_of(thing)
        if not ref:
            raise BadAnswer("A record of the system has no reference; try again later.")
        said = self.about_subject.of(thing)
        files = (file for one in self.files for file in one.files(thing, self.name, opener))
        return Item(
            ref=ref,
            dataset=self.name,
            kind=self.kind.text_of(thing) or self.name,
            data=_without(thing, self.hide, self.redact),
            dates=self.dates.of(thing),
            files=tuple(files),
            about_subject=not self.third_party and (True if said is None else bool(said)),
            restricted=bool(self.restricted.of(thing)),
            author=self._author(thing, values["subject_ref"]),
            emptied=bool(self.emptied.of(thing)),
        )

    def _author(self, thing: type_of_thing, subject_ref: str) -> str:
        said = self.author.text_of(thing)
        if said and said == subject_ref:
            return "subject"
        usual = said if said in _AUTHORS - {""} else self.author_else
        return self.author_words.get(said, usual)


def dataset(name: str, read: Entry, usual: Entry) -> Dataset:
    """The dataset in a block of settings; `usual` holds what is said for all of them."""
    read.only(*_KEYS)
    usual_paging = usual.at("paging") if "paging" in usual.values else None
    outer = _outer(name, read.at("for_each"), usual_paging) if "for_each" in read.values else None
    return Dataset(
        name=name,
        listing=listing(read, usual_paging, ("each",) if outer else ()),
        outer=outer,
        owner=_owner(name, read, "each" if outer else "subject_ref"),
        kind=path(read, "kind", ""),
        dates=dates(read, paths(read, "dates"), usual),
        author=path(read, "author", ""),
        author_words=_author_words(read),
        author_else=_author_else(read),
        about_subject=path(read, "about_subject", ""),
        third_party=read.flag("third_party"),
        restricted=path(read, "restricted", ""),
        emptied=path(read, "emptied", ""),
        hide=read.texts("hide"),
        redact=read.texts("redact"),
        files=tuple(file_paths(row) for row in read.rows("files")),
        empty_when_missing=read.flag("empty_when_missing"),
        not_kept=read.text("not_kept", "The system does not keep this."),
    )


def _outer(name: str, read: Entry, usual_paging: Entry | None) -> Outer:
    read.only(*_LISTED, *_OWNED, "value")
    known = {"ref": read.values.get("value"), **read.values}
    made = listing(Entry(known, read.path), usual_paging)
    return Outer(listing=made, value=path(read, "value"), owner=_owner(name, read, "subject_ref"))


def _owner(name: str, read: Entry, asked: str) -> Owner:
    """`owner`, or the address where the request names whose things are asked."""
    if not read.flag("owner_in_address"):
        return Owner(path(read, "owner"), name)
    named = f"{{{asked}"
    if "owner" in read.values or named not in str(read.at("request").values):
        raise BrokenRegister(
            f"{read.path}.owner_in_address: only where the request names {{{asked}}} and the"
            " things name no owner; else write `owner`."
        )
    return Owner(Path(""), name)


def _author_words(read: Entry) -> dict[str, str]:
    words = read.pairs("author_words")
    if unknown := set(words.values()) - _AUTHORS:
        raise BrokenRegister(
            f"{read.path}.author_words: {sorted(unknown)[0]!r} is no author; write subject, staff"
            " or system."
        )
    return words


def _author_else(read: Entry) -> str:
    said = read.text("author_else", "")
    if said not in _AUTHORS:
        raise BrokenRegister(f"{read.path}.author_else: write subject, staff or system.")
    return said


def _without(
    thing: type_of_thing, hidden: tuple[str, ...], redacted: tuple[str, ...]
) -> type_of_thing:
    """A copy without the hidden fields, and with a mark for those that nobody here may see
    (`a.b`, also in every element of a list on the way).
    """
    copy = deepcopy(thing)
    for place in hidden:
        _remove(copy, place.split("."))
    for place in redacted:
        _remove(copy, place.split("."), mark=BLACKED_OUT)
    return copy


def _remove(value: object, steps: list[str], mark: str | None = None) -> None:
    if isinstance(value, list):
        for one in value:
            _remove(one, steps, mark)
    elif isinstance(value, dict) and len(steps) == 1:
        if mark is None:
            value.pop(steps[0], None)
        elif value.get(steps[0]) is not None:
            value[steps[0]] = mark
    elif isinstance(value, dict):
        _remove(value.get(steps[0]), steps[1:], mark)
