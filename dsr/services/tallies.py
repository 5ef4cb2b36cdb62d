"""How often something may be tried: counted in the database, so it survives Redis and restarts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.db.once import add_if_missing
from dsr.db.visits import Tally
from dsr.services.office import Office


def allowed(session: Session, office: Office, what: str, most: int, window: timedelta) -> bool:
    """Count one try of `what`; False when this window has had `most` already.

    Keys are hashed, so the table holds nobody's address.
    """
    row = _row(session, office, what, window)
    if row.count >= most:
        return False
    row.count += 1
    session.flush()
    return True


def forgive(session: Session, office: Office, what: str, window: timedelta) -> None:
    """Take back a try that was no guess: a practice behind one address may begin its day.

    It was counted first, so that guesses at the same moment all count.
    """
    row = _row(session, office, what, window)
    row.count = max(0, row.count - 1)
    session.flush()


def _row(session: Session, office: Office, what: str, window: timedelta) -> Tally:
    seconds = int(window.total_seconds())
    begin = datetime.fromtimestamp(office.now().timestamp() // seconds * seconds, UTC)
    key = office.hash("tally", what)
    add_if_missing(session, Tally, key=key, window=begin, count=0)
    wanted = select(Tally).where(Tally.key == key, Tally.window == begin).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()
