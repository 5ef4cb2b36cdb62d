"""`peer(...)` starts a real system once a session; `proved(...)` fills the table at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers import running
from tests.peers.running import Peer

#: (connector, peer) -> verbs that a test saw work
_PROVED = pytest.StashKey[dict[tuple[str, str], list[str]]]()


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Peer]]:
    """Start a peer by its folder's name, once for each set of environment values.

    Packages stay in `DSR_PEERS` when that is set, so that a second run starts in seconds.
    """
    kept = os.environ.get("DSR_PEERS")
    work = Path(kept) if kept else tmp_path_factory.mktemp("peers")
    started: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Peer, Path]] = {}

    def start(name: str, **environment: str) -> Peer:
        key = (name, tuple(sorted(environment.items())))
        if key not in started:
            same = sum(1 for other, _ in started if other == name)
            folder = work / str(same) if same else work
            started[key] = (running.start(name, folder, **environment), folder)
        return started[key][0]

    yield start
    for found, folder in started.values():
        running.stop(found.name, folder)


@pytest.fixture
def proved(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Note that a verb of a connector worked against a peer; call it at the end of a test."""
    table = request.config.stash.setdefault(_PROVED, {})

    def note(*, connector: str, peer: str, verb: str) -> None:
        verbs = table.setdefault((connector, peer), [])
        if verb not in verbs:
            verbs.append(verb)

    return note


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """The table: connector, peer, and every verb that a test saw work."""
    table = config.stash.get(_PROVED, {})
    if not table:
        return
    terminalreporter.section("connector x peer x verb")
    for (connector, name), verbs in sorted(table.items()):
        terminalreporter.write_line(f"{connector:<10} {name:<28} {', '.join(verbs)}")
