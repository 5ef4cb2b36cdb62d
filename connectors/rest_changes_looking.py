"""Looking at items by their references: one call each, some at a time, or along their list.

Whose an item is, is checked before anybody changes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from connectors.http import Answer
from connectors.rest_items import Dataset, Owner
from connectors.rest_lists import type_of_thing
from connectors.rest_outcomes import Meaning
from connectors.rest_path import Path, path
from connectors.rest_talk import Talk
from connectors.rest_template import Template, template
from dsr.core.connector import Item
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

_KNOWN = ("subject_ref", "ref", "refs")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An item as it is now: as the system sent it, as we show it, and its version there ("" for
    none), which a change has to name.
    """

    thing: type_of_thing = field(repr=False)
    item: Item
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Version:
    """Where the version of an item stands: in a header of the answer, or in the item."""

    header: str = ""
    where: Path = field(default_factory=lambda: Path(""))

    def of(self, answer: Answer, thing: type_of_thing) -> str:
        """The version; empty when there is none."""
        return answer.headers.get(self.header, "") if self.header else self.where.text_of(thing)


@dataclass(frozen=True, kw_only=True)
class Look:
    """The request that reads items by reference: `{ref}` for one, `{refs}` for `many` at a time.

    `dataset` is how one is an item, and whose it must be.
    """

    request: Template
    result: Path
    dataset: Dataset
    many: int
    version: Version

    def at(self, talk: Talk, subject_ref: str, refs: Sequence[str]) -> dict[str, Seen]:
        """What is there of these references; `ForeignRecord` when one is somebody else's."""
        found: dict[str, Seen] = {}
        for chunk in chunks(refs, self.many):
            found |= self._chunk(talk, subject_ref, chunk)
        return {ref: found[ref] for ref in refs if ref in found}

    def _chunk(self, talk: Talk, subject_ref: str, refs: Sequence[str]) -> dict[str, Seen]:
        values: dict[str, object] = {"subject_ref": subject_ref, "ref": refs[0], "refs": refs}
        meaning, answer, body = talk.ask(self.request.call(values, {}, {}))
        if meaning is not Meaning.OK:
            return {}
        seen = [self._seen(talk, subject_ref, answer, thing) for thing in self._things(body)]
        if strange := {one.item.ref for one in seen} - set(refs):
            raise NeedsPerson(
                f"The system answers with {len(strange)} records under other references (merged?);"
                " search again, so that what is there now is seen."
            )
        return {one.item.ref: one for one in seen}

    def _things(self, body: object) -> Iterator[type_of_thing]:
        found = self.result.of(body)
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, dict):
                yield one
            elif one is not None:
                raise BadAnswer("The system answers something that is no record; try again later.")

    def _seen(self, talk: Talk, subject_ref: str, answer: Answer, thing: type_of_thing) -> Seen:
        item = self.dataset.item(thing, {"subject_ref": subject_ref}, talk.file)
        return Seen(thing=thing, item=item, version=self.version.of(answer, thing))


def chunks(refs: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """The references, some at a time."""
    for start in range(0, len(refs), size):
        yield tuple(refs[start : start + size])


def look(read: Entry, dataset: Dataset) -> Look:
    """The `item` block of a dataset's operations."""
    read.only("request", "result", "owner", "many", "version")
    request = template(read.at("request"), _KNOWN)
    owner = path(read, "owner", "" if dataset.outer else dataset.owner.where.text)
    if not owner.text and "subject_ref" not in request.needs:
        raise BrokenRegister(
            f"{read.path}: nothing proves here whose the item is; write `owner`, or leave `item`"
            " out, and the list is read instead."
        )
    if ("many" in read.values) is not ("refs" in request.needs):
        raise BrokenRegister(f"{read.path}.many: say how many {{refs}} one call takes, or {{ref}}.")
    return Look(
        request=request,
        result=path(read, "result", "@"),
        dataset=replace(dataset, outer=None, owner=Owner(owner, dataset.name)),
        many=int(read.number("many", 1)),
        version=_version(read),
    )


def _version(read: Entry) -> Version:
    if "version" not in read.values:
        return Version()
    below = read.at("version")
    below.only("header", "path")
    if len({"header", "path"} & set(below.values)) != 1 or "many" in read.values:
        raise BrokenRegister(
            f"{below.path}: write either `header` or `path`; only where each item is read alone."
        )
    return Version(header=below.text("header", ""), where=path(below, "path", ""))
