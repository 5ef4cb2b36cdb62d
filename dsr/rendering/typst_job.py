"""Data to a tagged PDF by typst: the engine for long annexes (dependencies: six times faster).

The template is ours; words of patients reach it only as JSON data, never as typst source.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import typst

from dsr.rendering.job import Job


def render(job: Job) -> bytes:
    """The PDF of `main.typ` with `data.json`; its root folder holds only the job's own bytes.

    The folder lives in memory or in the private temporary folder of this child, and the data
    reaches the compiler as an input value, so that no word of it is written to a disk.
    """
    moment = datetime.fromisoformat(job.options["day"]).replace(tzinfo=UTC)
    with tempfile.TemporaryDirectory(prefix="dossier-") as root:
        fonts = Path(root, "fonts")
        fonts.mkdir()
        for name in ("latin.ttf", "latin-ext.ttf"):
            if name in job.blobs:
                (fonts / name).write_bytes(job.blobs[name])
        made = typst.compile(
            job.blobs["main.typ"],
            root=root,
            font_paths=[str(fonts)],
            sys_inputs={"data": job.blobs["data.json"].decode()},
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=moment,
            package_path=root,
            package_cache_path=root,
        )
    return bytes(made)
