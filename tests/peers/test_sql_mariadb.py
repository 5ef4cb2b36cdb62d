"""The SQL connector on a real MariaDB: the contract, and every test of the other databases."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import sqlalchemy as sa

from tests.connectors import (
    test_sql,
    test_sql_changes,
    test_sql_erase,
    test_sql_files,
    test_sql_odd,
    test_sql_paths,
    test_sql_purge,
)
from tests.peers.running import Peer

pytestmark = pytest.mark.peer


@pytest.fixture
def database(peer: Callable[..., Peer]) -> Iterator[str]:
    """The address of an empty database of the real server, as tests write to it."""
    server = sa.make_url(peer("mariadb").url)
    name = f"t{secrets.token_hex(6)}"
    engine = sa.create_engine(server.set(drivername="mysql+pymysql"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name}"))


#: its file is larger than what a MariaDB takes in one statement as it is installed
_TOO_LARGE = "test_a_file_is_not_in_memory_as_a_whole"


def _same_tests(*modules: ModuleType) -> dict[str, object]:
    """The tests and fixtures of modules that ask for `database`, to run here with ours."""
    found: dict[str, object] = {}
    for module in modules:
        others = {
            name: value
            for name, value in vars(module).items()
            if name.startswith(("test_", "Test")) and name != _TOO_LARGE
        }
        fixtures = {
            n: vars(module)[n]
            for n in ("filled", "odd", "crm", "store", "office", "app")
            if n in vars(module)
        }
        found |= others | fixtures
    return found


globals().update(
    _same_tests(
        test_sql,
        test_sql_files,
        test_sql_odd,
        test_sql_paths,
        test_sql_erase,
        test_sql_changes,
        test_sql_purge,
    )
)
