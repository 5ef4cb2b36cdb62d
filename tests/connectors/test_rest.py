"""The connector by mapping against the demo's CRM: who is found, what is read, what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.rest import RestConnector, build
from demo.journal import Journal
from demo.standins import crm, crm_data
from demo.standins.crm_store import Store
from demo.standins.faults import Fault, Faults
from dsr.core.connector import Change, Item, Nobody, One, Page, Place, Several
from dsr.core.errors import BadAnswer, BrokenRegister, ForeignRecord, NeedsPerson, TryAgain
from dsr.core.subject import Subject
from tests.connector_case import Case, Changing, Corrected
from tests.connector_contract import ConnectorContract
from tests.connectors.medical_people import (
    ANNA,
    AYLIN,
    COR,
    MARIA,
    PAUL,
    PEOPLE,
    SANNE,
    subject_of,
)
from tests.connectors.serving import served

MAPPING = Path(crm.__file__).parents[1] / "data" / "crm.yaml"
TALKER = replace(COR, messages=20_000)
EVERYBODY = tuple(TALKER if one is COR else one for one in PEOPLE)


@dataclass(frozen=True)
class World:
    """A CRM that runs, and the connector to it."""

    connector: RestConnector
    journal: Journal
    faults: Faults
    store: Store

    def pages(self, dataset: str, ref: str = "c-00001") -> list[Page]:
        """All pages of a dataset."""
        found: list[Page] = []
        after: str | None = None
        while not found or after:
            page = self.connector.find(ref, dataset, after)
            assert isinstance(page, Page)
            found.append(page)
            after = page.next
        return found

    def items(self, dataset: str, ref: str = "c-00001") -> list[Item]:
        """All items of a dataset."""
        return [item for page in self.pages(dataset, ref) for item in page.items]


def settings_for(address: str, **changed: object) -> dict[str, Any]:
    """The demo's own mapping with its address and key."""
    settings = yaml.safe_load(MAPPING.read_text("utf-8"))
    settings["base_url"] = address
    settings["auth"]["value"] = crm.DEMO_KEY
    return {**settings, **changed}


@contextmanager
def a_world(**changed: object) -> Iterator[World]:
    journal, faults = Journal("crm"), Faults(retry_after=0)
    app = crm.build(EVERYBODY, journal, faults=faults)
    with served(app) as address:
        connector = build(settings_for(address, **changed))
        connector.http.sleep = lambda seconds: None
        yield World(connector, journal, faults, app.extensions["store"])
        connector.http.close()


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, world: World) -> Case:
        plan = world.faults.inject
        return Case(
            connector=world.connector,
            subject=replace(subject_of(TALKER), email=TALKER.email, phone=TALKER.phone),
            ref="c-00007",
            stranger=subject_of(replace(ANNA, given="Wie", email="", phone="")),
            several=subject_of(MARIA),
            dataset="notes",
            later={
                "too many": partial(plan, Fault.TOO_MANY, 3),
                "unavailable": partial(plan, Fault.UNAVAILABLE, 3),
            },
            damaged={
                "half": partial(plan, Fault.HALF_JSON),
                "repeated": partial(plan, Fault.REPEATED_PAGE, 3),
            },
            foreign={"stranger": partial(plan, Fault.FOREIGN_RECORD)},
            content_read=lambda: world.journal.verbs().count("answer_notes"),
            secrets=("portal_hash", "$2b$12$", crm.DEMO_KEY),
            changing=Changing(
                looks=True,
                erases="notes",
                other="c-00001",
                rectifies=Corrected(
                    dataset="contact",
                    path="/email",
                    new="nieuw@voorbeeld.example",
                    refused=("geen adres", ANNA.email, 7),
                ),
                annotates="notes",
                statements=lambda: [str(one["text"]) for one in world.store.of("notes", "c-00007")],
                restricts="notes",
                stops=("CRM", "CRM.messages"),
                stopped=lambda: _stopped(world),
            ),
        )


def _stopped(world: World) -> set[str]:
    """The purposes that the CRM was told to stop, by our names for them."""
    ours = {"administration": "CRM", "messages": "CRM.messages"}
    return {ours[use] for _, use in world.store.stopped}


# who is found


