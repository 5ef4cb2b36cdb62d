"""Where this database believes the erasure ledger ends; the ledger itself lives outside it."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dsr.db.columns import Row
from dsr.db.once import add_if_missing

#: the only ledger there is
ERASURES = "erasures"


class LedgerHead(Row):
    """The number and hash of the last entry of the erasure ledger that this database knows.

    A database from a backup knows an older end than the ledger on disk: then erasures have to be
    done again before anybody is served (T73).
    """

    __tablename__ = "ledger_heads"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    row_hash: Mapped[str] = mapped_column(String(64))


def head(session: Session, begin: str, *, lock: bool = False) -> LedgerHead:
    """The end that this database knows; with `lock` a row that is held, made when there is none.

    `begin` is the hash that stands before the first line.
    """
    found = _read(session, lock=lock)
    if found is None and lock:
        add_if_missing(session, LedgerHead, name=ERASURES, number=0, row_hash=begin)
        found = _read(session, lock=True)
    return found or LedgerHead(name=ERASURES, number=0, row_hash=begin)


def _read(session: Session, *, lock: bool) -> LedgerHead | None:
    wanted = select(LedgerHead).where(LedgerHead.name == ERASURES)
    wanted = wanted.with_for_update() if lock else wanted
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
