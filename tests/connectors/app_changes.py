"""What the contract needs to try the changing verbs on the app's database."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from demo import appdb
from dsr.core.connector import Due
from tests.connector_contract import Changing, Corrected
from tests.connectors.app_people import NORA, SANNE
from tests.connectors.databases import writing

TOO_LONG = f"{'a' * 300}@voorbeeld.example"


def changing(url: str) -> Changing:
    """All verbs, on Nora's sessions and account."""
    until = NORA.registered + timedelta(days=12)
    return Changing(
        looks=True,
        erases="sessions",
        other=appdb.account_id(SANNE),
        rectifies=Corrected(
            dataset="account",
            path="/email",
            new="anna.nieuw@voorbeeld.example",
            refused=("geen adres", "a@b", TOO_LONG, True, 12, ["x@voorbeeld.example"]),
        ),
        annotates="sessions",
        statements=lambda: words_of(url),
        restricts="sessions",
        stops=("A.2", "A.5"),
        stopped=lambda: stopped(url),
        holds="sessions",
        purges=Due(dataset="sessions", event="recorded", until=until),
    )


def words_of(url: str) -> list[str]:
    """All statements that the app holds."""
    with writing(url) as connection:
        return list(connection.scalars(sa.select(appdb.remarks.c.words)))


def stopped(url: str) -> set[str]:
    """The purposes that Nora stopped, as the app itself sees it."""
    consent, opt_out = appdb.consents.c, appdb.opt_outs.c
    mine = appdb.account_id(NORA)
    with writing(url) as connection:
        given = connection.scalar(
            sa.select(consent.given).where(
                consent.account_id == mine, consent.subject == "messages_explicit"
            )
        )
        out = connection.scalars(sa.select(opt_out.purpose).where(opt_out.account_id == mine))
        return set(out) | (set() if given else {"A.2"})
