"""Connector for an application's own database (PostgreSQL, MariaDB or SQLite), by a map alone.

Every key of the map stands in docs/connectors-sql.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.sql_catalog import Catalog, NoTable
from connectors.sql_changes import SqlChanges
from connectors.sql_database import Batch, Database, Statement
from connectors.sql_engine import connect
from connectors.sql_files import FileInRow
from connectors.sql_items import ItemMaker, Reading, without_repeats
from connectors.sql_map import DatabaseMap, DatasetMap
from connectors.sql_map_reading import read_map
from connectors.sql_person import PersonTable
from connectors.sql_query import DatasetQuery
from connectors.sql_transaction import Writing
from connectors.sql_values import cursor_of, values_of
from dsr.core.connector import Connector, Health, Located, NotKept, Page
from dsr.core.errors import BrokenRegister, DsrError, NeedsPerson
from dsr.core.pace import UNHURRIED, Pace
from dsr.core.reading import Entry
from dsr.core.subject import Subject

_SETTINGS = ("url", "schema", "page_size", "timezone", "statement_timeout", "person", "datasets",
             "changes", "change_url", "marks", "stop")  # fmt: skip


def build(settings: Mapping[str, object], pace: Pace = UNHURRIED) -> Connector:
    """The connector for these settings; nothing is read yet."""
    at = Entry(settings)
    at.only(*_SETTINGS)
    seconds = at.number("statement_timeout", 20)
    family = connect(at.text("url"), seconds)
    plan = read_map(at)
    database = Database(family, plan, pace)
    if not plan.changes:
        return SqlConnector(database, plan, None)
    writer = connect(at.text("change_url", at.text("url")), seconds)
    if writer.name != family.name:
        raise BrokenRegister("settings.change_url: write another login to the database of `url`.")
    return SqlConnector(database, plan, Writing(writer, database, pace))


class SqlConnector(SqlChanges):
    """Reads people's rows page by page, and changes them as the map allows. Thread-safe."""

    def __init__(self, database: Database, plan: DatabaseMap, writing: Writing | None) -> None:
        super().__init__(database, plan, writing)
        self.datasets: Sequence[str] = tuple(plan.datasets)
        self._made: dict[str, Reading] = {}
        self._seen: Catalog | None = None

    def check(self) -> Health:
        """Look at every table and column, and try every statement for no row at all."""
        try:
            self._database.catalog()
        except DsrError as unreachable:
            return Health(False, str(unreachable))
        wrong = list(dict.fromkeys(filter(None, self._mistakes())))
        return Health(not wrong, " ".join(wrong) or "All tables and columns of the map are there.")

    def locate(self, subject: Subject) -> Located:
        """Find the person by the map's person table."""
        return self._people().locate(subject)

    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of rows in the order of the map; a missing optional table is not kept."""
        plan = self._dataset(dataset)
        try:
            reading = self._reading(plan)
        except NoTable:
            if plan.optional:
                return NotKept("This database has no table for it.")
            raise
        place, open_as = _place(after, reading.query)
        mine = reading.query.whose(subject_ref)
        if mine is None:
            return Page(items=(), total=0)
        batch = self._batch(reading.query, mine, place, open_as)
        try:
            return self._page(reading, subject_ref, batch, place)
        except BaseException:
            self._database.leave(batch.open_as)
            raise

    def _batch(
        self,
        query: DatasetQuery,
        mine: dict[str, object],
        place: Sequence[object] | None,
        open_as: str,
    ) -> Batch:
        values = {**mine, "most": self._plan.page_size}
        if place is None:
            return self._database.page(query.first, values, counting=query.count)
        return self._database.page(query.next, values | query.behind(place), open_as)

    def _page(
        self, reading: Reading, ref: str, batch: Batch, place: Sequence[object] | None
    ) -> Page:
        query, maker = reading.query, reading.maker
        maker.check(ref, batch.rows)
        places = maker.places(batch.rows)
        if query.order_can_be_empty and any(None in found for found in places):
            raise NeedsPerson(
                "A dataset is ordered by a column that can be empty; name others in `order`."
            )
        before = None if place is None else tuple(place)
        rows = without_repeats(batch.rows, places, before, allowed=query.repeats)
        total = batch.total if place is None and not batch.ended else None
        return Page(
            items=self._marked(reading.plan, maker.items(ref, rows)),
            next=None if batch.ended else cursor_of(places[-1], batch.open_as),
            total=len(rows) if place is None and batch.ended else total,
        )

    def _mistakes(self) -> Iterator[str]:
        try:
            people = self._people()
            yield from map(self._refusal, people.statements)
        except DsrError as wrong:
            yield str(wrong)
        for plan in self._plan.datasets.values():
            try:
                yield self._refusal(self._reading(plan).query.next)
            except NoTable as gone:
                yield "" if plan.optional else str(gone)
            except DsrError as wrong:
                yield f"Dataset {plan.name!r}: {wrong}"
        yield from self._wrong_changes()

    def _refusal(self, statement: Statement) -> str:
        """What the database says of a statement that is run for no person and no row."""
        try:
            self._database.rows(statement.for_nothing(), {})
        except DsrError as wrong:
            return str(wrong)
        return ""

    def _people(self) -> PersonTable:
        catalog = self._database.catalog()
        return PersonTable(self._database, catalog, self._plan.person)

    def _reading(self, plan: DatasetMap) -> Reading:
        """Compiled once, and again when the database's tables were looked at anew."""
        catalog = self._database.catalog()
        with self._lock:
            if self._seen is not catalog:
                self._seen, self._made = catalog, {}
            if plan.name not in self._made:
                self._made[plan.name] = self._read_map(plan, catalog)
            return self._made[plan.name]

    def _read_map(self, plan: DatasetMap, catalog: Catalog) -> Reading:
        database = self._database
        query = DatasetQuery(database.family, catalog, plan)
        files = [FileInRow(database, plan, query, file) for file in plan.files]
        maker = ItemMaker(database.family, plan, query, files, self._plan.timezone)
        return Reading(plan, query, maker)


def _place(after: str | None, query: DatasetQuery) -> tuple[list[object] | None, str]:
    return (None, "") if after is None else values_of(after, query.order_kinds)
