"""What the SendBird connector changes, against the stand-in over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from connectors.sendbird import build
from connectors.sendbird_changes import Rules
from demo.chats import Chat
from demo.journal import Journal
from demo.standins import sendbird
from demo.standins.faults import Fault, Faults
from demo.standins.sendbird_rooms import FewMessages, Room, desk
from dsr.core.connector import Change, Due, Item, NotOffered, Place
from dsr.core.errors import ForeignRecord, ItemChanged, NeedsPerson, TryAgain, ValueRefused
from tests.connector_contract import items_of, refused_settings
from tests.connectors.app_people import APP_PEOPLE, NORA, SANNE
from tests.connectors.sendbird_samples import (
    CROWD,
    LEFT_GROUP,
    LEFT_QUIET,
    LEFT_TWO,
    OTHERS,
    RICH,
    WALK_IN,
    ids,
    rooms_around,
)
from tests.connectors.serving import served
from tests.connectors.test_sendbird import CHANNEL, ERASING, TOKEN, World, quick

ME = NORA.sendbird_id
EMPTY_CHANNEL = f"leeg_{ME}"
PROFILE, MESSAGES, CHANNELS, PUSH, ELSEWHERE = (
    Place(subject_ref=ME, dataset=name)
    for name in ("profile", "messages", "channels", "push", "elsewhere")
)
READS = ("view_", "list_", "count_")


@contextmanager
def worlds(rules: Rules = ERASING, tries: int = 1, *, rooms: bool = False) -> Iterator[World]:
    journal, faults = Journal("sendbird"), Faults(retry_after=7)
    app = sendbird.build(APP_PEOPLE, journal, token=TOKEN, faults=faults)
    chats = app.extensions["chats"]
    chats.rooms = rooms_around(NORA, SANNE) if rooms else []
    with served(app) as url:
        connector = quick(url, tries=tries, elsewhere=rooms, rules=rules)
        connector._platform.http.sleep = lambda seconds: None
        yield World(connector, journal, faults, chats, url)
        faults.release()


@pytest.fixture
def world() -> Iterator[World]:
    with worlds() as made:
        yield made


@pytest.fixture
def crowded() -> Iterator[World]:
    with worlds(rooms=True) as made:
        yield made


def changes_of(world: World) -> list[str]:
    return [verb for verb in world.journal.verbs() if not verb.startswith(READS)]


def own(items: list[Item]) -> list[str]:
    return [item.ref for item in items if item.author == "subject"]


def in_room(room: str, first: int, *places: int) -> list[str]:
    return [f"{room}/{one}" for one in ids(first, *places)]


def erase_all_own(world: World) -> None:
    refs = own(world.messages())
    world.connector.erase(MESSAGES, refs, "op-0")


# --- messages -------------------------------------------------------------------------------


def test_own_messages_go_and_those_of_the_practice_stay(world: World) -> None:
    before = world.messages()
    receipt = world.connector.erase(MESSAGES, [item.ref for item in before], "op-1")
    assert list(receipt.done) == own(before)
    reasons = {kept.ref: kept.reason for kept in receipt.retained}
    assert reasons == {
        item.ref: "It is a notice of the application; nobody wrote it."
        if item.author == "system"
        else "It was written by somebody else."
        for item in before
        if item.author != "subject"
    }
    assert own(world.messages()) == []
    assert len(world.messages()) == len(reasons)


def test_the_files_of_a_message_go_too(world: World) -> None:
    """SendBird's own default leaves them where they are."""
    with_file = next(i for i in world.messages() if i.files and i.author == "subject")
    world.connector.erase(MESSAGES, [with_file.ref], "op-1")
    with pytest.raises(NeedsPerson, match="404"), with_file.files[0].open() as parts:
        list(parts)


def test_an_erasure_goes_on_where_sendbird_asked_for_rest(world: World) -> None:
    refs = own(world.messages())[:20]
    world.chats.tired_after = 8
    with pytest.raises(TryAgain) as caught:
        world.connector.erase(MESSAGES, refs, "op-1")
    assert caught.value.after == 7.0
    assert len(world.chats.removed) == 8
    receipt = world.connector.erase(MESSAGES, refs, "op-1")
    assert (list(receipt.gone), list(receipt.done)) == (refs[:8], refs[8:])
    accepted = [e for e in world.journal.entries if e["verb"] == "delete_message"]
    assert [e["outcome"] for e in accepted].count("ok") == 20


