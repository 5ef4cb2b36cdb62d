"""`POST /api/v1/requests`: a request comes in once, however often the call is repeated."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from dsr.core.errors import NotAllowed
from dsr.core.subject import Channel, Subject
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import due, idempotency, identify, receive
from dsr.services.case import PATIENT, Who
from dsr.services.follow import account_of
from dsr.services.idempotency import HEADER, Call, InFlight
from dsr.services.identify import AppLogin
from dsr.services.receive import Asked
from dsr.web.api import wish_shapes
from dsr.web.api.callers import CASE_ROLES, app_login, check_key, is_key, key_held, offered
from dsr.web.api.faults import NotKnown, WeakKey
from dsr.web.current import house


@dataclass(frozen=True, kw_only=True)
class Filer:
    """Who files: the name under which keys of idempotency are kept, and how they came."""

    name: str = field(repr=False)
    who: Who
    channel: Channel
    login: AppLogin | None = field(default=None, repr=False)


def file_once(body: dict[str, Any]) -> dict[str, str]:
    """File the request of this call, or give the answer of its first time again."""
    key = request.headers.get(HEADER, "")
    if not idempotency.is_strong(key):
        raise WeakKey
    filer = _filer(body["practice"])
    call = Call(caller=filer.name, key=key, body=_canonical(body))
    asked = _asked(body, filer)
    try:
        return _file(call, asked, filer)
    except InFlight:
        # The first call may have been committed at this very moment; then its answer is there.
        return _file(call, asked, filer)


def _file(call: Call, asked: Asked, filer: Filer) -> dict[str, str]:
    with house().writing() as session:
        row, new = idempotency.begin(session, house().office, call)
        if not new:
            return _answer(subject_requests.by_id(session, row.request_id or ""))
        made = _receive(session, asked, filer)
        row.request_id = made.id
        return _answer(made)


def _receive(session: Session, asked: Asked, filer: Filer) -> SubjectRequest:
    made = receive.receive(session, house().office, asked, filer.who)
    if filer.login is not None:
        identify.by_app(session, house().office, made, filer.login)
    return made


def _filer(practice: str) -> Filer:
    credential = offered()
    if credential is None:
        return Filer(name="anonymous", who=PATIENT, channel=Channel.WEB)
    if credential.scheme != "bearer":
        raise NotKnown
    if is_key(credential):
        return _by_key(practice)
    login = app_login(credential.value)
    name = f"app {account_of(login)}"
    return Filer(name=name, who=PATIENT, channel=Channel.APP, login=login)


def _by_key(practice: str) -> Filer:
    credential = offered()
    assert credential is not None  # noqa: S101 (the caller looked)
    key = key_held(credential)
    check_key(key, "work", CASE_ROLES)
    if practice != key.practice:
        raise NotAllowed(f"This key files requests for {key.practice} only.")
    return Filer(name=f"key {key.key_id}", who=key.who, channel=Channel.API)


def _asked(body: dict[str, Any], filer: Filer) -> Asked:
    wanted = wish_shapes.read(body["wishes"])
    names = ("name", "birth_date", "email", "phone", "postcode")
    return Asked(
        practice=body["practice"],
        channel=filer.channel,
        language=body["language"],
        subject=Subject(**{name: body[name] for name in names}),
        scope=wish_shapes.scope(body["scope"], wanted),
        wishes=wanted,
        answer_form=body["answer_form"],
        reply_email=body["email"],
        words=body["words"],
        app_account=account_of(filer.login) if filer.login else "",
    )


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, default=str)


def _answer(row: SubjectRequest) -> dict[str, str]:
    # Everything is derived from what never changes, so a repeat is equal to the byte.
    office = house().office
    return {
        "reference": row.reference,
        "secret": office.secret_of(row.reference),
        "due": due.at_receipt(row.received_at).date.isoformat(),
        "status_url": f"{office.public_url.rstrip('/')}/api/v1/requests/{row.reference}",
    }
