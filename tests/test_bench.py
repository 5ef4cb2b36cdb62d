"""What the bench itself must get right: the target's SQL without psql, and rows that add up."""

from __future__ import annotations

from pathlib import Path

from bench.__main__ import PARTS
from bench.ground import in_words, median_and_p95, ratio
from bench.house import REGISTER
from bench.items import KINDS, decided, items
from bench.items import REGISTER as PLAN_REGISTER
from bench.postgres import APPDB, BIG, statements
from bench.registers import FILES, slow_register
from bench.statements import Asked, by_shape
from dsr.law.items import Fate
from dsr.systems import load_register


def test_the_target_is_read_statement_by_statement_without_psqls_own_commands() -> None:
    found = list(statements(APPDB.read_text(encoding="utf-8")))
    assert len([one for one in found if one.startswith("INSERT INTO")]) == 4
    assert len([one for one in found if one.startswith("CREATE INDEX")]) == 4
    assert found[-1] == "VACUUM ANALYZE"
    assert not [one for one in found if "\\" in one or one.startswith("--")]
    assert [one.split()[0] for one in statements(BIG.read_text(encoding="utf-8"))] == [
        "INSERT",
        "VACUUM",
    ]


def test_the_bench_has_registers_that_the_product_accepts(tmp_path: Path) -> None:
    assert load_register(REGISTER).identity_system.id == "app"
    slow = load_register(slow_register(tmp_path / "slow.yaml", "http://127.0.0.1:1"))
    assert len(slow.systems) == 5
    assert FILES["identity"]


def test_every_row_of_the_issue_has_its_part() -> None:
    assert list(PARTS) == list("abcdefghijk")


def test_the_items_of_a_plan_are_varied_and_each_meets_a_fate() -> None:
    plan = list(items(load_register(PLAN_REGISTER), 2_000, seed=1))
    assert plan == list(items(load_register(PLAN_REGISTER), 2_000, seed=1))
    assert {item.rule.id for item in plan} == {kind.rule for kind in KINDS}
    assert len({tuple(item.events.items()) for item in plan}) > 1_000
    fates = decided(plan)
    assert fates.total() == len(plan)
    assert set(fates) == set(Fate)


def test_figures_are_written_as_they_are_meant() -> None:
    assert median_and_p95([0.01, 0.02, 0.03]) == "20 ms (p95 30 ms)"
    assert ratio(0.52, 0.052) == "10.0 x"
    assert in_words({"web": 10.0, "workers": 20.4, "Valkey": 0.1}) == (
        "30 ms CPU a request (web 10, workers 20)"
    )


def test_a_statement_is_counted_by_its_shape_and_timed_with_its_preparation() -> None:
    asked = [
        Asked(1.0, "7", 0.2, "parse", "SELECT a FROM t WHERE id = $1"),
        Asked(1.1, "7", 0.3, "execute", "SELECT a FROM t WHERE id = $1"),
        Asked(1.2, "7", 0.5, "execute", "SELECT a FROM t WHERE id = $1"),
    ]
    assert by_shape(asked) == {"SELECT a FROM t WHERE id = ?": (2, 1.0)}