def test_a_short_rest_is_taken_on_the_way() -> None:
    with worlds(tries=3) as world:
        world.faults.retry_after = 1
        refs = own(world.messages())[:6]
        world.chats.tired_after = 3
        assert list(world.connector.erase(MESSAGES, refs, "op-1").done) == refs


def test_an_answer_that_was_lost_after_deleting_counts_as_gone(world: World) -> None:
    first, second = own(world.messages())[:2]
    world.chats.silent = {"delete_message"}
    with pytest.raises(TryAgain):
        world.connector.erase(MESSAGES, [first, second], "op-1")
    receipt = world.connector.erase(MESSAGES, [first, second], "op-1")
    assert (receipt.gone, receipt.done) == ((first,), (second,))


def test_a_message_that_sendbird_only_says_it_deleted_is_not_done(world: World) -> None:
    refs = own(world.messages())[:3]
    world.chats.lying = 2
    with pytest.raises(TryAgain, match="2 of 3"):
        world.connector.erase(MESSAGES, refs, "op-1")
    assert set(world.connector.again(MESSAGES, refs)) == set(refs[:2])


def test_what_sendbird_keeps_after_deleting_is_told(world: World) -> None:
    """It may list what was removed, with what it said."""
    refs = own(world.messages())[:2]
    world.chats.keeps_removed = True
    receipt = world.connector.erase(MESSAGES, refs, "op-1")
    assert [kept.ref for kept in receipt.retained] == refs
    assert "still keeps what it said" in receipt.retained[0].reason


def test_what_is_listed_without_its_content_is_emptied() -> None:
    with worlds(rooms=True) as world:
        room = next(one for one in world.chats.rooms if one.url == RICH)
        bare = {"message": "", "sorted_metaarray": [], "translations": {}, "files": []}
        records = [{**room.talk.record(n), **bare} for n in range(len(room.talk))]
        emptied = replace(room, talk=FewMessages(records))
        world.chats.rooms = [emptied if one is room else one for one in world.chats.rooms]
        world.chats.keeps_removed = True
        refs = in_room(RICH, 20, 0, 3)
        for _ in range(2):
            receipt = world.connector.erase(MESSAGES, refs, "op-1")
            assert list(receipt.emptied) == refs
            assert all(item.emptied for item in world.connector.again(MESSAGES, refs).values())


def test_what_is_not_a_reference_of_a_message_is_gone(world: World) -> None:
    odd = ["x", "/1", f"{CHANNEL}/x", f"{CHANNEL}/", f"{CHANNEL}/٣", "nowhere/12"]
    receipt = world.connector.erase(MESSAGES, odd, "op-1")
    assert list(receipt.gone) == odd
    assert changes_of(world) == []


def test_many_are_looked_for_in_one_walk_and_a_few_one_by_one(world: World) -> None:
    refs = [item.ref for item in world.messages()]
    for wanted, most in ((refs, 5), (refs[:2], 2)):
        before = len(world.journal.entries)
        assert set(world.connector.again(MESSAGES, wanted)) == set(wanted)
        verbs = world.journal.verbs()[before:]
        assert verbs.count("list_messages") <= most


def test_what_was_said_elsewhere_goes_from_every_kind_of_channel(crowded: World) -> None:
    refs = [*in_room(LEFT_TWO, 1000, 0, 2), *in_room(WALK_IN, 60, 1), *in_room(LEFT_GROUP, 40, 0)]
    answers = in_room(LEFT_TWO, 1000, 1)
    receipt = crowded.connector.erase(ELSEWHERE, [*refs, *answers], "op-1")
    assert list(receipt.done) == refs
    assert [kept.ref for kept in receipt.retained] == answers
    assert set(crowded.connector.again(ELSEWHERE, [*refs, *answers])) == set(answers)


@pytest.mark.parametrize("room", [LEFT_QUIET, OTHERS])
def test_a_message_of_a_channel_without_the_person_stops_everything(
    crowded: World, room: str
) -> None:
    theirs = in_room(room, 50 if room == LEFT_QUIET else 70, 0)
    for verb in (crowded.connector.erase, crowded.connector.restrict):
        with pytest.raises(ForeignRecord):
            verb(MESSAGES, [*own(crowded.messages())[:1], *theirs], "op-1")
    assert changes_of(crowded) == []


