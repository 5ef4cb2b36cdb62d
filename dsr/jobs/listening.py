"""The loop that hears the bell: RQ's worker without forks and without its book-keeping.

RQ keeps books in Redis of what runs, failed and ended, at some seventy commands a job. Our books
are the ledger in the database; a ring is taken, handed on and forgotten.
"""

from __future__ import annotations

import time

import structlog
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job

log = structlog.get_logger()
#: seconds between two signs of life of a worker in Redis
SIGN_OF_LIFE = 10.0


class DeskWorker(SimpleWorker):
    """Hears rings; back within seconds once Redis is, however long it was away."""

    max_connection_wait_time = 5.0
    _alive_at = float("-inf")

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job's function, which never raises, and forget the ring.

        A job that we did not make is forgotten unrun (T66).
        """
        try:
            job.func(*job.args)
        except (RedisError, StopRequested):
            raise
        except Exception as error:
            log.warning("ring_refused", error=type(error).__name__)
        with self.connection.pipeline(transaction=False) as pipeline:
            pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            pipeline.delete(job.key)
            pipeline.execute()

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """A sign of life now and then, not several for each ring."""
        if time.monotonic() - self._alive_at >= SIGN_OF_LIFE:
            self._alive_at = time.monotonic()
            super().heartbeat(timeout, pipeline)

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Tell Redis only what changes."""
        if state != self.get_state():
            super().set_state(state, pipeline)

    def check_for_suspension(self, burst: bool) -> None:
        """Nobody suspends our workers through Redis: whoever may write there rules nothing."""

    def procline(self, message: str) -> None:
        """The name of the process is the operator's."""
