"""Writing to a database that a connector only reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def writing(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def run(url: str, *statements: str) -> None:
    """Run statements as the database's owner."""
    with writing(url) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))