def test_when_the_user_is_gone_nobody_can_tell_whose_a_message_was(world: World) -> None:
    refs = own(world.messages())[:2]
    world.chats.gone.add(ME)
    receipt = world.connector.erase(MESSAGES, refs, "op-1")
    assert [kept.ref for kept in receipt.retained] == refs
    assert "who wrote it" in receipt.retained[0].reason
    assert changes_of(world) == []


# --- the GDPR request -----------------------------------------------------------------------


def test_a_profile_is_erased_when_sendbird_says_it_is_done_and_it_is(world: World) -> None:
    erase_all_own(world)
    with pytest.raises(TryAgain, match="is processing") as caught:
        world.connector.erase(PROFILE, [ME], "op-1")
    (request,) = world.chats.gdpr
    assert str(request["request_id"]) in str(caught.value)
    assert caught.value.after == 30.0
    assert (request["action"], request["user_ids"]) == ("delete", [ME])
    assert request["channel_delete_option"] == "do_not_delete"
    receipt = world.connector.erase(PROFILE, [ME], "op-1")
    assert receipt.done == (ME,)
    assert receipt.evidence["request_id"] == request["request_id"]
    assert receipt.evidence["status"] == "done"
    assert world.connector.again(PROFILE, [ME]) == {}
    assert len(world.chats.gdpr) == 1


def test_a_repeat_after_a_crash_makes_no_second_request(world: World) -> None:
    erase_all_own(world)
    world.chats.silent = {"register_gdpr"}
    with pytest.raises(TryAgain):
        world.connector.erase(PROFILE, [ME], "op-1")
    for _ in range(2):
        with pytest.raises(TryAgain):
            world.connector.erase(PROFILE, [ME], "op-1")
        world.chats.gdpr_steps = ("processing", "processing", "done")
    assert world.connector.erase(PROFILE, [ME], "op-1").done == (ME,)
    assert changes_of(world).count("register_gdpr") == 1


def test_the_open_request_is_found_behind_many_others(world: World) -> None:
    erase_all_own(world)
    with pytest.raises(TryAgain):
        world.connector.erase(PROFILE, [ME], "op-1")
    (mine,) = world.chats.gdpr
    others = [{**mine, "request_id": f"r{n}", "user_ids": [SANNE.sendbird_id]} for n in range(230)]
    world.chats.gdpr = [*others, mine]
    assert world.connector.erase(PROFILE, [ME], "op-1").done == (ME,)
    assert changes_of(world).count("register_gdpr") == 1


@pytest.mark.parametrize("step", ["scheduled", "processing", "on_hold", "DONE", "", "done?"])
def test_only_done_is_done(world: World, step: str) -> None:
    erase_all_own(world)
    world.chats.gdpr_steps = (step,)
    for _ in range(3):
        with pytest.raises(TryAgain):
            world.connector.erase(PROFILE, [ME], "op-1")
    assert len(world.chats.gdpr) == 1


@pytest.mark.parametrize("step", ["failed", "canceled"])
def test_a_request_that_failed_or_was_taken_back_is_for_a_person(world: World, step: str) -> None:
    erase_all_own(world)
    world.chats.gdpr_steps = (step,)
    for _ in range(2):
        with pytest.raises(NeedsPerson, match=step):
            world.connector.erase(PROFILE, [ME], "op-1")
    (request,) = world.chats.gdpr
    made = int(str(request["created_at"])) + 1
    world.chats.gdpr.insert(0, {**request, "request_id": "by-hand", "created_at": made})
    world.chats.gdpr_steps = ("done",)
    assert world.connector.erase(PROFILE, [ME], "op-1").evidence["request_id"] == "by-hand"


def test_a_request_that_is_not_there_any_more_is_for_a_person(world: World) -> None:
    erase_all_own(world)
    with pytest.raises(TryAgain):
        world.connector.erase(PROFILE, [ME], "op-1")
    listed = world.chats.gdpr

    class Vanishing(list):  # type: ignore[type-arg]
        """In the list, and not there when it is asked for."""

        def __iter__(self) -> Iterator[object]:
            return iter(())

    world.chats.gdpr = Vanishing(listed)
    with pytest.raises(NeedsPerson, match="took it back"):
        world.connector.erase(PROFILE, [ME], "op-1")


