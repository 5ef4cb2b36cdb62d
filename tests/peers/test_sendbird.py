"""The SendBird stand-in, read by SendBird's own clients, and our connector beside them.

There is no SendBird to run here. So the clients that SendBird makes (2.1.5 for users, channels and
messages, 0.0.16 for GDPR requests) read our stand-in over HTTP and check every field they get;
our connector reads the same stand-in, and both must have found the same.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.sendbird import SendBirdConnector
from demo.chats import Chat
from demo.journal import Journal
from demo.standins import sendbird
from demo.standins.sendbird_state import Chats
from dsr.core.connector import Change, Item, One, Place
from dsr.core.errors import TryAgain
from dsr.core.subject import Subject
from tests.connector_contract import Case, Changing, ConnectorContract, Corrected, items_of
from tests.connectors.app_people import APP_PEOPLE, COR, MARIA, NORA, SANNE, said
from tests.connectors.sendbird_samples import rooms_around
from tests.connectors.serving import served
from tests.connectors.test_sendbird import TOKEN, quick
from tests.peers.running import PEERS, Peer

pytestmark = pytest.mark.peer

Prove = Callable[..., None]
PEOPLE = (NORA, SANNE, MARIA)
USERS = tuple(person.sendbird_id for person in PEOPLE)
NEW, OLD = "2.1.5", "0.0.16"


@dataclass(frozen=True)
class Beside:
    """The stand-in, what SendBird's client read of it, and our connector to it."""

    url: str
    read: dict[str, Any]
    connector: SendBirdConnector

    def items(self, user: str, dataset: str) -> list[Item]:
        """What our connector finds."""
        return items_of(self.connector, user, dataset)


def run(peer: Peer, version: str, script: str, *arguments: str) -> dict[str, Any]:
    """What a script of SendBird's client of that version wrote."""
    python = peer.folder / version / "bin" / "python"
    done = subprocess.run(
        [str(python), str(PEERS / "sendbird-sdk" / script), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def sdk(peer: Callable[..., Peer]) -> Peer:
    return peer("sendbird-sdk")


@pytest.fixture(scope="module")
def beside(sdk: Peer) -> Iterator[Beside]:
    app = sendbird.build(APP_PEOPLE, Journal("sendbird"), token=TOKEN)
    chats = app.extensions["chats"]
    chats.rooms = rooms_around(NORA, SANNE)
    chats.deactivated = {MARIA.sendbird_id}
    chats.taken_back = {Chat(SANNE)[2].id, Chat(SANNE)[8].id}
    with served(app) as url:
        read = run(sdk, NEW, "read_application.py", url, TOKEN, *USERS)
        yield Beside(url, read, quick(url, elsewhere=True))


@dataclass(frozen=True)
class Changed:
    """A stand-in of its own for one test."""

    url: str
    journal: Journal
    chats: Chats
    connector: SendBirdConnector

    def changes(self) -> list[str]:
        """The calls that changed something, in order."""
        reads = ("view_", "list_", "count_")
        return [verb for verb in self.journal.verbs() if not verb.startswith(reads)]


@contextmanager
def changing() -> Iterator[Changed]:
    journal = Journal("sendbird")
    app = sendbird.build(APP_PEOPLE, journal, token=TOKEN)
    app.extensions["chats"].rooms = rooms_around(NORA, SANNE)
    with served(app) as url:
        yield Changed(url, journal, app.extensions["chats"], quick(url, elsewhere=True))


@pytest.fixture
def fresh() -> Iterator[Changed]:
    with changing() as made:
        yield made


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, fresh: Changed, proved: Prove, request: pytest.FixtureRequest) -> Iterator[Case]:
        failed = request.session.testsfailed
        yield Case(
            connector=fresh.connector,
            subject=Subject(patient_number=NORA.patient_number, name=NORA.name),
            ref=NORA.sendbird_id,
            stranger=Subject(patient_number=COR.patient_number, name=COR.name),
            several=said(MARIA),
            dataset="messages",
            secrets=("access_token", "secret-access-token"),
            changing=Changing(
                looks=True,
                erases="messages",
                rectifies=Corrected(dataset="profile", path="/nickname", new="Ans", refused=(7,)),
                restricts="profile",
                stops=("A.2",),
            ),
        )
        if request.session.testsfailed == failed:
            proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="contract")


