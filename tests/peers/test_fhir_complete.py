"""Every sample loaded into Medplum and read back: each record of a file comes once, and equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
import pytest

from connectors.fhir import build
from connectors.fhir_along import KINDS
from dsr.core.connector import Item
from tests.connector_contract import items_of
from tests.peers.fhir_samples import (
    SYNTHEA,
    ZIB_R4,
    archive,
    as_it_was,
    bare,
    file_of,
    naming,
    put,
    ref_of,
    transact,
    type_of_resource,
)
from tests.peers.fhir_table import Row, as_table, written
from tests.peers.running import Peer

pytestmark = pytest.mark.peer

#: what stands in nobody's file: examples that name no patient (or one who is not among them), and
#: what only those point to
NOBODYS = {
    "Composition": 1,
    "Encounter": 1,
    "Location": 4,
    "Medication": 2,
    "Observation": 6,
    "Organization": 2,
    "Practitioner": 4,
    "PractitionerRole": 4,
    "Procedure": 1,
}


@dataclass(frozen=True)
class Loaded:
    """The server with all samples, and what each patient's file must hold."""

    base_url: str
    synthea: Mapping[str, Mapping[str, type_of_resource]]
    zib: Mapping[str, type_of_resource]

    @property
    def files(self) -> dict[str, Mapping[str, type_of_resource]]:
        """By the patient's reference."""
        found = {_patient(held): held for held in self.synthea.values()}
        patients = [ref for ref in self.zib if ref.startswith("Patient/")]
        return {**found, **{one: file_of(one, self.zib, frozenset(KINDS)) for one in patients}}


def _patient(held: Mapping[str, type_of_resource]) -> str:
    return next(ref for ref in held if ref.startswith("Patient/"))


@pytest.fixture(scope="module")
def loaded(peer: Callable[..., Peer]) -> Loaded:
    base_url = peer("medplum-fhir", PAGE_MAX="50").url
    synthea = {name: transact(base_url, one) for name, one in archive(SYNTHEA).items()}
    zib = {ref_of(one): one for one in archive(ZIB_R4).values()}
    put(base_url, zib.values())
    return Loaded(base_url, synthea, zib)


@dataclass(frozen=True)
class Found:
    """What came of each patient's file, in one stream and part by part."""

    streamed: Mapping[str, list[Item]]
    walked: Mapping[str, list[Item]]


@pytest.fixture(scope="module")
def found(loaded: Loaded) -> Found:
    connector = build({"base_url": loaded.base_url, "page_size": 40})
    streamed = {one: items_of(connector, one, "dossier") for one in loaded.files}
    walked = {}
    for patient in loaded.files:
        httpx.put(loaded.base_url.replace("/fhir/R4", "/faults"), content="no-404")
        walked[patient] = items_of(connector, patient, "dossier")
    connector.server.http.close()
    return Found(streamed, walked)


@pytest.mark.parametrize("way", ["streamed", "walked"])
def test_every_record_of_every_file_comes_once_and_equal(
    loaded: Loaded, found: Found, way: str, proved: Callable[..., None]
) -> None:
    for patient, held in loaded.files.items():
        items = getattr(found, way)[patient]
        refs = Counter(item.ref for item in items)
        assert set(refs) == set(held), patient
        assert set(refs.values()) == {1}
        assert [item.ref for item in items if as_it_was(item) != bare(held[item.ref])] == []
    proved(connector="fhir", peer="medplum", verb=f"find every record ({way})")


def test_stream_and_walk_give_the_same_and_the_table_says_how_much(
    loaded: Loaded, found: Found
) -> None:
    rows = []
    for patient, held in loaded.files.items():
        one = {item.ref: (item.data, item.about_subject) for item in found.streamed[patient]}
        other = {item.ref: (item.data, item.about_subject) for item in found.walked[patient]}
        assert one == other
        about = sum(1 for _, mine in one.values() if mine)
        rows.append(Row(_named(loaded, patient), len(held), len(one), len(other), about))

    assert as_table(rows) == written(), f"docs/fhir-completeness.md should say {as_table(rows)}"


def _named(loaded: Loaded, patient: str) -> str:
    """The sample's own name: the ids that Medplum gives differ each time."""
    names = {_patient(held): name for name, held in loaded.synthea.items()}
    return names.get(patient, patient).rpartition("_")[0] or patient


def test_what_stands_in_nobodys_file_names_nobody(loaded: Loaded) -> None:
    in_files = {ref for held in loaded.files.values() for ref in held}
    left = [one for ref, one in loaded.zib.items() if ref not in in_files]

    assert Counter(str(one["resourceType"]) for one in left) == NOBODYS
    assert not any(naming(one) & set(loaded.files) for one in left)
