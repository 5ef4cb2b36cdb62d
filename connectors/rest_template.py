"""Requests as data: a template from the register, filled with values that cannot break out.

In a path each value is one percent-encoded segment. In a query or body a value takes the place of
a whole text, so no value ever becomes part of a query language or of JSON's own signs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.http import Call, segment
from dsr.core.errors import BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

_PLACE = re.compile(r"\{(\w+)(:int)?\}")
#: values that never stand in an address, where logs would keep them
_NEVER_IN_ADDRESS = frozenset({"bsn"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "REPORT", "SEARCH"})


@dataclass(frozen=True, kw_only=True)
class Template:
    """One request of the register. `needs` names the values that must be there to fill it."""

    method: str
    path: str
    query: Mapping[str, object]
    headers: Mapping[str, str]
    body: object = field(repr=False)
    form: Mapping[str, object] | None = field(repr=False)
    needs: frozenset[str]

    def call(
        self, values: Mapping[str, str], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Call:
        """The call with values filled in; `query` and `headers` are added to the template's."""
        filled = {name: str(_filled(value, values)) for name, value in self.query.items()}
        form = None
        if self.form is not None:
            form = {name: str(_filled(value, values)) for name, value in self.form.items()}
        return Call(
            method=self.method,
            path=_PLACE.sub(lambda found: segment(values[found[1]]), self.path),
            params={**filled, **query} or None,
            headers={"Accept": "application/json", **self.headers, **headers},
            body=None if self.body is None else _filled(self.body, values),
            form=form,
            reads_only=True,
        )


def template(read: Entry, known: Collection[str]) -> Template:
    """The template in a block of settings; `known` are the values that may be named in it."""
    read.only("method", "path", "query", "headers", "body", "form")
    method = read.text("method", "GET").upper()
    if method not in _METHODS:
        raise BrokenRegister(f"{read.path}.method: write GET or POST here.")
    query = read.at("query").values if "query" in read.values else {}
    form = read.at("form").values if "form" in read.values else None
    path, body = read.text("path"), read.values.get("body")
    names = [found[1] for found in _PLACE.finditer(path)]
    whole = list(_whole([query, body, form or {}], read.path))
    _refuse_unknown({*names, *whole}, known, read.path)
    _refuse_numbers_in_address({*names, *_whole(query, read.path)}, read.path)
    return Template(
        method=method,
        path=path,
        query=query,
        headers=read.pairs("headers"),
        body=body,
        form=form,
        needs=frozenset({*names, *whole}),
    )


def _refuse_unknown(used: set[str], known: Collection[str], path: str) -> None:
    if unknown := sorted(used - set(known)):
        raise BrokenRegister(
            f"{path}: {{{unknown[0]}}} is not known here; use {', '.join(sorted(known))}."
        )


def _refuse_numbers_in_address(used: set[str], path: str) -> None:
    if used & _NEVER_IN_ADDRESS:
        raise BrokenRegister(f"{path}: a BSN may not stand in an address; put it in the body.")


def _whole(value: object, path: str) -> Iterator[str]:
    """The names of values in data; one inside a longer text is refused."""
    if isinstance(value, str):
        found = _PLACE.fullmatch(value)
        if found:
            yield found[1]
        elif _PLACE.search(value):
            raise BrokenRegister(
                f"{path}: a value must be the whole text, as in '{{email}}'; it may not stand"
                " inside a longer one."
            )
    elif isinstance(value, Mapping | list | tuple):
        for below in value.values() if isinstance(value, Mapping) else value:
            yield from _whole(below, path)


def _filled(value: object, values: Mapping[str, str]) -> object:
    if isinstance(value, str):
        found = _PLACE.fullmatch(value)
        if not found:
            return value
        return _number(values[found[1]]) if found[2] else values[found[1]]
    if isinstance(value, Mapping):
        return {
            name: _filled(below, values)
            for name, below in value.items()
            if below != "{cursor}" or values["cursor"]
        }
    if isinstance(value, list | tuple):
        return [_filled(below, values) for below in value]
    return value


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise NeedsPerson(
            "The reference of this person is not a number, as this system wants; correct it."
        ) from None