def test_done_with_the_user_still_there_is_not_done(world: World) -> None:
    erase_all_own(world)
    world.chats.gdpr_steps, world.chats.lying = ("done",), 1
    for _ in range(2):
        with pytest.raises(TryAgain, match="still there"):
            world.connector.erase(PROFILE, [ME], "op-1")
    assert len(world.chats.gdpr) == 1


def test_a_request_for_an_earlier_user_of_this_id_is_not_ours(world: World) -> None:
    erase_all_own(world)
    old = {"request_id": "old", "action": "delete", "status": "done", "user_ids": [ME]}
    world.chats.gdpr = [{**old, "channel_delete_option": "all", "created_at": 1_500_000_000_000}]
    with pytest.raises(TryAgain, match="is processing"):
        world.connector.erase(PROFILE, [ME], "op-1")
    assert len(world.chats.gdpr) == 2


def test_a_user_who_went_before_the_rest_is_waited_for(world: World) -> None:
    erase_all_own(world)
    with pytest.raises(TryAgain):
        world.connector.erase(PROFILE, [ME], "op-1")
    world.chats.gone.add(ME)
    with pytest.raises(TryAgain, match="is processing"):
        world.connector.erase(PROFILE, [ME], "op-1")
    with pytest.raises(TryAgain, match="is processing"):
        world.connector.again(PROFILE, [ME])
    world.chats.gdpr[0]["status"] = "done"
    assert world.connector.again(PROFILE, [ME]) == {}
    assert world.connector.erase(PROFILE, [ME], "op-1").gone == (ME,)


def test_a_user_who_is_gone_without_a_request_is_gone(world: World) -> None:
    world.chats.gone.add(ME)
    assert world.connector.erase(PROFILE, [ME, "x"], "op-1").gone == (ME, "x")
    assert world.chats.gdpr == []


def test_a_profile_waits_for_the_messages_that_would_lose_their_writer(world: World) -> None:
    with pytest.raises(TryAgain, match="lose their writer"):
        world.connector.erase(PROFILE, [ME], "op-1")
    assert world.chats.gdpr == []


@pytest.mark.parametrize(
    ("option", "gone", "stay"),
    [
        ("do_not_delete", [], [CHANNEL, EMPTY_CHANNEL, CROWD]),
        ("1_on_1", [CHANNEL, EMPTY_CHANNEL, RICH], [CROWD]),
        ("all", [CHANNEL, EMPTY_CHANNEL, CROWD, RICH], [OTHERS]),
    ],
)
def test_channels_go_as_far_as_the_register_chose(
    option: str, gone: list[str], stay: list[str]
) -> None:
    rules = replace(ERASING, channel_delete_option=option)
    with worlds(rules, rooms=True) as world:
        talk = next(one.talk for one in world.chats.rooms if one.url == RICH)
        trio = {**desk(), **{f"extra-{n}": {**next(iter(desk().values()))} for n in range(2)}}
        crowd = next(one for one in world.chats.rooms if one.url == CROWD)
        wide = replace(crowd, members={**crowd.members, **trio}, is_super=False)
        world.chats.rooms = [wide if one is crowd else one for one in world.chats.rooms]
        assert len(talk)
        mine = [item.ref for item in items_of(world.connector, ME, "channels")]
        receipt = world.connector.erase(CHANNELS, mine, "op-1")
        assert set(gone) <= set(receipt.done)
        kept = {one.ref for one in receipt.retained}
        assert kept & {CHANNEL, CROWD} == set(stay) & {CHANNEL, CROWD}
        assert set(receipt.done) == world.chats.no_channels
        if option != "do_not_delete":
            assert world.connector.erase(CHANNELS, gone, "op-1").gone == tuple(gone)


def test_a_channel_of_others_is_never_deleted() -> None:
    rules = replace(ERASING, channel_delete_option="all")
    with worlds(rules, rooms=True) as world:
        with pytest.raises(ForeignRecord):
            world.connector.erase(CHANNELS, [CHANNEL, OTHERS], "op-1")
        assert world.chats.no_channels == set()


def test_a_channel_of_a_user_who_is_gone_is_for_a_look_by_hand(world: World) -> None:
    world.chats.gone.add(ME)
    receipt = world.connector.erase(CHANNELS, [CHANNEL, "nowhere"], "op-1")
    assert ([kept.ref for kept in receipt.retained], receipt.gone) == ([CHANNEL], ("nowhere",))


