"""The whole demo practice runs, and the register's connectors find the demo patients in it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from demo.person import Person
from demo.population import Cast, played_by
from demo.practice import PRACTICE
from demo.world import World
from dsr.bootstrap import build_systems
from dsr.core.connector import (
    Connector,
    Item,
    ItemFile,
    Located,
    Nobody,
    NotKept,
    One,
    Several,
)
from dsr.core.pace import PaceLimits
from dsr.core.register import Register, System
from dsr.core.subject import Subject
from dsr.db import paces
from dsr.systems import load_register, load_systems
from tests.makers import make_house

ROOT = Path(__file__).parents[2]
CONNECTED = ("app", "his", "crm", "cognito", "sendbird")


@pytest.fixture(name="world", scope="module")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with World(folder, journal_folder=folder / "journal") as world:
        yield world


@pytest.fixture(name="register", scope="module")
def read_register() -> Register:
    return load_register(ROOT / "registers" / "jansapp.yaml", PRACTICE)


@pytest.fixture(name="connectors", scope="module")
def built_connectors(world: World, register: Register) -> dict[str, Connector]:
    return load_systems(register, world.environment())


def subject_of(person: Person) -> Subject:
    """What the patient's form gives: no patient number, no BSN."""
    return Subject(
        name=person.name,
        birth_date=person.birth_date,
        email=person.email,
        postcode=person.postcode,
    )


def located(connectors: dict[str, Connector], name: str, world: World, who: Cast) -> Located:
    """As a search goes: first the app, then the others by what the app has on file."""
    typed = subject_of(played_by(world.people, who))
    first = connectors["app"].locate(typed)
    if name == "app" or not isinstance(first, One):
        return first if name == "app" else connectors[name].locate(typed)
    return connectors[name].locate(first.on_file)


def everything(connector: Connector, ref: str, dataset: str) -> list[Item] | NotKept:
    found: list[Item] = []
    after: str | None = None
    for _ in range(1000):
        page = connector.find(ref, dataset, after)
        if isinstance(page, NotKept):
            return page
        found.extend(page.items)
        after = page.next
        if after is None:
            return found
    raise AssertionError("the pages do not end")


def system_ids(register: Register) -> list[str]:
    return [system.id for system in register.systems if not system.searched_by_hand]


def test_the_register_connects_these_five_systems(register: Register) -> None:
    assert system_ids(register) == list(CONNECTED)


@pytest.mark.parametrize("name", CONNECTED)
def test_each_connector_is_usable_as_the_register_sets_it(
    connectors: dict[str, Connector], name: str
) -> None:
    health = connectors[name].check()
    assert health.usable, health.words


@pytest.mark.parametrize("name", CONNECTED)
def test_every_call_of_a_worker_takes_a_turn_that_all_workers_share(
    world: World, tmp_path: Path, name: str
) -> None:
    house = make_house(tmp_path, system_settings=world.environment())
    register = house.office.register
    paced = tuple(replace(s, pace=PaceLimits(per_second=1000)) for s in register.systems)
    office = replace(house.office, register=replace(register, systems=paced))
    connector = build_systems(replace(house, office=office))[name]
    connector.locate(subject_of(played_by(world.people, Cast.APP)))
    with house.reading() as session:
        row = paces.of(session, name)
    assert row is not None
    assert row.free_at is not None
    house.engine.dispose()


@pytest.mark.parametrize("name", CONNECTED)
def test_register_and_connector_name_the_same_datasets(
    connectors: dict[str, Connector], register: Register, name: str
) -> None:
    named = {dataset.id for dataset in register.system(name).datasets}
    assert named == set(connectors[name].datasets)


@pytest.mark.parametrize("name", CONNECTED)
@pytest.mark.parametrize("who", [Cast.APP, Cast.GUEST])
def test_patients_with_the_app_are_found_everywhere_with_all_their_data(
    connectors: dict[str, Connector], register: Register, world: World, name: str, who: Cast
) -> None:
    person = located(connectors, name, world, who)
    assert isinstance(person, One)
    assert found_in(connectors[name], register.system(name), person.subject_ref) > 0


def found_in(connector: Connector, system: System, ref: str) -> int:
    count = 0
    for dataset in system.datasets:
        items = everything(connector, ref, dataset.id)
        if not isinstance(items, NotKept):
            assert len({item.ref for item in items}) == len(items)
            assert {item.dataset for item in items} <= {dataset.id}
            count += len(items)
    return count


def test_who_comes_to_the_desk_is_known_where_no_app_is_needed(
    connectors: dict[str, Connector], world: World
) -> None:
    answers = {name: located(connectors, name, world, Cast.DESK) for name in CONNECTED}
    assert {name for name, answer in answers.items() if isinstance(answer, One)} == {"his", "crm"}
    assert {n for n, a in answers.items() if isinstance(a, Nobody)} == {
        "app",
        "cognito",
        "sendbird",
    }


