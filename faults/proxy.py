"""A small TCP proxy before PostgreSQL that can drop a COMMIT, or the answer to one."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class Cut(StrEnum):
    """What to drop of the next commit."""

    REPLY = "reply"  #: the server commits, its answer is lost
    COMMIT = "commit"  #: the server never hears of it


class Proxy:
    """Passes bytes on; `cut` breaks the next connections that commit."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.cuts: list[Cut] = []
        self.made: list[Cut] = []
        self.silent = False
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self, what: Cut, times: int = 1) -> None:
        """Break the next `times` commits."""
        with self._lock:
            self.cuts += [what] * times

    def close(self) -> None:
        """Take no more connections."""
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self.target), timeout=3)
            with server:
                server.settimeout(None)
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                try:
                    self._forward(client, server)
                finally:
                    self._part(client, server)
                    back.join(5)

    def _part(self, client: socket.socket, server: socket.socket) -> None:
        """Tell both that it is over; while `silent`, the server never hears of its client's end."""
        while self.silent:
            time.sleep(0.1)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        while data := client.recv(65536):
            cut = self._take() if COMMIT in data else None
            if cut is Cut.REPLY:
                # Close the client first: whatever the server answers has nowhere to go.
                client.shutdown(socket.SHUT_RDWR)
                server.sendall(data)
                _drain(server)
            if cut is not None:
                return
            server.sendall(data)

    def _take(self) -> Cut | None:
        with self._lock:
            if not self.cuts:
                return None
            self.made.append(self.cuts[0])
            return self.cuts.pop(0)


def _drain(server: socket.socket) -> None:
    """Give the server the time to commit before it sees that nobody listens any more."""
    threading.Event().wait(0.3)
    server.settimeout(0.2)
    with suppress(OSError):
        server.recv(65536)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes; when it ends, however it ends, the other side hears of it."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
