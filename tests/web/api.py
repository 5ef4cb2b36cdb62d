"""Calling the API in tests."""

from __future__ import annotations

import secrets
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dsr.core.connector import One
from dsr.core.subject import Level, Subject
from dsr.db import subject_requests
from dsr.db.staff import Staff
from dsr.db.subject_requests import SubjectRequest
from dsr.services import api_keys, app_link, case, decide, identify, pack, release, review
from dsr.services.api_keys import SCOPES, NewKey
from dsr.services.app_link import LinkFacts
from dsr.services.census import census
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.pack import Made
from dsr.services.staff_login import who_is
from dsr.web.app import create_app
from tests.makers import make_found, make_item, make_request, make_staff
from tests.web.app_pool import AppPool

BODY: dict[str, Any] = {
    "practice": "kralingen",
    "language": "nl",
    "name": "Anouk Voorbeeld",
    "birth_date": "1980-03-31",
    "email": "anouk@voorbeeld.example",
    "phone": "06 0000 0123",
    "postcode": "3063 BR",
    "scope": ["all"],
    "answer_form": "online",
    "words": "Graag alles.",
}
PDF = b"%PDF-1.7 " + b"letter " * 3000
ZIP = b"PK" + b"package " * 20_000
PATIENT_NUMBER = "P-100"


def client_of(house: House) -> FlaskClient:
    """A client of this house's app."""
    return create_app(house).test_client()


def new_key() -> str:
    """A fresh Idempotency-Key."""
    return secrets.token_hex(16)


def post(client: FlaskClient, path: str, body: Any = None, **headers: str) -> TestResponse:
    """POST JSON; underscores in header names become dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, json={} if body is None else body, headers=named)


def file(client: FlaskClient, *, key: str = "", token: str = "", **changed: Any) -> TestResponse:
    """File a request; a value of None leaves a field out."""
    body = {name: value for name, value in {**BODY, **changed}.items() if value is not None}
    headers = {"Idempotency_Key": key or new_key()}
    return post(client, "/api/v1/requests", body, **(headers | bearer(token)))


def bearer(token: str) -> dict[str, str]:
    """The header for an app token or a desk key; none without one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def by_secret(filed: dict[str, str]) -> dict[str, str]:
    """The header for the holder of a request's secret."""
    return {"Authorization": f"Request {filed['secret']}"}


def make_key(
    house: House, *, scopes: tuple[str, ...] = SCOPES, days: int = 90, **staff: Any
) -> tuple[Staff, str]:
    """Somebody at the desk with a key of theirs."""
    person = make_staff(house, **staff)
    new = NewKey(login=person.login, practice=person.practices[0], scopes=scopes, days=days)
    with house.writing() as session:
        return person, api_keys.make(session, house.office, new)[1]


def make_link(house: House, pool: AppPool, sub: str, patient_number: str = PATIENT_NUMBER) -> None:
    """The practice links an app account to a patient."""
    staff = make_staff(house, login=f"linker-{sub}")
    facts = LinkFacts(
        id="", practice="kralingen", issuer=pool.cognito.issuer, sub=sub,
        patient_number=patient_number,
    )  # fmt: skip
    with house.writing() as session:
        app_link.make(session, house.office, facts, who_is(staff))


def make_answer(house: House, row: SubjectRequest, *, send: bool = True) -> None:
    """Decide a request that is under review, make its letter and package, and send them."""
    officer = who_is(make_staff(house, login=f"officer-{row.reference}".lower()))
    office = house.office
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        proposal = census(session, office, fresh).proposal
        seen = review.review_digest(session, fresh)
        decide.decide(session, office, fresh, Decided(decision=proposal, seen=seen), officer)
        step_id = session.info["to_pack"][-1]
    with house.writing() as session:
        work = pack.begin(session, office, step_id)
    assert work is not None
    made = Made(
        letter=office.vault.put(f"{work.folder}/letter", work.key, [PDF]),
        package=office.vault.put(f"{work.folder}/package", work.key, [ZIP]),
    )
    with house.writing() as session:
        pack.finish(session, office, work, made)
        if send:
            release.send(session, office, subject_requests.by_id(session, row.id), officer)


def _on_file(house: House, row: SubjectRequest, patient: str) -> None:
    on_file = Subject(name="Anouk Voorbeeld", patient_number=patient)
    found = One(subject_ref=patient, agrees=("name", "birth_date"), on_file=on_file)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        key = case.case_key(session, house.office, fresh)
        identify.remember_on_file(key, fresh, "his", found)


def make_answered(house: House, *, patient: str = "", **changed: Any) -> SubjectRequest:
    """A request with one plain item found, answered and sent; `patient` is a number on file."""
    row = make_request(house, level=changed.pop("level", Level.IA4), **changed)
    if patient:
        _on_file(house, row, patient)
    make_found(house, row, {"crm": [make_item()]})
    make_answer(house, row)
    return row
