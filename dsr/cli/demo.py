"""`demo`: one access request walked step by step, then every other right; leaves all letters."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from demo.person import Person
from demo.population import Cast, people, played_by
from dsr.bootstrap import build_house
from dsr.cli.demo_case import good
from dsr.cli.demo_rights import show, walk_rights
from dsr.cli.demo_waiting import until
from dsr.cli.run import ROOT, house_environment
from dsr.cli.seed import logins
from dsr.core.errors import NotReady
from dsr.services import api_keys
from dsr.services.house import House
from dsr.settings import read_settings

#: how long the demo waits where a practice lets days pass: cooling off, and a notice before lifting
WAIT_SECONDS = 4


@click.group(invoke_without_command=True)
@click.option("--folder", default="var", show_default=True, type=click.Path(path_type=Path))
@click.pass_context
def demo(context: click.Context, folder: Path) -> None:
    """Walk a request for a copy step by step, then all other rights; print what became of them."""
    if context.invoked_subcommand is not None:
        return
    target = folder.absolute() / "demo"
    _clear(target / "house")
    with running(target / "house", DSR_DEMO_WAIT_SECONDS=str(WAIT_SECONDS)) as (house, url):
        left = Walk(house=house, url=url, person=played_by(people(), Cast.APP)).all(target)
        click.echo(f"The letter and the package of {left.name} lie in {os.path.relpath(left)}/")
        show(walk_rights(house, url, target))
    click.echo(f"The letters, and the packages unpacked, lie in {os.path.relpath(target)}/")


@demo.command("codes")
@click.option("--folder", default="var", show_default=True, type=click.Path(path_type=Path))
def codes(folder: Path) -> None:
    """Show the desk logins of the demo that `make run` started, with the codes of this moment."""
    if not (folder / "secrets.env").exists():
        raise NotReady("There is no demo here yet; start it with `make run`.")
    house = build_house(read_settings(house_environment(folder.absolute(), port=5000)))
    click.echo(logins(house))


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[tuple[House, str]]:
    """A whole house on free ports with these variables beside its own, ended at the end."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port, demo_port = _free_port(), _free_port()
    command = [sys.executable, "-m", "dsr", "run", "--folder", str(folder), "--port", str(port)]
    command += ["--demo-port", str(demo_port)]
    with (folder / "run.log").open("wb") as log:
        # Ends with us, also when we are killed: the house would go on by itself otherwise.
        tied = {**os.environ, **settings, "DSR_SUPERVISED": "1"}
        process = subprocess.Popen(  # noqa: S603 (our own command)
            command, cwd=ROOT, stdout=log, stderr=log, env=tied
        )
        try:
            until(lambda: "Ctrl-C" in (folder / "run.log").read_text(errors="replace"), "start")
            variables = {**house_environment(folder, port=port), **settings}
            yield build_house(read_settings(variables)), f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@dataclass