@pytest.mark.parametrize("field", ["patient_number", "name"])
def test_number_or_name_with_birth_date_find_the_one_person(world: World, field: str) -> None:
    said = subject_of(ANNA, "patient_number") if field == "patient_number" else subject_of(ANNA)

    found = world.connector.locate(said)

    assert isinstance(found, One)
    assert found.subject_ref == "c-00001"
    assert field in found.agrees


def test_the_twin_is_told_apart(world: World) -> None:
    found = world.connector.locate(subject_of(SANNE))

    assert isinstance(found, One)
    assert found.subject_ref == "c-00002"


def test_two_people_of_one_name_and_birth_date_are_left_to_the_desk(world: World) -> None:
    found = world.connector.locate(subject_of(MARIA))

    assert isinstance(found, Several)
    assert [one.subject_ref for one in found.candidates] == ["c-00003", "c-00004"]
    assert found.candidates[0].shown["town"] == "Rotterdam"


def test_a_mailbox_alone_is_never_enough(world: World) -> None:
    assert isinstance(world.connector.locate(subject_of(PAUL, "email")), Several)
    assert isinstance(world.connector.locate(subject_of(ANNA, "email")), Several)


def test_a_shared_mailbox_with_name_and_birth_date_is_the_one_and_marked(world: World) -> None:
    found = world.connector.locate(subject_of(AYLIN, "name", "birth_date", "email"))

    assert isinstance(found, One)
    assert found.subject_ref == "c-00006"
    assert {(one.kind, one.shared) for one in found.contacts} == {("email", True), ("phone", False)}
    assert {one.since for one in found.contacts} == {date(2023, 2, 1)}


def test_a_reference_that_the_desk_fixed_stands_on_its_own(world: World) -> None:
    said = replace(subject_of(MARIA), known_refs={"crm": "c-00004"})

    found = world.connector.locate(said)

    assert isinstance(found, One)
    assert found.subject_ref == "c-00004"


def test_nobody_is_an_answer(world: World) -> None:
    assert world.connector.locate(subject_of(replace(ANNA, given="Wie"))) == Nobody()
    assert world.connector.locate(Subject(bsn=ANNA.bsn)) == Nobody()


def test_the_bsn_stands_in_no_address(world: World) -> None:
    said = subject_of(ANNA, "bsn", "email", "phone", "patient_number", "name", "birth_date")
    world.connector.locate(said)
    world.items("contact")

    assert all(ANNA.bsn not in str(entry["path"]) for entry in world.journal.entries)


# what is read


def test_the_card_comes_without_its_secret(world: World) -> None:
    [item] = world.items("contact")

    assert item.kind == "contact"
    assert item.data["full_name"] == "Anna de Vries"
    assert item.data["portal"] == {"last_login": None}
    assert {"recorded", "last_change"} == set(item.dates)


def test_all_notes_come_and_are_counted() -> None:
    with a_world() as world:
        pages = world.pages("notes", "c-00007")

    refs = [item.ref for page in pages for item in page.items]
    held = crm_data.notes(TALKER, (AYLIN,))
    assert refs == [note["id"] for note in held]
    assert {page.total for page in pages} == {len(held)}
    assert len(pages) == 5
    assert {item.kind for page in pages for item in page.items} == {"note", "care_note"}


def test_questions_come_by_next_link_with_their_files() -> None:
    refs, files = [], []
    with a_world() as world:
        for person in EVERYBODY:
            for item in world.items("tickets", crm_data.contact_id(person)):
                refs.append(item.ref)
                assert item.author == "subject"
                for file in item.files:
                    with file.open() as chunks:
                        files.append((file.size, len(b"".join(chunks))))

    held = [ticket["id"] for person in EVERYBODY for ticket in crm_data.tickets(person, ())]
    assert refs == held
    assert files
    assert all(said == came for said, came in files)


# what stops it


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE])
def test_a_busy_system_is_tried_again(world: World, fault: Fault) -> None:
    world.faults.inject(fault, 2)

    assert len(world.items("contact")) == 1


def test_a_system_that_stays_busy_says_when_to_come_back(world: World) -> None:
    world.faults.retry_after = 120
    world.faults.inject(Fault.TOO_MANY)

    with pytest.raises(TryAgain) as raised:
        world.connector.find("c-00001", "notes", None)

    assert raised.value.after == 120


