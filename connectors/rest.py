"""A system with a JSON API, described in the register: a CRM, a ticket system, a planning tool.

Entry: `base_url`, `auth`, `person`, `lookup`, `datasets`, and where needed `paging`,
`outcomes`, `limits`, `timeout`, `allow_hosts`, `system`, `place` (what the desk calls it) and
`check` (a request that reads nobody's data). `docs/connectors-rest.md` shows each with examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urljoin

from connectors.changes import ChangesByHand
from connectors.http import Answer, Call, HttpSystem, Limits
from connectors.rest_auth import Auth, auth
from connectors.rest_items import Dataset, dataset
from connectors.rest_outcomes import Meaning, Outcomes, outcomes, refuse
from connectors.rest_paging import Place, refuse_too_long
from connectors.rest_people import People, people
from connectors.rest_template import Template, template
from dsr.core.connector import Health, Located, NotKept, Page
from dsr.core.errors import BadAnswer, DsrError, NeedsPerson
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject

_KEYS = (
    "base_url", "auth", "person", "lookup", "datasets", "paging", "outcomes", "limits", "timeout",
    "allow_hosts", "system", "place", "check",
)  # fmt: skip


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> RestConnector:
    """The connector; `BrokenRegister` names the first setting that is missing or wrong."""
    read = Entry(settings)
    read.only(*_KEYS)
    limits = _below(read, "limits") or Entry({}, "settings.limits")
    limits.only("max_pages", "detect_repeat", "max_bytes", "max_file_bytes")
    http = HttpSystem(
        read.text("base_url"),
        limits=replace(_limits(limits, _below(read, "timeout")), pace=pace),
        allow_hosts=read.texts("allow_hosts"),
    )
    usual = _below(read, "paging")
    check = _below(read, "check")
    connector = RestConnector(
        http=http,
        base_url=read.text("base_url").rstrip("/") + "/",
        auth=auth(_below(read, "auth"), http),
        outcomes=outcomes(read),
        people=people(read),
        mapping={name: dataset(name, at, usual) for name, at in read.each("datasets").items()},
        max_pages=int(limits.number("max_pages", 1000)),
        detect_repeat="detect_repeat" not in limits.values or limits.flag("detect_repeat"),
        system=read.text("system", "crm"),
        check_request=template(check, ()) if check else None,
    )
    connector.place = read.text("place", "the system")
    return connector


def _below(read: Entry, key: str) -> Entry | None:
    return read.at(key) if key in read.values else None


def _limits(limits: Entry, timeout: Entry | None) -> Limits:
    usual = Limits()
    timeout = timeout or Entry({}, "settings.timeout")
    timeout.only("connect", "read", "total")
    return Limits(
        connect=timeout.number("connect", usual.connect),
        read=timeout.number("read", usual.read),
        total=timeout.number("total", usual.total),
        max_bytes=int(limits.number("max_bytes", usual.max_bytes)),
        max_file_bytes=int(limits.number("max_file_bytes", usual.max_file_bytes)),
    )


@dataclass(kw_only=True)
class RestConnector(ChangesByHand):
    """Reads what the register maps. Changes are made in the system by a person, for now."""

    http: HttpSystem
    base_url: str
    auth: Auth
    outcomes: Outcomes
    people: People
    mapping: Mapping[str, Dataset]
    max_pages: int
    detect_repeat: bool
    system: str
    check_request: Template | None

    @property
    def datasets(self) -> Sequence[str]:
        """The datasets of the mapping, in its order."""
        return tuple(self.mapping)

    def check(self) -> Health:
        """Whether the system answers and takes our key, by `check` or a look-up of nobody."""
        try:
            if self.check_request:
                meaning, _, _ = self._ask(self.check_request.call({}, {}, {}))
                if meaning is not Meaning.OK:
                    return Health(False, f"The `check` request answers {meaning}; correct it.")
            else:
                self.people.lookups[0].people(self._look_up, _Nobody())
        except DsrError as fault:
            return Health(False, str(fault))
        return Health(True, "The system answers and takes our key.")

    def locate(self, subject: Subject) -> Located:
        """The person by the look-ups of the register, in their order."""
        known_ref = subject.known_refs.get(self.system, "")
        return self.people.locate(subject, known_ref, self._look_up)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of a dataset; every item must name the subject as its owner."""
        if dataset not in self.mapping:
            known = ", ".join(self.mapping)
            raise NeedsPerson(f"No dataset {dataset!r} is mapped here, only {known}; add it.")
        wanted, place = self.mapping[dataset], Place.of(after)
        refuse_too_long(place, self.max_pages)
        meaning, answer, body = self._ask(self._page_call(wanted, subject_ref, place))
        if meaning is Meaning.NOT_KEPT:
            return NotKept(wanted.not_kept)
        if meaning is Meaning.NOT_FOUND:
            return _missing(wanted, place)
        things = wanted.things(body)
        items = tuple(wanted.item(one, subject_ref, self._file) for one in things)
        at = wanted.paging.following(place, answer, body, len(items))
        here = place.after((item.ref for item in items), at or "", detect_repeat=self.detect_repeat)
        if at and at == place.at and wanted.paging.kind in ("next_link", "cursor"):
            raise BadAnswer("The system names the same page as the next; try again later.")
        total = wanted.paging.total_of(body)
        return Page(items=items, next=str(here) if at else None, total=total)

    def _page_call(self, wanted: Dataset, subject_ref: str, place: Place) -> Call:
        if wanted.paging.kind == "next_link" and place.at:
            headers = {"Accept": "application/json", **wanted.request.headers}
            link = urljoin(self.base_url, place.at)
            return Call(path=link, headers=headers, reads_only=True)
        values = {"subject_ref": subject_ref, **wanted.paging.values(place)}
        return wanted.request.call(values, wanted.paging.query(place), {})

    def _look_up(self, request: Template, values: Mapping[str, str]) -> object:
        """The body of a look-up's answer; None for "no such person"."""
        meaning, _, body = self._ask(request.call(values, {}, {}))
        return body if meaning is Meaning.OK else None

    def _ask(self, call: Call) -> tuple[Meaning, Answer, object]:
        """The answer with its meaning; a refused token is fetched anew once."""
        answer = self.http.call(self._signed(call))
        meaning, body = self.outcomes.read(answer)
        if meaning is Meaning.AUTH and self.auth.renew():
            answer = self.http.call(self._signed(call))
            meaning, body = self.outcomes.read(answer)
        refuse(meaning, answer.code)
        return meaning, answer, body

    def _signed(self, call: Call) -> Call:
        params = {**(call.params or {}), **self.auth.query()}
        path = call.path
        if params and "?" in path:
            path, params = f"{path}&{urlencode(params)}", {}
        return Call(
            method=call.method,
            path=path,
            params=params or None,
            headers={**call.headers, **self.auth.headers()},
            body=call.body,
            form=call.form,
            reads_only=call.reads_only,
        )

    def _file(self, address: str) -> AbstractContextManager[Iterator[bytes]]:
        """A file by the address that a thing names, with our key."""
        return self.http.stream(urljoin(self.base_url, address), headers=self.auth.headers())


class _Nobody(dict[str, str]):
    """Values of a person who cannot exist, for a check that reads nobody's data."""

    def __missing__(self, name: str) -> str:
        return "0"


def _missing(wanted: Dataset, place: Place) -> Page:
    """ "Not found" at a dataset: none there, or the person is gone; the register says which."""
    if wanted.empty_when_missing and not place.number:
        return Page(items=())
    raise NeedsPerson(
        "The system does not know this person's reference any more (merged or removed); choose"
        " the person again."
    )
