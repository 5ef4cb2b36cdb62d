"""The SendBird connector and channels of every kind: hidden, asked into, left, open, crowded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from connectors.http import HttpSystem
from connectors.sendbird import SendBirdConnector, build
from connectors.sendbird_calls import Platform, type_of_json
from connectors.sendbird_messages import Place, Walk
from demo.chats import Chat
from demo.journal import Journal
from demo.standins import sendbird
from demo.standins.faults import Fault, Faults
from demo.standins.sendbird_records import user_of
from demo.standins.sendbird_rooms import FewMessages, Room, member
from dsr.core.connector import Item, One, Page
from dsr.core.errors import BadAnswer, ForeignRecord, NeedsPerson
from dsr.core.subject import Subject
from tests.connector_contract import (
    Case,
    Changing,
    ConnectorContract,
    Corrected,
    items_of,
    pages_of,
    refused_settings,
)
from tests.connectors.app_people import APP_PEOPLE, COR, MARIA, NORA, SANNE, said
from tests.connectors.sendbird_samples import (
    CROWD,
    INVITED,
    LEFT_GROUP,
    LEFT_TWO,
    LONG_TALK,
    RICH,
    WALK_IN,
    ids,
    rooms_around,
)
from tests.connectors.serving import served
from tests.connectors.test_sendbird import TOKEN, World, quick

ME = NORA.sendbird_id


@pytest.fixture
def world() -> Iterator[World]:
    journal, faults = Journal("sendbird"), Faults(retry_after=7)
    app = sendbird.build(APP_PEOPLE, journal, token=TOKEN, faults=faults)
    app.extensions["chats"].rooms = rooms_around(NORA, SANNE)
    with served(app) as url:
        yield World(quick(url, elsewhere=True), journal, faults, app.extensions["chats"], url)
        faults.release()


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, world: World) -> Case:
        def plan(fault: Fault) -> Callable[[], None]:
            return lambda: world.faults.inject(fault)

        return Case(
            connector=world.connector,
            subject=replace(said(NORA), patient_number=NORA.patient_number),
            ref=ME,
            stranger=replace(said(COR), patient_number=COR.patient_number),
            several=said(MARIA),
            dataset="elsewhere",
            later={one: plan(one) for one in (Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.BROKEN)},
            damaged={one: plan(one) for one in (Fault.HALF_JSON, Fault.NOT_JSON)},
            secrets=("access_token", "secret-access-token"),
            changing=Changing(
                looks=True,
                erases="elsewhere",
                rectifies=Corrected(
                    dataset="profile", path="/metadata/practice", new="zuid", refused=("z" * 191,)
                ),
                restricts="channels",
                stops=("A.2",),
            ),
        )


def in_channel(items: list[Item], channel: str) -> list[int]:
    return [int(i.ref.rpartition("/")[2]) for i in items if i.ref.startswith(f"{channel}/")]


def test_channels_that_hide_by_default_come_and_those_left_do_not(world: World) -> None:
    channels = items_of(world.connector, ME, "channels")
    assert {item.ref for item in channels} == {
        f"praktijk_{ME}", f"leeg_{ME}", INVITED, RICH, CROWD
    }  # fmt: skip


def test_a_crowd_that_shows_only_some_members_is_asked_for_this_one(world: World) -> None:
    items_of(world.connector, ME, "channels")
    assert "view_member" in world.journal.verbs()


def test_replies_notices_and_what_hangs_on_a_message_come_along(world: World) -> None:
    rich = [i for i in world.messages() if i.ref.startswith(RICH)]
    assert [item.author for item in rich] == [
        "subject", "staff", "subject", "subject", "system", "staff"
    ]  # fmt: skip
    question, reply, _, changed, notice, _ = (item.data for item in rich)
    assert (question["reactions"], question["thread_info"]) != ([], None)
    assert reply["parent_message_id"] == question["message_id"]
    assert reply["parent_message_info"]
    assert changed["sorted_metaarray"] == [{"key": "soort", "value": ["herhaalrecept"]}]
    assert rich[3].dates["last_change"] > rich[3].dates["sent"]
    assert (notice["type"], "user" in notice) == ("ADMM", False)


def test_of_other_users_comes_who_they_are_and_nothing_more(world: World) -> None:
    """Their metadata can hold a patient number."""
    left = [room for room in world.chats.rooms if room.url == LEFT_GROUP]
    with_both = {**left[0].members, ME: member(user_of(NORA))}
    world.chats.rooms = [replace(left[0], members=with_both)]
    items = [i for d in ("channels", "messages") for i in items_of(world.connector, ME, d)]
    told = str([item.data for item in items])
    assert SANNE.sendbird_id in told
    assert NORA.patient_number in told
    assert SANNE.patient_number not in told


def test_each_of_several_files_has_its_name_type_size_and_bytes(world: World) -> None:
    (several,) = [i for i in world.messages() if len(i.files) > 1]
    assert [(f.name, f.media_type) for f in several.files] == [
        ("foto.png", "image/png"),
        ("foto.jpg", "image/jpeg"),
    ]
    for file in several.files:
        with file.open() as parts:
            assert len(b"".join(parts)) == file.size
    assert "signed" not in str(several.data)


def test_a_file_that_is_sent_to_another_host_is_not_followed(world: World) -> None:
    """The token would go along."""
    with_file = next(item for item in world.messages() if item.files)
    world.chats.files_go_to = "http://elsewhere.voorbeeld.example/foto.png"
    with pytest.raises(NeedsPerson, match="allow_hosts"), with_file.files[0].open() as parts:
        list(parts)


def test_messages_that_were_taken_back_are_still_held_and_so_come(world: World) -> None:
    chat = Chat(NORA)
    back = {chat[7].id, chat[199].id, chat[429].id}
    world.chats.taken_back |= back
    pages = pages_of(world.connector, ME, "messages")
    items = [item for page in pages for item in page.items]
    marked = {item.data["message_id"] for item in items if item.data["is_removed"]}
    assert marked == back
    assert pages[-1].total == len(items) == 430 + 1 + 6 + 1


@pytest.mark.parametrize(
    ("said", "shown", "back", "total"),
    [
        (10, 10, 0, 10),
        (10, 10, 2, 12),
        (12, 10, 2, 12),
        (10, 11, 0, 11),
        (10, 9, 0, 10),
        (10, 7, 1, 11),
        (None, 7, 1, None),
    ],
    ids=[
        "as said", "the count leaves out what was taken back", "the count has it in",
        "one came meanwhile", "one is missing", "two are missing", "nothing was said",
    ],
)  # fmt: skip
def test_the_count_shows_what_is_missing(
    said: int | None, shown: int, back: int, total: int | None
) -> None:
    assert Walk(Place(()), said, shown, back).total == total


def test_a_deactivated_user_is_found_and_read(world: World) -> None:
    world.chats.deactivated.add(ME)
    located = world.connector.locate(Subject(patient_number=NORA.patient_number))
    assert isinstance(located, One)
    (profile,) = items_of(world.connector, ME, "profile")
    assert profile.data["is_active"] is False
    assert profile.restricted
    assert len(world.messages()) == 430 + 1 + 6 + 1


# --- channels that the person left, and open channels ---------------------------------------


def test_what_they_wrote_in_channels_they_left_and_in_open_ones_is_found(world: World) -> None:
    items = items_of(world.connector, ME, "elsewhere")
    assert {item.ref.rpartition("/")[0] for item in items} == {LEFT_TWO, LEFT_GROUP, WALK_IN}
    assert in_channel(items, LEFT_TWO) == ids(1000, *range(2 * LONG_TALK))
    assert in_channel(items, LEFT_GROUP) == ids(40, 0, 3)
    assert in_channel(items, WALK_IN) == ids(60, 1)


def test_answers_come_along_only_from_a_channel_that_was_between_two(world: World) -> None:
    items = items_of(world.connector, ME, "elsewhere")
    answers = [item for item in items if item.author != "subject"]
    assert {item.ref.rpartition("/")[0] for item in answers} == {LEFT_TWO}
    assert len(answers) == LONG_TALK


def test_nothing_comes_twice_in_messages_and_elsewhere(world: World) -> None:
    refs = [i.ref for d in ("messages", "elsewhere") for i in items_of(world.connector, ME, d)]
    assert len(set(refs)) == len(refs)


def test_many_channels_are_gone_through_a_few_at_a_time(world: World) -> None:
    """Each page stays a unit of retry; pages without anything are not the end."""
    quiet = [Room(url=f"stil-{n}", talk=FewMessages(), kind="open_channels") for n in range(130)]
    world.chats.rooms = [*quiet, *world.chats.rooms]
    pages = pages_of(world.connector, ME, "elsewhere")
    assert sum(not page.items for page in pages) > 3
    found = [item for page in pages for item in page.items]
    assert len(found) == 2 * LONG_TALK + 3


def test_a_channel_that_vanishes_on_the_way_has_nothing_more(world: World) -> None:
    first = world.connector.find(ME, "elsewhere", None)
    assert isinstance(first, Page)
    assert len(first.items) == 200
    world.chats.rooms = [room for room in world.chats.rooms if room.url != LEFT_TWO]
    assert first.next
    second = world.connector.find(ME, "elsewhere", first.next)
    assert isinstance(second, Page)
    assert in_channel(list(second.items), LEFT_GROUP) == ids(40, 0, 3)


class Deaf(Platform):
    """A server that does not know `sender_id` and gives everybody's messages."""

    def get(self, *path: str, **params: str) -> type_of_json:
        return super().get(*path, **{k: v for k, v in params.items() if k != "sender_id"})


