"""A worker process: RQ without forks, one queue, our functions only, recycled now and then.

A fork per job would cost more than most steps. What may crash or grow (PDFs) runs in limited
children; a worker that is killed loses its leases, and another goes on from the last checkpoint.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.exc import SQLAlchemyError

from dsr.core.connector import Connector
from dsr.core.errors import DsrError
from dsr.core.package import PdfMaker
from dsr.core.request import Verb
from dsr.db import steps
from dsr.jobs import change, hold, post, search
from dsr.jobs.bell import CHANGE, HOLD, MAIL, PACK, SEARCH, STEP, Bell, connect
from dsr.jobs.guarded import MacSerializer, Task, job_class
from dsr.jobs.hands import Hands
from dsr.jobs.listening import DeskWorker
from dsr.jobs.packing_bench import PackingBench
from dsr.jobs.sweep import Sweeper
from dsr.rendering.pdf import RENDERED
from dsr.services.house import House
from dsr.services.ledger_watch import LedgerWatch

log = structlog.get_logger()
RINGS_BEFORE_RECYCLING = 5000
#: how long a worker that is told to stop waits for its hands; the leases mend what it leaves
LAST_SECONDS = 8.0


@dataclass(frozen=True, kw_only=True)
class Crew:
    """What one worker does at once: `hands` tasks, of which at most `packs` make answers.

    `pdf` makes the letters and the parts of a dossier.
    """

    hands: int = 6
    packs: int = 2
    pdf: PdfMaker = RENDERED


CREW = Crew()


def make_tasks(
    house: House, systems: Mapping[str, Connector], crew: Crew = CREW
) -> dict[str, Task]:
    """The functions that a job may name, each taking one row id; none of them raises."""
    send = post.sender(house.settings)
    bench = PackingBench(house, crew.packs, crew.pdf)
    watch = LedgerWatch(house=house)

    def guarded(name: str, task: Task) -> Task:
        return _guarded(name, _unless_older(watch, task))

    def step(row_id: str) -> None:
        with house.reading() as session:
            packing = steps.verb_of(session, row_id) == Verb.PACK
        (bench.run if packing else find)(row_id)

    def find(row_id: str) -> None:
        search.run(house, systems, row_id)

    return {
        STEP: guarded(STEP, step),
        SEARCH: guarded(SEARCH, find),
        PACK: guarded(PACK, bench.run),
        CHANGE: guarded(CHANGE, lambda row_id: change.run(house, systems, row_id)),
        HOLD: guarded(HOLD, lambda row_id: hold.run(house, systems, row_id)),
        MAIL: guarded(MAIL, lambda row_id: post.run(house, row_id, send)),
    }


def handed(tasks: Mapping[str, Task], hands: Hands) -> dict[str, Task]:
    """The same functions for many row ids at once, each row given to a free hand."""

    def handing(task: Task) -> Task:
        def give(row_ids: str) -> None:
            for row_id in row_ids.split(" "):
                hands.take(task, row_id)

        return give

    return {name: handing(task) for name, task in tasks.items()}


def _unless_older(watch: LedgerWatch, task: Task) -> Task:
    """A task that is put off while the database is older than the erasure ledger (T73)."""

    def run(row_id: str) -> None:
        watch.refuse()
        task(row_id)

    return run


def _guarded(name: str, task: Task) -> Task:
    """A task that never raises into RQ: the row stays due, and the log says what happened.

    What RQ is told of an exception would lie in Redis with its message; so it is told nothing.
    """

    def run(row_id: str) -> None:
        begun = time.monotonic()
        try:
            task(row_id)
        except (DsrError, SQLAlchemyError, OSError) as error:
            log.warning("task_put_off", name=name, row=row_id, error=type(error).__name__)
        except Exception as error:
            log.exception("task_broke", name=name, row=row_id, error=type(error).__name__)
        else:
            ms = round((time.monotonic() - begun) * 1000)
            log.info("task_done", name=name, row=row_id, ms=ms)

    return run


def work(
    house: House,
    systems: Mapping[str, Connector],
    serializer: MacSerializer,
    crew: Crew = CREW,
) -> None:
    """Work until told to stop, or until it is time for a fresh process."""
    name = house.settings.queues[0]
    sweeper = Sweeper(house=house, bell=Bell(connect(house.settings.redis_url), serializer, name))
    sweeper.start()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    hands = Hands(crew.hands)
    jobs = job_class(handed(make_tasks(house, systems, crew), hands))
    while not stopping.is_set():
        try:
            redis = connect(house.settings.redis_url, patient=True)
            queue = Queue(name, connection=redis, serializer=serializer, job_class=jobs)
            worker = DeskWorker(
                [queue], connection=redis, serializer=serializer, job_class=jobs,
                default_result_ttl=0, worker_ttl=60,
            )  # fmt: skip
            worker.work(
                logging_level="WARNING", max_jobs=RINGS_BEFORE_RECYCLING, with_scheduler=False
            )
            break
        except RedisError as error:
            log.warning("queue_away", error=type(error).__name__)
            stopping.wait(1.0)
    sweeper.stopped.set()
    hands.rest(LAST_SECONDS)
