"""The floor: the same rows by plain queries, as JSON, encrypted, in plain Python."""

from __future__ import annotations

import os
import statistics
import time

import orjson
import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: all that one account holds in the target database
QUERIES = (
    b"SELECT * FROM account WHERE id = %s",
    b"SELECT * FROM message WHERE account_id = %s ORDER BY id",
    b"SELECT * FROM session_log WHERE account_id = %s ORDER BY id",
    b"SELECT * FROM review WHERE account_id = %s ORDER BY id",
)


def floor(target_url: str, ids: list[int]) -> float:
    """The median time for one account, in seconds: no request, no proof, no package, no disk."""
    plain = target_url.replace("postgresql+psycopg://", "postgresql://")
    box = AESGCM(AESGCM.generate_key(256))
    times = []
    with psycopg.connect(plain, autocommit=True) as connection:
        for account in ids:
            begun = time.perf_counter()
            rows = [connection.execute(query, (account,)).fetchall() for query in QUERIES]
            box.encrypt(os.urandom(12), orjson.dumps(rows), b"")
            times.append(time.perf_counter() - begun)
    return statistics.median(times)
