"""Data to a tagged PDF by typst: the engine for long annexes, several times faster than HTML.

The template is ours; words of patients reach it only as JSON data, never as typst source.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path

import typst

from dsr.rendering.job import Job

_FONTS = Path(__file__).parent / "fonts"


@functools.cache
def fonts() -> typst.Fonts:
    """Ours and the system's; looking for them takes longer than setting a page."""
    return typst.Fonts(include_system_fonts=True, font_paths=[_FONTS])


def render(job: Job) -> bytes:
    """The PDF of the blob `main.typ`; it reads the blob `data.json` as `sys.inputs.data`.

    The compiler's root is the folder with our fonts: there is nothing else to read, no package
    to fetch, and nothing is written to a disk. PDF/UA-1 forbids a character that no font has
    (a Chinese name); such a part is tagged in the same way but does not make that claim.
    """
    try:
        return _compiled(job, "ua-1")
    except typst.TypstError:
        return _compiled(job, "1.7")


def _compiled(job: Job, standard: str) -> bytes:
    return bytes(
        typst.compile(  # type: ignore[call-overload]  # its stub wants one type for all inputs
            job.blobs["main.typ"],
            root=_FONTS,
            font_paths=fonts(),
            sys_inputs={"data": job.blobs["data.json"].decode()},
            format="pdf",
            pdf_standards=[standard],
            timestamp=datetime.fromisoformat(job.options["day"]).replace(tzinfo=UTC),
            package_path=_FONTS,
            package_cache_path=_FONTS,
        )
    )
