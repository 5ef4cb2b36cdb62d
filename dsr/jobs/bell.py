"""The doorbell: tells a worker that a row is due. Losing a ring loses nothing (design 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from dsr.core.errors import BrokenSettings
from dsr.jobs.guarded import MacSerializer

#: what a ring is for; `STEP` is for a step of any kind, when the ringer does not know which
STEP, SEARCH, PACK, MAIL = "step", "search", "pack", "mail"
CHANGE, HOLD = "change", "hold"
_LEFT = (
    (SEARCH, "to_ring"),
    (PACK, "to_pack"),
    (MAIL, "to_post"),
    (CHANGE, "to_change"),
    (HOLD, "to_hold"),
)
NAMES = frozenset({STEP, *(name for name, _key in _LEFT)})
LONGEST = 3600
#: rows in one ring: what one worker can take in its hands at once
TOGETHER = 5
log = structlog.get_logger()


def connect(url: str, *, patient: bool = False) -> Redis:
    """A connection to Redis or Valkey. A ringer gives up at once; a worker may wait."""
    retry = None if patient else Retry(NoBackoff(), 0)
    wait = None if patient else 1.0
    return Redis.from_url(url, socket_connect_timeout=1.0, socket_timeout=wait, retry=retry)


def check_doorbell(url: str) -> None:
    """Refuse a Redis that does not answer, with its mend."""
    try:
        connect(url).ping()
    except RedisError as error:
        raise BrokenSettings(
            f"DSR_REDIS_URL does not answer ({type(error).__name__}). Start Redis or Valkey there,"
            " or mend the address and the password."
        ) from error


class Bell:
    """Rings for rows by id. When Redis is away it says so in the log; the sweeper rings later."""

    def __init__(self, redis: Redis, serializer: MacSerializer, queue: str = "work") -> None:
        self.queue = Queue(queue, connection=redis, serializer=serializer)

    def ring(self, name: str, row_ids: Iterable[str]) -> int:
        """Ring for rows; how many rings were heard."""
        heard = 0
        for rows in batched(dict.fromkeys(row_ids), TOGETHER):
            try:
                with self.queue.connection.pipeline(transaction=False) as pipeline:
                    self.queue.enqueue_call(
                        name, (" ".join(rows),), timeout=LONGEST, result_ttl=0, failure_ttl=60,
                        ttl=3600, description=name, pipeline=pipeline,
                    )  # fmt: skip
                    pipeline.execute()
            except RedisError as error:
                log.warning("bell_not_heard", error=type(error).__name__)
                return heard
            heard += len(rows)
        return heard

    def waiting(self) -> int:
        """How many rings wait for a worker."""
        return int(self.queue.count)


def ring_after_commit(sessions: sessionmaker[Session], bell: Bell) -> None:
    """After each commit, ring for what the transaction left to be done."""

    @event.listens_for(sessions, "after_commit")
    def _ring(session: Session) -> None:
        if session.in_nested_transaction():
            return  # nobody else can see it before the whole of it is committed
        for name, key in _LEFT:
            if row_ids := session.info.pop(key, []):
                bell.ring(name, row_ids)

    @event.listens_for(sessions, "after_rollback")
    def _forget(session: Session) -> None:
        if session.in_nested_transaction():
            return  # what others left behind their own savepoints is still to be rung for
        for _name, key in _LEFT:
            session.info.pop(key, None)


def batched(rows: Iterable[str], size: int) -> Iterator[list[str]]:
    """The rows in lists of at most `size`."""
    rest = iter(rows)
    while part := list(islice(rest, size)):
        yield part
