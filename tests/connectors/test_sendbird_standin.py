"""The SendBird stand-in hides, counts and refuses as SendBird's documentation says it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient

from connectors.http import HttpSystem, Limits
from connectors.sendbird_calls import Platform
from demo.chats import Chat
from demo.journal import Journal
from demo.standins import sendbird
from demo.standins.faults import Fault, Faults
from demo.standins.sendbird_state import Chats
from dsr.core.errors import TryAgain
from tests.connectors.app_people import APP_PEOPLE, MARIA, NORA, SANNE
from tests.connectors.sendbird_samples import CROWD, RICH, ids, rooms_around
from tests.connectors.serving import served

TOKEN = "master-token"
ME, YOU = NORA.sendbird_id, SANNE.sendbird_id


@dataclass(frozen=True)
class World:
    """The stand-in without a network."""

    client: FlaskClient
    chats: Chats
    faults: Faults

    def get(self, path: str, **query: str) -> tuple[int, Any]:
        answer = self.client.get(f"/v3/{path}", query_string=query, headers={"Api-Token": TOKEN})
        return answer.status_code, answer.get_json()

    def ids(self, path: str, **query: str) -> list[int]:
        return [m["message_id"] for m in self.get(f"{path}/messages", **query)[1]["messages"]]


@pytest.fixture
def world() -> World:
    faults = Faults(retry_after=7)
    app = sendbird.build(APP_PEOPLE, Journal("sendbird"), token=TOKEN, faults=faults)
    app.extensions["chats"].rooms = rooms_around(NORA, SANNE)
    return World(app.test_client(), app.extensions["chats"], faults)


def test_a_list_of_channels_leaves_out_what_is_empty_hidden_or_only_asked(world: World) -> None:
    _, body = world.get("users/anna%2F%C3%A9%201%3F%25/my_group_channels")
    assert [one["channel_url"] for one in body["channels"]] == [f"praktijk_{ME}", CROWD]
    assert body["channels"][0]["members"] == []


def test_frozen_channels_are_listed_unless_one_says_not(world: World) -> None:
    for shown, count in (("true", 4), ("false", 3)):
        _, body = world.get(f"users/{YOU}/my_group_channels", show_frozen=shown)
        assert len(body["channels"]) == count


def test_a_list_of_users_leaves_out_those_deactivated(world: World) -> None:
    world.chats.deactivated.add(MARIA.sendbird_id)
    for mode, is_there in ({}, False), ({"active_mode": "all"}, True):
        users = world.get("users", limit="100", **mode)[1]["users"]
        assert (MARIA.sendbird_id in {user["user_id"] for user in users}) is is_there


def test_users_come_ten_at_a_time_with_a_token(world: World) -> None:
    seen: list[str] = []
    more: dict[str, str] = {}
    for _ in range(3):
        _, body = world.get("users", limit="2", **more)
        seen += [user["user_id"] for user in body["users"]]
        more = {"token": body["next"]}
    assert (len(set(seen)), body["next"]) == (6, "")


def test_a_list_of_messages_leaves_out_replies_and_what_was_taken_back(world: World) -> None:
    path = f"group_channels/{RICH}"
    world.chats.taken_back.add(ids(20, 3)[0])
    plain = {"message_ts": "0"}
    assert world.ids(path, **plain) == ids(20, 0, 2, 4, 5)
    assert world.ids(path, include_reply_type="all", **plain) == ids(20, 0, 1, 2, 4, 5)
    assert world.ids(path, including_removed="true", **plain) == ids(20, 0, 2, 3, 4, 5)
    assert world.get(f"{path}/messages/total_count")[1] == {"total": 5}


def test_what_hangs_on_a_message_comes_only_when_asked_for(world: World) -> None:
    path = f"group_channels/{RICH}/messages"
    for switch, name in (
        ("include_reactions", "reactions"),
        ("include_thread_info", "thread_info"),
        ("with_sorted_meta_array", "sorted_metaarray"),
    ):
        without = world.get(path, message_ts="0")[1]["messages"]
        with_it = world.get(path, message_ts="0", **{switch: "true"})[1]["messages"]
        assert not any(name in message for message in without)
        assert any(name in message for message in with_it)


def test_messages_come_fifteen_each_way_of_an_anchor_which_comes_too(world: World) -> None:
    chat, path = Chat(NORA), "group_channels/praktijk_anna%2F%C3%A9%201%3F%25"
    middle = {"message_id": str(chat[100].id)}
    assert world.ids(path, **middle) == [chat[n].id for n in range(85, 115)]
    one_way = {**middle, "prev_limit": "0", "next_limit": "3"}
    assert world.ids(path, **one_way, include="false") == [chat[n].id for n in (101, 102, 103)]
    back = {**middle, "prev_limit": "2", "next_limit": "0", "include": "false"}
    assert world.ids(path, **back, reverse="true") == [chat[99].id, chat[98].id]


def test_an_anchor_in_time_parts_no_two_of_one_millisecond(world: World) -> None:
    chat, path = Chat(NORA), "group_channels/praktijk_anna%2F%C3%A9%201%3F%25"
    moment = {"message_ts": str(chat[199].sent_ms), "prev_limit": "0", "next_limit": "2"}
    assert world.ids(path, **moment) == [chat[199].id, chat[200].id]
    assert world.ids(path, **moment, include="false")[0] == chat[201].id


def test_a_sender_is_picked_before_the_page_is_filled(world: World) -> None:
    chat, path = Chat(NORA), "group_channels/praktijk_anna%2F%C3%A9%201%3F%25"
    mine = [message.id for message in chat if message.author == "subject"]
    wanted = {"message_ts": "0", "prev_limit": "0", "next_limit": "200"}
    assert world.ids(path, sender_id=ME, **wanted) == mine[:200]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("users/nobody", {}, 400201),
        ("group_channels/nowhere/messages", {"message_ts": "0"}, 400201),
        (f"group_channels/{RICH}/messages", {"message_id": "12"}, 400201),
        (f"group_channels/{RICH}/messages", {}, 400105),
        (f"group_channels/{RICH}/messages", {"message_ts": "x"}, 400101),
        (f"group_channels/{RICH}/messages", {"message_ts": "0", "next_limit": "201"}, 400113),
        ("users", {"limit": "101"}, 400113),
        ("users", {"active_mode": "some"}, 400111),
        ("users", {"token": "2"}, 400109),
        ("privacy/gdpr/none", {}, 400201),
        ("no/such/address", {}, 400114),
    ],
)
def test_every_refusal_is_a_400_with_a_code(
    world: World, path: str, query: dict[str, str], code: int
) -> None:
    status, body = world.get(path, **query)
    assert (status, body["error"], body["code"]) == (400, True, code)


def test_a_request_under_the_gdpr_erases_unless_one_says_otherwise(world: World) -> None:
    """Why a body always names its action."""
    made = world.client.post(
        "/v3/privacy/gdpr", json={"user_ids": [YOU]}, headers={"Api-Token": TOKEN}
    ).get_json()
    assert (made["action"], made["channel_delete_option"]) == ("delete", "do_not_delete")


def test_every_answer_says_how_many_calls_are_left(world: World) -> None:
    answer = world.client.get("/v3/users", headers={"Api-Token": TOKEN})
    assert answer.headers["X-RateLimit-Limit"] == "100;w=60"
    assert int(answer.headers["X-RateLimit-Remaining"]) > 0


@dataclass
class Notes:
    """A pace that writes down for how long it should hold."""

    held: list[float] = field(default_factory=list)

    def turn(self) -> None:
        return None

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


def test_too_many_calls_hold_everybody_as_long_as_sendbird_says() -> None:
    """The pause stands in a header of SendBird's own, not in Retry-After."""
    notes, faults = Notes(), Faults(retry_after=7)
    app = sendbird.build(APP_PEOPLE, Journal("sendbird"), token=TOKEN, faults=faults)
    with served(app) as url:
        http = HttpSystem(url, headers={"Api-Token": TOKEN}, limits=Limits(tries=1, pace=notes))
        faults.inject(Fault.TOO_MANY)
        with pytest.raises(TryAgain):
            Platform(http).get("users", ME)
    assert notes.held == [7.0]


