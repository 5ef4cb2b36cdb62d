"""A house with requests in any state, served from this process, for pages that need those."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from dsr.services.house import House
from dsr.web.app import create_app


@contextmanager
def served(house: House) -> Iterator[str]:
    """The address of the house while this lasts."""
    server = make_server("127.0.0.1", 0, create_app(house), threaded=True)
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    worker.join()
