"""Each connector with its stand-in and the proxy between them, and the shape of its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from flask import Flask

from connectors import cognito, fhir, rest, sendbird
from connectors.cognito_calls import Bounds, UserPool, client_of
from connectors.http import HttpSystem
from demo.files_staff import PATIENT_NUMBER, patient_id
from demo.journal import Journal
from demo.standins import cognito as cognito_standin
from demo.standins import crm, his
from demo.standins import sendbird as sendbird_standin
from dsr.core.connector import Connector
from dsr.core.subject import Subject
from tests.connectors import app_people, medical_people
from tests.connectors.app_people import APP_PEOPLE, NORA, SANNE
from tests.connectors.faults.proxy import Asked, Exchange, FaultProxy
from tests.connectors.medical_people import ANNA, PEOPLE
from tests.connectors.serving import served

type_of_json = dict[str, Any]
#: seconds without a byte, and for a whole call, when a test is in a hurry
HASTY, HASTY_WHOLE = 0.4, 0.9
MOST_BYTES = 1_000_000
_STRANGER = "stranger-7"
_CRM = Path(crm.__file__).parents[1] / "data" / "crm.yaml"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a system's page looks, and how it can be made to say something else."""

    rows: str
    is_page: Callable[[Asked], bool]
    #: a field of a row, by preference one that holds a number, as (the object, its key)
    place: Callable[[type_of_json, bool], tuple[type_of_json, str]]
    #: where the next page is named: gives the page with that of this very call as the next
    looped: Callable[[Exchange, type_of_json], type_of_json] | None = None
    #: an empty page that names the asked one as the next; and the call without that detour
    detour: Callable[[Asked, type_of_json], type_of_json] | None = None
    straight: Callable[[Asked], Asked] | None = None
    #: (which calls, what to change in their answer)
    total: tuple[Callable[[Asked], bool], Callable[[type_of_json], type_of_json]] | None = None
    foreign: tuple[Callable[[Asked], bool], Callable[[type_of_json], type_of_json]]


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A connector's system behind a proxy. `connect` makes a connector, in a hurry or not."""

    proxy: FaultProxy
    shape: Shape
    connect: Callable[[bool], Connector]
    ref: str
    dataset: str
    subject: Subject = field(repr=False)
    private: tuple[str, ...] = field(repr=False)


@contextmanager
def _proxied(app: Flask, is_page: Callable[[Asked], bool]) -> Iterator[FaultProxy]:
    with served(app) as origin:
        proxy = FaultProxy(origin, remembers=is_page)
        try:
            yield proxy
        finally:
            proxy.close()


def _private(subject: Subject, ref: str) -> tuple[str, ...]:
    """What may never stand in an error: of the person, of the stranger, and what was said."""
    mine = (subject.name, subject.email, subject.phone, subject.patient_number, subject.bsn)
    theirs = (SANNE.name, SANNE.email, SANNE.phone, _STRANGER)
    return tuple(filter(None, (*mine, *theirs, ref, SECRET)))


#: stands in every spoiled answer that has room for words
SECRET = "slaapt slecht sinds 12 maart"


def _hurried(http: HttpSystem, hasty: bool) -> None:
    http.sleep = lambda seconds: None
    http.limits = replace(http.limits, tries=2, max_bytes=MOST_BYTES)
    if hasty:
        http.limits = replace(http.limits, connect=HASTY, read=HASTY, total=HASTY_WHOLE)


def _next_of(asked: Asked, extra: str) -> str:
    mark = "&" if "?" in asked.target else "?"
    return f"{asked.url}{mark}{extra}"


def _with_row(rows: str, change: Callable[[type_of_json], type_of_json]) -> Any:
    """Adds a changed copy of the last row."""

    def changed(body: type_of_json) -> type_of_json:
        return {**body, rows: [*body[rows], change(json.loads(json.dumps(body[rows][-1])))]}

    return changed


def _more_promised(body: type_of_json) -> type_of_json:
    return {**body, "total": body["total"] + 3}


