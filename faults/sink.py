"""A mail server that keeps all it is given as files, and refuses or hangs when told to."""

from __future__ import annotations

import re
import socketserver
import threading
from enum import StrEnum
from pathlib import Path


class Mood(StrEnum):
    """How the next mails are met."""

    LATER = "451"  #: try again later
    NEVER = "550"  #: no such mailbox
    HANG = "hang"  #: takes the mail and never says so
    HOLD = "hold"  #: takes the mail, and answers after `release`


class Sink(socketserver.ThreadingTCPServer):
    """SMTP as far as our own sender speaks it. `taken` counts mails that were accepted or hung."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.moods: list[Mood] = []
        self.met: list[Mood] = []
        self.taken = 0
        self.released = threading.Event()
        self.lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(("127.0.0.1", 0), _Talk)
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def meet(self, mood: Mood, times: int = 1) -> None:
        """Meet the next mails in this mood."""
        self.released.clear()
        with self.lock:
            self.moods += [mood] * times

    def mood(self, *fitting: Mood) -> Mood | None:
        """The next mood if it is one of these; it is then used up."""
        with self.lock:
            if self.moods and self.moods[0] in fitting:
                self.met.append(self.moods[0])
                return self.moods.pop(0)
            return None

    def keep(self, data: bytes) -> None:
        """Write a mail down, once more for each time it comes."""
        with self.lock:
            self.taken += 1
            number = self.taken
        (self.folder / f"{number:06d}.eml").write_bytes(data)


class _Talk(socketserver.StreamRequestHandler):
    server: Sink
    timeout = 60

    def handle(self) -> None:
        self._say("220 sink")
        recipient = ""
        try:
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"RCPT":
                    recipient = self._rcpt(line)
                elif word == b"DATA":
                    self._data(recipient)
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")
        except OSError:
            return

    def _rcpt(self, line: bytes) -> str:
        mood = self.server.mood(Mood.LATER, Mood.NEVER)
        self._say(f"{mood} no" if mood else "250 ok")
        found = re.search(rb"<([^>]*)>", line)
        return found[1].decode(errors="replace") if found else ""

    def _data(self, recipient: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.keep(f"X-Recipient: {recipient}\r\n".encode() + b"".join(lines))
        mood = self.server.mood(Mood.HANG, Mood.HOLD)
        if mood is not None:
            self.server.released.wait(60)
        if mood is not Mood.HANG:
            self._say("250 taken")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
