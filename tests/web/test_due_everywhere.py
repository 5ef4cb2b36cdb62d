"""One due date and one derivation, wherever a request is shown (Art. 12(3))."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.rendering.html import letter_html
from dsr.services import due, facts
from tests.makers import make_item, make_request
from tests.web.api import bearer, make_key
from tests.web.browsing import Browser
from tests.web.desk import Desk, make_desk, url

RECEIVED = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)  # 5 March in Rotterdam
BECAUSE = {
    "nl": (
        "Wij kregen uw verzoek op 5 maart 2026.",
        "Eén maand later is 5 april 2026.",
        "5 april 2026 is een vrije dag (zondag).",
        "6 april 2026 is een vrije dag (tweede paasdag).",
        "De eerste werkdag daarna is 7 april 2026.",
    ),
    "en": (
        "We got your request on 5 March 2026.",
        "One month later is 5 April 2026.",
        "5 April 2026 is not a working day (Sunday).",
        "6 April 2026 is not a working day (Easter Monday).",
        "The first working day after that is 7 April 2026.",
    ),
}
WHY = {"View-Reason": "Vraag over de termijn"}
LANGUAGES = pytest.mark.parametrize("language", ["nl", "en"])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def asked(desk: Desk, language: str = "nl") -> SubjectRequest:
    return make_request(desk.house, received_at=RECEIVED, language=language, level=Level.IA2)


def test_what_the_queue_sorts_by_is_the_date_that_is_derived(desk: Desk) -> None:
    row = asked(desk)
    with desk.house.reading() as db:
        kept = subject_requests.by_id(db, row.id)
    assert kept.due.isoformat() == due.of(kept).date.isoformat() == "2026-04-07"


@LANGUAGES
def test_the_desk_reads_how_the_date_came_about_in_its_own_language(
    desk: Desk, language: str
) -> None:
    row, browser = asked(desk), desk.enter()
    if language == "en":
        browser.send("/language", language="en")
    text = browser.open(url(row)).text

    assert [words for words in BECAUSE[language] if words not in text] == []


def test_the_desk_reads_its_target_and_the_last_day_to_tell_of_more_time(desk: Desk) -> None:
    text = desk.enter().open(url(asked(desk))).text

    assert "<dt>Streefdag</dt><dd>do 2 apr 2026</dd>" in text  # 3 April is Good Friday
    assert "<dt>Uitstel of weigering melden, uiterlijk</dt><dd>di 7 apr 2026</dd>" in text


@LANGUAGES
def test_the_person_reads_how_the_date_came_about(desk: Desk, language: str) -> None:
    row = asked(desk)
    browser = Browser(desk.app).open("/nl/volgen?ander=1")
    key = desk.house.office.secret_of(row.reference)
    browser.send("zoeken", reference=row.reference, key=key)

    assert " ".join(BECAUSE[language]) in browser.open(f"/{language}/volgen").text


@LANGUAGES
def test_the_receipt_letter_holds_how_the_date_came_about(desk: Desk, language: str) -> None:
    row = asked(desk, language)
    with desk.house.reading() as db:
        letter = facts.receipt(db, desk.house.office, subject_requests.by_id(db, row.id))

    assert letter.facts.due_because == BECAUSE[language]
    assert [words for words in BECAUSE[language] if words not in letter_html(letter)] == []


@LANGUAGES
def test_the_api_tells_the_derivation_in_words_and_as_data(desk: Desk, language: str) -> None:
    row = asked(desk, language)
    secret = {"Authorization": f"Request {desk.house.office.secret_of(row.reference)}"}
    path = f"/api/v1/requests/{row.reference}"
    told: dict[str, Any] = desk.app.test_client().get(path, headers=secret).json

    named = {"nl": ("zondag", "tweede paasdag"), "en": ("Sunday", "Easter Monday")}
    sunday, easter_monday = named[language]
    assert (told["due"], tuple(told["due_because"])) == ("2026-04-07", BECAUSE[language])
    assert told["due_derivation"] == {
        "received": "2026-03-05",
        "months": 1,
        "month_end": "2026-04-05",
        "pauses": [],
        "paused_days": 0,
        "raw_end": "2026-04-05",
        "free_days": [
            {"day": "2026-04-05", "code": "sunday", "name": sunday},
            {"day": "2026-04-06", "code": "easter_monday", "name": easter_monday},
        ],
        "last_day": "2026-04-07",
    }
    assert "safe_target" not in told


def test_the_desks_api_tells_the_days_of_its_own_work_too(desk: Desk) -> None:
    row = asked(desk)
    key = make_key(desk.house)[1]
    path = f"/api/v1/desk/requests/{row.reference}"
    told: dict[str, Any] = desk.app.test_client().get(path, headers={**bearer(key), **WHY}).json

    assert (told["due"], tuple(told["due_because"])) == ("2026-04-07", BECAUSE["nl"])
    assert (told["safe_target"], told["notice_until"]) == ("2026-04-02", "2026-04-07")
    assert told["service_target"] is None
    assert told["due_derivation"]["last_day"] == told["due"]


def test_a_request_that_finds_the_medical_file_has_the_target_of_as_soon_as_possible(
    desk: Desk,
) -> None:
    item = make_item(dataset="dossier", kind="Observation")
    row = desk.found({"his": [item]}, received_at=RECEIVED)
    key = make_key(desk.house)[1]
    path = f"/api/v1/desk/requests/{row.reference}"
    told: dict[str, Any] = desk.app.test_client().get(path, headers={**bearer(key), **WHY}).json

    assert (told["service_target"], told["safe_target"]) == ("2026-03-19", "2026-04-02")
