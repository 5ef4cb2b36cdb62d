"""The desk for tests: an app, people who sign in, and requests with something found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask

from dsr.core.connector import Item
from dsr.core.settings import CognitoSettings
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.db.staff import Staff
from dsr.db.subject_requests import SubjectRequest
from dsr.services import assign, staff_login
from dsr.services.house import House
from dsr.web.app import create_app
from tests.makers import (
    PASSWORD,
    Clock,
    make_found,
    make_house,
    make_item,
    make_request,
    make_staff,
)
from tests.web.browsing import Browser

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ISSUER = "https://login.voorbeeld.example/pool"


@dataclass
class Desk:
    """A house with its app and a clock that tests move."""

    house: House
    app: Flask
    clock: Clock

    def staff(self, login: str = "anna", **changed: Any) -> Staff:
        """An account; its one-time codes come from `SECRET`."""
        return make_staff(self.house, login=login, totp_secret=SECRET, **changed)

    def code(self) -> str:
        """The one-time code of this moment; time moves on first, so that it was never used."""
        self.clock.move(seconds=31)
        return pyotp.TOTP(SECRET).at(self.clock())

    def enter(self, login: str = "anna", **changed: Any) -> Browser:
        """Make an account and sign in with it."""
        self.staff(login, **changed)
        return self.sign_in(login)

    def sign_in(self, login: str, password: str = PASSWORD) -> Browser:
        """A browser in which this account has signed in."""
        browser = Browser(self.app).open("/desk/sign-in")
        return browser.send("/sign-in", login=login, password=password, code=self.code())

    def proofs(self) -> dict[str, str]:
        """What the step-up page asks for."""
        return {"step_password": PASSWORD, "step_code": self.code()}

    def found(self, items: dict[str, list[Item]] | None = None, **changed: Any) -> SubjectRequest:
        """A request in review, with these items (one plain contact if nothing is said)."""
        row = make_request(self.house, **{"level": Level.IA4, **changed})
        make_found(self.house, row, {"crm": [make_item()]} if items is None else items)
        return row

    def give(self, row: SubjectRequest, login: str) -> None:
        """Assign a request to an account."""
        with self.house.writing() as db:
            who = next(one for one in staff_login.everybody(db) if one.login == login)
            fresh = subject_requests.by_id(db, row.id)
            assign.to_me(db, self.house.office, fresh, "", staff_login.who_is(who))

    def mine(self, login: str = "anna", **changed: Any) -> tuple[Browser, SubjectRequest]:
        """An officer, signed in, with a request in review assigned to them."""
        browser = self.enter(login)
        row = self.found(**changed)
        self.give(row, login)
        return browser, row

    def stage(self, row: SubjectRequest) -> str:
        """The stage of the request now."""
        with self.house.reading() as db:
            return subject_requests.by_id(db, row.id).items[0].stage


def make_desk(folder: Path) -> Desk:
    """A desk over a fresh house."""
    clock = Clock()
    return desk_of(make_house(folder, clock=clock), clock)


def desk_of(house: House, clock: Clock) -> Desk:
    """The desk of a house, whose practices let people in by the app."""
    login = CognitoSettings(issuer=ISSUER, jwks_url="http://127.0.0.1:1/jwks", client_id="app")
    opened = replace(house, settings=replace(house.settings, cognito=login))
    return Desk(opened, create_app(opened), clock)


def url(row: SubjectRequest, page: str = "") -> str:
    """The address of a request's page."""
    return f"/desk/requests/{row.reference}{'/' if page else ''}{page}"