def test_half_an_answer_is_no_answer(world: World) -> None:
    world.faults.inject(Fault.HALF_JSON)

    with pytest.raises(BadAnswer):
        world.connector.find("c-00001", "notes", None)


@pytest.mark.parametrize("dataset", ["contact", "notes"])
def test_a_record_of_somebody_else_stops_the_search(world: World, dataset: str) -> None:
    world.faults.inject(Fault.FOREIGN_RECORD)

    with pytest.raises(ForeignRecord):
        world.connector.find("c-00003", dataset, None)


def test_a_page_that_comes_again_is_a_bad_answer(world: World) -> None:
    first = world.connector.find("c-00007", "notes", None)
    assert isinstance(first, Page)
    world.faults.inject(Fault.REPEATED_PAGE)

    with pytest.raises(BadAnswer):
        world.connector.find("c-00007", "notes", first.next)


def test_a_link_to_itself_is_a_bad_answer(world: World) -> None:
    world.faults.inject(Fault.REPEATED_PAGE, 3)

    with pytest.raises(BadAnswer):
        world.pages("tickets", _with_tickets())


def test_a_next_link_to_another_host_is_not_followed(world: World) -> None:
    world.faults.inject(Fault.OFF_HOST)

    with pytest.raises(NeedsPerson, match="another host"):
        world.pages("tickets", _with_tickets())


def test_a_refused_key_is_for_a_person(world: World) -> None:
    world.faults.inject(Fault.REFUSED_KEY)

    with pytest.raises(NeedsPerson, match="key"):
        world.connector.find("c-00001", "notes", None)


def test_a_person_who_is_gone_is_never_an_empty_file(world: World) -> None:
    with pytest.raises(NeedsPerson, match="choose"):
        world.connector.find("c-99999", "notes", None)


def test_more_pages_than_allowed_are_for_a_person() -> None:
    with a_world(limits={"max_pages": 2}) as world, pytest.raises(NeedsPerson, match="max_pages"):
        world.pages("notes", "c-00007")


def test_a_reference_cannot_leave_its_path(world: World) -> None:
    with pytest.raises(NeedsPerson):
        world.connector.find("..", "contact", None)
    with pytest.raises(NeedsPerson):
        world.connector.find("c-00002/notes?x=", "contact", None)

    assert "/api/contacts/c-00002/notes?x=" not in {e["path"] for e in world.journal.entries}


# what is changed


NOTES = Place(subject_ref="c-00001", dataset="notes")
CARD = Place(subject_ref="c-00001", dataset="contact")


def test_every_change_stands_in_the_journal(world: World) -> None:
    [ref, *_] = [item.ref for item in world.items("notes")]
    world.connector.restrict(NOTES, [ref], "op-1")
    world.connector.erase(NOTES, [ref], "op-2")
    world.connector.stop_using("c-00001", ["CRM"], "op-3")

    changes = [verb for verb in world.journal.verbs() if not verb.startswith(("answer", "read"))]
    assert changes == ["change_notes", "erase_notes", "set_use"]


def test_a_card_that_changes_while_we_write_is_not_overwritten(world: World) -> None:
    """Somebody is faster, between our look and our call: the version has passed."""
    look = world.connector.operations.looks["contact"]
    old = look.at(world.connector.talk, "c-00001", ["c-00001"])["c-00001"]
    world.store.put("contacts", "c-00001", {**old.thing, "phone": "06 0000 0999"})
    how = world.connector.operations.verbs["contact", "rectify"]
    values = {"ref": "c-00001", "patch": {"email": "n@voorbeeld.example"}, "operation": "op-1"}

    came = how.run(world.connector.talk, {**values, "version": old.version})

    assert (came.meaning, came.code) == ("conflict", 412)
    assert world.store.of("contacts", "c-00001")[0]["phone"] == "06 0000 0999"


def test_a_part_of_an_address_is_corrected_and_the_rest_stays(world: World) -> None:
    [card] = world.items("contact")
    before = card.data["address"]
    assert isinstance(before, dict)
    change = Change(path="/address/city", old=before["city"], new="Delft")

    assert world.connector.rectify(CARD, "c-00001", [change], "op-1").done == ("c-00001",)

    assert world.items("contact")[0].data["address"] == {**before, "city": "Delft"}
    assert "portal_hash" in str(world.store.of("contacts", "c-00001"))


