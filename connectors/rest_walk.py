"""Reading a list for each thing of another list: the notes of every contact, page by page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from connectors.cursor import as_text, from_text
from connectors.rest_items import Dataset, Outer
from connectors.rest_lists import Part, Reader
from connectors.rest_outcomes import Meaning
from connectors.rest_place import Place


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What is still to read of the outer page, the place where the outer list goes on (empty: it
    ended), and the place in the inner list.
    """

    queue: tuple[str, ...] = field(default=(), repr=False)
    outer: str = field(default_factory=lambda: str(Place()), repr=False)
    inner: str = field(default_factory=lambda: str(Place()), repr=False)

    @classmethod
    def of(cls, text: str | None) -> Walk:
        """The walk in a text of ours; the beginning when there is none."""
        return from_text(cls, text)

    def __str__(self) -> str:
        return as_text(self)

    @property
    def ended(self) -> bool:
        """Whether nothing is left to read."""
        return not self.queue and not self.outer

    def after(self, part: Part) -> Walk:
        """The walk after a page of the inner list."""
        if part.next:
            return replace(self, inner=str(part.next))
        return replace(self, queue=self.queue[1:], inner=str(Place()))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One call further: what came of which thing (None: nothing yet), and where the walk stands."""

    part: Part
    each: str | None
    walk: Walk


def step(reader: Reader, wanted: Dataset, outer: Outer, subject_ref: str, walk: Walk) -> Step:
    """The next page of the inner list, after the next page of the outer list where that is due."""
    values = {"subject_ref": subject_ref}
    if not walk.queue:
        part = reader.part(outer.listing, values, Place.of(walk.outer))
        if part.meaning is not Meaning.OK:
            return Step(part=part, each=None, walk=walk)
        walk = _with_queue(part, outer, subject_ref)
        if not walk.queue:
            return Step(part=replace(part, things=[], total=None), each=None, walk=walk)
    each = walk.queue[0]
    part = reader.part(wanted.listing, {**values, "each": each}, Place.of(walk.inner))
    return Step(part=part, each=each, walk=walk.after(part))


def _with_queue(part: Part, outer: Outer, subject_ref: str) -> Walk:
    for thing in part.things:
        outer.owner.check(thing, subject_ref)
    found = [value for thing in part.things for value in outer.value.texts_of(thing)]
    return Walk(queue=tuple(dict.fromkeys(found)), outer=str(part.next) if part.next else "")
