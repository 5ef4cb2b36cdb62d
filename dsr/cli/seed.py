"""The demo practice's own rows: desk accounts and one app link. Refuses anything but a demo."""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass

import pyotp

from demo.population import Cast, people, played_by
from dsr.bootstrap import build_house
from dsr.core.errors import BrokenSettings
from dsr.core.settings import Settings
from dsr.db import staff as rows
from dsr.services import app_link, staff_login
from dsr.services.app_link import LinkFacts
from dsr.services.house import House
from dsr.services.prepare import prepare
from dsr.services.staff_login import NewStaff, who_is
from dsr.settings import read_settings

PASSWORD = "alleen-voor-de-demo"  # noqa: S105 (fictitious people, this machine only)


@dataclass(frozen=True)
class DemoStaff:
    """A fictitious colleague."""

    login: str
    name: str
    roles: tuple[str, ...]


COLLEAGUES = (
    DemoStaff("anna", "Anna Bakker", ("officer",)),
    DemoStaff("merel", "Merel de Groot", ("officer", "approver")),
    DemoStaff("dokter", "Jan Hendriks, huisarts", ("clinician",)),
    DemoStaff("beheer", "Beheer", ("administrator",)),
)


def seed(house: House) -> None:
    """Make what is missing; safe to run at every start."""
    _only_in_demo(house.settings)
    prepare(house)
    with house.writing() as session:
        practices = tuple(practice.id for practice in house.office.register.practices)
        for colleague in COLLEAGUES:
            if rows.by_login(session, colleague.login) is None:
                new = NewStaff(
                    login=colleague.login,
                    name=colleague.name,
                    password=PASSWORD,
                    roles=colleague.roles,
                    practices=practices,
                    person_key=colleague.login,
                    totp_secret=totp_secret(house, colleague.login),
                )
                staff_login.make(session, house.office, new)
    _link_app(house)


def _link_app(house: House) -> None:
    linked = played_by(people(), Cast.APP)
    cognito = house.settings.cognito
    if cognito is None:
        return
    with house.writing() as session:
        if app_link.living(session, house.office, cognito.issuer, linked.cognito_sub):
            return
        anna = rows.by_login(session, "anna")
        assert anna is not None  # noqa: S101 (made just above)
        facts = LinkFacts(
            id="",
            practice=linked.practice,
            issuer=cognito.issuer,
            sub=linked.cognito_sub,
            patient_number=linked.patient_number,
        )
        app_link.make(session, house.office, facts, who_is(anna))


def totp_secret(house: House, login: str) -> str:
    """A colleague's TOTP secret: the same at every start of this demo, different in each."""
    digest = "".join(house.office.hash("demo totp", login, half) for half in ("one", "two"))
    return base64.b32encode(bytes.fromhex(digest)[:20]).decode()


def logins(house: House) -> str:
    """The desk's logins with their secrets and the code of this moment."""
    lines = []
    for colleague in COLLEAGUES:
        secret = totp_secret(house, colleague.login)
        code = pyotp.TOTP(secret).now()
        roles = ", ".join(colleague.roles)
        lines.append(f"  {colleague.login:8} {PASSWORD}   code now {code}   {secret}   {roles}")
    return "\n".join(lines)


def _only_in_demo(settings: Settings) -> None:
    if settings.environment != "demo":
        raise BrokenSettings(
            "The demo's people and logins are made only with DSR_ENVIRONMENT=demo."
        )


def main() -> None:
    """`python -m dsr.cli.seed`: make the demo's rows; with `codes`, only show the logins."""
    house = build_house(read_settings())
    _only_in_demo(house.settings)
    if sys.argv[1:] != ["codes"]:
        seed(house)
    sys.stdout.write(logins(house) + "\n")


if __name__ == "__main__":
    main()
