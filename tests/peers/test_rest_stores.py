"""The REST connector against two stores of JSON, each with a map of its own and no code."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from connectors.rest import RestConnector, build
from dsr.core.subject import Subject
from dsr.systems import resolved
from tests.connector_case import Case, Changing, Corrected, items_of
from tests.connector_contract import ConnectorContract
from tests.peers.running import Peer

pytestmark = pytest.mark.peer
Prove = Callable[..., None]

MAPS = Path(__file__).parent / "maps"
NOTES, OF_OTHERS = 5, 2
ACCOUNT = ("admin", "s3cret")


def _mail(name: str) -> str:
    return f"{name}@voorbeeld.example"


PEOPLE: list[dict[str, Any]] = [
    {"name": "Anna de Vries", "email": _mail("anna"), "number": "P000001"},
    {"name": "Maria Jansen", "email": _mail("maria"), "number": "P000002"},
    {"name": "Maria Jansen", "email": _mail("mia"), "number": "P000003"},
]


def _connector(name: str, url: str) -> RestConnector:
    settings = yaml.safe_load((MAPS / f"{name}-rest.yaml").read_text("utf-8"))
    return build(resolved(settings, {"DSR_STORE_URL": url}, name))


@pytest.fixture(scope="module")
def json_server(
    peer: Callable[..., Peer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RestConnector]:
    people = [{"id": 71 + n, **one} for n, one in enumerate(PEOPLE)]
    database = tmp_path_factory.mktemp("store") / "db.json"
    database.write_text(json.dumps({"people": people, "notes": []}), "utf-8")
    made = _connector("json-server", peer("json-server", DB=str(database)).url)
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def kinto(peer: Callable[..., Peer]) -> Iterator[RestConnector]:
    url = peer("kinto").url
    password = {"data": {"password": ACCOUNT[1]}}
    httpx.put(f"{url}/accounts/admin", json=password, timeout=30).raise_for_status()
    with httpx.Client(base_url=url, auth=ACCOUNT, timeout=30) as admin:
        for place in ("", *(f"/collections/{one}" for one in ("people", "notes", "statements"))):
            admin.put(f"/buckets/p{place}").raise_for_status()
        for n, one in enumerate(PEOPLE):
            _put(admin, "people", f"p{71 + n}", one)
    made = _connector("kinto", url)
    yield made
    made.http.close()


def _put(admin: httpx.Client, collection: str, ident: str, record: dict[str, Any]) -> None:
    path = f"/buckets/p/collections/{collection}/records/{ident}"
    admin.put(path, json={"data": record}).raise_for_status()


@pytest.fixture(params=["json-server", "kinto"])
def store(request: pytest.FixtureRequest) -> tuple[str, RestConnector, str]:
    """The peer's name, the connector to it, and Anna's reference; its notes are as they were."""
    connector = request.getfixturevalue(request.param.replace("-", "_"))
    fill = _fill_json_server if request.param == "json-server" else _fill_kinto
    fill(connector.talk.base_url.rstrip("/"))
    return request.param, connector, "71" if request.param == "json-server" else "p71"


def _fill_json_server(url: str) -> None:
    with httpx.Client(base_url=url, timeout=30) as admin:
        for one in admin.get("/notes").json():
            admin.delete(f"/notes/{one['id']}").raise_for_status()
        for n in range(NOTES + OF_OTHERS):
            note = {"id": n + 1, "person": 71 if n < NOTES else 72, "at": 1_714_989_600_000 + n}
            admin.post("/notes", json=note).raise_for_status()


def _fill_kinto(url: str) -> None:
    with httpx.Client(base_url=url, auth=ACCOUNT, timeout=30) as admin:
        for collection in ("notes", "statements"):
            admin.delete(f"/buckets/p/collections/{collection}/records").raise_for_status()
        for n in range(NOTES + OF_OTHERS):
            _put(admin, "notes", f"n{n}", {"person": "p71" if n < NOTES else "p72"})


def _statements(url: str) -> list[str]:
    with httpx.Client(base_url=url, auth=ACCOUNT, timeout=30) as admin:
        found = admin.get("/buckets/p/collections/statements/records").json()["data"]
    return [str(one["text"]) for one in found]


type_of_store = tuple[str, RestConnector, str]


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(self, store: type_of_store, proved: Prove) -> Iterator[Case]:
        name, connector, ref = store
        yield Case(
            connector=connector,
            subject=Subject(name="Anna de Vries", patient_number="P000001", email=_mail("anna")),
            ref=ref,
            stranger=Subject(name=f"Niemand {secrets.token_hex(4)}", email=_mail("niemand")),
            several=Subject(name="Maria Jansen"),
            dataset="notes",
            changing=Changing(
                looks=True,
                erases="notes",
                other=ref.replace("71", "72"),
                rectifies=Corrected(dataset="notes", path="/text", new="een ander woord"),
                annotates="notes" if name == "kinto" else "",
                statements=lambda: _statements(connector.talk.base_url.rstrip("/")),
                restricts="notes",
            ),
        )
        for verb in ("contract", "again", "erase", "rectify", "restrict", "lift"):
            proved(connector="rest", peer=name, verb=verb)


def test_all_notes_come_over_their_pages(store: type_of_store, proved: Prove) -> None:
    name, connector, ref = store

    assert len(items_of(connector, ref, "notes")) == NOTES
    proved(connector="rest", peer=name, verb="find")
