"""Processes of the house under test, each started again when it ends, as a service manager does."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: pause before an ended process is started again, in seconds
PAUSE = 0.5


_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _end_with_us() -> None:
    # However this runner ends, nothing of its houses lives on.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Process:
    """One process of the house. `log` gets all it says; `user` is for those that refuse root."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    user: str | None = None
    folder: Path = ROOT
    kept: bool = True
    popen: subprocess.Popen[bytes] | None = None
    ended: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, so that it can be killed with all that it began."""
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                user=self.user,
                preexec_fn=_end_with_us,
            )

    @property
    def pid(self) -> int:
        """Its process id, 0 while it does not run."""
        return self.popen.pid if self.popen is not None and self.popen.poll() is None else 0

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.send_signal(number)

    def kill(self, *, tree: bool = False) -> None:
        """End it as a power cut would; with `tree` everything below it at the same moment."""
        if self.popen is None:
            return
        below = descendants(self.popen.pid) if tree else []
        for pid in (self.popen.pid, *below):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.popen.wait(10)

    def stop(self, seconds: float = 15) -> None:
        """Ask it to end, and kill it when it does not."""
        self.kept = False
        if self.popen is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill(tree=True)


@dataclass
class Keeper:
    """Starts again whatever ends by itself; a fault's only repair is this, never a shell."""

    processes: list[Process] = field(default_factory=list)
    restarts: dict[str, int] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch, in a thread that lives as long as this process."""
        self.thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self.thread.start()

    def add(self, process: Process) -> Process:
        """Start a process and keep it running."""
        process.start()
        with self.lock:
            self.processes.append(process)
        return process

    def drop(self, process: Process) -> None:
        """Stop a process for good."""
        process.stop()
        with self.lock:
            if process in self.processes:
                self.processes.remove(process)

    def close(self) -> None:
        """Stop everything, the last started first."""
        self.stopped.set()
        for process in self.processes:
            process.kept = False
        for process in reversed(self.processes):
            process.stop()

    def _run(self) -> None:
        while not self.stopped.wait(0.05):
            with self.lock:
                for process in self.processes:
                    self._look_at(process)

    def _look_at(self, process: Process) -> None:
        if not process.kept or process.popen is None or process.popen.poll() is None:
            process.ended = 0.0
            return
        process.ended = process.ended or time.monotonic()
        if time.monotonic() - process.ended >= PAUSE:
            process.ended = 0.0
            self.restarts[process.name] = self.restarts.get(process.name, 0) + 1
            process.start()


class NeverCameTrue(Exception):
    """Something that had to happen did not happen in time."""


def wait_for(holds: Callable[[], bool], what: str, seconds: float = 30.0) -> float:
    """Look again and again until something holds; the seconds it took."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            raise NeverCameTrue(f"{what} (waited {seconds:.0f} s)")
        time.sleep(0.01)
    return time.monotonic() - begun


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(word) for word in task.read_text().split()]
    return found


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    below = children(pid)
    return [one for child in below for one in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