class Walk:
    """Everybody's part in one request, each through the API with their own key."""

    house: House
    url: str
    person: Person
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    filed: dict[str, str] = field(default_factory=dict, repr=False)
    code: str = field(default="", repr=False)

    def all(self, target: Path) -> Path:
        """Walk; returns the folder with what the patient got."""
        steps: list[tuple[str, Callable[[], None]]] = [
            ("The patient asks for everything", self.ask),
            ("The desk sees her identity card", self.identify),
            ("Workers search the systems", self.search),
            ("The officer searches OneAssist by hand", self.by_hand),
            ("The officer withholds one message", self.withhold),
            ("The doctor signs off the medical file", self.sign_off),
            ("The officer decides", self.decide),
            ("A worker makes letter and package", lambda: self.reach("replying")),
            ("The officer sends the answer", lambda: self.desk("anna", "POST", "/answer")),
        ]
        bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
            console=Console(stderr=True),
        )  # fmt: skip
        with bar:
            task = bar.add_task("", total=len(steps) + 1)
            for words, step in steps:
                bar.update(task, description=words)
                step()
                bar.advance(task)
            bar.update(task, description="The patient fetches and unpacks it")
            left = self.fetch(target)
            bar.advance(task)
        return left

    def ask(self) -> None:
        """File the request, as a web form would."""
        self.keys = {login: self._key(login) for login in ("anna", "dokter")}
        body = {
            "practice": self.person.practice,
            "name": self.person.name,
            "birth_date": self.person.birth_date.isoformat(),
            "email": self.person.email,
            "scope": ["all"],
        }
        headers = {"Idempotency-Key": secrets.token_urlsafe(24)}
        answer = httpx.post(f"{self.url}/api/v1/requests", json=body, headers=headers, timeout=20)
        self.filed = good(answer)

    def identify(self) -> None:
        """Staff take the request and see the card: IA4, and a collection code."""
        self.desk("anna", "POST", "/take")
        seen = self.desk("anna", "POST", "/identity", {"document": "identity_card"})
        self.code = seen["collection_code"]

    def search(self) -> None:
        """Wait until all systems with an API have their outcome."""
        until(lambda: all(s["outcome"] or s["needs_person"] for s in self._searches()), "search")

    def by_hand(self) -> None:
        """Say what a person found in the system without an API."""
        for source in self._searches():
            if source["needs_person"]:
                found = {"outcome": "none_found", "proof": "Gebeld met OneAssist; niets gevonden."}
                self.desk("anna", "POST", f"/steps/{source['step']}/by-hand", found)
        self.reach("reviewing")

    def withhold(self) -> None:
        """Keep back one message that is about somebody else."""
        what = {"system": "sendbird", "number": 5, "reason": "third_party"}
        self.desk("anna", "POST", "/withholdings", what)

    def sign_off(self) -> None:
        """The clinician signs what leaves of the medical file."""
        whole = self.desk("anna", "GET", "")
        for system in whole["medical_systems"]:
            self.desk("dokter", "POST", "/sign-offs", {"system": system, "seen": whole["seen"]})

    def decide(self) -> None:
        """Something is withheld, so the answer is partly."""
        seen = self.desk("anna", "GET", "")["seen"]
        self.desk("anna", "POST", "/decision", {"decision": "partly", "seen": seen})

    def reach(self, stage: str) -> None:
        """Wait for a stage."""
        until(lambda: self.desk("anna", "GET", "")["stage"] == stage, stage)

    def fetch(self, target: Path) -> Path:
        """With the request's secret and the desk's code: the letter and the package."""
        base = f"{self.url}/api/v1/requests/{self.filed['reference']}"
        secret = {"Authorization": f"Request {self.filed['secret']}"}
        typed = {"purpose": "collect", "code": self.code}
        visit = good(httpx.post(f"{base}/code/check", json=typed, headers=secret, timeout=20))
        headers = {"Authorization": f"Visit {visit['visit']}"}
        folder = target / self.filed["reference"]
        folder.mkdir(parents=True, exist_ok=True)
        letter = httpx.get(f"{base}/letter", headers=headers, timeout=60)
        package = httpx.get(f"{base}/package", headers=headers, timeout=60)
        for answer in (letter, package):
            answer.raise_for_status()
        (folder / "brief.pdf").write_bytes(letter.content)
        (folder / "pakket.zip").write_bytes(package.content)
        zipfile.ZipFile(BytesIO(package.content)).extractall(folder)
        return folder

    def desk(self, login: str, method: str, path: str, body: Any = None) -> Any:
        """One call of the desk's API on this request."""
        url = f"{self.url}/api/v1/desk/requests/{self.filed['reference']}{path}"
        headers = {"Authorization": f"Bearer {self.keys[login]}", "View-Reason": "sign-off"}
        sent = {} if method == "POST" and body is None else body
        return good(httpx.request(method, url, json=sent, headers=headers, timeout=30))

    def _searches(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.desk("anna", "GET", "")["sources"]
        searches = [source for source in found if source["verb"] == "search"]
        return searches or [{"outcome": None, "needs_person": False}]

    def _key(self, login: str) -> str:
        scopes = ("read", "work", "identity", "decide")
        wanted = api_keys.NewKey(login=login, practice=self.person.practice, scopes=scopes, days=1)
        with self.house.writing() as session:
            return api_keys.make(session, self.house.office, wanted)[1]


def _clear(house: Path) -> None:
    """Begin afresh: who was erased in an earlier walk is there again."""
    if (house / "secrets.env").exists():
        shutil.rmtree(house)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


COMMANDS = {"demo": demo}
