"""Requests as data: a template from the register, filled with values that cannot break out.

In a path each value is one percent-encoded segment. In a query or body a value takes the place of
a whole text; inside a longer one it must say how it is quoted (`{email:odata}`), so that no value
ever becomes part of a query language or of JSON's own signs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.http import Call, segment
from connectors.rest_quoting import QUOTED
from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_CURSOR = re.compile(r"\{cursor(?::\w+)?\}")
#: beside these signs a plain value in a path could end what it stands in
_LOOSE = re.compile(r"['\"(=,$]\{\w+\}|\{\w+\}['\"),=]")
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
        self, values: Mapping[str, object], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Call:
        """The call with values filled in; `query` and `headers` are added to the template's.

        A value that is no text (a list of references, a record) takes a whole place in a body.
        """
        form = None if self.form is None else _flat(self.form, values)
        return Call(
            method=self.method,
            path=_path(self.path, values),
            params={**_flat(self.query, values), **query} or None,
            headers={**self.headers, **headers},
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
    whole = set(_named([query, body, form or {}], read.path))
    in_address = {found[1] for found in _PLACE.finditer(path)} | set(_named(query, read.path))
    _refuse_unknown(whole | in_address, known, read.path)
    _refuse_in_address(path, in_address, read.path)
    return Template(
        method=method,
        path=path,
        query=query,
        headers=read.pairs("headers"),
        body=body,
        form=form,
        needs=frozenset(whole | in_address),
    )


def _refuse_unknown(used: set[str], known: Collection[str], path: str) -> None:
    if unknown := sorted(used - set(known)):
        raise BrokenRegister(
            f"{path}: {{{unknown[0]}}} is not known here; use {', '.join(sorted(known))}."
        )


def _refuse_in_address(path: str, used: set[str], where: str) -> None:
    if used & _NEVER_IN_ADDRESS:
        raise BrokenRegister(f"{where}: a BSN may not stand in an address; put it in the body.")
    _refuse_unquoted(path, where)
    if _LOOSE.search(path):
        raise BrokenRegister(f"{where}.path: say how the value is quoted, as in {{email:odata}}.")


def _refuse_unquoted(text: str, where: str) -> None:
    for found in _PLACE.finditer(text):
        if found[2] and found[2] not in QUOTED:
            raise BrokenRegister(f"{where}: {found[0]}: write one of {', '.join(QUOTED)}.")


def _named(value: object, where: str) -> Iterator[str]:
    """The names of values in data; one inside a longer text must say how it is quoted."""
    if isinstance(value, str):
        _refuse_unquoted(value, where)
        for found in _PLACE.finditer(value):
            if not found[2] and found[0] != value:
                raise BrokenRegister(
                    f"{where}: a value must be the whole text, as in '{{email}}'; inside a longer"
                    f" one say how it is quoted, as in {{email:odata}} ({', '.join(QUOTED)})."
                )
            yield found[1]
    elif isinstance(value, Mapping | list | tuple):
        for below in value.values() if isinstance(value, Mapping) else value:
            yield from _named(below, where)


def _path(text: str, values: Mapping[str, object]) -> str:
    """The path with its values; one that is nothing but a value may be an address of the system."""
    whole = _PLACE.fullmatch(text)
    if whole and not whole[2] and _is_address(str(values[whole[1]])):
        return str(values[whole[1]])
    return _PLACE.sub(lambda found: segment(_quoted(found, values)), text)


def _is_address(value: str) -> bool:
    """Whether it is a link that the system gave; the client refuses one to another host."""
    return value.startswith(("https://", "http://", "/")) and "/../" not in f"{value}/"


def _quoted(found: re.Match[str], values: Mapping[str, object]) -> str:
    value = str(values[found[1]])
    return QUOTED[found[2]](value) if found[2] else value


def _flat(data: Mapping[str, object], values: Mapping[str, object]) -> dict[str, str]:
    """Terms of an address or form: a list or mapping among them is sent as JSON."""
    made = {name: _filled(value, values) for name, value in _with_cursor(data, values)}
    return {name: _term(value) for name, value in made.items()}


def _term(value: object) -> str:
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def _filled(value: object, values: Mapping[str, object]) -> object:
    if isinstance(value, str):
        whole = _PLACE.fullmatch(value)
        if whole and whole[2] in (None, "int"):
            return _whole(values[whole[1]], as_number=whole[2] == "int")
        return _PLACE.sub(lambda found: _quoted(found, values), value)
    if isinstance(value, Mapping):
        return {name: _filled(below, values) for name, below in _with_cursor(value, values)}
    if isinstance(value, list | tuple):
        return [_filled(below, values) for below in value]
    return value


def _whole(value: object, *, as_number: bool) -> object:
    if not as_number:
        return list(value) if isinstance(value, tuple) else value
    if isinstance(value, list | tuple):
        return [_whole(one, as_number=True) for one in value]
    return int(QUOTED["int"](str(value)))


def _with_cursor(
    data: Mapping[str, object], values: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """The entries of a mapping; that of the cursor is left out on the first page."""
    for name, value in data.items():
        if values.get("cursor") or not (isinstance(value, str) and _CURSOR.fullmatch(value)):
            yield name, value
