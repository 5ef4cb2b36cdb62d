"""Rotating the key-encryption key: data keys are wrapped anew, a batch a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from dsr.db import data_keys
from dsr.services.house import House

BATCH = 500


def rotate(house: House) -> Iterator[int]:
    """Wrap every data key under the current key; yields how many were done so far.

    Killed half-way it goes on where it was: what is wrapped under the current key is skipped.
    The older key may be taken out of DSR_KEYS once this ends.
    """
    keys, done = house.office.keys, 0
    while True:
        with house.writing() as session:
            rows = data_keys.not_under(session, keys.current_id, BATCH)
            for row in rows:
                if row.wrapped is not None:
                    row.wrapped = keys.rewrap(row.wrapped, row.id.encode())
                    row.kek_id = keys.current_id
        done += len(rows)
        yield done
        if not rows:
            return
