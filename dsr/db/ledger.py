"""Where this database believes the erasure ledger ends; the ledger itself lives outside it."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dsr.db.columns import Row


class LedgerHead(Row):
    """The number and hash of the last entry of the erasure ledger that this database knows.

    A database from a backup knows an older end than the ledger on disk: then erasures have to be
    done again before anybody is served (T73).
    """

    __tablename__ = "ledger_heads"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    row_hash: Mapped[str] = mapped_column(String(64))