def test_a_message_of_somebody_else_among_the_senders_own_stops(world: World) -> None:
    deaf = Deaf(HttpSystem(world.url, headers={"Api-Token": TOKEN}))
    connector = SendBirdConnector(deaf, system="sendbird", metadata={}, elsewhere=True)
    with pytest.raises(ForeignRecord, match="sender"):
        items_of(connector, ME, "elsewhere")


@pytest.mark.parametrize(
    "cursor",
    [
        "{}",
        "[]",
        '{"kind":"users","start":"","todo":[],"place":null,"is_listed":false}',
        '{"kind":"group_channels","start":"","todo":[["a"]],"place":null,"is_listed":false}',
    ],
)
def test_a_spoiled_trail_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(BadAnswer):
        world.connector.find(ME, "elsewhere", cursor)


def test_a_user_who_is_gone_left_nothing_that_can_be_asked_for(world: World) -> None:
    """SendBird then no longer says whose the messages are; docs/connectors-sendbird.md says so."""
    assert world.connector.find("nobody", "elsewhere", None) == Page(items=())


def test_the_check_says_what_is_not_searched_by_itself(world: World) -> None:
    without = quick(world.url)
    assert "elsewhere" not in without.datasets
    for part in ("channels they have left", "open channels", "elsewhere: true", "by hand"):
        assert part in without.check().words
    assert world.connector.check().words == "SendBird answers."


def test_the_walk_through_all_channels_is_a_setting() -> None:
    told: dict[str, object] = {"url": "https://api-x.voorbeeld.example", "token": "t"}
    assert "elsewhere" not in build(told).datasets
    assert "elsewhere" in build({**told, "elsewhere": True}).datasets
    assert "true or false" in refused_settings(build, **told, elsewhere="yes")


def test_many_threads_share_one_connector(world: World) -> None:
    def look(user: str) -> list[str]:
        return [i.ref for d in world.connector.datasets for i in items_of(world.connector, user, d)]

    users = [ME, SANNE.sendbird_id, MARIA.sendbird_id]
    alone = {user: look(user) for user in users}
    with ThreadPoolExecutor(6) as hands:
        together = list(hands.map(look, users * 3))
    assert together == [alone[user] for user in users * 3]