def test_the_users_are_the_same_also_those_deactivated(beside: Beside, proved: Prove) -> None:
    assert set(beside.read["users"]) == {p.sendbird_id for p in APP_PEOPLE if p.sendbird_id}
    for person in PEOPLE:
        located = beside.connector.locate(Subject(patient_number=person.patient_number))
        assert isinstance(located, One)
        (profile,) = beside.items(located.subject_ref, "profile")
        theirs = beside.read["profiles"][person.sendbird_id]
        assert {key: profile.data[key] for key in theirs} == theirs
    proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="locate, profile")


@pytest.mark.parametrize("user", USERS)
def test_the_channels_are_the_same(beside: Beside, proved: Prove, user: str) -> None:
    ours = [item.ref for item in beside.items(user, "channels")]
    assert ours == beside.read["channels"][user]
    proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="find channels")


@pytest.mark.parametrize("user", USERS)
def test_the_messages_are_the_same_word_for_word(beside: Beside, proved: Prove, user: str) -> None:
    theirs = [
        one for channel in beside.read["channels"][user] for one in beside.read["messages"][channel]
    ]
    assert [_told(item) for item in beside.items(user, "messages")] == theirs
    proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="find messages")


def test_the_count_is_what_is_shown(beside: Beside) -> None:
    for channel, total in beside.read["counts"].items():
        shown = [one for one in beside.read["messages"][channel] if not one["is_removed"]]
        assert len(shown) == total


@pytest.mark.parametrize("user", USERS)
def test_what_they_wrote_elsewhere_is_the_same(beside: Beside, proved: Prove, user: str) -> None:
    """The client asks every channel of the application for this sender's messages."""
    own = set(beside.read["channels"][user])
    written = beside.read["written"][user].items()
    theirs = [one for channel, found in written if channel not in own for one in found]
    ours = [_told(i) for i in beside.items(user, "elsewhere") if i.author == "subject"]
    assert ours == theirs
    proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="find elsewhere")


@pytest.mark.parametrize("user", USERS)
def test_the_push_tokens_are_the_same(beside: Beside, proved: Prove, user: str) -> None:
    ours = {item.data["token"] for item in beside.items(user, "push")}
    assert ours == set(beside.read["push"][user])
    proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="find push")


def test_nobody_is_a_400_with_a_code_of_its_own_for_the_client_too(beside: Beside) -> None:
    assert beside.read["nobody"] == {"status": 400, "code": 400201}
    assert beside.items("nobody-at-all", "profile") == []


def test_gdpr_requests_are_as_sendbirds_older_client_knows_them(
    beside: Beside, sdk: Peer, proved: Prove
) -> None:
    """Without an action it is an erasure: the connector names one always."""
    read = run(sdk, OLD, "gdpr_requests.py", beside.url, TOKEN, SANNE.sendbird_id)
    access, erase, done = read["access"], read["erase"], read["done"]
    assert (access["action"], access["status"]) == ("access", "scheduled")
    assert access["user_id"] == SANNE.sendbird_id
    assert erase["user_ids"] == [SANNE.sendbird_id]
    assert erase["channel_delete_option"] == "do_not_delete"
    assert (done["request_id"], done["status"]) == (access["request_id"], "done")
    assert done["files"]["expires_at"] > done["created_at"]
    assert [one["request_id"] for one in read["left"]["requests"]] == [access["request_id"]]
    assert read["nobody"] == read["gone"] == {"status": 400, "code": 400201}
    assert read["bad token"]["code"] == 400401
    proved(connector="sendbird", peer=f"stand-in + SDK {OLD}", verb="GDPR requests by hand")


# --- what is changed ------------------------------------------------------------------------


