"""The rendering server under many threads, and at the end of its owner."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dsr.rendering.errors import RenderingFailed
from dsr.rendering.job import Job
from dsr.rendering.pdf import rendering_server
from dsr.rendering.server import AT_ONCE, RenderingServer

_OPTIONS = {"language": "nl", "day": "2026-11-27"}


def a_page(words: str) -> Job:
    """A page with one paragraph."""
    html = f'<html lang="nl"><head><title>{words}</title></head><body><p>{words}</p></body></html>'
    return Job(engine="html", options=_OPTIONS, blobs={"html": html.encode()})


def test_many_threads_get_their_own_documents_also_when_the_server_ends_among_them() -> None:
    server = rendering_server()
    alone = {words: server.render(a_page(words)) for words in ("een", "twee", "drie")}

    def made(number: int) -> bool:
        if number == 5:
            server.close()
        words = list(alone)[number % 3]
        try:
            return server.render(a_page(words)) == alone[words]
        except RenderingFailed:
            return False  # its child went with the server that was closed

    with ThreadPoolExecutor(6) as threads:
        right = list(threads.map(made, range(18)))
    assert right.count(False) <= AT_ONCE
    assert server.render(a_page("een")) == alone["een"]


def test_a_thread_gives_up_only_the_door_it_used() -> None:
    server = RenderingServer()
    server.render(a_page("een"))
    old = server._door
    server.close()
    server.render(a_page("een"))
    pid = server._pid
    server._leave(old)
    assert server._pid == pid
    server.close()


def test_no_more_jobs_than_agreed_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    server = RenderingServer()
    together = threading.Barrier(AT_ONCE, timeout=10)
    counted, most = [0], [0]

    def exchange(*_: object) -> bytes:
        counted[0] += 1
        most[0] = max(most[0], counted[0])
        together.wait()
        counted[0] -= 1
        return b"%PDF"

    monkeypatch.setattr("dsr.rendering.server._exchange", exchange)
    with ThreadPoolExecutor(AT_ONCE * 3) as threads:
        assert list(threads.map(server.render, [a_page("x")] * AT_ONCE * 3)) == [b"%PDF"] * 6
    assert most[0] == AT_ONCE
    server.close()


def test_a_process_that_rendered_ends_without_a_warning_and_without_its_server() -> None:
    code = (
        "from datetime import date\n"
        "from dsr.rendering.pdf import html_pdf, rendering_server\n"
        "page = '<html lang=\"nl\"><head><title>x</title></head><body><p>x</p></body></html>'\n"
        "assert html_pdf(page, 'nl', date(2026, 11, 27)).startswith(b'%PDF')\n"
        "print(rendering_server()._pid)\n"
    )
    run = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stderr == ""
    assert not Path("/proc", ended.stdout.strip()).exists()
