"""Makers of stores for the tests of the vault: a folder, and a bucket behind real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import boto3
from moto.server import ThreadedMotoServer

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 server on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def make_bucket(address: str, name: str, *, versioned: bool = False) -> None:
    """A new, empty bucket."""
    client = boto3.client("s3", endpoint_url=address)
    place = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    if versioned:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


class OddStore(ThreadingHTTPServer):
    """A store over HTTP that keeps nothing and answers as told; `journal` has every call.

    `answers` maps "METHOD query-word" to (code, body); what is not listed gets an empty 200.
    """

    def __init__(self, answers: dict[str, tuple[int, str]]) -> None:
        super().__init__(("127.0.0.1", 0), _OddAnswers)
        self.answers = answers
        self.journal: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class _OddAnswers(BaseHTTPRequestHandler):
    server: OddStore
    protocol_version = "HTTP/1.1"  # else the client waits a second for "100 Continue"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        call = f"{self.command} {self.path.partition('?')[2]}"
        self.server.journal.append(call)
        known = (key for key in self.server.answers if call.startswith(key))
        code, body = self.server.answers.get(next(known, ""), (200, ""))
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"tag"')
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - the names the library calls

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def odd_store(answers: dict[str, tuple[int, str]]) -> Iterator[OddStore]:
    """A running `OddStore`."""
    with OddStore(answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def refusal(code: str) -> str:
    """An error as S3 writes it."""
    return f"<Error><Code>{code}</Code><Message>no</Message></Error>"
