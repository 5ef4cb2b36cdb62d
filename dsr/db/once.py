"""Adding a row that somebody else may be adding at this same moment."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from dsr.db.columns import Row

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def add_if_missing(session: Session, table: type[Row], **values: Any) -> None:
    """Add a row unless its key is there; waits for another's transaction that adds it.

    After this the row is there for everybody, whoever made it: read it back.
    """
    insert = _INSERT[session.get_bind().dialect.name]
    session.execute(insert(table).values(**values).on_conflict_do_nothing())
