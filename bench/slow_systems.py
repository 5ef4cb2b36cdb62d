"""Five systems in a process of their own that each take 200 ms for every answer.

`python -m bench.slow_systems <port>`. Whoever is asked for by name is there, with three notes.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LATENCY = 0.2
BORN = "1980-03-31"


class Answering(BaseHTTPRequestHandler):
    """One connection, kept open."""

    protocol_version = "HTTP/1.1"
    #: without this the body waits for the acknowledgement of the head
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer after the latency."""
        begun = time.monotonic()
        body = json.dumps(answer(self.path)).encode()
        time.sleep(max(0.0, LATENCY - (time.monotonic() - begun)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes a crowd."""

    request_queue_size = 512
    daemon_threads = True


def answer(path: str) -> dict[str, object]:
    """What a path of any of the five gives."""
    parts = urlsplit(path)
    words = parts.path.strip("/").split("/")
    match words[1:]:
        case ["people"]:
            name = parse_qs(parts.query).get("name", [""])[0]
            return {"items": [someone(name)] if name else []}
        case ["people", ref]:
            return someone(ref.replace("-", " "))
        case ["people", ref, "notes"]:
            notes = [{"id": f"{ref}-{n}", "person": ref, "words": f"Note {n}"} for n in range(3)]
            return {"items": notes}
        case _:
            return {"ok": True}


def someone(name: str) -> dict[str, object]:
    """A person whose number is their name."""
    return {"id": name.replace(" ", "-"), "name": name, "birth_date": BORN}


def main() -> None:
    """Serve until ended."""
    Server(("127.0.0.1", int(sys.argv[1])), Answering).serve_forever()


if __name__ == "__main__":
    main()
