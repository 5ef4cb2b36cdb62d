"""The SendBird connector against the stand-in, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from connectors.http import HttpSystem, Limits
from connectors.sendbird import SendBirdConnector, build
from connectors.sendbird_calls import Platform
from connectors.sendbird_changes import Rules
from demo.chats import Chat
from demo.journal import Journal
from demo.standins import sendbird
from demo.standins.faults import Fault, Faults
from demo.standins.sendbird_state import Chats
from dsr.core.connector import Item, Nobody, One, Page, Several
from dsr.core.errors import BadAnswer, ForeignRecord, NeedsPerson, TryAgain
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
from tests.connectors.app_people import APP_PEOPLE, COR, MARIA, NORA, OTHER_MARIA, SANNE, said
from tests.connectors.serving import served

TOKEN = "master-token"
CHANNEL = f"praktijk_{NORA.sendbird_id}"


@dataclass(frozen=True)
class World:
    """The stand-in, and the connector to it."""

    connector: SendBirdConnector
    journal: Journal
    faults: Faults
    chats: Chats
    url: str

    def messages(self) -> list[Item]:
        """Everything said in Nora's channels."""
        return items_of(self.connector, NORA.sendbird_id, "messages")


#: erases, and stops A.2
ERASING = Rules(channel_delete_option="do_not_delete", stop=frozenset({"A.2"}), poll=30.0)


def quick(
    url: str, token: str = TOKEN, tries: int = 1, *, elsewhere: bool = False, rules: Rules = ERASING
) -> SendBirdConnector:
    """The connector with as many tries a call as a test wants."""
    limits = Limits(read=5.0, total=20.0, tries=tries)
    http = HttpSystem(url, headers={"Api-Token": token}, limits=limits)
    return SendBirdConnector(
        Platform(http),
        system="sendbird",
        metadata={"patient_number": "patient_number"},
        elsewhere=elsewhere,
        rules=rules,
    )


def stopped_in(chats: Chats, user: str) -> set[str]:
    """The purposes for which a user is deactivated."""
    reasons = str(chats.metadata.get(user, {}).get("dsr_paused", "")).split(",")
    told = {one.removeprefix("stop:") for one in reasons if one.startswith("stop:")}
    return told if user in chats.deactivated else set()


@pytest.fixture
def world() -> Iterator[World]:
    journal, faults = Journal("sendbird"), Faults(retry_after=7)
    app = sendbird.build(APP_PEOPLE, journal, token=TOKEN, faults=faults)
    with served(app) as url:
        yield World(quick(url), journal, faults, app.extensions["chats"], url)
        faults.release()


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, world: World) -> Case:
        def plan(fault: Fault) -> Callable[[], None]:
            return lambda: world.faults.inject(fault)

        later = (Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.BROKEN, Fault.SLOW)
        return Case(
            connector=world.connector,
            subject=replace(said(NORA), patient_number=NORA.patient_number),
            ref=NORA.sendbird_id,
            stranger=replace(said(COR), patient_number=COR.patient_number),
            several=said(MARIA),
            dataset="messages",
            later={one: plan(one) for one in later},
            damaged={one: plan(one) for one in (Fault.HALF_JSON, Fault.NOT_JSON)},
            foreign={"first": plan(Fault.FOREIGN_RECORD)},
            content_read=lambda: sum(
                verb not in ("list_users", "view_user") for verb in world.journal.verbs()
            ),
            secrets=("access_token", "secret-access-token"),
            changing=Changing(
                looks=True,
                erases="messages",
                other=SANNE.sendbird_id,
                rectifies=Corrected(
                    dataset="profile",
                    path="/nickname",
                    new="Anna Nieuw",
                    refused=("n" * 81, 7, "An\0na"),
                ),
                restricts="profile",
                stops=("A.2",),
                stopped=lambda: stopped_in(world.chats, NORA.sendbird_id),
            ),
        )