@pytest.mark.parametrize("name", ["app", "his", "crm"])
def test_namesakes_are_several_people(
    connectors: dict[str, Connector], world: World, name: str
) -> None:
    person = played_by(world.people, Cast.NAMESAKE)
    subject = Subject(name=person.name, birth_date=person.birth_date)
    assert isinstance(connectors[name].locate(subject), Several)


@pytest.mark.parametrize("name", CONNECTED)
def test_a_twin_is_never_taken_for_the_other(
    connectors: dict[str, Connector], world: World, name: str
) -> None:
    one = located(connectors, name, world, Cast.TWIN)
    other = located(connectors, name, world, Cast.OTHER_TWIN)
    assert isinstance(one, One)
    assert isinstance(other, One)
    assert one.subject_ref != other.subject_ref


def test_twenty_thousand_messages_come_whole_and_in_order(
    connectors: dict[str, Connector], world: World
) -> None:
    person = located(connectors, "sendbird", world, Cast.HEAVY)
    assert isinstance(person, One)
    first = connectors["sendbird"].find(person.subject_ref, "messages", None)
    assert not isinstance(first, NotKept)
    assert first.total == 20_000
    found = everything(connectors["sendbird"], person.subject_ref, "messages")
    assert not isinstance(found, NotKept)
    assert len({item.ref for item in found}) == 20_000
    assert [item.dates["sent"] for item in found] == sorted(item.dates["sent"] for item in found)


def test_the_files_of_every_system_open(
    connectors: dict[str, Connector], register: Register, world: World
) -> None:
    opened: dict[str, int] = {}
    for name in CONNECTED:
        person = located(connectors, name, world, Cast.APP)
        assert isinstance(person, One)
        for dataset in register.system(name).datasets:
            items = everything(connectors[name], person.subject_ref, dataset.id)
            for file in () if isinstance(items, NotKept) else files_of(items):
                with file.open() as parts:
                    assert sum(map(len, parts)) > 0
                opened[name] = opened.get(name, 0) + 1
    assert set(opened) >= {"app", "his", "sendbird"}


def files_of(items: list[Item]) -> list[ItemFile]:
    return [file for item in items for file in item.files]


def test_the_file_of_a_question_in_the_crm_opens(
    connectors: dict[str, Connector], world: World
) -> None:
    """Its address begins at the root of the host, as in systems with a host of their own."""
    crm = connectors["crm"]
    for person in world.people[20:80]:
        located_person = crm.locate(subject_of(person))
        assert isinstance(located_person, One)
        items = everything(crm, located_person.subject_ref, "tickets")
        assert not isinstance(items, NotKept)
        for file in files_of(items)[:1]:
            with file.open() as parts:
                assert b"Schermafdruk" in b"".join(parts)
            return
    raise AssertionError("nobody has a question with a file")


def test_every_call_stands_in_the_journals(connectors: dict[str, Connector], world: World) -> None:
    before = {name: len(journal.entries) for name, journal in world.journals.items()}
    for name in CONNECTED:
        located(connectors, name, world, Cast.SON)
    after = {name: len(journal.entries) for name, journal in world.journals.items()}
    assert all(after[name] > before[name] for name in before)
    lines = (world.folder / "journal" / "his.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == after["his"]


def test_the_sign_in_of_the_app_is_where_the_environment_says(world: World) -> None:
    environment = world.environment()
    issuer = environment["DSR_COGNITO_ISSUER"]
    with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=5) as answer:
        told = json.loads(answer.read())
    assert told["issuer"] == issuer
    assert told["jwks_uri"] == environment["DSR_COGNITO_JWKS_URL"]
    assert told["authorization_endpoint"] == environment["DSR_COGNITO_LOGIN_URL"]
    assert told["token_endpoint"] == environment["DSR_COGNITO_TOKEN_URL"]


def test_a_world_is_ready_in_a_second_and_a_half(tmp_path: Path) -> None:
    begin = time.process_time()
    with World(tmp_path) as world:
        assert time.process_time() - begin < 1.5
        with urllib.request.urlopen(f"{world.url}/healthz", timeout=5) as answer:
            assert answer.status == 200


def test_a_world_frees_its_port(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        port = int(world.url.rpartition(":")[2])
    with World(tmp_path, port) as again:
        assert again.url == world.url


def test_the_program_says_that_it_is_ready_and_ends_at_sigterm(tmp_path: Path) -> None:
    program = started(tmp_path, 0)
    try:
        line = first_line(program)
        assert "ready at http://127.0.0.1:" in line
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0
    finally:
        ended(program)


def test_the_program_says_when_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program = started(tmp_path, taken.getsockname()[1])
        _, errors = program.communicate(timeout=30)
    assert program.returncode == 1
    assert "Choose another --port" in errors


def started(folder: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "demo", "--folder", str(folder), "--port", str(port)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


def first_line(program: subprocess.Popen[str]) -> str:
    """The first line of the program; it is ended when none comes in half a minute."""
    assert program.stdout is not None
    alarm = threading.Timer(30, program.kill)
    alarm.start()
    try:
        return program.stdout.readline()
    finally:
        alarm.cancel()


def ended(program: subprocess.Popen[str]) -> None:
    program.kill()
    program.communicate()
