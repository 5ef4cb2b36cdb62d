"""One process's house: the office, its database sessions, its settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from dsr.core.settings import Settings
from dsr.services.office import Office


@dataclass(frozen=True, kw_only=True)
class House:
    """Built by `dsr.bootstrap`. Edges open transactions here; services never commit.

    What a transaction wants rung or mailed is rung after its commit, by a listener that
    `dsr.bootstrap` puts on `sessions`; if that fails, the sweeper does it.
    """

    settings: Settings
    office: Office
    engine: Engine = field(repr=False)
    sessions: sessionmaker[Session] = field(repr=False)
    readers: sessionmaker[Session] = field(repr=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that commits at the end, or leaves nothing when anything is raised."""
        with self.sessions() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for a page that only reads; it never waits for a writer."""
        with self.readers() as session:
            yield session
