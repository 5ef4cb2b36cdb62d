"""What every house needs before it opens: tables, the house key, the begin of each log."""

from __future__ import annotations

from dsr.db import events, migrate
from dsr.services import case
from dsr.services.house import House


def prepare(house: House) -> None:
    """Migrate, and make what is missing; safe to run again at every start."""
    migrate.upgrade(house.engine)
    with house.writing() as session:
        case.house_key(session, house.office)
        practices = [practice.id for practice in house.office.register.practices]
        events.open_chains(session, practices)
