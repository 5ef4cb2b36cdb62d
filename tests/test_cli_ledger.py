"""`replay-erasures` and `purge` as they are typed, against the demo practice's own systems."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.world import World
from dsr.bootstrap import build_house
from dsr.services import erasure_ledger
from dsr.services.house import House
from dsr.settings import read_settings
from tests.servers import Valkey
from tests.services.erasing import erasing, forget, receipt_written
from tests.test_cli import dsr, house

HOUSE_AND_VARIABLES = tuple[House, dict[str, str]]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[HOUSE_AND_VARIABLES]:
    """A migrated house of the demo, its systems serving, and its variables."""
    with World(tmp_path / "world", today=datetime.now(UTC).date()) as world:
        redis = {"DSR_REDIS_URL": "redis://127.0.0.1:1/0"}
        variables = {**house(tmp_path, **redis), **world.environment()}
        assert dsr("migrate", **variables).returncode == 0
        made = build_house(read_settings(variables))
        yield made, variables
        made.engine.dispose()


def test_a_restored_database_opens_after_the_command(running: HOUSE_AND_VARIABLES) -> None:
    made, variables = running
    receipt_written(made, erasing(made, "n-1", acting=False), "n-1")
    forget(made, 0)

    tried = dsr("replay-erasures", "--dry-run", **variables)
    assert tried.returncode == 0, tried.stderr
    assert "would go" in tried.stdout
    assert erasure_ledger.check(made) is not None

    done = dsr("replay-erasures", **variables)

    assert done.returncode == 0, done.stderr
    assert "crm.notes: 1 listed, 0 back, 0 erased" in done.stdout
    assert "the house may open" in done.stdout
    assert erasure_ledger.check(made) is None


def test_a_purge_is_counted_and_refused_until_it_is_switched_on(
    running: HOUSE_AND_VARIABLES,
) -> None:
    made, variables = running

    counted = dsr("purge", "--dry-run", **variables)
    refused = dsr("purge", **variables)

    assert counted.returncode == 0, counted.stdout + counted.stderr
    for system in made.office.register.systems:
        for dataset in system.datasets:
            assert dataset.id in counted.stdout
    reviews = next(line for line in counted.stdout.splitlines() if " reviews " in line)
    assert int(reviews.split()[3]) > 0
    assert "a person has to decide" in counted.stdout
    assert refused.returncode == 2
    assert "DSR_SOURCE_PURGE=on" in refused.stderr


def test_a_check_of_the_settings_names_a_ledger_that_cannot_be_used(
    running: HOUSE_AND_VARIABLES, valkey: Valkey
) -> None:
    made, variables = running
    variables = {**variables, "DSR_REDIS_URL": valkey.url}
    assert dsr("config", "check", **variables).returncode == 0

    receipt_written(made, erasing(made, "n-1", acting=False), "n-1")
    forget(made, 0)
    older = dsr("config", "check", **variables)
    in_the_way = made.settings.folder / "file"
    in_the_way.write_text("no folder")
    unusable = dsr("config", "check", **variables, DSR_LEDGER_FOLDER=str(in_the_way / "ledger"))

    assert (older.returncode, unusable.returncode) == (2, 2)
    assert "python -m dsr replay-erasures" in older.stderr
    assert "ledger" in unusable.stderr
    assert "Traceback" not in older.stderr + unusable.stderr
