"""What the demo patient's systems hold tells until when it is kept, wherever its term has begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from demo.population import Cast, played_by
from demo.practice import PRACTICE
from demo.world import World
from dsr.core.connector import Connector, Item, NotKept, One
from dsr.core.keeping import Gathered, gathered
from dsr.core.register import Register
from dsr.core.subject import Subject
from dsr.systems import load_register, load_systems

ROOT = Path(__file__).parents[2]
#: their term begins when the patient deregisters
STILL_REGISTERED = {
    ("app", "account"),
    ("app", "consents"),
    ("app", "account_mail"),
    ("cognito", "account"),
    ("cognito", "groups"),
    ("crm", "contact"),
    ("crm", "notes"),
    ("crm", "tickets"),
}
#: SendBird gives no date that starts a term
WITHOUT_DATE = {("sendbird", "channels"), ("sendbird", "push")}


@pytest.fixture(name="register", scope="module")
def read_register() -> Register:
    return load_register(ROOT / "registers" / "jansapp.yaml", PRACTICE)


@pytest.fixture(name="found", scope="module")
def found_of_a_patient(
    register: Register, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Gathered]:
    folder = tmp_path_factory.mktemp("world")
    with World(folder, journal_folder=folder / "journal") as world:
        connectors = load_systems(register, world.environment())
        return dict(everything(register, connectors, subject_in(world)))


def subject_in(world: World) -> Subject:
    person = played_by(world.people, Cast.APP)
    return Subject(name=person.name, birth_date=person.birth_date, email=person.email)


def everything(
    register: Register, connectors: dict[str, Connector], typed: Subject
) -> Iterator[tuple[tuple[str, str], Gathered]]:
    """What was gathered of each dataset that has something of the patient."""
    in_app = connectors["app"].locate(typed)
    assert isinstance(in_app, One)
    for name, connector in connectors.items():
        person = in_app if name == "app" else connector.locate(in_app.on_file)
        assert isinstance(person, One)
        for dataset in register.system(name).datasets:
            sums = gathered(register, name, dataset.id)
            assert sums is not None, f"{name}/{dataset.id} has no retention rule"
            for item in items_of(connector, person.subject_ref, dataset.id):
                sums.note({key: written(value) for key, value in item.dates.items()})
            if sums.count:
                yield (name, dataset.id), sums


def items_of(connector: Connector, ref: str, dataset: str) -> Iterator[Item]:
    after: str | None = None
    while True:
        page = connector.find(ref, dataset, after)
        if isinstance(page, NotKept):
            return
        yield from page.items
        after = page.next
        if after is None:
            return


def written(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def test_all_that_a_patient_has_tells_a_day_but_what_still_runs(
    found: dict[tuple[str, str], Gathered],
) -> None:
    assert {place for place, sums in found.items() if sums.undated} == (
        STILL_REGISTERED | WITHOUT_DATE
    )


def test_what_starts_a_term_is_an_event_of_its_rule(
    found: dict[tuple[str, str], Gathered],
) -> None:
    started = [sums for sums in found.values() if sums.first is not None]
    assert len(started) >= 8
    for sums in started:
        assert sums.first is not None
        assert sums.first[1] in sums.rule.counts_from