def test_what_we_change_the_client_changes_by_the_same_calls(
    fresh: Changed, sdk: Peer, proved: Prove
) -> None:
    """The client's own requests and ours reach the stand-in as the same verbs."""
    me, channel = NORA.sendbird_id, f"praktijk_{NORA.sendbird_id}"
    first, second = [one.id for one in Chat(NORA) if one.author == "subject"][:2]
    arguments = (fresh.url, TOKEN, me, channel, str(first))
    told = run(sdk, NEW, "change_application.py", *arguments)
    assert (told["off"], told["on"], told["nickname"]) == (False, True, "Ans")
    assert (told["frozen"], told["thawed"], told["tokens"]) == (True, False, 1)
    assert told["again"] == {"status": 400, "code": 400201}
    theirs = set(fresh.changes())
    with changing() as ours:
        places = {name: Place(subject_ref=me, dataset=name) for name in ours.connector.datasets}
        for lift in (False, True):
            ours.connector.restrict(places["profile"], [me], "op-1", lift=lift)
            ours.connector.restrict(places["channels"], [channel], "op-2", lift=lift)
        ours.connector.erase(places["push"], [i.ref for i in _items(ours, "push")], "op-3")
        ours.connector.erase(places["messages"], [f"{channel}/{second}"], "op-4")
        changes = [Change(path="/nickname", old=NORA.name, new="Ans")]
        ours.connector.rectify(places["profile"], me, changes, "op-5")
        assert set(ours.changes()) == theirs
    proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="the same changes")


def test_after_an_erasure_the_client_finds_nothing_the_person_said(
    fresh: Changed, sdk: Peer, proved: Prove
) -> None:
    me = NORA.sendbird_id
    for dataset in ("messages", "elsewhere"):
        place = Place(subject_ref=me, dataset=dataset)
        own = [item.ref for item in _items(fresh, dataset) if item.author == "subject"]
        for begin in range(0, len(own), 500):
            part = own[begin : begin + 500]
            assert list(fresh.connector.erase(place, part, "op-1").done) == part
    read = run(sdk, NEW, "read_application.py", fresh.url, TOKEN, me, SANNE.sendbird_id)
    assert not any(read["written"][me].values())
    assert any(read["written"][SANNE.sendbird_id].values())
    left = [one for found in read["messages"].values() for one in found]
    assert left
    assert me not in {one["writer"] for one in left}
    with pytest.raises(TryAgain):
        fresh.connector.erase(Place(subject_ref=me, dataset="profile"), [me], "op-2")
    place = Place(subject_ref=me, dataset="profile")
    assert fresh.connector.erase(place, [me], "op-2").done == (me,)
    assert me not in run(sdk, NEW, "read_application.py", fresh.url, TOKEN)["users"]
    proved(connector="sendbird", peer=f"stand-in + SDK {NEW}", verb="erase, read back")


@pytest.mark.parametrize("option", ["do_not_delete", "1_on_1", "all"])
def test_a_request_of_the_client_goes_through_the_same_stages(
    fresh: Changed, sdk: Peer, proved: Prove, option: str
) -> None:
    user = SANNE.sendbird_id
    read = run(sdk, OLD, "gdpr_erasure.py", fresh.url, TOKEN, user, option)
    assert read["stages"] == ["scheduled", "processing", "done"]
    assert read["made"]["channel_delete_option"] == option
    assert user in fresh.chats.gone
    place = Place(subject_ref=user, dataset="profile")
    assert fresh.connector.erase(place, [user], "op-1").gone == (user,)
    assert fresh.changes().count("register_gdpr") == 1
    proved(connector="sendbird", peer=f"stand-in + SDK {OLD}", verb="GDPR erasure")


def _items(world: Changed, dataset: str) -> list[Item]:
    return items_of(world.connector, NORA.sendbird_id, dataset)


def _told(item: Item) -> dict[str, Any]:
    """A message as the client's script writes it down."""
    one: dict[str, Any] = item.data
    return {
        "message_id": one["message_id"],
        "type": one["type"],
        "writer": one.get("user", {}).get("user_id", ""),
        "message": one["message"],
        "created_at": one["created_at"],
        "is_removed": one["is_removed"],
        "parent": one.get("parent_message_id", 0),
        "reactions": [reaction["key"] for reaction in one["reactions"]],
        "files": [file.name for file in item.files],
    }