@pytest.mark.parametrize("option", ["1_on_1", "all"])
def test_messages_that_go_with_their_channel_keep_no_profile_back(option: str) -> None:
    with worlds(replace(ERASING, channel_delete_option=option)) as world:
        world.chats.gdpr_steps = ("done",)
        assert world.connector.erase(PROFILE, [ME], "op-1").done == (ME,)
        assert CHANNEL in world.chats.no_channels
        assert f"praktijk_{SANNE.sendbird_id}" not in world.chats.no_channels


def test_a_request_that_comes_back_as_another_is_taken_back(world: World) -> None:
    erase_all_own(world)
    post = world.connector._platform.change

    def bend(method: str, *path: str, body: object = None, **more: object) -> dict[str, object]:
        told = post(method, *path, body=body, **more)  # type: ignore[arg-type]
        return {**told, "channel_delete_option": "all"} if method == "POST" else told

    object.__setattr__(world.connector._platform, "change", bend)
    with pytest.raises(NeedsPerson, match="taken back"):
        world.connector.erase(PROFILE, [ME], "op-1")
    assert world.chats.gdpr == []


# --- push tokens ----------------------------------------------------------------------------


def test_device_tokens_are_removed_one_by_one(world: World) -> None:
    (token,) = items_of(world.connector, ME, "push")
    receipt = world.connector.erase(PUSH, [token.ref, "gcm/none"], "op-1")
    assert (receipt.done, receipt.gone) == ((token.ref,), ("gcm/none",))
    assert items_of(world.connector, ME, "push") == []
    assert items_of(world.connector, SANNE.sendbird_id, "push") != []
    assert world.connector.erase(PUSH, [token.ref], "op-1").gone == (token.ref,)


# --- Art. 16 --------------------------------------------------------------------------------


def of(path: str, old: object, new: object) -> Change:
    return Change(path=path, old=old, new=new)


def test_nickname_picture_and_metadata_are_corrected(world: World) -> None:
    changes = [
        of("/nickname", NORA.name, "Ans"),
        of("/profile_url", "", "https://voorbeeld.example/ans.png"),
        of("/metadata/practice", "centrum", None),
        of("/metadata/town", None, "Utrecht"),
    ]
    for _ in range(2):
        assert world.connector.rectify(PROFILE, ME, changes, "op-1").done == (ME,)
    user = world.chats.user(NORA)
    assert user["nickname"] == "Ans"
    assert user["metadata"] == {"patient_number": NORA.patient_number, "town": "Utrecht"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (of("/nickname", NORA.name, "n" * 81), "80 characters"),
        (of("/nickname", NORA.name, ["Ans"]), "a text"),
        (of("/nickname", NORA.name, None), "a text"),
        (of("/profile_url", "", "javascript:x"), "https://"),
        (of("/metadata/practice", "centrum", "p" * 191), "190"),
        (of("/metadata/a,b", None, "x"), "no comma"),
        (of("/metadata/dsr_paused", None, "x"), "is not dsr_paused"),
        (of("/phone_number", "", "06"), "only"),
        (of("/is_active", True, False), "only"),
        (of("/metadata/a/b", None, "x"), "only"),
    ],
)
def test_what_a_profile_cannot_hold_is_refused(world: World, change: Change, words: str) -> None:
    with pytest.raises(ValueRefused, match=words):
        world.connector.rectify(PROFILE, ME, [change], "op-1")
    assert changes_of(world) == []


def test_a_profile_holds_five_keys(world: World) -> None:
    changes = [of(f"/metadata/k{n}", None, "x") for n in range(4)]
    with pytest.raises(ValueRefused, match="at most 5"):
        world.connector.rectify(PROFILE, ME, changes, "op-1")


def test_a_refusal_of_sendbird_itself_is_a_value_refused(world: World) -> None:
    with pytest.raises(ValueRefused, match="400110"):
        world.connector._platform.change("PUT", "users", ME, body={"nickname": "n" * 81})


def test_what_somebody_changed_meanwhile_stays(world: World) -> None:
    world.chats.told[ME] = {"nickname": "Anders"}
    with pytest.raises(ItemChanged):
        world.connector.rectify(PROFILE, ME, [of("/nickname", NORA.name, "Ans")], "op-1")
    assert changes_of(world) == []


