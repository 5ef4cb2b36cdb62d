"""One rendering job as it travels to the child: an engine, options, and named blobs of bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO


class Refused(Exception):
    """The document asks for something that it may not have; the message holds no content."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """`options` is JSON; `blobs` are all the bytes that the engine may ever see."""

    engine: str
    options: Mapping[str, str]
    blobs: Mapping[str, bytes] = field(repr=False)


def job_frames(job: Job) -> Iterator[bytes]:
    """The job as bytes: a line of JSON, then the blobs in its order."""
    sizes = [[name, len(blob)] for name, blob in job.blobs.items()]
    head = {"engine": job.engine, "options": dict(job.options), "blobs": sizes}
    yield json.dumps(head).encode() + b"\n"
    yield from job.blobs.values()


def read_job(stream: IO[bytes]) -> Job:
    """The job that `job_frames` wrote; EOFError when it is cut."""
    head = json.loads(stream.readline())
    blobs = {}
    for name, size in head["blobs"]:
        blobs[name] = stream.read(size)
        if len(blobs[name]) != size:
            raise EOFError
    return Job(engine=head["engine"], options=head["options"], blobs=blobs)
