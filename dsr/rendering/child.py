"""The rendering server: imports the engines once, and forks a limited child for every job.

`python -m dsr.rendering.child <fd>` is started by `dsr.rendering.server` with an empty
environment and no network. It is not multiprocessing's forkserver because that one inherits the
environment with its secrets, imports the caller's main module again for every job, and does not
survive a fork of its owner, which is how RQ runs jobs.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable

from dsr.rendering import file_job, sandbox, typst_job, weasy_job
from dsr.rendering.job import Job, Refused, read_job

#: an idle server gives its memory back; the next job starts a new one
IDLE_SECONDS = 300.0

ENGINES: dict[str, Callable[[Job], bytes]] = {
    "file": file_job.render,
    "html": weasy_job.render,
    "typst": typst_job.render,
}


def main() -> None:
    """Serve until the owner closes its end or nothing was asked for `IDLE_SECONDS`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.leave_network()
    with tempfile.TemporaryDirectory(prefix="dsr-rendering-") as folder:
        tempfile.tempdir = folder  # a killed child leaves its fonts here, and nothing else
        typst_job.fonts()  # once, before the forks
        gc.freeze()
        _serve(socket.socket(fileno=int(sys.argv[1])))


def _serve(control: socket.socket) -> None:
    deadlines: dict[int, float] = {}
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < IDLE_SECONDS:
        ready, _, _ = select.select([control], [], [], 0.2 if deadlines else IDLE_SECONDS)
        if ready:
            asked, fds, _, _ = socket.recv_fds(control, 64, 1)
            if not asked:
                break
            pid, wall = _fork(control, asked, fds[0])
            deadlines[pid] = time.monotonic() + wall
        _reap(deadlines)
        if ready or deadlines:
            quiet_since = time.monotonic()
    for pid in deadlines:
        os.kill(pid, signal.SIGKILL)


def _fork(control: socket.socket, asked: bytes, reply_fd: int) -> tuple[int, int]:
    seconds, megabytes = (int(number) for number in asked.split())
    pid = os.fork()
    if pid == 0:
        control.close()
        _work(reply_fd, seconds, megabytes)
    os.close(reply_fd)
    return pid, seconds


def _reap(deadlines: dict[int, float]) -> None:
    for pid, deadline in tuple(deadlines.items()):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        if os.waitpid(pid, os.WNOHANG)[0]:
            del deadlines[pid]


def _work(reply_fd: int, seconds: int, megabytes: int) -> None:
    """One job in the forked child; never returns. The answer is `+` bytes or `-` a code."""
    code = 1
    try:
        with socket.socket(fileno=reply_fd) as reply:
            sandbox.limit(seconds=seconds, memory=megabytes * 1024 * 1024)
            reply.sendall(b".")
            reply.sendall(_answer(reply))
            code = 0
    finally:
        os._exit(code)


def _answer(reply: socket.socket) -> bytes:
    try:
        with reply.makefile("rb") as stream:
            job = read_job(stream)
        return b"+" + ENGINES[job.engine](job)
    except Refused as refused:
        return b"-" + str(refused).encode()
    except BaseException as broken:  # the edge of a process that ends here: name it, no content
        return b"-" + json.dumps(type(broken).__name__).encode()


if __name__ == "__main__":
    main()
