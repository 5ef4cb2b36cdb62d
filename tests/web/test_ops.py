"""What operators ask: alive, ready, how much (T84)."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dsr.logs import OneLine
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import Clock, make_house, make_request
from tests.servers import Valkey

FAR = {"REMOTE_ADDR": "203.0.113.9"}


def client_of(house: House) -> FlaskClient:
    return create_app(house).test_client()


@pytest.fixture
def ready_house(tmp_path: Path, sqlite_url: str, valkey: Valkey) -> House:
    return make_house(tmp_path, database_url=sqlite_url, redis_url=valkey.url)


def test_healthz_says_only_ok(tmp_path: Path) -> None:
    answer = client_of(make_house(tmp_path)).get("/healthz", environ_overrides=FAR)

    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_readyz_is_ready_when_all_parts_answer(ready_house: House) -> None:
    answer = client_of(ready_house).get("/readyz")

    assert (answer.status_code, answer.json["ready"], answer.json["missing"]) == (200, True, [])


def test_readyz_names_the_missing_parts_to_operators_only(tmp_path: Path) -> None:
    # Tables were made without migrations, and nobody listens where Redis should be.
    client = client_of(make_house(tmp_path))

    near, far = client.get("/readyz"), client.get("/readyz", environ_overrides=FAR)

    assert (near.status_code, far.status_code) == (503, 503)
    assert near.json["missing"] == ["migrations", "redis"]
    assert far.json == {"ready": False}


def test_readyz_notices_a_full_or_lost_vault(ready_house: House) -> None:
    folder = ready_house.settings.folder / "vault"
    folder.rmdir() if folder.exists() else None
    folder.write_text("not a folder", encoding="utf-8")

    answer = client_of(ready_house).get("/readyz")

    assert (answer.status_code, answer.json["missing"]) == (503, ["vault"])


def test_metrics_open_with_the_token_and_not_without(tmp_path: Path) -> None:
    client = client_of(make_house(tmp_path, metrics_token="a-token-for-figures"))

    good = client.get("/metrics", headers={"Authorization": "Bearer a-token-for-figures"})
    bad = client.get("/metrics", headers={"Authorization": "Bearer another"})
    none = client.get("/metrics")

    assert [good.status_code, bad.status_code, none.status_code] == [200, 403, 403]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_without_a_token_metrics_open_on_this_machine_only(tmp_path: Path, header: str) -> None:
    client = client_of(make_house(tmp_path))

    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_overrides=FAR).status_code == 403
    assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 403


def test_metrics_count_the_ledger_and_hold_no_id(tmp_path: Path) -> None:
    clock = Clock()
    house = make_house(tmp_path, clock=clock)
    row = make_request(house)
    client = client_of(house)
    client.get(f"/api/v1/requests/{row.reference}")
    clock.move(days=60)

    text = client.get("/metrics").text

    assert 'dsr_open_requests{practice="kralingen",stage="identifying"} 1.0' in text
    assert "dsr_overdue_requests 1.0" in text
    assert "dsr_outbox_waiting 1.0" in text
    assert 'endpoint="patient_api.status"' in text
    for value in (row.reference, row.id, "Anouk", "voorbeeld.example"):
        assert value not in text


def test_the_access_log_names_endpoints_and_never_addresses(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    row = make_request(house)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine())
    logger = logging.getLogger("dsr.web.ops")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        client = client_of(house)
        client.get(f"/api/v1/requests/{row.reference}?name=Anouk", headers={"User-Agent": "Anouk"})
        client.open("/nergens/Anouk", method="ANOUK")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (lines[0]["endpoint"], lines[0]["code"]) == ("patient_api.status", 401)
    assert lines[1]["method"] == "other"
    assert "Anouk" not in stream.getvalue()
    assert row.reference not in stream.getvalue()