def _http_shape(rows: str, is_page: Callable[[Asked], bool], next_as: Any, **more: Any) -> Shape:
    """A system whose pages name the whole address of the next."""

    def looped(exchange: Exchange, body: type_of_json) -> type_of_json:
        return {**body, **next_as(exchange.asked.url)}

    def detour(asked: Asked, body: type_of_json) -> type_of_json:
        return {**body, rows: [], **next_as(_next_of(asked, "detour=1"))}

    return Shape(
        rows=rows, is_page=is_page, looped=looped, detour=detour,
        total=(is_page, _more_promised), **more,
    )  # fmt: skip


@contextmanager
def fhir_rig() -> Iterator[Rig]:
    """A HIS with a file of several pages."""

    def is_page(asked: Asked) -> bool:
        return "$everything" in asked.target

    def next_as(url: str) -> type_of_json:
        return {"link": [{"relation": "next", "url": url}]}

    def of_stranger(row: type_of_json) -> type_of_json:
        other = {"resourceType": "Condition", "id": "c9", "subject": {"reference": "Patient/s7"}}
        return {**row, "resource": {**other, "note": [{"text": _STRANGER}]}}

    with _proxied(his.build(PEOPLE, Journal("his")), is_page) as proxy:

        def connect(hasty: bool) -> Connector:
            made = fhir.build(
                {
                    "base_url": f"{proxy.url}/fhir",
                    "token": his.DEMO_TOKEN,
                    "identifier_system": {"patient_number": PATIENT_NUMBER},
                    "page_size": 25,
                }
            )
            _hurried(made.server.http, hasty)
            return made

        subject = medical_people.subject_of(ANNA, "name", "birth_date", "email", "phone", "bsn")
        ref = f"Patient/{patient_id(ANNA)}"
        shape = _http_shape(
            "entry",
            is_page,
            next_as,
            place=lambda row, _: (row["resource"], "odd"),
            foreign=(is_page, _with_row("entry", of_stranger)),
        )
        yield Rig(
            proxy=proxy, shape=shape, connect=connect, ref=ref, dataset="dossier",
            subject=subject, private=_private(subject, ref),
        )  # fmt: skip


@contextmanager
def rest_rig() -> Iterator[Rig]:
    """A CRM whose questions come with next links."""
    numbered = (replace(ANNA, number=number) for number in range(1, 200))
    asker = next(one for one in numbered if len(crm.crm_data.tickets(one, ())) > 3)
    ref = crm.crm_data.contact_id(asker)

    def is_page(asked: Asked) -> bool:
        return "/tickets" in asked.target

    def of_stranger(row: type_of_json) -> type_of_json:
        return {**row, "id": "t-9", "contact_id": _STRANGER, "title": SANNE.name}

    with _proxied(crm.build((asker, SANNE), Journal("crm")), is_page) as proxy:

        def connect(hasty: bool) -> Connector:
            settings = yaml.safe_load(_CRM.read_text("utf-8"))
            auth = {**settings["auth"], "value": crm.DEMO_KEY}
            made = rest.build({**settings, "base_url": proxy.url, "auth": auth})
            _hurried(made.http, hasty)
            return made

        subject = medical_people.subject_of(asker, "name", "birth_date", "email", "phone")
        shape = _http_shape(
            "items", is_page, lambda url: {"next": url}, place=lambda row, _: (row, "odd"),
            foreign=(is_page, _with_row("items", of_stranger)),
        )  # fmt: skip
        yield Rig(
            proxy=proxy, shape=shape, connect=connect, ref=ref, dataset="tickets",
            subject=subject, private=_private(subject, ref),
        )  # fmt: skip


