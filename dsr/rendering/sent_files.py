"""A stranger's file, made anew in the limited child of the rendering server (T40)."""

from __future__ import annotations

from dsr.rendering.file_kinds import kind_of
from dsr.rendering.job import Job
from dsr.rendering.pdf import rendering_server

SECONDS, MEGABYTES = 20, 1024


def made_anew(content: bytes) -> tuple[str, bytes]:
    """The kind of a file (`pdf`, `png`, `jpg`) and what it shows, as a new file of that kind.

    `RenderingFailed` when it is none of the three, too large to be shown, or broken.
    """
    job = Job(engine="file", options={}, blobs={"file": content})
    return kind_of(content), rendering_server().render(job, seconds=SECONDS, megabytes=MEGABYTES)
