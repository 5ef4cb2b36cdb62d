"""Rows of a dataset as items. Most of a search's time is spent here, so all that can be known
before is worked out once a dataset and not once a row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sql_catalog import Kind, text_of
from connectors.sql_engine import Family, type_of_row
from connectors.sql_files import FileInRow
from connectors.sql_map import DatasetMap, Place
from connectors.sql_query import DatasetQuery
from connectors.sql_reading import parsed_json
from connectors.sql_values import moment, ref_of
from dsr.core.connector import Item, ItemFile
from dsr.core.errors import ForeignRecord, NeedsPerson

type_of_converter = Callable[[Any], object]


@dataclass(frozen=True)
class Reading:
    """How a dataset is read, worked out against one look at the database's tables."""

    plan: DatasetMap
    query: DatasetQuery
    maker: ItemMaker


class ItemMaker:
    """Makes items of the rows of one dataset."""

    def __init__(
        self,
        family: Family,
        plan: DatasetMap,
        query: DatasetQuery,
        files: Sequence[FileInRow],
        timezone: ZoneInfo,
    ) -> None:
        self._plan = plan
        self._query = query
        self._files = files
        self._timezone = timezone
        self._of = partial(_converter, family, plan, query)
        self._names = tuple(place.name for place in query.shown)
        self._values = _getter([query.index(place) for place in query.shown])
        self._odd = [(place.name, convert) for place in query.shown if (convert := self._of(place))]
        shown = set(self._names)
        self._dates = [
            (event, place.name if place.name in shown else "", place)
            for event, place in plan.dates.items()
        ]
        self._person = _getter(query.person)
        self._order = _getter(query.order)
        self._key = _getter(query.key)
        self._ref = _reference(query)

    def places(self, rows: Iterable[type_of_row]) -> list[tuple[object, ...]]:
        """The order columns of rows."""
        return list(map(self._order, rows))

    def check(self, ref: str, rows: Sequence[type_of_row]) -> None:
        """`ForeignRecord` unless all rows are the person's."""
        if any(ref_of(person) != ref for person in set(map(self._person, rows))):
            raise ForeignRecord(
                f"Dataset {self._plan.name!r} gave a row of another person; check its path in the"
                " map."
            )

    def when(self, place: Place, value: object) -> datetime | date | None:
        """A date of the map, of what its column holds."""
        convert = self._of(place)
        return moment(convert(value) if convert and value is not None else value, self._timezone)

    def items(self, ref: str, rows: Sequence[type_of_row]) -> list[Item]:
        """An item for each row, in the same order."""
        return [self._item(ref, row) for row in rows]

    def _item(self, ref: str, row: type_of_row) -> Item:
        plan, data = self._plan, dict(zip(self._names, self._values(row), strict=True))
        for name, convert in self._odd:
            value = data[name]
            if value is not None:
                data[name] = convert(value)
        return Item(
            ref=self._ref(row),
            dataset=plan.name,
            kind=plan.kind,
            data=data,
            dates=self._dates_of(data, row) if self._dates else {},
            files=tuple(self._files_of(ref, row)) if self._files else (),
            about_subject=plan.about_subject,
            restricted=bool(plan.restricted and self._value(plan.restricted, row)),
            author=self._author(row),
            emptied=bool(self._query.emptied and row[self._query.emptied]),
        )

    def _author(self, row: type_of_row) -> str:
        rule = self._plan.author
        return rule.of(self._value(rule.column, row)) if rule.column else rule.fixed

    def _value(self, place: Place, row: type_of_row) -> object:
        value, convert = row[self._query.index(place)], self._of(place)
        return convert(value) if convert and value is not None else value

    def _dates_of(self, data: dict[str, Any], row: type_of_row) -> dict[str, datetime | date]:
        found = {}
        for event, name, place in self._dates:
            when = moment(data[name] if name else self._value(place, row), self._timezone)
            if when is not None:
                found[event] = when
        return found

    def _files_of(self, ref: str, row: type_of_row) -> Iterator[ItemFile]:
        for file, number in zip(self._files, self._query.sizes, strict=True):
            size = row[number]
            if size is None:
                continue
            name = self._text(file.columns.name, row)
            yield ItemFile(
                name=os.path.basename(name.replace("\\", "/")) or file.columns.content.column,
                media_type=self._text(file.columns.media_type, row) or "application/octet-stream",
                open=partial(file.opened, ref, self._key(row), int(size)),
                size=None if file.columns.base64 else int(size),
            )

    def _text(self, place: Place | None, row: type_of_row) -> str:
        return str(row[self._query.index(place)] or "") if place else ""


def without_repeats(
    rows: list[type_of_row],
    places: list[tuple[object, ...]],
    before: tuple[object, ...] | None,
    *,
    allowed: bool,
) -> list[type_of_row]:
    """Each row once. Rows that share a key and yet differ would be lost: then `NeedsPerson`."""
    if len(set(places)) == len(places) and (not places or places[0] != before):
        return rows
    kept: list[type_of_row] = []
    last: type_of_row | None = None
    for row, place in zip(rows, places, strict=True):
        if place != before:
            kept.append(row)
        elif not allowed or last not in (None, row):
            raise NeedsPerson(
                "The key in the map does not tell rows of this dataset apart, or a table that is"
                " read beside it has several rows for one; correct `key` or `beside` in the map."
            )
        before, last = place, row
    return kept


def _reference(query: DatasetQuery) -> Callable[[type_of_row], str]:
    """How a row's reference is made; one whole number or text is all there is to most keys."""
    index = query.key[0]
    kind = query.order_kinds[query.order.index(index)]
    if len(query.key) == 1 and kind in (Kind.WHOLE, Kind.TEXT, Kind.UUID):
        return lambda row: text_of(row[index])
    getter = _getter(query.key)
    return lambda row: ref_of(getter(row))


def _getter(indexes: Sequence[int]) -> Callable[[type_of_row], tuple[Any, ...]]:
    if len(indexes) == 1:
        index = indexes[0]
        return lambda row: (row[index],)
    return itemgetter(*indexes) if indexes else lambda row: ()


def _converter(
    family: Family, plan: DatasetMap, query: DatasetQuery, place: Place
) -> type_of_converter | None:
    return parsed_json if place.name in plan.json else family.converter(query.joined.known(place))
