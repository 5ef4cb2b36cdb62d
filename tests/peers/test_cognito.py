"""The Cognito connector against both emulators. Where one is not as the real service, the test
says so and holds what our connector makes of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from connectors.cognito_changes import Rules
from demo.person import Person
from dsr.core.connector import Change, Nobody, One, Page, Place, Several
from dsr.core.errors import ItemChanged, NeedsPerson, TryAgain, ValueRefused
from dsr.core.subject import Subject
from tests.connector_contract import (
    Case,
    Changing,
    ConnectorContract,
    Corrected,
    items_of,
)
from tests.connectors.app_people import COR, MARIA, NORA, OTHER_MARIA, PAUL, SANNE, said
from tests.peers.cognito_pools import Emulated, pool_in
from tests.peers.running import Peer

pytestmark = pytest.mark.peer

#: e-mail addresses are user names here, so nobody shares one
PEOPLE = (NORA, SANNE, MARIA, OTHER_MARIA, PAUL)
BOTH = ("moto", "cognito-local")
Prove = Callable[..., None]


@pytest.fixture(scope="module", params=BOTH)
def pool(request: pytest.FixtureRequest, peer: Callable[..., Peer]) -> Emulated:
    """A pool that the tests of this file only read."""
    return pool_in(peer(request.param), *PEOPLE)


@pytest.fixture(params=BOTH)
def fresh(request: pytest.FixtureRequest, peer: Callable[..., Peer]) -> Callable[..., Emulated]:
    """A pool for one test."""
    return lambda *people: pool_in(peer(request.param), *people)


@pytest.fixture
def moto(peer: Callable[..., Peer]) -> Callable[..., Emulated]:
    return lambda *people: pool_in(peer("moto"), *people)


@pytest.fixture
def local(peer: Callable[..., Peer]) -> Callable[..., Emulated]:
    return lambda *people: pool_in(peer("cognito-local"), *people)


class TestContract(ConnectorContract):
    """Neither emulator keeps devices or sign-ins, so their register would not name those."""

    @pytest.fixture
    def case(
        self,
        fresh: Callable[..., Emulated],
        proved: Prove,
        request: pytest.FixtureRequest,
    ) -> Iterator[Case]:
        pool = fresh(*PEOPLE)
        connector = pool.connector()
        failed = request.session.testsfailed
        yield Case(
            connector=connector,
            subject=said(NORA),
            ref=pool.subs[NORA.number],
            stranger=said(COR),
            several=said(MARIA),
            dataset="groups",
            changing=Changing(
                looks=True,
                erases="groups",
                rectifies=Corrected(
                    dataset="account",
                    path="/UserAttributes/name",
                    new="Anna Nieuw",
                    refused=(7, "n" * 2050, "An\0na"),
                ),
                restricts="account",
                stops=("A.2", "A.5"),
                stopped=lambda: _stopped(pool, NORA),
            ),
        )
        if request.session.testsfailed == failed:
            proved(connector="cognito", peer=pool.name, verb="contract")


def test_everything_that_the_account_holds_comes(pool: Emulated, proved: Prove) -> None:
    (account,) = items_of(pool.connector(), pool.subs[NORA.number], "account")
    held = pool.do("admin_get_user", NORA)
    told = {one["Name"]: one["Value"] for one in held["UserAttributes"]}
    assert account.data["UserAttributes"] == told
    assert set(account.data) == set(held) - {"ResponseMetadata"}
    assert account.dates["recorded"] == held["UserCreateDate"]
    assert account.restricted is False
    proved(connector="cognito", peer=pool.name, verb="find account")


def test_the_groups_come_by_the_name_that_the_pool_made_up(pool: Emulated, proved: Prove) -> None:
    groups = items_of(pool.connector(), pool.subs[SANNE.number], "groups")
    assert [item.ref for item in groups] == ["patients"]
    proved(connector="cognito", peer=pool.name, verb="find groups")


@pytest.mark.parametrize("dataset", ["devices", "auth_events"])
def test_an_operation_that_the_peer_lacks_is_never_called_not_kept(
    pool: Emulated, dataset: str
) -> None:
    """Real: a list, or a named error when the feature is off. Both emulators answer 500 (moto as
    a page of HTML): a fault of theirs, which must not read as «there is nothing».
    """
    connector = pool.connector()
    connector.datasets = (dataset,)
    with pytest.raises(TryAgain):
        connector.find(pool.subs[NORA.number], dataset, None)


def test_a_name_with_a_birth_date_is_certain(pool: Emulated, proved: Prove) -> None:
    typed = Subject(name=SANNE.name, birth_date=SANNE.birth_date)
    located = pool.connector().locate(typed)
    assert isinstance(located, One)
    assert (located.subject_ref, located.agrees) == (
        pool.subs[SANNE.number],
        ("birth_date", "name"),
    )
    proved(connector="cognito", peer=pool.name, verb="locate")


def test_an_address_and_a_phone_number_alone_are_for_the_desk(pool: Emulated) -> None:
    located = pool.connector().locate(Subject(email=SANNE.email, phone=SANNE.phone))
    assert isinstance(located, Several)
    assert [(one.subject_ref, one.agrees) for one in located.candidates] == [
        (pool.subs[SANNE.number], ("email", "phone"))
    ]


def test_an_address_in_capitals_is_asked_in_small_letters_too(pool: Emulated) -> None:
    """Real pools compare addresses without case when so set; both emulators mind the case."""
    located = pool.connector().locate(Subject(email=SANNE.email.upper()))
    assert isinstance(located, Several)
    assert [one.subject_ref for one in located.candidates] == [pool.subs[SANNE.number]]


@pytest.mark.parametrize(
    "value",
    ['x" or email ^= "', '" or sub ^= "', "\\", '\\" or "1" = "1', "*", "%"],
)
def test_no_value_breaks_out_of_the_filter(pool: Emulated, value: str) -> None:
    """cognito-local refuses some of these as a whole; then nobody is found either."""
    for subject in (Subject(email=value), Subject(name=value)):
        try:
            located = pool.connector().locate(subject)
        except NeedsPerson:
            continue
        assert isinstance(located, Nobody)


def test_a_quote_in_an_address_is_not_found_in_either_emulator(
    fresh: Callable[..., Emulated],
) -> None:
    """Real: the escape is undone and the account is found. Both emulators leave the backslash in,
    so they find nobody: the escaping itself is held by the Stubber and by our stand-in.
    """
    odd = replace(NORA, email='an"na@voorbeeld.example')
    with contextlib.suppress(ClientError):  # moto takes no such address as a user name
        pool = fresh(odd)
        assert isinstance(pool.connector().locate(Subject(email=odd.email)), Nobody)


def test_a_disabled_account_is_found_and_marked(
    fresh: Callable[..., Emulated], proved: Prove
) -> None:
    pool = fresh(NORA)
    pool.do("admin_disable_user", NORA)
    located = pool.connector().locate(said(NORA))
    assert isinstance(located, One)
    (account,) = items_of(pool.connector(), located.subject_ref, "account")
    assert account.restricted
    proved(connector="cognito", peer=pool.name, verb="disabled account")


def test_a_removed_account_has_nothing_and_its_successor_is_another(
    fresh: Callable[..., Emulated], proved: Prove
) -> None:
    pool = fresh(NORA)
    pool.do("admin_delete_user", NORA)
    connector = pool.connector()
    for dataset in ("account", "groups"):
        assert connector.find(pool.subs[NORA.number], dataset, None) == Page(items=())
    known = Subject(known_refs={"cognito": pool.subs[NORA.number]})
    assert isinstance(connector.locate(known), Nobody)
    proved(connector="cognito", peer=pool.name, verb="removed account")


def test_a_changed_address_is_found_by_the_new_one_only(
    fresh: Callable[..., Emulated],
) -> None:
    pool = fresh(NORA)
    new = {"Name": "email", "Value": "anna.nieuw@voorbeeld.example"}
    pool.do("admin_update_user_attributes", NORA, UserAttributes=[new])
    assert isinstance(pool.connector().locate(Subject(email=NORA.email)), Nobody)
    located = pool.connector().locate(Subject(email=new["Value"]))
    assert isinstance(located, Several)
    assert [one.subject_ref for one in located.candidates] == [pool.subs[NORA.number]]


def test_moto_gives_accounts_by_the_page(moto: Callable[..., Emulated], proved: Prove) -> None:
    """cognito-local ignores Limit and gives all accounts at once, which is a page as well."""
    namesakes = _namesakes(7)
    pool = moto(*namesakes)
    located = pool.connector(page_size=3).locate(said(namesakes[0]))
    assert isinstance(located, Several)
    found = {one.subject_ref for one in located.candidates}
    assert found == set(pool.subs.values())
    proved(connector="cognito", peer="moto", verb="paging")


def test_cognito_local_gives_all_accounts_whatever_was_asked(
    local: Callable[..., Emulated],
) -> None:
    namesakes = _namesakes(7)
    pool = local(*namesakes)
    located = pool.connector(page_size=3).locate(said(namesakes[0]))
    assert isinstance(located, Several)
    assert len(located.candidates) == 7


def test_moto_refuses_a_token_of_its_own_kind_for_a_person(
    moto: Callable[..., Emulated],
) -> None:
    """Real: InvalidParameterException. moto: InvalidToken. Both are refusals, never an end."""
    pool = moto(*_namesakes(3))
    connector = pool.connector(page_size=1)
    with pytest.raises(NeedsPerson, match="Invalid"):
        connector.find(next(iter(pool.subs.values())), "groups", '["bogus", []]')


def test_cognito_local_reads_a_filter_only_with_its_spaces(
    local: Callable[..., Emulated],
) -> None:
    """Real and moto read `email="x"` too; ours has the spaces, so all three read it."""
    pool = local(NORA)
    with pytest.raises(ClientError, match="parsing filter"):
        pool.client.list_users(UserPoolId=pool.pool, Filter=f'email="{NORA.email}"')
    assert isinstance(pool.connector().locate(Subject(email=NORA.email)), Several)


def test_a_pool_that_is_not_there_is_for_a_person(pool: Emulated) -> None:
    strange = replace(pool, pool="eu-west-1_nobody000").connector()
    health = strange.check()
    assert not health.usable
    assert "pool" in health.words


def test_many_threads_share_one_connector(pool: Emulated, proved: Prove) -> None:
    connector = pool.connector()

    def look(person: Person) -> tuple[str, list[str]]:
        located = connector.locate(said(person))
        assert isinstance(located, One)
        groups = items_of(connector, located.subject_ref, "groups")
        return located.subject_ref, [item.ref for item in groups]

    asked = [NORA, SANNE, PAUL] * 8
    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(look, asked))
    assert answers == [(pool.subs[person.number], ["patients"]) for person in asked]
    proved(connector="cognito", peer=pool.name, verb="8 threads")


# --- what is changed ------------------------------------------------------------------------

NEW_EMAIL = "anna.nieuw@voorbeeld.example"


def _account(pool: Emulated, person: Person) -> Place:
    return Place(subject_ref=pool.subs[person.number], dataset="account")


def _told(pool: Emulated, person: Person) -> dict[str, str]:
    held = pool.do("admin_get_user", person)
    return {one["Name"]: one["Value"] for one in held["UserAttributes"]}


def _stopped(pool: Emulated, person: Person) -> set[str]:
    name = pool.do("admin_get_user", person)["Username"]
    who = {"UserPoolId": pool.pool, "Username": name}
    groups = pool.client.admin_list_groups_for_user(**who)["Groups"]
    group = {"A.2"} if "stopped" in {one["GroupName"] for one in groups} else set()
    return group | ({"A.5"} if _told(pool, person).get("nickname") == "A.5" else set())


def test_an_account_is_erased_and_a_second_time_gone(
    fresh: Callable[..., Emulated], proved: Prove
) -> None:
    pool = fresh(NORA, SANNE)
    place, connector = _account(pool, NORA), pool.connector()
    ref = place.subject_ref
    assert connector.erase(place, [ref], "op-1").done == (ref,)
    assert connector.again(place, [ref]) == {}
    assert connector.erase(place, [ref], "op-1").gone == (ref,)
    assert isinstance(connector.locate(said(SANNE)), One)
    with pytest.raises(ClientError, match="UserNotFound"):
        pool.do("admin_get_user", NORA)
    proved(connector="cognito", peer=pool.name, verb="erase account")


def test_an_address_is_corrected_with_its_verification(
    fresh: Callable[..., Emulated], proved: Prove
) -> None:
    for verified in (True, False):
        pool = fresh(NORA)
        place = _account(pool, NORA)
        connector = pool.connector(rules=Rules(verified=verified))
        change = Change(path="/UserAttributes/email", old=NORA.email, new=NEW_EMAIL)
        receipt = connector.rectify(place, place.subject_ref, [change], "op-1")
        assert receipt.done == (place.subject_ref,)
        (item,) = connector.again(place, [place.subject_ref]).values()
        told = item.data["UserAttributes"]
        assert isinstance(told, dict)
        assert (told["email"], told["email_verified"]) == (NEW_EMAIL, str(verified).lower())
    proved(connector="cognito", peer=pool.name, verb="rectify")


def test_what_somebody_changed_meanwhile_stays(fresh: Callable[..., Emulated]) -> None:
    pool = fresh(NORA)
    place = _account(pool, NORA)
    other = {"Name": "name", "Value": "Anders"}
    pool.do("admin_update_user_attributes", NORA, UserAttributes=[other])
    change = Change(path="/UserAttributes/name", old=NORA.name, new="Ans")
    with pytest.raises(ItemChanged):
        pool.connector().rectify(place, place.subject_ref, [change], "op-1")
    assert _told(pool, NORA)["name"] == "Anders"


@pytest.mark.parametrize("attribute", ["custom:unknown", "sub", "email_verified"])
def test_what_moto_would_take_silently_is_refused(
    fresh: Callable[..., Emulated], attribute: str
) -> None:
    pool = fresh(NORA)
    place = _account(pool, NORA)
    before = _told(pool, NORA)
    change = Change(path=f"/UserAttributes/{attribute}", old=before.get(attribute), new="x")
    with pytest.raises(ValueRefused):
        pool.connector().rectify(place, place.subject_ref, [change], "op-1")
    assert _told(pool, NORA) == before


def test_an_attribute_is_cleared(fresh: Callable[..., Emulated], proved: Prove) -> None:
    pool = fresh(NORA)
    place = _account(pool, NORA)
    old = _told(pool, NORA)["phone_number"]
    change = Change(path="/UserAttributes/phone_number", old=old, new=None)
    receipt = pool.connector().rectify(place, place.subject_ref, [change], "op-1")
    assert receipt.done == (place.subject_ref,)
    assert "phone_number" not in _told(pool, NORA)
    proved(connector="cognito", peer=pool.name, verb="clear attribute")


def test_a_restricted_account_cannot_sign_in_at_moto(
    moto: Callable[..., Emulated], proved: Prove
) -> None:
    """cognito-local lets a disabled account sign in; moto does as the real service."""
    pool = moto(NORA)
    place = _account(pool, NORA)
    pool.tokens(NORA)
    pool.connector().restrict(place, [place.subject_ref], "op-1")
    with pytest.raises(ClientError, match="disabled"):
        pool.tokens(NORA)
    pool.connector().restrict(place, [place.subject_ref], "op-2", lift=True)
    assert pool.tokens(NORA)
    proved(connector="cognito", peer="moto", verb="restrict, lift")


def _namesakes(count: int) -> list[Person]:
    return [
        replace(MARIA, number=100 + n, email=f"maria.{n}@voorbeeld.example", phone="")
        for n in range(count)
    ]
