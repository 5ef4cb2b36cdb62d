"""The demo practice's systems in a process of their own, behind a front that can misbehave.

`POST /control` with {"system", "kind", "calls", "seconds"} breaks the next calls of one system;
`calls` -1 lasts until {"system", "kind": "heal"}. With `after` only calls that change something are
broken, and so many of them go through first. {"kind": "dump", "people": [numbers]} writes what the
systems hold of these people to `content.json`. Every call that changes something is written to
`changes.jsonl`, with its moment and what it came to.
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from demo.standins.faults import Fault
from demo.world import World
from faults import changes
from faults.contents import Contents

DROPPED = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
#: kinds that a stand-in plays itself, in what it says; all others are played by the front
SAID = {f.value: f for f in Fault if f is not Fault.SLOW and not f.value.isdigit()}

#: systems that lie in a way of their own: who of them says that it acted
_LIARS: dict[str, Callable[[Contents], Any]] = {
    "cognito": lambda contents: contents.apps["cognito"].extensions["pool"],
    "sendbird": lambda contents: contents.apps["sendbird"].extensions["chats"],
}


@dataclass
class Broken:
    """What is wrong with one system: the kind, for how many calls, and its seconds."""

    kind: str = ""
    calls: int = 0
    seconds: float = 0.0
    after: int = -1  #: so many changing calls go through first; -1 breaks calls of any kind


@dataclass
class Practice:
    """The stand-ins and what is wrong with each at this moment."""

    world: World
    contents: Contents
    folder: Path
    broken: dict[str, Broken] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, asked: dict[str, Any]) -> None:
        """Break or heal a system."""
        system, kind = str(asked["system"]), str(asked["kind"])
        if kind == "dump":
            self.dump([int(number) for number in asked["people"]])
            return
        if kind == "lies" and system in _LIARS:
            _LIARS[system](self.contents).lying = int(asked.get("calls", 1))
            return
        if kind in SAID and system in self.world.faults:
            self.world.faults[system].inject(SAID[kind], int(asked.get("calls", 1)))
            return
        seconds, calls = float(asked.get("seconds", 0)), int(asked.get("calls", 1))
        with self.lock:
            after = int(asked.get("after", -1))
            self.broken[system] = Broken("" if kind == "heal" else kind, calls, seconds, after)
            if kind == "heal" and system in self.world.faults:
                self.world.faults[system]._coming.clear()
            if kind == "heal" and system in _LIARS:
                _LIARS[system](self.contents).lying = 0

    def take(self, system: str, *, changes: bool) -> Broken:
        """What befalls this call."""
        with self.lock:
            found = self.broken.get(system, Broken())
            if not found.kind or found.calls == 0 or (found.after >= 0 and not changes):
                return Broken()
            if found.after > 0:
                found.after -= 1
                return Broken()
            found.calls -= found.calls > 0
            return Broken(found.kind, 1, found.seconds)

    def dump(self, numbers: list[int]) -> None:
        """Write down what the systems hold of these people."""
        everybody = {person.number: person for person in self.world.people}
        held = {number: self.contents.of(everybody[number]) for number in numbers}
        fresh = self.folder / "content.new"
        fresh.write_text(json.dumps(held))
        fresh.replace(self.folder / "content.json")

    def note(self, line: dict[str, Any]) -> None:
        """Write one changing call down."""
        with self.lock, (self.folder / "changes.jsonl").open("a") as out:
            out.write(json.dumps(line) + "\n")


class Front(BaseHTTPRequestHandler):
    """Passes a call on to the stand-ins, unless the system is broken."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    _read: bytes | None = None

    def do_GET(self) -> None:
        """Any call."""
        self._read = None
        if self.path.startswith("/control"):
            self._control()
            return
        broken = practice(self).take(self.system, changes=self._change() is not None)
        getattr(self, f"_{broken.kind or 'pass'}", self._code)(broken)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 (the library's names)

    @property
    def system(self) -> str:
        """Which system is called."""
        first = self.path.split("/")[1]
        return {"api": "crm"}.get(first, first)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the journals hold what was called."""

    def _control(self) -> None:
        practice(self).order(json.loads(self._body()))
        self._send(200, [("Content-Type", "application/json")], b"{}")

    def _code(self, broken: Broken) -> None:
        self._body()
        headers = [("Content-Type", "text/html")]
        if broken.kind in ("429", "503") and broken.seconds:
            headers.append(("Retry-After", str(int(broken.seconds))))
        self._send(int(broken.kind), headers, b"<html>no</html>")

    def _delay(self, broken: Broken) -> None:
        time.sleep(broken.seconds)
        self._pass(broken)

    def _drip(self, broken: Broken) -> None:
        """The answer a byte at a time, for so many seconds; then the rest."""
        code, headers, body = self._ask()
        self._begin(code, headers, len(body))
        until = time.monotonic() + broken.seconds
        for number in range(len(body)):
            if time.monotonic() > until:
                self.wfile.write(body[number:])
                break
            self.wfile.write(body[number : number + 1])
            self.wfile.flush()
            time.sleep(1.0)

    def _lost(self, broken: Broken) -> None:
        """The system does what was asked, and its answer is lost."""
        self._ask()
        self.close_connection = True

    def _cut(self, broken: Broken) -> None:
        """Half of the answer, then the connection is gone."""
        code, headers, body = self._ask()
        self._begin(code, headers, len(body))
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _charset(self, broken: Broken) -> None:
        """Bytes that are not what they are said to be."""
        code, headers, body = self._ask()
        self._send(code, headers, body.decode().encode("utf-16"))

    def _pass(self, broken: Broken) -> None:
        self._send(*self._ask())

    def _ask(self) -> tuple[int, list[tuple[str, str]], bytes]:
        place = urlsplit(practice(self).world.url)
        inner = http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in DROPPED}
        inner.request(self.command, self.path, self._body() or None, headers)
        answer = inner.getresponse()
        body = answer.read()
        if (change := self._change()) is not None:
            practice(self).note({**change, "code": answer.status})
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in DROPPED]
        inner.close()
        return answer.status, kept, body

    def _change(self) -> dict[str, Any] | None:
        """What this call changes, without its values; None when it only reads."""
        return changes.of(self.system, self.command, self.path, dict(self.headers), self._body())

    def _body(self) -> bytes:
        if self._read is None:
            self._read = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return self._read

    def _send(self, code: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self._begin(code, headers, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _begin(self, code: int, headers: list[tuple[str, str]], length: int) -> None:
        self.send_response_only(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()


class FrontServer(ThreadingHTTPServer):
    """The front on a port of its own."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, made: Practice) -> None:
        self.practice = made
        super().__init__(("127.0.0.1", 0), Front)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed closes its calls: nothing to say."""


def practice(handler: Front) -> Practice:
    """The practice behind this call."""
    return cast(FrontServer, handler.server).practice


def main() -> int:
    """Serve until SIGTERM; writes the register's variables and the people when it is ready."""
    parser = argparse.ArgumentParser(prog="python -m faults.systems", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args().folder
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    contents = Contents()
    contents.catch()
    with World(folder, 0, folder / "journal", today=datetime.now(UTC).date()) as world:
        contents.database = str(folder / "app.db")
        contents.watch()
        front = FrontServer(Practice(world, contents, folder))
        threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{front.server_address[1]}"
        told = {name: value.replace(world.url, url) for name, value in world.environment().items()}
        (folder / "people.json").write_text(
            json.dumps([vars(p) for p in world.people], default=str)
        )
        fresh = folder / "variables.new"
        fresh.write_text(json.dumps({"url": url, "variables": told}))
        fresh.replace(folder / "variables.json")
        stop.wait()
        front.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