def test_all_messages_come_once_also_two_in_one_millisecond(world: World) -> None:
    messages = world.messages()
    chat = Chat(NORA)
    assert [item.ref for item in messages] == [f"{CHANNEL}/{said.id}" for said in chat]
    times = [item.dates["sent"] for item in messages]
    assert len(set(times)) < len(times)
    assert times == [said.sent_at for said in chat]


def test_a_page_ends_between_two_messages_of_one_millisecond(world: World) -> None:
    """Else the case that loses messages would not be in these tests at all."""
    chat = Chat(NORA)
    assert chat[199].sent_ms == chat[200].sent_ms
    first = world.connector.find(NORA.sendbird_id, "messages", None)
    assert isinstance(first, Page)
    assert len(first.items) == 200


def test_the_writer_is_the_subject_the_practice_or_the_system(world: World) -> None:
    messages = world.messages()
    assert [item.author for item in messages] == [said.author for said in Chat(NORA)]
    assert all(item.about_subject for item in messages)


def test_hidden_and_empty_channels_are_found_without_what_was_said_last(world: World) -> None:
    channels = items_of(world.connector, NORA.sendbird_id, "channels")
    assert [item.ref for item in channels] == [CHANNEL, f"leeg_{NORA.sendbird_id}"]
    assert all("last_message" not in item.data for item in channels)


def test_a_person_without_messages_has_none(world: World) -> None:
    quiet = replace(SANNE, messages=0)
    world.chats.people = [quiet]
    page = world.connector.find(quiet.sendbird_id, "messages", None)
    assert isinstance(page, Page)
    assert (page.items, page.next, page.total) == ((), None, 0)


def test_the_message_that_a_page_stood_on_may_vanish(world: World) -> None:
    first = world.connector.find(NORA.sendbird_id, "messages", None)
    assert isinstance(first, Page)
    chat = Chat(NORA)
    world.chats.removed |= {chat[199].id, chat[250].id}
    second = world.connector.find(NORA.sendbird_id, "messages", first.next)
    assert isinstance(second, Page)
    assert second.items[0].ref == f"{CHANNEL}/{chat[200].id}"
    assert f"{CHANNEL}/{chat[250].id}" not in {item.ref for item in second.items}


def test_a_channel_that_vanishes_between_pages_has_nothing_more(world: World) -> None:
    first = world.connector.find(NORA.sendbird_id, "messages", None)
    assert isinstance(first, Page)
    world.chats.people = [SANNE]
    second = world.connector.find(NORA.sendbird_id, "messages", first.next)
    assert isinstance(second, Page)
    assert (second.items, second.next) == ((), None)


def test_a_message_of_another_channel_stops(world: World) -> None:
    first = world.connector.find(NORA.sendbird_id, "messages", None)
    assert isinstance(first, Page)
    world.faults.inject(Fault.FOREIGN_RECORD)
    with pytest.raises(ForeignRecord, match="another channel"):
        world.connector.find(NORA.sendbird_id, "messages", first.next)


def test_a_channel_without_the_person_stops(world: World) -> None:
    world.faults.inject(Fault.FOREIGN_RECORD)
    with pytest.raises(ForeignRecord, match="no member"):
        world.connector.find(NORA.sendbird_id, "channels", None)


def test_a_page_that_comes_twice_is_a_bad_answer(world: World) -> None:
    first = world.connector.find(NORA.sendbird_id, "messages", None)
    assert isinstance(first, Page)
    world.faults.inject(Fault.REPEATED_PAGE)
    with pytest.raises(BadAnswer):
        world.connector.find(NORA.sendbird_id, "messages", first.next)


def test_too_many_calls_say_how_long_to_wait(world: World) -> None:
    world.faults.inject(Fault.TOO_MANY)
    with pytest.raises(TryAgain) as caught:
        world.connector.find(NORA.sendbird_id, "profile", None)
    assert caught.value.after == 7.0


def test_a_short_wait_is_waited_for(world: World) -> None:
    world.faults.retry_after = 0
    world.faults.inject(Fault.TOO_MANY, calls=2)
    page = quick(world.url, tries=3).find(NORA.sendbird_id, "profile", None)
    assert isinstance(page, Page)
    assert len(page.items) == 1