def test_what_was_said_is_not_rewritten(world: World) -> None:
    ref = own(world.messages())[0]
    with pytest.raises(ValueRefused, match="statement"):
        world.connector.rectify(MESSAGES, ref, [of("/message", "a", "b")], "op-1")


def test_a_statement_is_never_sent_as_a_message(world: World) -> None:
    receipt = world.connector.annotate(MESSAGES, "", "that is not so", "op-1")
    assert "op-1" in receipt.by_hand
    assert changes_of(world) == []


# --- Art. 18, 21 and 7(3) -------------------------------------------------------------------


@pytest.mark.parametrize("place", [PROFILE, MESSAGES, PUSH])
def test_a_restricted_person_stays_in_all_channels(world: World, place: Place) -> None:
    held = items_of(world.connector, ME, place.dataset)
    refs = own(held)[:5] if place is MESSAGES else [item.ref for item in held]
    receipt = world.connector.restrict(place, refs, "op-1")
    assert list(receipt.done) == refs
    assert (world.chats.deactivated, world.chats.left) == ({ME}, set())
    again = world.connector.again(place, refs)
    assert all(again[ref].restricted for ref in refs)
    assert world.connector.restrict(place, refs, "op-2", lift=True).done == tuple(refs)
    assert world.chats.deactivated == set()
    assert not any(item.restricted for item in world.connector.again(place, refs).values())
    assert "dsr_paused" not in world.chats.metadata[ME]


def test_a_message_reads_the_same_after_its_writer_was_deactivated(world: World) -> None:
    """Else a plan made before would find every message changed."""
    before = [item.data for item in world.messages()]
    world.connector.stop_using(ME, ["A.2"], "op-1")
    assert [item.data for item in world.messages()] == before


def test_messages_of_others_cannot_be_marked(world: World) -> None:
    theirs = [item.ref for item in world.messages() if item.author == "staff"][:2]
    receipt = world.connector.restrict(MESSAGES, theirs, "op-1")
    assert [kept.ref for kept in receipt.retained] == theirs
    assert world.chats.deactivated == set()


def test_a_channel_of_two_is_frozen_and_one_of_more_is_not(crowded: World) -> None:
    crowd = next(one for one in crowded.chats.rooms if one.url == CROWD)
    wide = {**crowd.members, "extra": next(iter(desk().values()))}
    changed = replace(crowd, members=wide, is_super=False)
    crowded.chats.rooms = [changed if one is crowd else one for one in crowded.chats.rooms]
    receipt = crowded.connector.restrict(CHANNELS, [CHANNEL, CROWD, OTHERS], "op-1")
    assert (receipt.done, receipt.gone) == ((CHANNEL,), (OTHERS,))
    assert [kept.ref for kept in receipt.retained] == [CROWD]
    assert crowded.chats.frozen == {CHANNEL: True}


def test_lifting_one_reason_leaves_the_other(world: World) -> None:
    """A restriction that is lifted does not undo a consent that was withdrawn."""
    connector = world.connector
    connector.stop_using(ME, ["A.2"], "op-1")
    connector.restrict(PROFILE, [ME], "op-2")
    lifted = connector.restrict(PROFILE, [ME], "op-2", lift=True)
    assert [kept.ref for kept in lifted.retained] == [ME]
    assert world.chats.deactivated == {ME}
    connector.stop_using(ME, ["A.2"], "op-1", resume=True)
    assert world.chats.deactivated == set()


def test_who_was_inactive_before_stays_so(world: World) -> None:
    world.chats.deactivated.add(ME)
    for _ in range(2):
        assert world.connector.restrict(PROFILE, [ME], "op-1").done == (ME,)
    for _ in range(2):
        lifted = world.connector.restrict(PROFILE, [ME], "op-2", lift=True)
        assert "another reason" in lifted.retained[0].reason
    assert world.chats.deactivated == {ME}
    assert "dsr_paused" not in world.chats.metadata[ME]


