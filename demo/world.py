"""The demo practice's own systems in this process: four stand-ins and an app database.

Everything listens on the loopback address only, and mail never leaves the folder.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Flask

from demo import appdb, mail
from demo.files_staff import PATIENT_NUMBER
from demo.journal import Journal
from demo.person import Person
from demo.population import people
from demo.practice import PRACTICE
from demo.serving import Server, at_root
from demo.standins import cognito, crm, his, sendbird
from demo.standins.faults import Faults

HIS_TOKEN = "demo-his-token"
CRM_KEY = "demo-crm-key"
SENDBIRD_TOKEN = "demo-sendbird-token"
_BUILD: dict[str, Callable[..., Flask]] = {
    "his": his.build,
    "crm": crm.build,
    "cognito": cognito.build,
    "sendbird": sendbird.build,
}


class World:
    """All systems of the demo practice, running until `close`.

    `folder` gets the app database (made anew). Mails are shown from `mail_folder`. `port` 0 takes
    a free one. With `journal_folder` each stand-in also writes its calls to `<system>.jsonl`
    there. `faults` lets a test plant faults.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        journal_folder: Path | None = None,
        *,
        mail_folder: Path | None = None,
        today: date | None = None,
    ) -> None:
        self.folder = folder
        self.people: tuple[Person, ...] = people(today=today or datetime.now(UTC).date())
        self.mail_folder = _made(mail_folder or folder / "mail")
        self.journals = {name: _journal(name, journal_folder) for name in _BUILD}
        self.faults = {name: Faults() for name in _BUILD}
        self._database = _fresh_database(folder / "app.db", self.people)
        apps = self._apps()
        mounts = {f"/{name}": app.wsgi_app for name, app in apps.items()}
        self._server = Server({**mounts, "/api": at_root(apps["crm"].wsgi_app, "/api")}, port)

    @property
    def url(self) -> str:
        """The address of the demo, without a slash at the end."""
        return self._server.url

    def environment(self) -> dict[str, str]:
        """The variables that the register's settings and the sign-in with the app read."""
        issuer = f"{self.url}/cognito/{cognito.POOL}"
        return {
            **PRACTICE,
            "DSR_APP_DB_URL": self._database,
            "DSR_HIS_URL": f"{self.url}/his/fhir",
            "DSR_HIS_TOKEN": HIS_TOKEN,
            "DSR_HIS_PATIENT_NUMBERS": PATIENT_NUMBER,
            "DSR_CRM_URL": f"{self.url}/crm",
            "DSR_CRM_KEY": CRM_KEY,
            "DSR_COGNITO_ENDPOINT": f"{self.url}/cognito",
            "DSR_COGNITO_POOL": cognito.POOL,
            "DSR_COGNITO_REGION": cognito.REGION,
            "DSR_COGNITO_CLIENT_ID": cognito.CLIENT_ID,
            "DSR_COGNITO_ISSUER": issuer,
            "DSR_COGNITO_JWKS_URL": f"{issuer}/.well-known/jwks.json",
            "DSR_COGNITO_LOGIN_URL": f"{self.url}/cognito/oauth2/authorize",
            "DSR_COGNITO_TOKEN_URL": f"{self.url}/cognito/oauth2/token",
            "DSR_SENDBIRD_URL": f"{self.url}/sendbird",
            "DSR_SENDBIRD_TOKEN": SENDBIRD_TOKEN,
        }

    def close(self) -> None:
        """Stop all stand-ins; the folder stays."""
        for planted in self.faults.values():
            planted.release()
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _apps(self) -> dict[str, Flask]:
        secrets = {
            "his": {"token": HIS_TOKEN},
            "crm": {"key": CRM_KEY},
            "sendbird": {"token": SENDBIRD_TOKEN},
        }
        made = {
            name: build(
                self.people,
                self.journals[name],
                faults=self.faults[name],
                **secrets.get(name, {}),
            )
            for name, build in _BUILD.items()
        }
        return {**made, "mail": mail.build(self.mail_folder)}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _journal(system: str, folder: Path | None) -> Journal:
    return Journal(system, _made(folder) / f"{system}.jsonl" if folder is not None else None)


def _fresh_database(path: Path, everybody: tuple[Person, ...]) -> str:
    """The address of the app database; one of an earlier run is replaced, as all stand-ins are."""
    path.unlink(missing_ok=True)
    url = f"sqlite:///{path.absolute()}"
    appdb.create(url, everybody)
    return url
