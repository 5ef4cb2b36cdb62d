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
from tests.connector_contract import Case, ConnectorContract, items_of
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
    notes = [
        {"id": n, "person": 71 if n < NOTES else 72, "at": 1_714_989_600_000 + n}
        for n in range(NOTES + OF_OTHERS)
    ]
    database = tmp_path_factory.mktemp("store") / "db.json"
    database.write_text(json.dumps({"people": people, "notes": notes}), "utf-8")
    made = _connector("json-server", peer("json-server", DB=str(database)).url)
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def kinto(peer: Callable[..., Peer]) -> Iterator[RestConnector]:
    url = peer("kinto").url
    password = {"data": {"password": ACCOUNT[1]}}
    httpx.put(f"{url}/accounts/admin", json=password, timeout=30).raise_for_status()
    with httpx.Client(base_url=url, auth=ACCOUNT, timeout=30) as admin:
        for place in ("", "/collections/people", "/collections/notes"):
            admin.put(f"/buckets/p{place}").raise_for_status()
        for n, one in enumerate(PEOPLE):
            _put(admin, "people", f"p{71 + n}", one)
        for n in range(NOTES + OF_OTHERS):
            _put(admin, "notes", f"n{n}", {"person": "p71" if n < NOTES else "p72"})
    made = _connector("kinto", url)
    yield made
    made.http.close()


def _put(admin: httpx.Client, collection: str, ident: str, record: dict[str, Any]) -> None:
    path = f"/buckets/p/collections/{collection}/records/{ident}"
    admin.put(path, json={"data": record}).raise_for_status()


@pytest.fixture(params=["json-server", "kinto"])
def store(request: pytest.FixtureRequest) -> tuple[str, RestConnector, str]:
    """The peer's name, the connector to it, and Anna's reference."""
    connector = request.getfixturevalue(request.param.replace("-", "_"))
    return request.param, connector, "71" if request.param == "json-server" else "p71"


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
        )
        proved(connector="rest", peer=name, verb="contract")


def test_all_notes_come_over_their_pages(store: type_of_store, proved: Prove) -> None:
    name, connector, ref = store

    assert len(items_of(connector, ref, "notes")) == NOTES
    proved(connector="rest", peer=name, verb="find")
