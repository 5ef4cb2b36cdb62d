"""Fifty planted values of a person are readable nowhere but in the answer (T68, T69, T72, I9)."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis.exceptions import RedisError, TimeoutError

from demo.population import Cast, played_by
from dsr.core.redaction import texts_of
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.db.tables import METADATA
from dsr.services import plan, review
from tests.faults.running import Firm, firm
from tests.servers import Valkey

pytestmark = pytest.mark.slow
LEAST = 50


class Listener(threading.Thread):
    """Writes down every command that reaches Valkey."""

    def __init__(self, valkey: Valkey) -> None:
        super().__init__(daemon=True)
        self.heard: list[bytes] = []
        self.redis = valkey.redis()
        self.begun = threading.Event()

    def run(self) -> None:
        with self.redis.monitor() as monitor:
            self.begun.set()
            while True:
                try:
                    # Raw: the client's own reading of what it hears gives up on odd bytes.
                    self.heard.append(str(monitor.connection.read_response()).encode())
                except TimeoutError:
                    continue  # nobody said anything for a while
                except (RedisError, OSError):
                    return

    def end(self) -> bytes:
        self.redis.connection_pool.disconnect()
        return b"\n".join(self.heard)


@pytest.fixture
def running(tmp_path: Path, database_url: str, valkey: Valkey) -> Iterator[Firm]:
    with firm(tmp_path, database_url, valkey) as made:
        yield made


def canaries_of(running: Firm, who: Cast) -> list[str]:
    """What tells about the person: their own details, and words that were found of them."""
    person = played_by(running.world.people, who)
    planted = {
        person.name, person.email, person.phone, person.bsn, person.street, person.postcode,
        person.patient_number, person.cognito_sub, person.sendbird_id,
        person.birth_date.isoformat(),
    }  # fmt: skip
    house = running.house
    with house.reading() as session:
        rows = session.scalars(sa.select(subject_requests.SubjectRequest))
        for row in rows:
            for step in plan.searches_of(session, row):
                for seen in review.items(session, house.office, row, step):
                    planted |= {
                        text
                        for _, text in texts_of(seen.record["data"])
                        if len(text) > 24 and " " in text
                    }
    return sorted(word for word in planted if len(word) > 5)


def leaks(data: bytes, canaries: list[str]) -> list[str]:
    return [word for word in canaries if word.encode() in data]


def database_bytes(running: Firm) -> bytes:
    """Every value of every table as the database gives it, and the files of an embedded one."""
    engine = running.house.engine
    with engine.connect() as connection:
        rows = [
            repr(tuple(row))
            for table in METADATA.sorted_tables
            for row in connection.execute(sa.text(f"SELECT * FROM {table.name}"))  # noqa: S608
        ]
    files = [path.read_bytes() for path in running.folder.glob("dsr.db*")]
    return "\n".join(rows).encode() + b"".join(files)


def test_nobodys_data_stand_in_queue_logs_disk_or_database(running: Firm) -> None:
    listener = Listener(running.valkey)
    listener.start()
    assert listener.begun.wait(10)
    worker = running.start_worker()
    row = running.ask(Cast.APP)
    running.answer(row)
    running.wait_for(row, Stage.CLOSED)
    canaries = canaries_of(running, Cast.APP)
    assert len(canaries) >= LEAST
    with zipfile.ZipFile(io.BytesIO(running.fetch(row))) as packed:
        given = b"".join(packed.read(name) for name in packed.namelist())
    assert len(leaks(given, canaries)) > LEAST / 2  # the look does find what is there
    with running.valkey.redis() as redis:
        kept = b"\n".join(
            key + b" " + (redis.dump(key) or b"") for key in redis.scan_iter(count=1000)
        )
    queue = listener.end()
    assert b"LPUSH" in queue.upper() or b"RPUSH" in queue.upper()
    assert leaks(queue, canaries) == []
    assert leaks(kept, canaries) == []
    assert leaks(database_bytes(running), canaries) == []
    assert worker.stop() == 0
    assert leaks(running.log.read_bytes(), canaries) == []
    vault = [p for p in (running.folder / "vault").rglob("*") if p.is_file()]
    temporary = [p for p in (running.folder / "tmp").rglob("*") if p.is_file()]
    assert vault
    for path in [*vault, *temporary]:
        assert leaks(path.read_bytes(), canaries) == [], path.name
        assert leaks(path.name.encode(), canaries) == []
    assert temporary == []  # nothing is left lying about
    mails = "".join(path.read_text() for path in (running.folder / "mail").iterdir())
    said = [word for word in leaks(mails.encode(), canaries) if "@" not in word]
    assert said == []  # a mail names its address, and nothing else of the person
