"""What reached a stand-in: one JSON line a call, in memory and, where a path is given, on disk."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Journal:
    """Calls in order of arrival. `entries` may be read at any time; `record` is thread-safe.

    An entry: {"n": int, "system": str, "verb": str, "ref": str, "outcome": str, ...}.
    """

    system: str
    path: Path | None = None
    entries: list[dict[str, object]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def record(self, verb: str, ref: str = "", outcome: str = "ok", **more: object) -> None:
        """Add one call."""
        with self._lock:
            entry: dict[str, object] = {
                "n": len(self.entries) + 1,
                "system": self.system,
                "verb": verb,
                "ref": ref,
                "outcome": outcome,
                **more,
            }
            self.entries.append(entry)
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(entry, default=str) + "\n")

    def verbs(self) -> list[str]:
        """The verbs of all calls so far, in order."""
        with self._lock:
            return [str(entry["verb"]) for entry in self.entries]
