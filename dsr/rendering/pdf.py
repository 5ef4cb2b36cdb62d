"""PDFs of letters. The work happens in a limited child without network; see `child`."""

from __future__ import annotations

import atexit
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import orjson

from dsr.core.letters import Letter
from dsr.rendering.html import TEMPLATES, letter_html
from dsr.rendering.job import Job
from dsr.rendering.server import RenderingServer

#: the one file that is embedded in a letter
ATTACHMENT = "decision.json"

FONTS = Path(__file__).parent / "fonts"


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """The one file embedded in a PDF."""

    name: str
    words: str
    content: bytes = field(repr=False)


@functools.cache
def rendering_server() -> RenderingServer:
    """The one rendering server of this process and of those that it forks; ends with it."""
    server = RenderingServer()
    atexit.register(server.close)
    return server


@functools.cache
def _font_assets() -> dict[str, bytes]:
    # Not the variable fonts: to take one weight out of these takes a third of a letter's time.
    return {font.name: font.read_bytes() for font in sorted(FONTS.glob("*.ttf"))}


def letter_pdf(letter: Letter, decision: Mapping[str, object]) -> bytes:
    """The letter as a tagged PDF with `decision.json` embedded; `RenderingFailed` otherwise."""
    words = {"nl": "Dit besluit voor een computer", "en": "This decision for a computer"}
    embedded = Embedded(
        name=ATTACHMENT,
        words=words[letter.facts.language],
        content=decision_bytes(decision),
    )
    return html_pdf(
        letter_html(letter), letter.facts.language, letter.facts.today, embedded=embedded
    )


class Rendered:
    """PDFs as the rendering server of this process makes them (`core.package.PdfMaker`)."""

    def letter(self, letter: Letter, decision: Mapping[str, object]) -> bytes:
        """A letter as a tagged PDF, with the decision embedded."""
        return letter_pdf(letter, decision)

    def part(self, book: bytes, day: date) -> bytes:
        """A part of the medical file as a tagged PDF."""
        blobs = {"main.typ": _book_template(), "data.json": book}
        job = Job(engine="typst", options={"day": day.isoformat()}, blobs=blobs)
        return rendering_server().render(job, seconds=60, megabytes=2048)


RENDERED = Rendered()


@functools.cache
def _book_template() -> bytes:
    return (TEMPLATES / "package" / "dossier.typ").read_bytes()


def decision_bytes(decision: Mapping[str, object]) -> bytes:
    """The decision as it is embedded: sorted, indented JSON."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(dict(decision), option=options)


def html_pdf(
    html: str, language: str, day: date, *, embedded: Embedded | None = None, seconds: int = 20
) -> bytes:
    """Any HTML of ours as a tagged PDF; it may refer to our fonts as `asset:` and nothing else."""
    options = {"language": language, "day": day.isoformat()}
    blobs = {"html": html.encode(), **_font_assets()}
    if embedded:
        options |= {"attachment_name": embedded.name, "attachment_words": embedded.words}
        blobs["attachment"] = embedded.content
    job = Job(engine="html", options=options, blobs=blobs)
    return rendering_server().render(job, seconds=seconds)