def test_a_system_that_lies_about_an_erasure_is_seen_by_looking_again(world: World) -> None:
    [ref, *_] = [item.ref for item in world.items("notes")]
    world.faults.inject(Fault.LIES)

    receipt = world.connector.erase(NOTES, [ref], "op-1")

    assert receipt.done == (ref,)
    assert set(world.connector.again(NOTES, [ref])) == {ref}


def test_somebody_elses_note_is_never_erased(world: World) -> None:
    [theirs, *_] = [item.ref for item in world.items("notes", "c-00002")]

    with pytest.raises(ForeignRecord):
        world.connector.erase(NOTES, [theirs], "op-1")

    assert "erase_notes" not in world.journal.verbs()


# settings


def test_check_reads_nobody(world: World) -> None:
    assert world.connector.check().usable
    assert set(world.journal.verbs()) == {
        "answer_ping",
        "read_contacts",
        "answer_contacts",
        "search",
    }
    assert "c-0" not in str([entry["path"] for entry in world.journal.entries])


def test_check_says_what_is_wrong() -> None:
    key = {"kind": "api_key", "value": "wrong"}
    with a_world(auth=key) as wrong_key, a_world(check={"path": "/api/pong"}) as wrong_check:
        assert "refuses our key" in wrong_key.connector.check().words
        assert "check" in wrong_check.connector.check().words


def test_check_without_a_request_of_its_own_looks_nobody_up() -> None:
    lookup = yaml.safe_load(MAPPING.read_text("utf-8"))["lookup"][1:]
    with a_world(lookup=lookup) as world:
        world.connector.check_request = None
        assert world.connector.check().usable


def test_a_wrong_path_in_the_mapping_is_named(world: World) -> None:
    settings = settings_for(str(world.connector.http._base))
    settings["datasets"]["notes"]["items"] = "rows"
    wrong = build(settings)

    with pytest.raises(NeedsPerson, match=r"datasets\.notes\.items"):
        wrong.find("c-00001", "notes", None)
    wrong.http.close()


def _changed(**changes: object) -> dict[str, Any]:
    """The mapping with one place changed; keys are written a__b__c."""
    settings = settings_for("http://crm.voorbeeld.example")
    for place, value in changes.items():
        *way, last = place.split("__")
        at: Any = settings
        for step in way:
            at = at[int(step)] if step.isdigit() else at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return settings


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_url": "crm.example.nl"}, "https://"),
        ({"datasets__notes__owner": None}, r"notes\.owner"),
        ({"datasets__notes__items": "items["}, "not a JMESPath"),
        ({"datasets__notes__request__path": "/x/{bsn}"}, "not known here"),
        ({"datasets__notes__paging__kind": "pages"}, "next_link"),
        ({"datasets__notes__paging": {"kind": "page", "param": "p"}}, "end is seen"),
        ({"lookup__2__request__query": {"q": "email='{email}'"}}, "whole text"),
        ({"lookup__2__request__query": {"bsn": "{bsn}"}}, "BSN"),
        ({"lookup__1__by": "shoe_size"}, "write one of"),
        ({"lookup__1__on_multiple": "first"}, "several"),
        ({"auth__kind": "magic"}, "api_key"),
        ({"outcomes": [{"code": 200, "outcome": "fine"}]}, "write one of"),
        ({"outcomes": [{"outcome": "failed"}]}, "a code or a path"),
        ({"lookup": []}, "at least one"),
        ({"datasetz": {}}, "datasetz"),
        ({"person__ref": None}, "ref"),
    ],
)
def test_a_mistake_in_the_register_names_its_place(changes: dict[str, object], words: str) -> None:
    with pytest.raises(BrokenRegister, match=words):
        build(_changed(**changes))


def _with_tickets() -> str:
    """Somebody with more than one page of questions."""
    amounts = {one: len(crm_data.tickets(one, ())) for one in EVERYBODY}
    return crm_data.contact_id(max(amounts, key=lambda one: amounts[one]))
