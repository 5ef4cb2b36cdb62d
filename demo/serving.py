"""One small WSGI server on the loopback address, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Writes no access log."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: the journals hold what was called."""


class Server:
    """Serves applications under their prefixes; `url` is the address without a slash at the end.

    `OSError` when the port is taken.
    """

    def __init__(self, apps: Mapping[str, WSGIApplication], port: int) -> None:
        front = DispatcherMiddleware(_front, dict(apps))
        # werkzeug ends the process when it cannot bind; our own socket raises OSError instead
        with socket.create_server((HOST, port), backlog=128) as bound:
            self._server = ThreadedWSGIServer(HOST, port, front, _Quiet, fd=bound.fileno())
        self.url = f"http://{HOST}:{self._server.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop taking calls and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _front(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    found = environ.get("PATH_INFO") == "/healthz"
    answer = Response('{"ready": true}\n' if found else "not here\n", 200 if found else 404)
    answer.mimetype = "application/json" if found else "text/plain"
    return answer(environ, start_response)


def at_root(app: WSGIApplication, prefix: str) -> WSGIApplication:
    """The application for addresses that begin with `prefix` at the root of the host.

    A system that thinks it has a host of its own gives such addresses (`/api/files/7`).
    """

    def rooted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        whole = {**environ, "SCRIPT_NAME": "", "PATH_INFO": prefix + environ["PATH_INFO"]}
        return app(whole, start_response)

    return rooted
