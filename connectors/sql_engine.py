"""What the kinds of database have in common for the connector, and choosing one by address."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import exc

from connectors.sql_broken import Broken
from connectors.sql_catalog import Column, ForeignKey, Table
from connectors.sql_mariadb import MariaDB
from connectors.sql_postgresql import PostgreSQL
from connectors.sql_sqlite import SQLite
from dsr.core.errors import BrokenRegister, DsrError

type_of_row = tuple[Any, ...]  # Any: what a driver gives
type_of_values = Mapping[str, object]


class Stream(Protocol):
    """The rows of one statement, read as far as is asked."""

    def fetch(self, count: int) -> Sequence[type_of_row]:
        """The next rows; fewer than `count` only at the end."""
        ...

    def end(self) -> bool:
        """Stop reading; false when the connection is of no more use."""
        ...


class Family(Protocol):
    """One kind of database: how it is opened, read and understood. Statements are compiled for
    `dialect`; `errors` are the driver's, all others are ours. Nothing is written but over a
    connection that was opened to write.
    """

    name: str
    dialect: sa.Dialect
    errors: tuple[type[BaseException], ...]
    parks: bool  #: whether a statement may stay open between pages, and a connection be kept
    counts_beside: bool  #: whether a second statement runs on a connection while one is open
    part: int  #: bytes of a file that are read at once
    begin: str  #: the statement that begins a transaction that writes

    def open(self, *, write: bool = False) -> Any:  # Any: a driver's connection
        """A new connection with time limits, read-only unless it is to write."""
        ...

    def close(self, connection: Any) -> None:
        """End a connection; never raises."""
        ...

    def rows(self, connection: Any, sql: str, values: type_of_values) -> Sequence[type_of_row]:
        """All rows of a statement."""
        ...

    def change(self, connection: Any, sql: str, values: type_of_values) -> int:
        """Run a statement that changes rows; how many it met."""
        ...

    def references(self, connection: Any) -> list[ForeignKey]:
        """All foreign keys of the database that the login may see."""
        ...

    def broken(self, error: BaseException) -> Broken | None:
        """Which rule of the database a value or a deletion breaks, when that is what failed."""
        ...

    def stream(self, connection: Any, sql: str, values: type_of_values, first: int) -> Stream:
        """The rows of a statement, bit by bit; the first time `first` of them are fetched."""
        ...

    def tables(self, connection: Any, wanted: Collection[tuple[str, str]]) -> list[Table]:
        """Those of the wanted tables (schema, name) that there are, with their columns."""
        ...

    def shown(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The column as it is best selected."""
        ...

    def converter(self, column: Column) -> Callable[[Any], object] | None:
        """How a value that is not empty becomes JSON; None when it is as the driver gives it."""
        ...

    def size(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The number of bytes that a file's column holds."""
        ...

    def content(self, column: Column, there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """A file's column as bytes."""
        ...

    def is_lost(self, error: BaseException) -> bool:
        """Whether the connection, and not the statement, is what failed."""
        ...

    def fault(self, error: BaseException) -> DsrError:
        """Our word for a driver's error, without its text: that can hold what was asked."""
        ...


_FAMILIES: Mapping[str, Callable[[sa.URL, float], Family]] = {
    "postgresql": PostgreSQL,
    "postgres": PostgreSQL,
    "mariadb": MariaDB,
    "mysql": MariaDB,
    "sqlite": SQLite,
}


def connect(url: str, seconds: float) -> Family:
    """The kind of database at an address; nothing is opened. `seconds` bounds each statement."""
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError:
        raise BrokenRegister(
            "settings.url: write a database address as postgresql://..., mariadb://... or"
            " sqlite:///..."
        ) from None
    family = parsed.drivername.split("+")[0]
    if family not in _FAMILIES:
        raise BrokenRegister(
            f"settings.url: {family!r} is not known; use postgresql, mariadb or sqlite."
        )
    return _FAMILIES[family](parsed, seconds)