def test_files_stream_with_the_token_and_their_address_keeps_no_signature(world: World) -> None:
    with_file = [item for item in world.messages() if item.files]
    assert {file.media_type for item in with_file for file in item.files} == {
        "image/png",
        "image/jpeg",
        "application/pdf",
    }
    file = with_file[0].files[0]
    with file.open() as parts:
        assert len(b"".join(parts)) == file.size
    assert "signed" not in str(with_file[0].data)


def test_a_file_on_another_host_is_not_fetched(world: World) -> None:
    with (
        pytest.raises(NeedsPerson, match="allow_hosts"),
        world.connector._platform.file("http://elsewhere.example/x.png") as parts,
    ):
        list(parts)


def test_a_file_that_is_gone_is_for_a_person(world: World) -> None:
    with_file = next(item for item in world.messages() if item.files)
    world.chats.removed.add(int(with_file.ref.rpartition("/")[2]))
    with pytest.raises(NeedsPerson, match="404"), with_file.files[0].open() as parts:
        list(parts)


def test_push_tokens_of_the_persons_devices_come_along(world: World) -> None:
    (token,) = items_of(world.connector, NORA.sendbird_id, "push")
    assert token.data == {"type": "apns", "token": "device-token-00001"}
    assert "device-token" not in token.ref


def test_the_profile_has_its_dates_and_metadata(world: World) -> None:
    (profile,) = items_of(world.connector, NORA.sendbird_id, "profile")
    assert profile.dates["recorded"] == datetime(2023, 9, 1, 9, 1, tzinfo=UTC)
    assert profile.data["metadata"] == {"patient_number": "P000001", "practice": "centrum"}


def test_a_user_who_is_gone_has_nothing(world: World) -> None:
    for dataset in world.connector.datasets:
        assert items_of(world.connector, "nobody", dataset) == []


def test_a_known_reference_finds_the_person_and_a_name_alone_does_not(world: World) -> None:
    located = world.connector.locate(said(MARIA, sendbird=OTHER_MARIA.sendbird_id))
    assert isinstance(located, One)
    assert located.subject_ref == OTHER_MARIA.sendbird_id
    by_name = world.connector.locate(Subject(name=SANNE.name))
    assert isinstance(by_name, Several)
    assert [c.agrees for c in by_name.candidates] == [("name",)]


def test_a_reference_of_nobody_is_nobody(world: World) -> None:
    located = world.connector.locate(Subject(known_refs={"sendbird": "gone"}))
    assert isinstance(located, Nobody)


@pytest.mark.parametrize("ref", ["", ".", ".."])
def test_a_reference_that_would_change_the_address_is_refused(world: World, ref: str) -> None:
    with pytest.raises(NeedsPerson):
        world.connector.find(ref, "profile", None)
    assert world.journal.verbs() == []


def test_a_wrong_token_is_for_a_person(world: World) -> None:
    connector = quick(world.url, token="wrong")
    with pytest.raises(NeedsPerson, match="token"):
        connector.find(NORA.sendbird_id, "profile", None)
    assert not connector.check().usable


def test_a_server_that_is_not_there_says_try_again() -> None:
    with pytest.raises(TryAgain):
        quick("http://127.0.0.1:9").find("x", "profile", None)


def test_pages_hold_as_many_as_sendbird_gives_at_most(world: World) -> None:
    pages = pages_of(world.connector, NORA.sendbird_id, "messages")
    assert [len(page.items) for page in pages if page.items] == [200, 200, 30]
    assert [page.total for page in pages] == [430, *[None] * (len(pages) - 2), 430]


def test_settings_are_read_and_mistakes_named() -> None:
    connector = build({"url": "https://api-x.voorbeeld.example", "token": "t"})
    assert tuple(connector.datasets) == (
        "profile",
        "channels",
        "messages",
        "push",
    )
    assert "settings.token" in refused_settings(build, url="https://x.example")
    assert "https://" in refused_settings(build, url="ftp://x", token="t")
    assert "'tokn'" in refused_settings(build, url="https://x.example", tokn="t")
