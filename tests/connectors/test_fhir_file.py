"""What is read of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, Response, request

from connectors.fhir import build
from connectors.fhir_cursor import WALK, Cursor
from demo.files_staff import patient_id
from demo.standins.faults import Fault
from dsr.core.connector import NotKept
from dsr.core.errors import BadAnswer, NeedsPerson
from tests.connector_contract import items_of
from tests.connectors.fhir_world import ANNAS_REF, World, a_world, expected
from tests.connectors.medical_people import COR
from tests.connectors.serving import served

#: the one practitioner of the practice who wrote nothing in Anna's file
NOT_POINTED_TO = "Practitioner/prk-centrum-3"


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


@pytest.mark.parametrize("lacks", ["", "everything", "metadata", "everything,metadata"])
def test_the_same_file_comes_in_every_way(lacks: str) -> None:
    with a_world(lacks=lacks) as world:
        refs = [item.ref for item in world.items("dossier")]

    walked = "everything" in lacks
    assert sorted(refs) == sorted(expected() - ({NOT_POINTED_TO} if walked else set()))


@pytest.mark.parametrize("lacks", ["", "everything"])
def test_what_records_point_to_can_be_left_out(lacks: str) -> None:
    with a_world(lacks=lacks, along=[]) as world:
        kinds = {item.kind for item in world.items("dossier")}

    assert ("Practitioner" in kinds) is (lacks == "")


def test_a_his_without_practitioners_gives_the_file_without_them() -> None:
    with a_world(lacks="everything,Practitioner") as world:
        kinds = {item.kind for item in world.items("dossier")}

    assert "Organization" in kinds
    assert "Practitioner" not in kinds


def test_a_file_comes_in_pages(world: World) -> None:
    assert len(world.pages("dossier")) > 2


def test_a_file_of_twenty_years_comes_whole() -> None:
    with a_world(page_size=500) as world:
        refs = {item.ref for item in world.items("dossier", f"Patient/{patient_id(COR)}")}

    assert refs == expected(COR)
    assert len(refs) > 3000


@pytest.mark.parametrize(
    "fault", [Fault.NO_EVERYTHING, Fault.NOT_SUPPORTED, Fault.ONLY_PATIENTS, Fault.NOTHING_AT_ALL]
)
def test_an_everything_that_is_none_is_walked_type_by_type(world: World, fault: Fault) -> None:
    world.faults.inject(fault)

    refs = {item.ref for item in world.items("dossier")}

    assert refs == expected() - {NOT_POINTED_TO}


@pytest.mark.parametrize("lacks", ["", "everything"])
def test_who_looked_stands_in_the_log_or_else_in_the_file_and_never_in_both(lacks: str) -> None:
    with a_world(lacks=f"own log,{lacks}") as world:
        apart = {item.ref for item in world.items("dossier")}
        log = {item.ref for item in world.items("access_log")}
    with a_world(lacks=f"own log,{lacks}", datasets={"record": "file"}) as world:
        whole = {item.ref for item in world.items("record")}

    assert log == expected(kind="AuditEvent")
    assert not apart & log
    assert whole - {NOT_POINTED_TO} == (apart | log) - {NOT_POINTED_TO}


def test_the_access_log_is_a_dataset_of_its_own(world: World) -> None:
    items = world.items("access_log")

    assert {item.ref for item in items} == expected(kind="AuditEvent")
    assert {item.kind for item in items} == {"AuditEvent"}
    assert all("recorded" in item.dates and item.about_subject for item in items)


def test_a_log_that_is_not_offered_is_said_so() -> None:
    with a_world(lacks="AuditEvent") as world:
        answer = world.connector.find(ANNAS_REF, "access_log", None)

    assert isinstance(answer, NotKept)


class Repeating:
    """A server that sends the practitioner with every page of the stream, as some do."""

    link: tuple[dict[str, object], ...] = ()

    def app(self) -> Flask:
        app = Flask("repeating")
        app.add_url_rule("/metadata", "metadata", self.metadata)
        app.add_url_rule("/Patient/1/$everything", "everything", self.everything)
        app.add_url_rule("/Device", "device", lambda: self.answer(self.bundle([])))
        return app

    def answer(self, body: dict[str, object]) -> Response:
        return Response(json.dumps(body), content_type="application/fhir+json")

    def metadata(self) -> Response:
        searched = [{"name": "patient"}]
        resources = [{"type": kind, "searchParam": searched} for kind in ("Patient", "Device")]
        rest = {"resource": resources, "operation": [{"name": "everything"}]}
        statement = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}
        return self.answer({**statement, "rest": [rest]})

    def bundle(self, found: list[dict[str, object]]) -> dict[str, object]:
        entries = [{"resource": one} for one in found]
        return {"resourceType": "Bundle", "type": "searchset", "entry": entries}

    def everything(self) -> Response:
        page = request.args.get("page", 1, type=int)
        flag = {
            "resourceType": "Flag",
            "id": str(page),
            "subject": {"reference": "Patient/1"},
            "author": {"reference": "Practitioner/gp"},
        }
        gp: dict[str, object] = {"resourceType": "Practitioner", "id": "gp"}
        patient: dict[str, object] = {"resourceType": "Patient", "id": "1", "link": [*self.link]}
        found = self.bundle([*([patient] if page == 1 else []), flag, gp])
        more = [{"relation": "next", "url": f"{request.base_url}?page={page + 1}"}]
        return self.answer({**found, "link": more if page < 3 else []})


def test_a_practitioner_who_comes_with_every_page_is_one_record() -> None:
    with served(Repeating().app()) as address:
        items = items_of(build({"base_url": address}), "Patient/1", "dossier")

    assert [item.ref for item in items] == [
        "Patient/1", "Flag/1", "Practitioner/gp", "Flag/2", "Flag/3",
    ]  # fmt: skip


def test_a_file_that_was_merged_into_another_is_never_taken_for_whole() -> None:
    server = Repeating()
    server.link = ({"type": "replaced-by", "other": {"reference": "Patient/2"}},)
    with served(server.app()) as address, pytest.raises(NeedsPerson, match="merged"):
        items_of(build({"base_url": address}), "Patient/1", "dossier")


def test_threads_read_the_same_file_at_once() -> None:
    with a_world() as world, ThreadPoolExecutor(4) as pool:
        read = [pool.submit(world.items, "dossier") for _ in range(4)]
        found = [[item.ref for item in one.result(60)] for one in read]

    assert all(one == found[0] for one in found)
    assert set(found[0]) == expected()


def test_a_server_that_offers_other_searches_than_before_is_read_from_the_start() -> None:
    with served(Repeating().app()) as address:
        connector = build({"base_url": address})
        cursor = str(Cursor(way=WALK, part="Goal:patient"))
        with pytest.raises(BadAnswer, match="other searches") as raised:
            connector.find("Patient/1", "dossier", cursor)

    assert raised.value.from_start


def test_people_who_come_along_are_not_about_the_subject(world: World) -> None:
    along = {item.kind for item in world.items("dossier") if not item.about_subject}

    assert along == {"Organization", "Practitioner", "RelatedPerson"}


def test_records_carry_their_dates_and_author(world: World) -> None:
    conditions = [item for item in world.items("dossier") if item.kind == "Condition"]

    assert conditions
    assert all({"recorded", "last_change"} <= set(item.dates) for item in conditions)
    assert {item.author for item in conditions} == {"staff"}


def test_documents_bring_their_files(world: World) -> None:
    files = [file for item in world.items("dossier") for file in item.files]
    contents = {}
    for file in files:
        with file.open() as chunks:
            contents[file.media_type, file.name] = b"".join(chunks)

    assert contents["application/pdf", "Specialistenbrief"].startswith(b"%PDF-1.4")
    assert b"Telefoonnotitie Anna de Vries" in contents["text/plain", "Telefoonnotitie"]
    assert b"Brief van de specialist" in contents["text/plain", "Samenvatting brief"]
    assert all(len(contents[file.media_type, file.name]) == file.size for file in files)
