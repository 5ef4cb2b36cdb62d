"""Connector for an application's own database (SQLite or PostgreSQL), by a map in the register.

Entry: `url`, `person` (table, key, match, since), `datasets` (by name: table, key, path,
person, columns, hidden, dates, kind, author, files, order, restricted, third_party, optional),
and optionally `schema`, `timezone`, `page_size` (500) and `statement_timeout` in seconds (20).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from connectors.changes import ChangesByHand
from connectors.json_able import json_able
from connectors.sql_engine import Database, connect
from connectors.sql_map import DatabaseMap, DatasetMap, FileColumns, read_map
from connectors.sql_person import PersonTable
from connectors.sql_query import DatasetQuery, NoTable, Row
from connectors.sql_values import cursor_of, moment, ref_of, values_of
from dsr.core.connector import Connector, Health, Item, ItemFile, Located, NotKept, Page
from dsr.core.errors import BadAnswer, DsrError, ForeignRecord, NeedsPerson
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject

_PART = 1_000_000


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> Connector:
    """The connector for these settings; nothing is read yet."""
    at = Entry(settings)
    at.only("url", "schema", "page_size", "timezone", "statement_timeout", "person", "datasets")
    engine = connect(at.text("url"), at.number("statement_timeout", 20))
    plan = read_map(at)
    return SqlConnector(Database(engine, plan.schema, pace), plan)


class SqlConnector(ChangesByHand):
    """Reads people's rows by keyset; never writes."""

    place = "the administration screen of the application"
    erase_words = "Delete the records named by the decision"

    def __init__(self, database: Database, plan: DatabaseMap) -> None:
        self._database = database
        self._plan = plan
        self.datasets: Sequence[str] = tuple(plan.datasets)

    def check(self) -> Health:
        """Look at every table and column of the map; reads no rows."""
        wrong = [words for words in self._mistakes() if words]
        return Health(not wrong, " ".join(wrong) or "All tables and columns of the map are there.")

    def locate(self, subject: Subject) -> Located:
        """Find the person in the map's person table."""
        return PersonTable(self._database, self._plan.person).locate(subject)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of rows in the order of the map; a missing optional table is not kept."""
        plan = self._dataset(dataset)
        place = None if after is None else values_of(after, len(plan.order))
        try:
            query = DatasetQuery(self._database, plan)
        except NoTable:
            if plan.optional:
                return NotKept("This database has no table for it.")
            raise
        rows = query.page(subject_ref, place, self._plan.page_size)
        items = {item.ref: item for item in (self._item(plan, subject_ref, row) for row in rows)}
        full = len(rows) == self._plan.page_size
        return Page(
            items=tuple(items.values()),
            next=cursor_of(rows[-1].order) if full else None,
            total=query.count(subject_ref) if after is None else None,
        )

    def _mistakes(self) -> Iterator[str]:
        yield _mistake(partial(PersonTable, self._database, self._plan.person))
        for plan in self._plan.datasets.values():
            try:
                yield _mistake(partial(DatasetQuery, self._database, plan))
            except NoTable as gone:
                yield "" if plan.optional else str(gone)

    def _dataset(self, name: str) -> DatasetMap:
        try:
            return self._plan.datasets[name]
        except KeyError:
            known = ", ".join(self._plan.datasets)
            raise NeedsPerson(
                f"The map of this system has no dataset {name!r}; it has: {known}."
            ) from None

    def _item(self, plan: DatasetMap, subject_ref: str, row: Row) -> Item:
        if row.person != subject_ref:
            raise ForeignRecord(
                f"Dataset {plan.name!r} gave a row of another person; check its path in the map."
            )
        if None in row.order:
            raise NeedsPerson(
                f"Dataset {plan.name!r} is ordered by a column that can be empty; name others."
            )
        return Item(
            ref=ref_of([row.values[name] for name in plan.key]),
            dataset=plan.name,
            kind=plan.kind,
            data=_data(plan, row),
            dates={
                event: when
                for event, name in plan.dates.items()
                if (when := moment(row.values[name], self._plan.timezone)) is not None
            },
            files=tuple(self._files(plan, subject_ref, row)),
            about_subject=plan.about_subject,
            restricted=bool(plan.restricted and row.values[plan.restricted]),
            author=plan.author.of(row.values),
        )

    def _files(self, plan: DatasetMap, subject_ref: str, row: Row) -> Iterator[ItemFile]:
        key = tuple(row.values[name] for name in plan.key)
        for file, size in zip(plan.files, row.sizes, strict=True):
            if size is None:
                continue
            name = str(row.values[file.name] or "") if file.name else ""
            kind = str(row.values[file.media_type] or "") if file.media_type else ""
            yield ItemFile(
                name=os.path.basename(name.replace("\\", "/")) or file.content,
                media_type=kind or "application/octet-stream",
                open=partial(self._opened, plan, (subject_ref, key), file, size),
                size=size,
            )

    @contextmanager
    def _opened(
        self, plan: DatasetMap, whose: tuple[str, tuple[object, ...]], file: FileColumns, size: int
    ) -> Generator[Iterator[bytes]]:
        """The file's bytes in parts; `BadAnswer` when it was changed since it was found."""
        query = DatasetQuery(self._database, plan)
        yield _parts(query, whose, file, size)


def _data(plan: DatasetMap, row: Row) -> dict[str, object]:
    """The columns of the map as JSON, without hidden ones and without those only read for rules."""
    shown = set(plan.columns or row.values) - plan.hidden
    return {name: json_able(value) for name, value in row.values.items() if name in shown}


def _parts(
    query: DatasetQuery, whose: tuple[str, tuple[object, ...]], file: FileColumns, size: int
) -> Iterator[bytes]:
    ref, key = whose
    sent = 0
    while sent < size:
        part = query.part(ref, key, file, sent, _PART)
        if not part:
            raise BadAnswer("A file was changed or removed while it was read; search again.")
        sent += len(part)
        yield part


def _mistake(build_it: Callable[[], object]) -> str:
    try:
        build_it()
    except NoTable:
        raise
    except DsrError as wrong:
        return str(wrong)
    return ""
