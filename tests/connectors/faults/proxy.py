"""A real TCP server in front of a system: passes calls on, and spoils the n-th as a fault says."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

_HOST = "127.0.0.1"
_LONGEST_HOLD = 15.0
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Asked:
    """A call as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def url(self) -> str:
        """The whole address, as the caller sees it."""
        return f"http://{self.headers['host']}{self.target}"


@dataclass(frozen=True)
class Answered:
    """An answer, whole."""

    code: int
    headers: Mapping[str, str]
    body: bytes

    def having(self, body: bytes, **headers: str) -> Answered:
        """The same answer with another body, and headers that replace or join the others."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, body=body, headers={**self.headers, **named})


@dataclass
class Exchange:
    """One call to spoil. `nth` counts the calls that fit since the fault was planted."""

    asked: Asked
    nth: int
    line: socket.socket
    pass_on: Callable[[Asked], Answered]
    before: Answered | None
    released: threading.Event

    def answer(self) -> Answered:
        """What the system itself says."""
        return self.pass_on(self.asked)

    def send(self, answer: Answered, reason: str = "-") -> None:
        """Send an answer, whole and right."""
        named = {**answer.headers, "content-length": str(len(answer.body)), "connection": "close"}
        self.send_head(answer.code, named, reason)
        self.line.sendall(answer.body)

    def send_head(self, code: int, headers: Mapping[str, str], reason: str = "-") -> None:
        """Send the first lines alone."""
        lines = [f"HTTP/1.1 {code} {reason}", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        self.line.sendall("\r\n".join(lines).encode("latin-1"))

    def hold(self, seconds: float = _LONGEST_HOLD) -> bool:
        """Say nothing until the fault is over, or so long; whether it is over."""
        return self.released.wait(seconds)

    def reset(self) -> None:
        """Break the line so that the other side sees a reset."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.line.close()


type_of_fault = Callable[[Exchange], None]


@dataclass
class _Planted:
    fault: type_of_fault
    fits: Callable[[Asked], bool]
    first: int
    last: int
    seen: int = 0


def any_call(_asked: Asked) -> bool:
    """Every call."""
    return True


@dataclass
class FaultProxy:
    """Stands before the system at `origin` (`http://host:port`); `url` is its own address."""

    origin: str
    port: int = 0
    remembers: Callable[[Asked], bool] = any_call
    _planted: _Planted | None = None
    _before: Answered | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _released: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket | None = None
    _fillers: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open()

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{_HOST}:{self.port}"

    def plant(
        self,
        fault: type_of_fault,
        fits: Callable[[Asked], bool],
        *,
        at: int = 1,
        times: int = 10**6,
    ) -> None:
        """Spoil the `at`-th fitting call, and those after it, `times` in all."""
        with self._lock:
            self._released = threading.Event()
            self._planted = _Planted(fault, fits, at, at + times - 1)

    def clear(self) -> None:
        """All is well again; who was kept waiting is let go."""
        with self._lock:
            self._planted = None
        self._released.set()
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        if self._listener is None or self._listener.fileno() < 0:
            self.open()

    def open(self) -> None:
        """Take calls, on the port of before."""
        listener = socket.create_server((_HOST, self.port), backlog=64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def refuse(self) -> None:
        """Close the port: who calls is refused at once."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def ignore(self) -> None:
        """Leave calls unanswered already at the door: nobody even gets a line."""
        self.refuse()
        deaf = socket.create_server((_HOST, self.port), backlog=0)
        self._fillers.append(deaf)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((_HOST, self.port))
            self._fillers.append(filler)

    def close(self) -> None:
        """The end."""
        self.clear()
        self.refuse()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line: socket.socket) -> None:
        line.settimeout(_LONGEST_HOLD)
        try:
            with line, line.makefile("rb") as reader:
                asked = _read(reader)
                if asked is not None:
                    self._answer(line, asked)
        except OSError:
            return  # the caller hung up, or a fault broke the line

    def _answer(self, line: socket.socket, asked: Asked) -> None:
        planted, nth = self._take(asked)
        exchange = Exchange(asked, nth, line, self._pass_on, self._before, self._released)
        if planted is not None:
            planted.fault(exchange)
            return
        answer = exchange.answer()
        if self.remembers(asked):
            self._before = answer
        exchange.send(answer)

    def _take(self, asked: Asked) -> tuple[_Planted | None, int]:
        with self._lock:
            planted = self._planted
            if planted is None or not planted.fits(asked):
                return None, 0
            planted.seen += 1
            spoiled = planted.first <= planted.seen <= planted.last
            return (planted if spoiled else None), planted.seen

    def _pass_on(self, asked: Asked) -> Answered:
        place = urlsplit(self.origin)
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_LONGEST_HOLD)
        try:
            line.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
            for name, value in asked.headers.items():
                line.putheader(name, value)
            line.endheaders(asked.body or None)
            answer = line.getresponse()
            body = answer.read()
            dropped = {"content-length", "connection", "transfer-encoding"}
            headers = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in dropped}
            return Answered(answer.status, headers, body)
        finally:
            line.close()


def _read(reader: object) -> Asked | None:
    """One call from a line; None when the caller hung up before."""
    first = reader.readline().decode("latin-1").split()  # type: ignore[attr-defined]  # a file
    if len(first) != 3:
        return None
    headers = {k.lower(): v for k, v in http.client.parse_headers(reader).items()}  # type: ignore[arg-type]  # a file
    body = reader.read(int(headers.get("content-length", 0)))  # type: ignore[attr-defined]  # a file
    return Asked(first[0], first[1], headers, body)