def test_a_deactivation_that_stopped_halfway_is_finished(world: World) -> None:
    for verb in ("update_metadata", "update_user"):
        world.chats.silent = {verb}
        with pytest.raises(TryAgain):
            world.connector.restrict(PROFILE, [ME], "op-1")
    assert world.connector.restrict(PROFILE, [ME], "op-1").done == (ME,)
    for verb in ("update_user", "delete_metadata"):
        world.chats.silent = {verb}
        with pytest.raises(TryAgain):
            world.connector.restrict(PROFILE, [ME], "op-2", lift=True)
    assert world.connector.restrict(PROFILE, [ME], "op-2", lift=True).done == (ME,)
    assert world.chats.deactivated == set()


def test_a_purpose_that_deactivating_does_not_stop_is_told(world: World) -> None:
    receipt = world.connector.stop_using(ME, ["A.2", "A.5"], "op-1")
    assert (receipt.done, [kept.ref for kept in receipt.retained]) == (("A.2",), ["A.5"])
    assert "op-2" in world.connector.stop_using(ME, ["A.5"], "op-2").by_hand


def test_nothing_is_left_to_stop_when_the_user_is_gone(world: World) -> None:
    world.chats.gone.add(ME)
    assert world.connector.stop_using(ME, ["A.2"], "op-1").gone == ("A.2",)
    for place in (PROFILE, MESSAGES, CHANNELS):
        assert world.connector.restrict(place, ["x"], "op-2").gone == ("x",)


# --- settings and faults --------------------------------------------------------------------


def test_without_a_choice_of_channels_erasing_is_for_a_person() -> None:
    with worlds(Rules()) as world:
        assert "op-1" in world.connector.erase(MESSAGES, own(world.messages())[:1], "op-1").by_hand
        assert changes_of(world) == []


def test_erasing_is_refused_until_the_register_chose_what_becomes_of_channels() -> None:
    settings = {"url": "https://x.example", "token": "t"}
    for option in ({}, {"channel_delete_option": ""}, {"channel_delete_option": "none"}):
        words = refused_settings(build, **settings, erase=True, **option)
        assert "do_not_delete, 1_on_1, all" in words
    assert "erase: true" in refused_settings(build, **settings, channel_delete_option="all")
    for choice in ("do_not_delete", "1_on_1", "all"):
        made = build({**settings, "erase": True, "channel_delete_option": choice, "stop": ["A.2"]})
        assert made._rules == Rules(  # type: ignore[attr-defined]
            channel_delete_option=choice, stop=frozenset({"A.2"})
        )


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.BROKEN])
@pytest.mark.parametrize("place", [PROFILE, MESSAGES, CHANNELS, PUSH])
def test_a_passing_fault_changes_nothing(world: World, place: Place, fault: Fault) -> None:
    refs = [item.ref for item in items_of(world.connector, ME, place.dataset)][:3]
    for verb in (world.connector.erase, world.connector.restrict):
        world.faults.inject(fault)
        with pytest.raises(TryAgain):
            verb(place, refs, "op-1")
    assert changes_of(world) == []


def test_an_unknown_dataset_is_refused(world: World) -> None:
    for verb in (world.connector.erase, world.connector.restrict):
        with pytest.raises(NeedsPerson, match="'elsewhere'"):
            verb(ELSEWHERE, ["x"], "op-1")


def test_sendbird_has_no_hold_and_no_purge(world: World) -> None:
    due = Due(dataset="messages", event="sent", until=date(2020, 1, 1))
    assert isinstance(world.connector.hold(MESSAGES, "op-1"), NotOffered)
    assert isinstance(world.connector.purge(due, 10, "op-2"), NotOffered)


def test_a_room_without_anybody_is_no_channel_of_the_person(world: World) -> None:
    world.chats.rooms = [Room(url="stil", talk=FewMessages(), members=desk())]
    assert world.connector.restrict(CHANNELS, ["stil"], "op-1").gone == ("stil",)


def test_the_chat_of_the_case_has_messages_of_both() -> None:
    assert {message.author for message in Chat(NORA)} == {"subject", "staff", "system"}


def test_what_the_practice_wrote_goes_with_a_conversation_that_goes_as_a_whole() -> None:
    """What was said to the person is about the person (Art. 4(1))."""
    with worlds(replace(ERASING, channel_delete_option="1_on_1")) as world:
        refs = [item.ref for item in items_of(world.connector, ME, "messages")]
        receipt = world.connector.erase(MESSAGES, refs[:20], "op-1")
        assert receipt.retained == ()
        assert set(receipt.done) == set(refs[:20])
