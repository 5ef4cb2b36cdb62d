"""The Cognito connector against the stand-in and moto's server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from connectors.cognito import CognitoConnector, build
from connectors.cognito_calls import Bounds, UserPool, client_of, filter_of
from connectors.cognito_changes import Rules
from connectors.cognito_stop import Stop
from demo.journal import Journal
from demo.person import Person
from demo.standins import cognito
from demo.standins.faults import Fault, Faults
from dsr.core.connector import Connector, Nobody, NotKept, One, Page, Several
from dsr.core.errors import NeedsPerson, TryAgain
from dsr.core.subject import Subject
from tests.connector_contract import (
    Case,
    Changing,
    ConnectorContract,
    Corrected,
    items_of,
    pages_of,
)
from tests.connectors.app_people import (
    APP_PEOPLE,
    AYLIN,
    COR,
    MARIA,
    NORA,
    OTHER_MARIA,
    PAUL,
    SANNE,
    said,
)
from tests.connectors.serving import served

KEYS = ("testing", "testing")
POOL = "eu-west-1_stubbed"
#: A.2 stops by a group, A.5 by an attribute; both are in the stand-in's pool
STOPS = {"A.2": Stop("group", "stopped"), "A.5": Stop("attribute", "custom:stopped", "A.5")}


@dataclass(frozen=True)
class World:
    """The stand-in, and the connector to it."""

    connector: Connector
    journal: Journal
    faults: Faults
    pool: cognito.Pool


@pytest.fixture
def world() -> Iterator[World]:
    journal, faults = Journal("cognito"), Faults()
    app = cognito.build(list(APP_PEOPLE), journal, faults=faults)
    with served(app) as url:
        connector = quick(url, cognito.POOL, rules=Rules(stop=STOPS))
        yield World(connector, journal, faults, app.extensions["pool"])
        faults.release()


def quick(
    url: str, pool: str, keys: tuple[str, str] | None = None, rules: Rules | None = None
) -> CognitoConnector:
    """The connector with one try a call, so that faults come through at once."""
    client = client_of("eu-west-1", url, keys, seconds=5.0)
    return CognitoConnector(
        UserPool(client, pool, bounds=Bounds(tries=1)),
        system="cognito",
        number_attribute="custom:number",
        rules=rules,
    )


def stopped_in(pool: cognito.Pool, person: Person) -> set[str]:
    """The purposes that the app would see as stopped."""
    group = {"A.2"} if "stopped" in pool.groups(person) else set()
    return group | ({"A.5"} if "custom:stopped" in pool.attributes(person) else set())


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, world: World) -> Case:
        def plan(fault: Fault) -> Callable[[], None]:
            return lambda: world.faults.inject(fault)

        return Case(
            connector=world.connector,
            subject=said(NORA),
            ref=NORA.cognito_sub,
            stranger=said(COR),
            several=said(MARIA),
            dataset="auth_events",
            later={one: plan(one) for one in (Fault.TOO_MANY, Fault.BROKEN, Fault.SLOW)},
            damaged={
                one: plan(one) for one in (Fault.HALF_JSON, Fault.NOT_JSON, Fault.REPEATED_PAGE)
            },
            foreign={"account": plan(Fault.FOREIGN_RECORD)},
            content_read=lambda: sum(verb != "ListUsers" for verb in world.journal.verbs()),
            changing=Changing(
                looks=True,
                erases="devices",
                rectifies=Corrected(
                    dataset="account",
                    path="/UserAttributes/email",
                    new="anna.nieuw@voorbeeld.example",
                    refused=(SANNE.email, "geen adres", "a@" + "b" * 2050 + ".nl", 7, "a\0@b.nl"),
                ),
                restricts="account",
                stops=("A.2", "A.5"),
                stopped=lambda: stopped_in(world.pool, NORA),
            ),
        )


def test_auth_events_come_over_several_pages(world: World) -> None:
    pages = pages_of(world.connector, NORA.cognito_sub, "auth_events")
    assert [len(page.items) for page in pages] == [60, 60, 30]


def test_a_feature_that_is_off_is_not_kept(world: World) -> None:
    world.pool.off |= {"devices", "auth_events"}
    for dataset in ("devices", "auth_events"):
        assert isinstance(world.connector.find(NORA.cognito_sub, dataset, None), NotKept)


def test_an_account_made_again_is_another_account(world: World) -> None:
    again = replace(NORA, cognito_sub="00000000-0000-4000-8000-0000000000ff")
    world.pool.people = [again if p is NORA else p for p in APP_PEOPLE]
    page = world.connector.find(NORA.cognito_sub, "account", None)
    assert isinstance(page, Page)
    assert page.items == ()
    located = world.connector.locate(Subject(known_refs={"cognito": NORA.cognito_sub}))
    assert isinstance(located, Nobody)


def test_a_mailbox_of_two_is_shared_and_chooses_nobody(world: World) -> None:
    located = world.connector.locate(said(AYLIN))
    assert isinstance(located, One)
    assert [(c.kind, c.since, c.shared) for c in located.contacts] == [
        ("email", None, True),
        ("phone", None, False),
    ]
    alone = world.connector.locate(Subject(email=PAUL.email))
    assert isinstance(alone, Several)
    assert len(alone.candidates) == 2


def test_a_fixed_reference_settles_it_between_namesakes(world: World) -> None:
    located = world.connector.locate(said(MARIA, cognito=OTHER_MARIA.cognito_sub))
    assert isinstance(located, One)
    assert located.subject_ref == OTHER_MARIA.cognito_sub


def test_quotes_in_an_address_stay_inside_the_filter(world: World) -> None:
    odd = 'anna"\\ or email ^= "@voorbeeld.example'
    people = [replace(NORA, email=odd), SANNE]
    world.pool.people = people
    located = world.connector.locate(Subject(email=odd))
    assert isinstance(located, Several)
    assert [c.subject_ref for c in located.candidates] == [NORA.cognito_sub]


@pytest.mark.parametrize("email", ["a\nb@x.nl", "a\0b@x.nl", "a" * 300 + "@x.nl"])
def test_what_no_account_can_have_is_not_even_asked(world: World, email: str) -> None:
    assert isinstance(world.connector.locate(Subject(email=email)), Nobody)
    assert world.journal.verbs() == []


def test_a_wrong_pool_is_for_a_person(world: World) -> None:
    with served(cognito.build([], Journal("cognito"))) as url:
        connector = quick(url, "eu-west-1_other")
        with pytest.raises(NeedsPerson, match="pool"):
            connector.find(NORA.cognito_sub, "account", None)
        assert not connector.check().usable


def test_a_pool_that_is_not_there_says_try_again() -> None:
    connector = quick("http://127.0.0.1:9", POOL)
    with pytest.raises(TryAgain):
        connector.find(NORA.cognito_sub, "account", None)


def test_the_connector_is_built_from_the_registers_settings() -> None:
    connector = build({"pool": POOL, "region": "eu-west-1", "endpoint": "http://127.0.0.1:9"})
    assert tuple(connector.datasets) == ("account", "groups", "devices", "auth_events")


def test_a_filter_escapes_the_backslash_before_the_quote() -> None:
    assert filter_of("email", 'a\\"b') == 'email = "a\\\\\\"b"'
    assert filter_of("email", "") is None
    assert filter_of("email", "x" * 247) is None


# --- moto's server: another hand's idea of Cognito ------------------------------------------


@pytest.fixture(scope="module")
def moto_address() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass(frozen=True)
class Moto:
    connector: CognitoConnector
    subs: dict[str, str]
    pool: str
    client: Any


@pytest.fixture
def moto(moto_address: str) -> Moto:
    client = boto3.client(
        "cognito-idp",
        region_name="eu-west-1",
        endpoint_url=moto_address,
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=KEYS[1],
    )
    pool = client.create_user_pool(PoolName="app")["UserPool"]["Id"]
    client.create_group(GroupName="patients", UserPoolId=pool)
    subs = {}
    for person in (NORA, SANNE, PAUL, AYLIN):
        told = [
            a for a in cognito.attributes(person) if a["Name"] not in ("sub", "custom:practice")
        ]
        made = client.admin_create_user(
            UserPoolId=pool, Username=f"login-{person.number}", UserAttributes=told
        )
        attributes = {a["Name"]: a["Value"] for a in made["User"]["Attributes"]}
        subs[person.given] = attributes["sub"]
        client.admin_add_user_to_group(
            UserPoolId=pool, Username=f"login-{person.number}", GroupName="patients"
        )
    return Moto(quick(moto_address, pool, KEYS), subs, pool, client)


def test_moto_finds_the_subject_and_never_the_stranger(moto: Moto) -> None:
    assert moto.connector.check().usable
    located = moto.connector.locate(said(NORA))
    assert isinstance(located, One)
    assert located.subject_ref == moto.subs["Anna"]
    assert isinstance(moto.connector.locate(said(COR)), Nobody)
    assert isinstance(moto.connector.locate(Subject(email=PAUL.email)), Several)


def test_moto_gives_account_and_groups_of_a_name_that_is_not_the_sub(moto: Moto) -> None:
    sub = moto.subs["Sanne"]
    (account,) = items_of(moto.connector, sub, "account")
    assert account.ref == sub
    assert account.data["Username"] == "login-2"
    assert [item.ref for item in items_of(moto.connector, sub, "groups")] == ["patients"]


@pytest.mark.parametrize("dataset", ["devices", "auth_events"])
def test_moto_answers_html_where_it_knows_no_operation(moto: Moto, dataset: str) -> None:
    with pytest.raises(TryAgain):
        moto.connector.find(moto.subs["Anna"], dataset, None)


def test_moto_forgets_a_removed_account(moto: Moto) -> None:
    moto.client.admin_delete_user(UserPoolId=moto.pool, Username="login-1")
    assert items_of(moto.connector, moto.subs["Anna"], "account") == []


def test_many_threads_share_one_connector(world: World) -> None:
    def look(person: Person) -> tuple[str, int]:
        located = world.connector.locate(said(person))
        assert isinstance(located, One)
        found = items_of(world.connector, located.subject_ref, "auth_events")
        assert {item.dataset for item in found} == {"auth_events"}
        return located.subject_ref, len(found)

    people = [NORA, SANNE, AYLIN] * 6
    with ThreadPoolExecutor(6) as hands:
        answers = list(hands.map(look, people))
    assert answers == [(p.cognito_sub, min(3 + p.messages, 150)) for p in people]
