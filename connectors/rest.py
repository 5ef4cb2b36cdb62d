"""A system with a JSON API, described in the register: a CRM, a ticket system, a planning tool.

Entry: `base_url`, `person`, `lookup`, `datasets`, and where needed the other keys below;
`docs/connectors-rest.md` shows each with an example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.http import HttpSystem, Manners
from connectors.rest_auth import auth, signer
from connectors.rest_bounds import below, bounds_of
from connectors.rest_changes import RestChanges
from connectors.rest_changes_operations import Operations, operations
from connectors.rest_check import try_lookups, wait_words
from connectors.rest_items import Dataset, Outer, dataset
from connectors.rest_lists import Part, Reader
from connectors.rest_outcomes import NONE_HERE, Meaning, outcomes
from connectors.rest_people import People, people
from connectors.rest_place import Place
from connectors.rest_talk import Talk
from connectors.rest_template import Template, template
from connectors.rest_walk import Walk, step
from connectors.tls import tls_context
from dsr.core.connector import Health, Item, Located, NotKept, Page
from dsr.core.errors import DsrError, NeedsPerson, TryAgain
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject

_KEYS = (
    "base_url", "auth", "person", "lookup", "datasets", "paging", "outcomes", "limits", "retry",
    "timeout", "tls", "allow_hosts", "system", "place", "check", "headers", "date_forms",
    "time_zone", "operations",
)  # fmt: skip


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> RestConnector:
    """The connector; `BrokenRegister` names the first setting that is missing or wrong."""
    read = Entry(settings)
    read.only(*_KEYS)
    bounds = bounds_of(read)
    rules = outcomes(read)
    mapping = {name: dataset(name, at, read) for name, at in read.each("datasets").items()}
    changing = operations(below(read, "operations"), mapping)
    http = HttpSystem(
        read.text("base_url"),
        headers={"Accept": "application/json", **read.pairs("headers")},
        auth=signer(below(read, "auth")),
        limits=replace(bounds.limits, pace=pace),
        allow_hosts=read.texts("allow_hosts"),
        manners=Manners(
            tls=tls_context(below(read, "tls")),
            pauses=bounds.pauses,
            answers=rules.codes | changing.codes,
        ),
    )
    check = below(read, "check")
    talk = Talk(
        http=http,
        base_url=read.text("base_url").rstrip("/") + "/",
        auth=auth(below(read, "auth"), http),
        outcomes=rules,
        remaining=bounds.remaining,
    )
    connector = RestConnector(
        talk=talk,
        people=people(read),
        datasets=tuple(mapping),
        mapping=mapping,
        operations=changing,
        reader=Reader(
            ask=talk.ask,
            base_url=talk.base_url,
            max_pages=bounds.max_pages,
            max_items=bounds.max_items,
            detect_repeat=bounds.detect_repeat,
        ),
        system=read.text("system", "crm"),
        check_request=template(check, ()) if check else None,
    )
    connector.place = read.text("place", "the system")
    return connector


@dataclass(kw_only=True)
class RestConnector(RestChanges):
    """Reads what the register maps, and changes what it offers operations for."""

    talk: Talk
    people: People
    datasets: Sequence[str]
    mapping: Mapping[str, Dataset]
    operations: Operations
    reader: Reader
    system: str
    check_request: Template | None

    @property
    def http(self) -> HttpSystem:
        """The line to the system."""
        return self.talk.http

    def check(self) -> Health:
        """Whether the system answers and takes our key, by `check` and look-ups of nobody."""
        try:
            if self.check_request:
                meaning, _, _ = self.talk.ask(self.check_request.call({}, {}, {}))
                if meaning is not Meaning.OK:
                    return Health(False, f"The `check` request answers {meaning}; correct it.")
            return try_lookups(self.people, self.talk.look_up)
        except TryAgain as fault:
            return Health(False, wait_words(fault))
        except DsrError as fault:
            return Health(False, str(fault))

    def locate(self, subject: Subject) -> Located:
        """The person by the look-ups of the register, in their order."""
        known_ref = subject.known_refs.get(self.system, "")
        return self.people.locate(subject, known_ref, self.talk.look_up)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of a dataset; every item must name the subject as its owner."""
        if dataset not in self.mapping:
            known = ", ".join(self.mapping)
            raise NeedsPerson(f"No dataset {dataset!r} is mapped here, only {known}; add it.")
        wanted = self.mapping[dataset]
        if wanted.outer:
            return self._walked(wanted, wanted.outer, subject_ref, Walk.of(after))
        place, values = Place.of(after), {"subject_ref": subject_ref}
        part = self.reader.part(wanted.listing, values, place)
        if part.meaning in NONE_HERE:
            return NotKept(wanted.not_kept)
        if part.meaning is not Meaning.OK:
            return _missing(wanted, place)
        following = str(part.next) if part.next else None
        return Page(items=self._items(wanted, part, values), next=following, total=part.total)

    def _walked(
        self, wanted: Dataset, outer: Outer, subject_ref: str, walk: Walk
    ) -> Page | NotKept:
        """One page of a list that is read for each thing of another."""
        done = step(self.reader, wanted, outer, subject_ref, walk)
        if done.part.meaning in NONE_HERE:
            return NotKept(wanted.not_kept)
        if done.part.meaning is not Meaning.OK and not (done.each and wanted.empty_when_missing):
            return _missing(wanted, Place())
        values = {"subject_ref": subject_ref, "each": done.each or ""}
        following = None if done.walk.ended else str(done.walk)
        return Page(items=self._items(wanted, done.part, values), next=following)

    def _items(self, wanted: Dataset, part: Part, values: Mapping[str, str]) -> tuple[Item, ...]:
        return tuple(wanted.item(one, values, self.talk.file) for one in part.things)


def _missing(wanted: Dataset, place: Place) -> Page:
    """ "Not found" at a dataset: none there, or the person is gone; the register says which."""
    if wanted.empty_when_missing and not place.number:
        return Page(items=())
    raise NeedsPerson(
        "The system does not know this person's reference any more (merged or removed); choose"
        " the person again."
    )
