"""`python -m demo`: the demo practice's systems, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from demo.world import World


def main() -> int:
    """Start, say so in one line, wait for the signal; 1 when the port is taken."""
    asked = _arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        world = World(asked.folder, asked.port, asked.folder / "journal", mail_folder=asked.mail)
    except OSError as fault:
        sys.stderr.write(f"The demo cannot start ({fault.strerror}). Choose another --port or")
        sys.stderr.write(" --folder, or end the demo that is still running.\n")
        return 1
    with world:
        if asked.variables:
            _write_variables(asked.variables, world.environment())
        sys.stdout.write(f"The demo practice is ready at {world.url}, mail at {world.url}/mail/\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="for app.db and mail")
    parser.add_argument("--mail", type=Path, help="where the mails to show are (<folder>/mail)")
    parser.add_argument("--variables", type=Path, help="a file for the register's variables")
    parser.add_argument("--port", type=int, default=5800, help="on 127.0.0.1; 0 takes a free one")
    return parser.parse_args()


def _write_variables(path: Path, variables: dict[str, str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    fresh.chmod(0o600)
    fresh.replace(path)  # at once, so that nobody reads half of it


if __name__ == "__main__":
    sys.exit(main())
