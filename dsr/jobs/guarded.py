"""What RQ may run: jobs that we made ourselves, of functions on a list, with row ids and no more.

Anybody who can write to Redis could otherwise name `os.system` as a job, a callback or a web
hook (T66). So the payload carries a MAC, the function is looked up in a
table, and everything else that a job hash may name is dropped.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from rq.job import Job

from dsr.core.errors import DsrError

Task = Callable[[str], None]

#: the only fields of a job's hash in Redis that are read back
READ_BACK = frozenset(
    b"data created_at origin worker_name description enqueued_at started_at ended_at"
    b" last_heartbeat timeout result_ttl failure_ttl status ttl".split()
)


class ForgedJob(DsrError):
    """A job in the queue was not made by us; it was not run."""


class MacSerializer:
    """JSON with a MAC over it; only [function, None, [row ids], {}] is ever accepted."""

    def __init__(self, key: bytes, allowed: frozenset[str]) -> None:
        self._key = key
        self._allowed = allowed
        # RQ writes down a serializer's name, for workers of a kind that we do not run.
        self.__qualname__ = type(self).__qualname__

    def dumps(self, value: Any, /) -> bytes:
        """The value as JSON, with its MAC in front."""
        body = json.dumps(value, separators=(",", ":")).encode()
        return self._mac(body) + b" " + body

    def loads(self, data: bytes, /) -> Any:
        """The value, if the MAC is ours and the call is one that we make."""
        mac, _, body = data.partition(b" ")
        if not hmac.compare_digest(mac, self._mac(body)):
            raise ForgedJob
        value = json.loads(body)
        if not self._is_ours(value):
            raise ForgedJob
        return value

    def _is_ours(self, value: Any) -> bool:
        match value:
            case [str(name), None, [str(row_ids)], dict(more)]:
                known = name in self._allowed and not more
                return known and all(row_id.isalnum() for row_id in row_ids.split(" "))
        return False

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, sha256).hexdigest().encode()


def job_class(tasks: Mapping[str, Task]) -> type[Job]:
    """A class of jobs whose function comes from this table, and from nowhere else."""

    class DeskJob(Job):
        @property
        def func(self) -> Task:
            """The function on the list; an unknown name is a forged job."""
            task = tasks.get(self.func_name or "")
            if task is None:
                raise ForgedJob
            return task

        def restore(self, raw_data: Mapping[bytes, bytes]) -> Any:
            """Read back only what a bare job has: no callbacks, no hooks, no repeats."""
            return super().restore({k: v for k, v in raw_data.items() if k in READ_BACK})

    return DeskJob
