"""Nobody is served from a database that is older than the erasure ledger (T73, F36)."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from dsr.services import erasure_ledger, ledger_watch
from dsr.services.house import House
from dsr.web.app import create_app
from tests.services.erasing import erasing, forget, receipt_written


@pytest.fixture
def older(house: House) -> House:
    """A house whose database is older than its ledger."""
    receipt_written(house, erasing(house, "n-1", acting=False), "n-1")
    forget(house, 0)
    return house


def client_of(house: House) -> FlaskClient:
    return create_app(house).test_client()


def test_nobody_is_served_from_an_older_database(older: House) -> None:
    client = client_of(older)
    far = {"REMOTE_ADDR": "203.0.113.9"}

    for path in ("/", "/desk/", "/api/v1/requests/AVG-2222-2222", "/api/openapi.json"):
        near, away = client.get(path), client.get(path, environ_overrides=far)
        assert (near.status_code, away.status_code) == (503, 503), path
        assert "python -m dsr replay-erasures" in near.text
        assert "replay-erasures" not in away.text
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "ledger" in ready.json["missing"]
    assert any("replay-erasures" in hint for hint in ready.json["hints"])


def test_a_house_is_served_again_once_the_ledger_agrees(
    older: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_watch, "EVERY", 0.0)
    client = client_of(older)
    assert client.get("/api/openapi.json").status_code == 503
    with older.writing() as session:
        erasure_ledger.move_head(session, older.office)

    assert client.get("/api/openapi.json").status_code == 200
