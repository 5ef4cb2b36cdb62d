"""The caller's side of the rendering server: start it, hand it a job, take bytes or an error.

A process that inherits this object by a fork goes on using the same server: each job travels as
one message with its own reply socket, so nothing is shared but the door.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from dsr.rendering.errors import RenderingFailed
from dsr.rendering.job import Job, job_frames

_ROOT = Path(__file__).resolve().parents[2]
_ANSWER_BYTES = 256 * 1024 * 1024
#: the server's engines are imported within this time, also on a busy machine
_START_SECONDS = 60
#: a server without an owner ends within this time
_END_MILLISECONDS = 2_000
#: jobs at once: more would only share the cores, and each may take its memory
AT_ONCE = 2

_WORDS = {
    "": "it was stopped by its limits (time, memory) or crashed",
    "timeout": "it took too long",
    "too big": "the result is too big",
}


class RenderingServer:
    """Owns one server process; `render` may be called from any thread or forked child.

    At most `AT_ONCE` jobs of a process are under way; others wait for their turn.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._door: socket.socket | None = None
        self._pid = self._owner = 0

    def render(self, job: Job, *, seconds: int = 20, megabytes: int = 1024) -> bytes:
        """The document's bytes; `RenderingFailed` says what kind of thing went wrong."""
        asked = b"%d %d" % (seconds, megabytes)
        with self._turns:
            for _attempt in (1, 2):
                door, reply = self._knock(asked)
                with reply:
                    answer = _exchange(reply, job, seconds)
                if answer is not None:
                    return answer
                self._leave(door)
        raise RenderingFailed(
            "The rendering server does not start; is Pango installed? Run `make setup`."
        )

    def close(self) -> None:
        """Let the server end; the next job starts a new one."""
        self._leave(self._door)

    def _leave(self, door: socket.socket | None) -> None:
        """Give up this door, unless another thread has opened a new one meanwhile."""
        with self._lock:
            if door is None or door is not self._door:
                return
            pid, self._door, self._pid = self._pid, None, 0
        door.close()
        if self._owner == os.getpid():
            _forget(pid)

    def _knock(self, asked: bytes) -> tuple[socket.socket, socket.socket]:
        ours, theirs = socket.socketpair()
        with theirs:
            for _attempt in (1, 2):
                door = self._open_door()
                try:
                    socket.send_fds(door, [asked], [theirs.fileno()])
                    break
                except OSError:
                    self._leave(door)
        return door, ours

    def _open_door(self) -> socket.socket:
        with self._lock:
            if self._door is None:
                self._door, self._pid = _start()
                self._owner = os.getpid()
            return self._door


def _start() -> tuple[socket.socket, int]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs, Path(os.devnull).open("r+b") as null:
        # Above all that is open: only the new process inherits it, and no other thread's child.
        door = max(theirs.fileno(), null.fileno()) + 1
        actions = [(os.POSIX_SPAWN_DUP2, null.fileno(), fd) for fd in (0, 1, 2)]
        actions.append((os.POSIX_SPAWN_DUP2, theirs.fileno(), door))
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "dsr.rendering.child", str(door)],
            _environment(),
            file_actions=actions,
            setsigdef=(signal.SIGTERM, signal.SIGINT, signal.SIGPIPE),
        )
    return ours, pid


def _environment() -> dict[str, str]:
    """All that the server is told: no secret of ours stands in its environment."""
    told = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "PYTHONPATH": str(_ROOT),
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "0",  # else fontTools writes the clock into every font
    }
    kept = ("TMPDIR", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
    return told | {name: os.environ[name] for name in kept if name in os.environ}


def _forget(pid: int) -> None:
    """Reap the server, which ends by itself once nobody holds its door."""
    with suppress(ChildProcessError, ProcessLookupError):
        ended = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(ended, select.POLLIN)
            poll.poll(_END_MILLISECONDS)
        finally:
            os.close(ended)
        os.waitpid(pid, os.WNOHANG)


def _exchange(reply: socket.socket, job: Job, seconds: int) -> bytes | None:
    """The answer, or None when no child took the job up (the server had just ended)."""
    reply.settimeout(_START_SECONDS)
    try:
        if reply.recv(1) != b".":
            return None
    except OSError:
        return None
    deadline = time.monotonic() + seconds
    try:
        answer = _converse(reply, job, deadline)
    except TimeoutError:
        raise _failed("timeout") from None
    except OSError:
        raise _failed("") from None
    if answer[:1] != b"+":
        raise _failed(answer[1:200].decode(errors="replace"))
    return bytes(memoryview(answer)[1:])


def _converse(reply: socket.socket, job: Job, deadline: float) -> bytearray:
    for frame in job_frames(job):
        reply.settimeout(max(0.001, deadline - time.monotonic()))
        reply.sendall(frame)
    reply.shutdown(socket.SHUT_WR)
    answer = bytearray()
    while True:
        reply.settimeout(max(0.001, deadline - time.monotonic()))
        chunk = reply.recv(1 << 18)
        if not chunk:
            return answer
        answer += chunk
        if len(answer) > _ANSWER_BYTES:
            raise _failed("too big")


def _failed(code: str) -> RenderingFailed:
    words = _WORDS.get(code, code)
    return RenderingFailed(
        f"A document could not be made: {words}. Nothing was sent. Look at the data of this"
        " request at the desk, or make it shorter, and try again."
    )
