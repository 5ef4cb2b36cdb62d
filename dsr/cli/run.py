"""`run`: the whole house on one machine: Valkey, the demo's systems, web and worker, watched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.error import URLError

import click
from dotenv import dotenv_values

from dsr.cli.tied import die_with_parent
from dsr.core.errors import BrokenSettings
from dsr.valkey import valkey_command
from dsr.vault.fresh import fresh_secrets

ROOT = Path(__file__).resolve().parents[2]
LONGEST_START = 60.0


@dataclass
class Child:
    """A process of the house; started again when it ends by itself."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    ends: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it; its own output goes where ours goes."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 (our own commands)
            self.command, env=self.environment, cwd=ROOT, start_new_session=True
        )

    def is_running(self) -> bool:
        """Whether it runs at this moment."""
        return self.process is not None and self.process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


@click.command()
@click.option("--folder", default="var", show_default=True, type=click.Path(path_type=Path))
@click.option("--port", default=5000, show_default=True)
@click.option("--demo-port", default=5800, show_default=True)
@click.option("--workers", default=1, show_default=True)
@click.option(
    "--demo/--no-demo", default=True, help="With the fictitious practice and its systems."
)
def run(**asked: object) -> None:
    """Start everything here and keep it running until Ctrl-C; a second start goes on."""
    die_with_parent()
    folder = Path(str(asked["folder"])).absolute()
    environment = house_environment(folder, port=int(str(asked["port"])))
    children = _children(environment, folder, asked)
    stop = _Stop()
    try:
        _start(children, environment, stop, with_demo=bool(asked["demo"]))
        if not stop.asked:
            _welcome(environment, with_demo=bool(asked["demo"]))
        while not stop.asked:
            _keep(children)
            time.sleep(0.5)
    finally:
        _end(children)


class _Stop:
    """Set by Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def house_environment(folder: Path, *, port: int) -> dict[str, str]:
    """The variables of an embedded house; its secrets are made once and kept in its folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets_file = folder / "secrets.env"
    if not secrets_file.exists():
        text = "".join(f"{name}={value}\n" for name, value in fresh_secrets().items())
        descriptor = os.open(secrets_file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(text)
    kept = {k: v for k, v in dotenv_values(secrets_file).items() if v}
    own = {
        "DSR_ENVIRONMENT": "demo",
        "DSR_FOLDER": str(folder),
        "DSR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DSR_PORT": str(port),
        "DSR_SUPERVISED": "1",
        "DSR_REGISTER": str(ROOT / "registers" / "jansapp.yaml"),
        **kept,
        **_demo_variables(folder),
    }
    return {**own, **os.environ, "PYTHONPATH": str(ROOT)}


def _demo_variables(folder: Path) -> dict[str, str]:
    path = folder / "demo.env"
    path.parent.mkdir(parents=True, exist_ok=True)
    return {k: v for k, v in dotenv_values(path).items() if v} if path.exists() else {}


def _children(environment: dict[str, str], folder: Path, asked: dict[str, object]) -> list[Child]:
    python = sys.executable
    children = []
    if "DSR_REDIS_URL" not in os.environ:
        children.append(Child("valkey", valkey_command(folder), environment))
    if asked["demo"]:
        demo = [python, "-m", "demo", "--folder", str(folder / "demo"), "--port"]
        demo += [str(asked["demo_port"]), "--mail", str(folder / "mail")]
        demo += ["--variables", str(folder / "demo.env")]
        children.append(Child("demo", demo, environment))
    children.append(Child("web", [python, "-m", "dsr", "web"], environment))
    for number in range(int(str(asked["workers"]))):
        children.append(Child(f"worker {number + 1}", [python, "-m", "dsr", "worker"], environment))
    return children


def _start(
    children: list[Child], environment: dict[str, str], stop: _Stop, *, with_demo: bool
) -> None:
    folder = Path(environment["DSR_FOLDER"])
    (folder / "demo.env").unlink(missing_ok=True)
    for child in children:
        if child.name in ("valkey", "demo"):
            child.start()
    if with_demo:
        _wait_for(lambda: (folder / "demo.env").exists(), "the demo's systems", stop)
        fresh = _demo_variables(folder)
        for child in children:
            child.environment.update(fresh)
        environment.update(fresh)
    prepare = [sys.executable, "-m", "dsr.cli.seed"] if with_demo else [
        sys.executable, "-m", "dsr", "migrate",
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 (our own command)
        prepare, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BrokenSettings(f"The database could not be prepared:\n{done.stderr.strip()}")
    environment["DSR_DEMO_LOGINS"] = done.stdout
    for child in children:
        if not child.is_running():
            child.start()
    _wait_for(lambda: _answers(environment), "the web server", stop)


def _wait_for(is_there: object, what: str, stop: _Stop) -> None:
    until = time.monotonic() + LONGEST_START
    while not stop.asked and not is_there():  # type: ignore[operator]
        if time.monotonic() > until:
            raise BrokenSettings(f"{what} did not start within a minute; see the lines above.")
        time.sleep(0.05)


def _answers(environment: dict[str, str]) -> bool:
    try:
        url = f"http://127.0.0.1:{environment['DSR_PORT']}/healthz"
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _keep(children: list[Child]) -> None:
    for child in children:
        if child.is_running():
            continue
        now = time.monotonic()
        child.ends = [end for end in child.ends if now - end < 60] + [now]
        if len(child.ends) > 20:
            raise BrokenSettings(f"{child.name} ends again and again; see the lines above.")
        child.start()


def _end(children: list[Child]) -> None:
    # Workers and web first: they finish what they hold while Valkey is still there.
    for child in reversed(children):
        child.stop()
        if child.name in ("web",) or child.name.startswith("worker"):
            continue
    until = time.monotonic() + 20
    for child in reversed(children):
        try:
            if child.process is not None:
                child.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.stop(signal.SIGKILL)


def _welcome(environment: dict[str, str], *, with_demo: bool) -> None:
    url = environment["DSR_PUBLIC_URL"]
    click.echo(f"\nPrivacybalie runs.\n  For patients  {url}/\n  The desk      {url}/desk/")
    click.echo(f"  API           {url}/api/docs")
    if not with_demo:
        return
    click.echo(
        f"  Mail that was sent (nothing leaves this machine): {environment['DSR_FOLDER']}/mail"
    )
    click.echo(WELCOME)
    click.echo(
        "The desk: login, password, code of this moment (`make code` shows new ones), secret"
    )
    click.echo(environment["DSR_DEMO_LOGINS"])
    click.echo("Ctrl-C stops all of it; `make run` goes on where it was.")


WELCOME = """
Three demo patients
  Nora van der Velde   14-05-1988  Kralingen  signs in with the app
                                              (n.vandervelde@voorbeeld.example, demo, 000000)
  Youssef El Idrissi   02-10-1979  Centrum    a code to y.elidrissi@voorbeeld.example
  Grietje Hoekstra     31-03-1944  Zuidplein  comes to the desk with her identity card
"""

COMMANDS = {"run": run}
