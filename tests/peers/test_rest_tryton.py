"""The REST connector against Tryton over JSON-RPC, by the YAML of the documentation alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from connectors.rest import RestConnector
from dsr.core.connector import Nobody, NotKept, One, Place, Several
from dsr.core.errors import NeedsPerson
from dsr.core.subject import Subject
from tests.connector_case import Case, Changing, Corrected, items_of
from tests.connector_contract import ConnectorContract
from tests.peers.rest_examples import connected, example
from tests.peers.running import Peer
from tests.peers.tryton_people import FILE, NOTES, OPPORTUNITIES, Tryton

pytestmark = pytest.mark.peer
Prove = Callable[..., None]


@pytest.fixture(scope="module")
def tryton(peer: Callable[..., Peer]) -> Tryton:
    return Tryton(peer("tryton-crm").url)


@pytest.fixture(scope="module")
def connector(tryton: Tryton) -> Iterator[RestConnector]:
    with connected("tryton", tryton.environment) as made:
        yield made


@pytest.fixture
def proves(proved: Prove) -> Callable[[str], None]:
    return lambda verb: proved(connector="rest", peer="tryton-crm", verb=verb)


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(
        self, connector: RestConnector, tryton: Tryton, proves: Callable[[str], None]
    ) -> Iterator[Case]:
        tryton = Tryton(tryton.url)  # people of its own, whom a test may change
        yield Case(
            connector=connector,
            subject=tryton.subject,
            ref=str(tryton.anna),
            stranger=Subject(name="Niemand Nergens", email=tryton.mail("niemand")),
            several=Subject(email=tryton.mail("gezin")),
            dataset="opportunities",
            secrets=("admin-secret-1",),
            changing=Changing(
                looks=True,
                erases="contact_mechanisms",
                other=str(tryton.maria),
                rectifies=Corrected(
                    dataset="opportunities",
                    path="/start_date",
                    new={"__class__": "date", "year": 2024, "month": 7, "day": 8},
                    refused=("2024-13-45",),
                ),
                annotates="party",
                statements=tryton.statements,
                restricts="party",
            ),
        )
        for verb in ("contract", "again", "erase", "rectify", "annotate", "restrict", "lift"):
            proves(verb)


def test_each_dataset_is_as_long_as_tryton_counts(
    connector: RestConnector, tryton: Tryton, proves: Callable[[str], None]
) -> None:
    counted = {
        "party": tryton.count("party.party", ["id", "=", tryton.anna]),
        "contact_mechanisms": tryton.count("party.contact_mechanism", ["party", "=", tryton.anna]),
        "addresses": tryton.count("party.address", ["party", "=", tryton.anna]),
        "opportunities": tryton.count("sale.opportunity", ["party", "=", tryton.anna]),
        "opportunity_notes": OPPORTUNITIES * NOTES,
        "attachments": tryton.count(
            "ir.attachment", ["resource", "=", f"party.party,{tryton.anna}"]
        ),
    }

    read = {name: len(items_of(connector, str(tryton.anna), name)) for name in connector.datasets}

    assert read == counted
    assert counted["opportunities"] == OPPORTUNITIES
    proves("find")


def test_a_file_inside_a_record_comes_byte_for_byte(
    connector: RestConnector, tryton: Tryton, proves: Callable[[str], None]
) -> None:
    [item] = items_of(connector, str(tryton.anna), "attachments")

    with item.files[0].open() as chunks:
        assert b"".join(chunks) == FILE
    assert "data" not in item.data
    proves("files")


def test_the_person_is_found_by_mail_in_any_case_with_what_is_on_file(
    connector: RestConnector, tryton: Tryton, proves: Callable[[str], None]
) -> None:
    found = connector.locate(tryton.subject)

    assert isinstance(found, One)
    assert {"email", "name", "patient_number"} <= set(found.agrees)
    kinds = {(one.kind, one.shared, one.since is None) for one in found.contacts}
    assert kinds == {("email", False, False), ("phone", True, False)}
    by_mail = connector.locate(Subject(email=tryton.mail("ANNA")))
    assert isinstance(by_mail, Several)
    assert [one.subject_ref for one in by_mail.candidates] == [str(tryton.anna)]
    proves("locate")


def test_a_reference_that_the_desk_fixed_is_enough(
    connector: RestConnector, tryton: Tryton
) -> None:
    found = connector.locate(Subject(known_refs={"crm": str(tryton.anna)}))

    assert isinstance(found, One)
    assert found.subject_ref == str(tryton.anna)


def test_dates_are_moments_of_the_servers_zone(connector: RestConnector, tryton: Tryton) -> None:
    item = items_of(connector, str(tryton.anna), "opportunities")[0]

    assert isinstance(item.dates["recorded"], datetime)
    assert item.dates["recorded"].tzinfo is not None


def test_a_session_that_ended_is_made_anew(
    connector: RestConnector, tryton: Tryton, proves: Callable[[str], None]
) -> None:
    items_of(connector, str(tryton.anna), "party")
    header = connector.talk.auth.headers()["Authorization"]
    tryton.ask("common.db.logout", header=header)

    assert items_of(connector, str(tryton.anna), "party")
    assert connector.talk.auth.headers()["Authorization"] != header
    proves("session")


def test_a_wrong_password_is_said_in_words(tryton: Tryton, proves: Callable[[str], None]) -> None:
    wrong = {**tryton.environment, "DSR_TRYTON_USER": "nobody", "DSR_TRYTON_PASSWORD": "wrong"}
    with connected("tryton", wrong) as connector:
        health = connector.check()

    assert not health.usable
    assert "refuses our sign-in (code 401)" in health.words
    proves("check")


def test_an_error_inside_a_200_is_no_answer(tryton: Tryton) -> None:
    datasets = example("tryton")["datasets"]
    datasets["party"]["request"]["body"]["params"][0] = [["no_such_field", "=", 1]]
    datasets["addresses"]["request"]["body"]["method"] = "model.no.such.model.search_read"
    rules = [{"path": "error[0]", "equals": "'no.such.model'", "outcome": "not_kept"}]
    rules += example("tryton")["outcomes"]
    with connected("tryton", tryton.environment, datasets=datasets, outcomes=rules) as connector:
        with pytest.raises(NeedsPerson, match="refuses the question"):
            connector.find(str(tryton.anna), "party", None)
        assert isinstance(connector.find(str(tryton.anna), "addresses", None), NotKept)


def test_the_erase_wizard_empties_the_party_and_keeps_its_row(
    connector: RestConnector, tryton: Tryton, proves: Callable[[str], None]
) -> None:
    mine = Tryton(tryton.url)
    place = Place(subject_ref=str(mine.anna), dataset="party")

    for _ in range(2):
        receipt = connector.erase(place, [str(mine.anna)], "op-1")
        assert (receipt.done, receipt.emptied) == ((), (str(mine.anna),))

    assert connector.again(place, [str(mine.anna)])[str(mine.anna)].emptied
    [party] = mine.held("party.party", mine.anna, "name", "code", "active")
    assert (party["name"], party["code"], bool(party["active"])) == (None, f"P-{mine.key}", False)
    contacts = mine.held("party.contact_mechanism", mine.anna, "value")
    assert [one["value"] for one in contacts] == [None, None]
    assert all(item.emptied for item in items_of(connector, str(mine.anna), "contact_mechanisms"))
    known = Subject(patient_number=f"P-{mine.key}", email=mine.mail("anna"))
    assert isinstance(connector.locate(known), Nobody)
    proves("emptied")


def test_notes_go_before_the_things_they_hang_on(connector: RestConnector, tryton: Tryton) -> None:
    """Tryton keeps the text of a note whose opportunity is deleted, and nobody finds it again."""
    mine = Tryton(tryton.url)
    names = list(connector.datasets)
    assert names.index("opportunity_notes") < names.index("opportunities")
    left = mine.count("ir.note") - OPPORTUNITIES * NOTES

    for dataset in ("opportunity_notes", "opportunities"):
        refs = [item.ref for item in items_of(connector, str(mine.anna), dataset)]
        receipt = connector.erase(Place(subject_ref=str(mine.anna), dataset=dataset), refs, "op-1")
        assert receipt.done == tuple(refs)

    assert mine.count("ir.note") == left
    assert mine.count("sale.opportunity", ["party", "=", mine.anna]) == 0
