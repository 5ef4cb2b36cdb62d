"""The changing verbs of the HIS connector against Medplum: its versions, conditions, searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from connectors.fhir import FhirConnector
from connectors.fhir_exchange import Ask, Exchange
from connectors.http import Call
from demo.files import patient_resource, resources_of
from demo.files_staff import patient_id
from demo.person import Person
from dsr.core.connector import Change, Place
from dsr.core.errors import ForeignRecord, ItemChanged, TryAgain
from tests.connector_contract import Case, Changing, ConnectorContract, Corrected, items_of
from tests.connectors.medical_people import ANNA, MARIA, OTHER_MARIA, SANNE, subject_of
from tests.peers.fhir_samples import ref_of
from tests.peers.running import Peer
from tests.peers.test_fhir import TOKEN, Medplum

pytestmark = pytest.mark.peer

PEOPLE = (ANNA, SANNE)
ANNAS_REF, SANNES_REF = (f"Patient/{patient_id(one)}" for one in (ANNA, SANNE))
PLACE = Place(subject_ref=ANNAS_REF, dataset="dossier")
CHANGES = {"confidentiality": "R", "handling": "NOAUTH", "flag": True}
POINTED_TO = ("Patient", "Organization", "Practitioner", "RelatedPerson", "Encounter")
BORN = [Change(path="/birthDate", old="1984-05-06", new="1984-06-05")]


@pytest.fixture(scope="module")
def kept(peer: Callable[..., Peer]) -> Medplum:
    made = Medplum(peer("medplum-fhir", FHIR_TOKEN=TOKEN, RETRY_AFTER="0", PAGE_MAX="60").url)
    made.put(patient_resource(MARIA), patient_resource(OTHER_MARIA))
    return made


@pytest.fixture
def medplum(kept: Medplum) -> Medplum:
    """Anna's and Sanne's files as they were at first, without what an earlier test added."""
    kept.plan("")
    connector = kept.connector()
    asks = []
    for person in PEOPLE:
        known = {ref_of(one): one for one in files(person)}
        asks += [Ask(method="PUT", path=ref, resource=one) for ref, one in known.items()]
        ref = f"Patient/{patient_id(person)}"
        if connector.server.read(ref):
            for item in items_of(connector, ref, "dossier"):
                if item.ref not in known:
                    connector.server.http.call(Call(method="DELETE", path=item.ref))
    assert all(reply.ok for reply in Exchange(connector.server).each(asks))
    connector.server.http.close()
    return kept


@pytest.fixture
def connector(medplum: Medplum) -> Iterator[FhirConnector]:
    made = medplum.connector(changes=CHANGES)
    yield made
    made.server.http.close()


def files(person: Person) -> list[dict[str, object]]:
    place = PEOPLE.index(person)
    return list(resources_of(person, (PEOPLE[(place + 1) % len(PEOPLE)],)))


def of_kind(connector: FhirConnector, kind: str, ref: str = ANNAS_REF) -> list[dict[str, object]]:
    return [item.data for item in items_of(connector, ref, "dossier") if item.kind == kind]


def stopped(connector: FhirConnector) -> set[str]:
    held = [one for one in of_kind(connector, "Consent") if one["status"] == "active"]
    rows = [row for one in held for row in one["identifier"]]  # type: ignore[attr-defined]  # a list
    return {row["value"] for row in rows if row["system"] == "urn:privacybalie:purpose"}


def statements(connector: FhirConnector) -> list[str]:
    found = []
    for item in items_of(connector, ANNAS_REF, "dossier"):
        for file in item.files:
            if file.media_type == "text/plain":
                with file.open() as chunks:
                    found.append(b"".join(chunks).decode())
    return found


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, connector: FhirConnector) -> Case:
        connector.check()
        return Case(
            connector=connector,
            subject=replace(subject_of(ANNA), email=ANNA.email, phone=ANNA.phone),
            ref=ANNAS_REF,
            stranger=subject_of(replace(ANNA, given="Wie", email="", phone="")),
            several=subject_of(MARIA),
            dataset="dossier",
            secrets=(TOKEN,),
            changing=Changing(
                looks=True,
                erases="dossier",
                other=SANNES_REF,
                last=POINTED_TO,
                rectifies=Corrected(
                    dataset="dossier",
                    path="/recordedDate",
                    new="2020-02-29",
                    refused=("2026-02-30", "not a day"),
                ),
                annotates="dossier",
                statements=lambda: statements(connector),
                restricts="dossier",
                stops=("A.2", "A.5"),
                stopped=lambda: stopped(connector),
            ),
        )


def test_a_correction_holds_with_its_provenance(
    connector: FhirConnector, proved: Callable[..., None]
) -> None:
    for _ in range(2):
        receipt = connector.rectify(PLACE, ANNAS_REF, BORN, "op-1")
    assert receipt.done == (ANNAS_REF,)
    assert connector.again(PLACE, [ANNAS_REF])[ANNAS_REF].data["birthDate"] == "1984-06-05"
    proved(connector="fhir", peer="medplum", verb="rectify (If-Match)")

    search = connector.server.page(
        "Provenance", {"_tag": f"urn:privacybalie:operation|op-1:{ANNAS_REF}"}
    )
    assert search is not None
    [note] = search.resources
    assert f"Provenance/{note['id']}" == receipt.evidence["provenance"]
    assert note["target"] == [{"reference": f"{ANNAS_REF}/_history/{receipt.evidence['version']}"}]
    proved(connector="fhir", peer="medplum", verb="Provenance once")


def test_a_version_that_is_not_the_last_is_refused_by_the_server(
    connector: FhirConnector, proved: Callable[..., None]
) -> None:
    """The one race that can be had without a trap: two connectors with one version in hand."""
    http = connector.server.http
    patient = connector.again(PLACE, [ANNAS_REF])[ANNAS_REF].data
    meta = patient["meta"]
    assert isinstance(meta, dict)
    old = {"If-Match": f'W/"{meta["versionId"]}"'}
    http.call(Call(method="PUT", path=ANNAS_REF, body={**patient, "active": True}, headers=old))

    late = http.call(
        Call(method="PUT", path=ANNAS_REF, body={**patient, "active": False}, headers=old)
    )

    assert late.code == 412
    changes = [Change(path="/active", old=False, new=None)]
    with pytest.raises(ItemChanged):
        connector.rectify(PLACE, ANNAS_REF, changes, "op-1")
    proved(connector="fhir", peer="medplum", verb="412 overwrites nothing")


def test_a_statement_is_there_once(connector: FhirConnector, proved: Callable[..., None]) -> None:
    for _ in range(2):
        connector.annotate(PLACE, ANNAS_REF, "Dit klopt niet.", "op-1")

    assert statements(connector).count("Dit klopt niet.") == 1
    proved(connector="fhir", peer="medplum", verb="annotate (If-None-Exist)")


def test_a_restriction_is_found_by_its_label_and_lifted_whole(
    connector: FhirConnector, proved: Callable[..., None]
) -> None:
    refs = [i.ref for i in items_of(connector, ANNAS_REF, "dossier") if i.kind == "Condition"]
    before = {ref: labels(connector, ref) for ref in refs}

    assert set(connector.restrict(PLACE, refs, "op-1").done) == set(refs)
    found = connector.server.page("Condition", {"_security": "R", "patient": ANNAS_REF})
    assert found is not None
    assert {ref_of(one) for one in found.resources} == set(refs)
    assert [one["status"] for one in of_kind(connector, "Flag")] == ["active"]
    proved(connector="fhir", peer="medplum", verb="restrict (labels, Flag)")

    assert set(connector.restrict(PLACE, refs, "op-2", lift=True).done) == set(refs)
    assert {ref: labels(connector, ref) for ref in refs} == before
    assert [one["status"] for one in of_kind(connector, "Flag")] == ["inactive"]
    proved(connector="fhir", peer="medplum", verb="lift")


def labels(connector: FhirConnector, ref: str) -> object:
    meta = connector.again(PLACE, [ref])[ref].data["meta"]
    assert isinstance(meta, dict)
    return meta.get("security"), meta.get("tag")


def test_a_purpose_is_denied_and_taken_up(
    connector: FhirConnector, proved: Callable[..., None]
) -> None:
    for _ in range(2):
        connector.stop_using(ANNAS_REF, ["A.5"], "op-1")
    assert stopped(connector) == {"A.5"}
    assert len(of_kind(connector, "Consent")) == 1
    proved(connector="fhir", peer="medplum", verb="stop (Consent)")

    connector.stop_using(ANNAS_REF, ["A.5"], "op-2", resume=True)
    assert stopped(connector) == set()
    proved(connector="fhir", peer="medplum", verb="resume")


def test_a_whole_file_goes_and_its_history_with_it(
    connector: FhirConnector, proved: Callable[..., None]
) -> None:
    about = [i.ref for i in items_of(connector, ANNAS_REF, "dossier") if i.about_subject]
    theirs = {i.ref: i.data for i in items_of(connector, SANNES_REF, "dossier")}

    receipt = connector.erase(PLACE, about, "op-1")

    assert (set(receipt.done), receipt.retained) == (set(about), ())
    http = connector.server.http
    files_too = [f"Binary/{patient_id(ANNA)}-bina-{number}" for number in (1, 2)]
    for ref in (*about, *files_too):
        assert {http.get(path).code for path in (ref, f"{ref}/_history")} == {404}
    assert connector.again(PLACE, about) == {}
    assert {i.ref: i.data for i in items_of(connector, SANNES_REF, "dossier")} == theirs
    assert set(connector.erase(PLACE, about, "op-1").gone) == set(about)
    proved(connector="fhir", peer="medplum", verb="erase (batch, Binary, _history)")


def test_another_patients_record_stops_all_of_it(connector: FhirConnector) -> None:
    theirs = next(
        i.ref for i in items_of(connector, SANNES_REF, "dossier") if i.kind == "Condition"
    )

    with pytest.raises(ForeignRecord):
        connector.erase(PLACE, [ANNAS_REF, theirs], "op-1")

    assert set(connector.again(PLACE, [ANNAS_REF])) == {ANNAS_REF}


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_his_is_asked_once_for_a_change(
    medplum: Medplum, connector: FhirConnector, code: int, proved: Callable[..., None]
) -> None:
    connector.check()
    medplum.plan(f"{code}:99")

    with pytest.raises(TryAgain):
        connector.erase(PLACE, [ANNAS_REF], "op-1")

    medplum.plan("")
    assert set(connector.again(PLACE, [ANNAS_REF])) == {ANNAS_REF}
    proved(connector="fhir", peer="medplum", verb="again")