# --- what changes something -----------------------------------------------------------------

PATH = "users/anna%2F%C3%A9%201%3F%25"


def send(world: World, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
    answer = world.client.open(
        f"/v3/{path}", method=method, json=body, query_string=query, headers={"Api-Token": TOKEN}
    )
    return answer.status_code, answer.get_json()


def test_deactivating_leaves_all_channels_unless_one_says_not(world: World) -> None:
    for stays, count in ((True, 2), (False, 0)):
        body = {"is_active": False, **({"leave_all_when_deactivated": False} if stays else {})}
        assert send(world, "PUT", PATH, body)[1]["is_active"] is False
        _, listed = world.get(f"{PATH}/my_group_channels")
        assert len(listed["channels"]) == count


def test_files_stay_behind_unless_one_says_that_they_go(world: World) -> None:
    with_file = [message for message in Chat(NORA) if message.file]
    path = "group_channels/praktijk_anna%2F%C3%A9%201%3F%25/messages"
    for message, query, code in (
        (with_file[0], {}, 200),
        (with_file[1], {"delete_files": "true"}, 404),
    ):
        assert message.file
        assert send(world, "DELETE", f"{path}/{message.id}", **query)[0] == 200
        address = f"/files/{message.id}/{message.file.name}"
        assert world.client.get(address, headers={"Api-Token": TOKEN}).status_code == code


def test_a_user_who_is_deleted_leaves_messages_without_a_writer(world: World) -> None:
    send(world, "DELETE", PATH)
    path = "group_channels/praktijk_anna%2F%C3%A9%201%3F%25"
    assert world.ids(path, message_ts="0", sender_id=ME) == []
    first = world.get(f"{path}/messages", message_ts="0", next_limit="3")[1]["messages"][0]
    assert ("user" in first, first["type"]) == (False, "MESG")


def test_new_metadata_needs_to_be_asked_for(world: World) -> None:
    told = {"metadata": {"town": "Utrecht"}}
    send(world, "PUT", f"{PATH}/metadata", told)
    assert "town" not in world.get(f"{PATH}/metadata")[1]
    send(world, "PUT", f"{PATH}/metadata", {**told, "upsert": True})
    assert world.get(f"{PATH}/metadata")[1]["town"] == "Utrecht"
    send(world, "DELETE", f"{PATH}/metadata")
    assert world.get(f"{PATH}/metadata")[1] == {}


def test_a_deletion_under_the_gdpr_is_scheduled_then_under_way_then_done(world: World) -> None:
    body = {"action": "delete", "user_ids": [YOU], "channel_delete_option": "1_on_1"}
    made = send(world, "POST", "privacy/gdpr", body)[1]
    assert made["status"] == "scheduled"
    path = f"privacy/gdpr/{made['request_id']}"
    assert world.get(path)[1]["status"] == "processing"
    assert send(world, "DELETE", path)[1]["code"] == 400111
    done = world.get(path)[1]
    assert (done["status"], done["files"]) == ("done", {"url": "", "expires_at": 0})
    assert world.get(f"users/{YOU}")[1]["code"] == 400201
    assert world.get(f"group_channels/praktijk_{YOU}")[1]["code"] == 400201
    assert world.get("group_channels/praktijk_anna%2F%C3%A9%201%3F%25")[0] == 200
    assert send(world, "DELETE", f"{PATH}/push")[0] == 200
    assert world.get(f"{PATH}/push/apns")[1]["tokens"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", PATH, {"nickname": "n" * 81}, 400110),
        ("PUT", PATH, {"nickname": 7}, 400100),
        ("PUT", f"{PATH}/metadata", {"metadata": "x"}, 400103),
        (
            "PUT", f"{PATH}/metadata",
            {"metadata": {f"k{n}": "x" for n in range(6)}, "upsert": True}, 400203,
        ),
        ("PUT", f"group_channels/{RICH}/freeze", {"freeze": "yes"}, 400104),
        ("DELETE", f"group_channels/{RICH}/messages/12", None, 400201),
        ("DELETE", "group_channels/nowhere", None, 400201),
        ("DELETE", "users/nobody", None, 400201),
        ("POST", "privacy/gdpr", {"action": "restrict", "user_ids": ["x"]}, 400111),
        ("POST", "privacy/gdpr", {"action": "delete", "user_ids": []}, 400105),
        ("POST", "privacy/gdpr", {"action": "delete", "user_ids": ["nobody"]}, 400201),
        (
            "POST", "privacy/gdpr",
            {"action": "delete", "user_ids": [YOU], "channel_delete_option": "some"}, 400111,
        ),
        ("DELETE", "privacy/gdpr/none", None, 400201),
    ],
)  # fmt: skip
def test_a_change_is_refused_with_a_code(
    world: World, method: str, path: str, body: Any, code: int
) -> None:
    status, told = send(world, method, path, body)
    assert (status, told["error"], told["code"]) == (400, True, code)
