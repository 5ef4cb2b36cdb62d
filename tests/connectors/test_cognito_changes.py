"""What the Cognito connector changes, against the stand-in over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from connectors.cognito import build
from connectors.cognito_changes import Rules
from connectors.cognito_stop import Stop
from demo.journal import Journal
from demo.standins import cognito
from demo.standins.faults import Fault, Faults
from dsr.core.connector import Change, Connector, Due, NotOffered, Place
from dsr.core.errors import (
    BadAnswer,
    BrokenRegister,
    ForeignRecord,
    ItemChanged,
    NeedsPerson,
    TryAgain,
    ValueRefused,
)
from tests.connector_contract import items_of
from tests.connectors.app_people import APP_PEOPLE, NORA, SANNE
from tests.connectors.serving import served
from tests.connectors.test_cognito import STOPS, World, quick

ME = NORA.cognito_sub
ACCOUNT = Place(subject_ref=ME, dataset="account")
DEVICES = Place(subject_ref=ME, dataset="devices")
NEW_EMAIL = "anna.nieuw@voorbeeld.example"


@contextmanager
def worlds(rules: Rules | None = None) -> Iterator[World]:
    journal, faults = Journal("cognito"), Faults()
    app = cognito.build(list(APP_PEOPLE), journal, faults=faults)
    with served(app) as url:
        connector = quick(url, cognito.POOL, rules=rules)
        yield World(connector, journal, faults, app.extensions["pool"])
        faults.release()


@pytest.fixture
def world() -> Iterator[World]:
    with worlds(Rules(stop=STOPS)) as made:
        yield made


def of(name: str, old: object, new: object) -> Change:
    return Change(path=f"/UserAttributes/{name}", old=old, new=new)


def verbs(world: World) -> list[str]:
    reads = ("ListUsers", "AdminGetUser", "AdminListDevices", "DescribeUserPool")
    return [verb for verb in world.journal.verbs() if verb not in reads]


def refs(connector: Connector, dataset: str) -> list[str]:
    return [item.ref for item in items_of(connector, ME, dataset)]


# --- Art. 17 --------------------------------------------------------------------------------


def test_an_account_is_erased_after_its_devices_and_sign_ins(world: World) -> None:
    receipt = world.connector.erase(ACCOUNT, [ME], "op-1")
    assert receipt.done == (ME,)
    assert verbs(world) == [
        "AdminForgetDevice", "AdminForgetDevice", "AdminUserGlobalSignOut", "AdminDeleteUser"
    ]  # fmt: skip
    assert receipt.evidence["devices"] == 2
    assert "until they expire" in str(receipt.evidence["note"])
    assert world.connector.again(ACCOUNT, [ME]) == {}


def test_an_account_that_is_still_listed_is_gone_all_the_same(world: World) -> None:
    """ListUsers lags behind; AdminGetUser decides."""
    world.connector.erase(ACCOUNT, [ME], "op-1")
    world.pool.lags = True
    assert world.connector.again(ACCOUNT, [ME]) == {}
    assert world.connector.erase(ACCOUNT, [ME], "op-1").gone == (ME,)


def test_an_account_that_is_not_listed_yet_is_there_all_the_same(world: World) -> None:
    world.pool.people = [NORA]
    hidden = world.pool.listed
    world.pool.listed = list  # type: ignore[method-assign]  # a list that lags
    assert set(world.connector.again(ACCOUNT, [ME])) == {ME}
    world.pool.listed = hidden  # type: ignore[method-assign]
    assert refs(world.connector, "account") == [ME]


def test_another_account_than_the_persons_is_never_erased(world: World) -> None:
    with pytest.raises(ForeignRecord):
        world.connector.erase(ACCOUNT, [ME, SANNE.cognito_sub], "op-1")
    assert world.pool.gone == set()


def test_where_device_tracking_is_off_the_account_is_erased_without_it(world: World) -> None:
    world.pool.off.add("devices")
    assert world.connector.erase(ACCOUNT, [ME], "op-1").done == (ME,)
    assert world.connector.erase(DEVICES, ["d"], "op-2").gone == ("d",)


def test_an_answer_that_was_lost_after_erasing_is_no_second_erasure(world: World) -> None:
    world.pool.off.add("devices")
    world.pool.silent = {"AdminDeleteUser"}
    with pytest.raises(TryAgain):
        world.connector.erase(ACCOUNT, [ME], "op-1")
    assert world.pool.gone == {ME}
    assert world.connector.erase(ACCOUNT, [ME], "op-1").gone == (ME,)
    assert verbs(world).count("AdminDeleteUser") == 1


def test_a_pool_that_only_says_so_is_seen_by_looking_again(world: World) -> None:
    world.pool.lying = 9
    world.connector.erase(ACCOUNT, [ME], "op-1")
    assert set(world.connector.again(ACCOUNT, [ME])) == {ME}


@pytest.mark.parametrize("dataset", ["account", "devices", "groups"])
def test_throttling_changes_nothing_and_says_when_to_go_on(world: World, dataset: str) -> None:
    """It comes as HTTP 400."""
    place = Place(subject_ref=ME, dataset=dataset)
    held = refs(world.connector, dataset)
    world.faults.inject(Fault.TOO_MANY)
    with pytest.raises(TryAgain) as caught:
        world.connector.erase(place, held, "op-1")
    assert caught.value.after == 5.0
    assert verbs(world) == [] or dataset == "groups"
    assert world.connector.erase(place, held, "op-1").done == tuple(held)


def test_a_device_that_was_forgotten_halfway_is_gone_when_repeated(world: World) -> None:
    first, second = refs(world.connector, "devices")
    world.pool.silent = {"AdminForgetDevice"}
    with pytest.raises(TryAgain):
        world.connector.erase(DEVICES, [first, second], "op-1")
    receipt = world.connector.erase(DEVICES, [first, second], "op-1")
    assert (receipt.done, receipt.gone) == ((second,), (first,))


def test_groups_are_left_one_by_one(world: World) -> None:
    place = Place(subject_ref=ME, dataset="groups")
    receipt = world.connector.erase(place, ["patients", "none"], "op-1")
    assert (receipt.done, receipt.gone) == (("patients",), ("none",))
    assert refs(world.connector, "groups") == ["practice-centrum"]
    assert SANNE.cognito_sub not in world.pool.joined


def test_sign_ins_go_with_the_account_and_not_before(world: World) -> None:
    place = Place(subject_ref=ME, dataset="auth_events")
    held = refs(world.connector, "auth_events")[:3]
    receipt = world.connector.erase(place, [*held, "none"], "op-1")
    assert [kept.ref for kept in receipt.retained] == held
    assert "with the account" in receipt.retained[0].reason
    assert receipt.gone == ("none",)
    world.connector.erase(ACCOUNT, [ME], "op-2")
    assert world.connector.erase(place, held, "op-3").gone == tuple(held)
    assert world.connector.again(place, held) == {}


def test_sign_ins_that_are_not_kept_are_no_failure(world: World) -> None:
    world.pool.off.add("auth_events")
    place = Place(subject_ref=ME, dataset="auth_events")
    assert world.connector.erase(place, ["e"], "op-1").gone == ("e",)


def test_a_dataset_that_there_is_not_is_refused(world: World) -> None:
    with pytest.raises(NeedsPerson, match="'chats'"):
        world.connector.erase(Place(subject_ref=ME, dataset="chats"), ["x"], "op-1")


def test_an_answer_without_a_byte_is_no_answer_where_one_is_due(world: World) -> None:
    """Changes are answered so by the service; a reading that comes so is damaged."""
    world.faults.inject(Fault.NOT_JSON)
    with pytest.raises(BadAnswer):
        world.connector.erase(ACCOUNT, [ME], "op-1")
    assert world.pool.gone == set()


# --- Art. 16 --------------------------------------------------------------------------------


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_and_its_verification_are_set_together(verified: bool) -> None:
    """Only as far as the desk verified it."""
    with worlds(Rules(verified=verified)) as world:
        change = of("email", NORA.email, NEW_EMAIL)
        receipt = world.connector.rectify(ACCOUNT, ME, [change], "op-1")
        assert receipt.done == (ME,)
        now = world.pool.attributes(NORA)
        assert (now["email"], now["email_verified"]) == (NEW_EMAIL, str(verified).lower())
        assert receipt.evidence == {"attributes": ["email"], "verified": verified}
        assert NEW_EMAIL not in str(receipt.evidence)


def test_several_fields_change_in_one_call(world: World) -> None:
    changes = [of("given_name", NORA.given, "Ans"), of("name", NORA.name, "Ans Voorbeeld")]
    assert world.connector.rectify(ACCOUNT, ME, changes, "op-1").done == (ME,)
    assert verbs(world) == ["AdminUpdateUserAttributes"]


def test_a_pool_that_waits_for_the_person_has_not_corrected_yet(world: World) -> None:
    world.pool.awaits = True
    change = of("email", NORA.email, NEW_EMAIL)
    receipt = world.connector.rectify(ACCOUNT, ME, [change], "op-1")
    assert [kept.ref for kept in receipt.retained] == [ME]
    assert "confirmed" in receipt.retained[0].reason


def test_a_number_is_cleared_and_one_that_is_required_is_not(world: World) -> None:
    change = of("phone_number", cognito.international(NORA.phone), None)
    assert world.connector.rectify(ACCOUNT, ME, [change], "op-1").done == (ME,)
    assert "phone_number" not in world.pool.attributes(NORA)
    with pytest.raises(ValueRefused):
        world.connector.rectify(ACCOUNT, ME, [of("email", NORA.email, None)], "op-2")


def test_a_correction_that_stopped_halfway_is_finished(world: World) -> None:
    changes = [
        of("given_name", NORA.given, "Ans"),
        of("phone_number", cognito.international(NORA.phone), None),
    ]
    world.pool.silent = {"AdminUpdateUserAttributes"}
    with pytest.raises(TryAgain):
        world.connector.rectify(ACCOUNT, ME, changes, "op-1")
    assert world.connector.rectify(ACCOUNT, ME, changes, "op-1").done == (ME,)
    assert "phone_number" not in world.pool.attributes(NORA)


def test_a_correction_that_the_pool_only_says_it_made_is_not_made(world: World) -> None:
    world.pool.lying = 1
    with pytest.raises(TryAgain):
        world.connector.rectify(ACCOUNT, ME, [of("name", NORA.name, "Ans")], "op-1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (of("email", NORA.email, SANNE.email), "in use"),
        (of("email", NORA.email, None), "requires email"),
        (of("email", NORA.email, "anna@voorbeeld"), "e-mail address"),
        (of("email", NORA.email, ""), "1 to 2048"),
        (of("phone_number", cognito.international(NORA.phone), "06 1234"), r"\+31"),
        (of("birthdate", NORA.birth_date.isoformat(), "1980-02-30"), "a day that exists"),
        (of("birthdate", NORA.birth_date.isoformat(), "31-12-1980"), "a day that exists"),
        (of("name", NORA.name, "An\nna"), "control"),
        (of("custom:unknown", None, "x"), "no attribute custom:unknown"),
        (of("custom:account_made", None, "2020"), "never changes"),
        (of("sub", ME, "another"), "keeps sub itself"),
        (of("email_verified", "true", "false"), "keeps email_verified itself"),
        (of("cognito:user_status", None, "x"), "itself"),
        (Change(path="/Enabled", old=True, new=False), "attributes only"),
        (Change(path="/UserAttributes/name/x", old=None, new="x"), "attributes only"),
    ],
)
def test_what_the_pool_cannot_hold_is_refused(world: World, change: Change, words: str) -> None:
    before = world.pool.attributes(NORA)
    with pytest.raises(ValueRefused, match=words) as caught:
        world.connector.rectify(ACCOUNT, ME, [change], "op-1")
    assert SANNE.email not in str(caught.value)
    assert world.pool.attributes(NORA) == before


def test_one_value_that_is_refused_keeps_all_others_back(world: World) -> None:
    changes = [of("name", NORA.name, "Ans"), of("birthdate", NORA.birth_date.isoformat(), "x")]
    with pytest.raises(ValueRefused):
        world.connector.rectify(ACCOUNT, ME, changes, "op-1")
    assert world.pool.attributes(NORA)["name"] == NORA.name


def test_what_somebody_changed_meanwhile_stays(world: World) -> None:
    world.pool.change(NORA, {"email": "anders@voorbeeld.example"})
    with pytest.raises(ItemChanged):
        world.connector.rectify(ACCOUNT, ME, [of("email", NORA.email, NEW_EMAIL)], "op-1")
    assert world.pool.attributes(NORA)["email"] == "anders@voorbeeld.example"


@pytest.mark.parametrize("dataset", ["groups", "devices", "auth_events"])
def test_what_cognito_writes_itself_is_not_corrected(world: World, dataset: str) -> None:
    place = Place(subject_ref=ME, dataset=dataset)
    with pytest.raises(ValueRefused):
        world.connector.rectify(place, "x", [of("name", "a", "b")], "op-1")


def test_a_statement_is_for_a_person(world: World) -> None:
    receipt = world.connector.annotate(ACCOUNT, ME, "that is not so", "op-1")
    assert "op-1" in receipt.by_hand
    assert "not so" not in receipt.by_hand


# --- Art. 18, 21 and 7(3) -------------------------------------------------------------------


def test_a_restricted_account_is_disabled_and_signed_out(world: World) -> None:
    receipt = world.connector.restrict(ACCOUNT, [ME], "op-1")
    assert receipt.evidence["was_disabled"] is False
    assert "until they expire" in str(receipt.evidence["note"])
    assert (world.pool.disabled, world.pool.signed_out) == ({ME}, {ME: 1})
    world.connector.restrict(ACCOUNT, [ME], "op-2", lift=True)
    assert world.pool.disabled == set()


def test_an_account_that_was_disabled_before_is_told(world: World) -> None:
    world.pool.disabled.add(ME)
    receipt = world.connector.restrict(ACCOUNT, [ME], "op-1")
    assert receipt.evidence["was_disabled"] is True


@pytest.mark.parametrize("dataset", ["groups", "devices", "auth_events"])
def test_what_cognito_cannot_mark_is_for_a_person(world: World, dataset: str) -> None:
    place = Place(subject_ref=ME, dataset=dataset)
    assert "op-1" in world.connector.restrict(place, ["x"], "op-1").by_hand
    assert world.pool.disabled == set()


def test_a_purpose_without_a_way_to_stop_is_told_beside_those_that_stopped(world: World) -> None:
    receipt = world.connector.stop_using(ME, ["A.2", "A.3"], "op-1")
    assert receipt.done == ("A.2",)
    assert [kept.ref for kept in receipt.retained] == ["A.3"]
    assert "op-2" in world.connector.stop_using(ME, ["A.3"], "op-2").by_hand


def test_an_attribute_that_says_something_else_is_set_and_left(world: World) -> None:
    world.pool.change(NORA, {"custom:stopped": "A.9"})
    world.connector.stop_using(ME, ["A.5"], "op-1", resume=True)
    assert world.pool.attributes(NORA)["custom:stopped"] == "A.9"
    world.connector.stop_using(ME, ["A.5"], "op-2")
    assert world.pool.attributes(NORA)["custom:stopped"] == "A.5"


def test_nothing_is_left_to_stop_when_the_account_is_gone(world: World) -> None:
    world.connector.erase(ACCOUNT, [ME], "op-1")
    assert world.connector.stop_using(ME, ["A.2"], "op-2").gone == ("A.2",)
    assert world.connector.restrict(ACCOUNT, [ME], "op-3").gone == (ME,)


@pytest.mark.parametrize(
    "way", [Stop("group", "no-such"), Stop("attribute", "custom:no-such", "x")]
)
def test_a_way_that_the_pool_does_not_know_is_for_a_person(way: Stop) -> None:
    with worlds(Rules(stop={"A.2": way})) as world, pytest.raises(NeedsPerson, match="no-such"):
        world.connector.stop_using(ME, ["A.2"], "op-1")


def test_a_pool_has_no_hold_and_no_purge(world: World) -> None:
    due = Due(dataset="auth_events", event="recorded", until=date(2020, 1, 1))
    assert isinstance(world.connector.hold(ACCOUNT, "op-1"), NotOffered)
    assert isinstance(world.connector.purge(due, 10, "op-2"), NotOffered)


@pytest.mark.parametrize(
    "way", ["no-chat", "group:", "attribute:x", "attribute:=x", "attribute:x="]
)
def test_a_way_to_stop_that_cannot_be_read_is_refused(way: str) -> None:
    settings = {"pool": "p", "region": "eu-west-1", "stop": {"A.2": way}}
    with pytest.raises(BrokenRegister, match=r"settings\.stop\.A\.2"):
        build(settings)


def test_the_settings_of_the_changes_are_read() -> None:
    settings: dict[str, object] = {"pool": "p", "region": "eu-west-1", "verified": True}
    made = build({**settings, "stop": {"A.2": "group:no-chat", "A.5": "attribute:custom:x=y"}})
    assert made._rules == Rules(  # type: ignore[attr-defined]
        verified=True,
        stop={"A.2": Stop("group", "no-chat"), "A.5": Stop("attribute", "custom:x", "y")},
    )