@contextmanager
def cognito_rig() -> Iterator[Rig]:
    """A user pool with three pages of sign-ins, whose page tokens stand in the body."""

    def calls(operation: str) -> Callable[[Asked], bool]:
        return lambda asked: asked.headers.get("x-amz-target", "").endswith(f".{operation}")

    def looped(exchange: Exchange, body: type_of_json) -> type_of_json:
        return {**body, "NextToken": json.loads(exchange.asked.body).get("NextToken", "60")}

    def detour(asked: Asked, body: type_of_json) -> type_of_json:
        there = json.loads(asked.body).get("NextToken", "")
        return {**body, "AuthEvents": [], "NextToken": f"detour {there}"}

    def straight(asked: Asked) -> Asked:
        told = json.loads(asked.body)
        there = str(told.pop("NextToken", "")).removeprefix("detour").strip()
        body = json.dumps({**told, **({"NextToken": there} if there else {})}).encode()
        return replace(asked, body=body, headers={**asked.headers, "content-length": len(body)})  # type: ignore[dict-item]  # becomes text

    def place(row: type_of_json, of_number: bool) -> tuple[type_of_json, str]:
        return (row, "CreationDate") if of_number else (row["EventContextData"], "City")

    def of_stranger(body: type_of_json) -> type_of_json:
        users = json.loads(json.dumps(body["Users"]).replace(NORA.cognito_sub, _STRANGER))
        return {**body, "Users": users}

    app = cognito_standin.build(APP_PEOPLE, Journal("cognito"))
    is_page = calls("AdminListUserAuthEvents")
    with _proxied(app, is_page) as proxy:

        def connect(hasty: bool) -> Connector:
            client = client_of("eu-west-1", proxy.url, None, seconds=HASTY if hasty else 10.0)
            bounds = Bounds(total=HASTY_WHOLE if hasty else 20.0, tries=2)
            pool = UserPool(client, cognito_standin.POOL, bounds=bounds)
            pool.sleep = lambda seconds: None
            return cognito.CognitoConnector(
                pool, system="cognito", number_attribute="custom:number"
            )

        subject = app_people.said(NORA)
        shape = Shape(
            rows="AuthEvents", is_page=is_page, place=place, looped=looped, detour=detour,
            straight=straight, foreign=(calls("ListUsers"), of_stranger),
        )  # fmt: skip
        yield Rig(
            proxy=proxy, shape=shape, connect=connect, ref=NORA.cognito_sub,
            dataset="auth_events", subject=subject, private=_private(subject, NORA.cognito_sub),
        )  # fmt: skip


@contextmanager
def sendbird_rig() -> Iterator[Rig]:
    """A chat of three pages, anchored on messages: no page names the next."""
    token = "master-token"

    def is_page(asked: Asked) -> bool:
        return asked.target.partition("?")[0].endswith("/messages")

    def is_total(asked: Asked) -> bool:
        return "total_count" in asked.target

    def of_stranger(row: type_of_json) -> type_of_json:
        ident = row["message_id"] + 1
        return {**row, "channel_url": _STRANGER, "message": SECRET, "message_id": ident}

    app = sendbird_standin.build(APP_PEOPLE, Journal("sendbird"), token=token)
    with _proxied(app, is_page) as proxy:

        def connect(hasty: bool) -> Connector:
            made = sendbird.build({"url": proxy.url, "token": token})
            _hurried(_http_of(made), hasty)
            return made

        subject = app_people.said(NORA)
        shape = Shape(
            rows="messages", is_page=is_page, place=lambda row, _: (row, "odd"),
            total=(is_total, _more_promised),
            foreign=(is_page, _with_row("messages", of_stranger)),
        )  # fmt: skip
        yield Rig(
            proxy=proxy, shape=shape, connect=connect, ref=NORA.sendbird_id, dataset="messages",
            subject=subject, private=_private(subject, NORA.sendbird_id),
        )  # fmt: skip


def _http_of(connector: Any) -> HttpSystem:
    found: HttpSystem = connector._platform.http
    return found


RIGS: Mapping[str, Callable[[], Any]] = {
    "fhir": fhir_rig,
    "rest": rest_rig,
    "cognito": cognito_rig,
    "sendbird": sendbird_rig,
}
