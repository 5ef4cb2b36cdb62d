"""Every migration goes up and down on both databases, with rows in its tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from dsr.core.subject import Level
from dsr.db import migrate, steps
from dsr.db.engine import make_engine
from dsr.db.tables import METADATA
from dsr.services import prepare
from dsr.services.house import House
from tests.makers import make_found, make_house, make_item, make_request, make_staff

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory(str(migrate.FOLDER)).walk_revisions()))
]


@pytest.fixture
def full(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A house with something in most tables."""
    house = make_house(tmp_path, database_url=database_url)
    make_staff(house)
    row = make_request(house, level=Level.IA4)
    make_found(house, row, {"crm": [make_item()]})
    yield house
    house.engine.dispose()


def counts(engine: Engine) -> dict[str, int]:
    there = set(sa.inspect(engine).get_table_names())
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in METADATA.sorted_tables
            if table.name in there
        }


def test_the_tables_are_those_that_the_code_describes(full: House) -> None:
    with full.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert migrate.is_current(full.engine)


def test_every_migration_goes_down_with_rows_in_it_and_up_again(full: House) -> None:
    assert sum(counts(full.engine).values()) > 10
    for revision in [*reversed(REVISIONS[:-1]), "base"]:
        migrate.downgrade(full.engine, revision)
        assert not migrate.is_current(full.engine)
    assert set(sa.inspect(full.engine).get_table_names()) <= {"alembic_version"}
    for revision in REVISIONS:
        migrate.upgrade(full.engine, revision)
    assert migrate.is_current(full.engine)
    assert set(counts(full.engine).values()) == {0}


def test_rows_survive_a_migration_up_from_each_earlier_shape(full: House) -> None:
    before = counts(full.engine)
    migrate.upgrade(full.engine)
    assert counts(full.engine) == before


def test_preparing_twice_changes_nothing(full: House) -> None:
    before = counts(full.engine)
    prepare.prepare(full)
    prepare.prepare(full)
    after = counts(full.engine)
    assert after == before


def test_a_broken_migration_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """SQLite too runs a migration in one transaction."""
    engine = make_engine(f"sqlite:///{tmp_path}/dsr.db")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE staff (id TEXT)"))  # in the way of ours
    with pytest.raises(sa.exc.OperationalError, match="staff"):
        migrate.upgrade(engine)
    assert set(sa.inspect(engine).get_table_names()) <= {"staff", "alembic_version"}
    engine.dispose()


def test_ids_grow_in_the_order_they_are_made() -> None:
    made = [steps.new_id() for _ in range(5000)]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {32}
