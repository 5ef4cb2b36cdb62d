"""PDFs: what they hold, what they may never hold, and that the parent outlives a bad one."""

from __future__ import annotations

import http.server
import io
import itertools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from dsr.core.letters import AccessAnswer, Refusal
from dsr.rendering.errors import RenderingFailed
from dsr.rendering.html import letter_html
from dsr.rendering.job import Job
from dsr.rendering.pdf import html_pdf, letter_pdf, rendering_server
from tests.rendering.samples import all_samples, sample

DAY = date(2026, 11, 27)
SAMPLES = dict(all_samples())


@pytest.fixture(scope="module")
def letter_file() -> bytes:
    """One letter with tables, as bytes."""
    return letter_pdf(sample(AccessAnswer, "partly", "nl"), {"decision": "partly"})


@pytest.mark.parametrize("name", SAMPLES)
def test_a_letter_is_tagged_titled_and_in_its_language(name: str) -> None:
    letter = SAMPLES[name]
    with pikepdf.open(io.BytesIO(letter_pdf(letter, {"decision": "x"}))) as pdf:
        assert str(pdf.Root.Lang) == letter.facts.language
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert letter.facts.reference in str(pdf.docinfo["/Title"])
        assert len(pdf.pages) <= 3


def test_headings_nest_and_tables_have_header_cells(letter_file: bytes) -> None:
    with pikepdf.open(io.BytesIO(letter_file)) as pdf:
        tags = list(_tags(pdf.Root.StructTreeRoot.K))
    levels = [int(tag[2:]) for tag in tags if re.fullmatch("/H[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert tags.count("/TH") > 5
    assert {"/Table", "/TR", "/TD", "/L", "/LI", "/P"} <= set(tags)


def test_every_font_is_embedded(letter_file: bytes) -> None:
    with pikepdf.open(io.BytesIO(letter_file)) as pdf:
        described = [o for o in _dictionaries(pdf) if o.get("/Type") == "/FontDescriptor"]
        assert described
        assert all({"/FontFile2", "/FontFile3"} & set(font.keys()) for font in described)


def test_exactly_one_file_is_embedded_and_it_is_the_decision(letter_file: bytes) -> None:
    with pikepdf.open(io.BytesIO(letter_file)) as pdf:
        assert list(pdf.attachments) == ["decision.json"]
        held = pdf.attachments["decision.json"].get_file().read_bytes()
        assert json.loads(held) == {"decision": "partly"}
        assert len(pdf.Root.AF) == 1
        assert str(pdf.Root.AF[0].AFRelationship) == "/Alternative"
        embedded = [o for o in _dictionaries(pdf) if o.get("/Type") == "/EmbeddedFile"]
        assert len(embedded) == 1


def test_nothing_in_a_letter_acts_by_itself(letter_file: bytes) -> None:
    with pikepdf.open(io.BytesIO(letter_file)) as pdf:
        keys = {key for o in _dictionaries(pdf) for key in o.keys()}  # noqa: SIM118
    assert not keys & {"/JS", "/JavaScript", "/AA", "/Launch", "/OpenAction", "/RichMedia", "/URI"}


def test_metadata_is_a_closed_list(letter_file: bytes) -> None:
    with pikepdf.open(io.BytesIO(letter_file)) as pdf:
        assert set(pdf.docinfo.keys()) == {"/Title", "/Producer", "/CreationDate"}
        assert str(pdf.docinfo["/Producer"]) == "Privacybalie"
        with pdf.open_metadata(set_pikepdf_as_editor=False) as held:
            names = {re.sub(r"\{.*\}", "", name) for name in held}
            assert held["pdfaid:part"] == "3"
            assert held["pdfaid:conformance"] == "A"
            assert held["pdfuaid:part"] == "1"
    allowed = {"part", "conformance", "Producer", "CreateDate", "title", "language", "schemas"}
    assert names <= allowed


def test_the_same_letter_gives_the_same_bytes(letter_file: bytes) -> None:
    assert letter_pdf(sample(AccessAnswer, "partly", "nl"), {"decision": "partly"}) == letter_file


def test_the_words_of_the_letter_stand_in_the_pdf_in_reading_order() -> None:
    letter = sample(Refusal, "refused", "nl")
    pages = PdfReader(io.BytesIO(letter_pdf(letter, {}))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    places = [text.index(words) for words in ("Ons", "Wat wij niet doen", "Waarom niet", "rechter")
              if words in text]  # fmt: skip
    assert places == sorted(places)
    assert letter.what in text


def test_the_calling_process_never_imports_the_engines() -> None:
    code = (
        "import sys, dsr.rendering.pdf, dsr.rendering.html\n"
        "sys.exit(bool({'weasyprint', 'typst', 'pydyf'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A server that must stay silent: its address, and the paths it was asked for."""
    hits: list[str] = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", hits
        server.shutdown()


HOSTILE = (
    '<link rel="attachment" href="file:///etc/passwd">',
    '<link rel="stylesheet" href="CANARY/a.css">',
    '<style>@import url("CANARY/b.css");</style>',
    '<style>p { background: url("CANARY/c.png") }</style><p>x</p>',
    '<style>@font-face { font-family: x; src: url("CANARY/d.woff2") } p { font-family: x }</style>',
    '<img alt="x" src="CANARY/e.png">',
    '<img alt="x" src="file:///etc/hostname">',
    '<img alt="x" src="/etc/hostname">',
    '<img alt="x" src="asset:nobody.png">',
    '<img alt="x" src="data:image/png;base64,AAAA">',
    '<a rel="attachment" href="file:///etc/passwd">x</a>',
    '<svg width="9" height="9"><image href="CANARY/f.png" width="9" height="9"/></svg>',
    '<object data="CANARY/g.svg" type="image/svg+xml">x</object>',
    '<embed src="CANARY/h.svg" type="image/svg+xml">',
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_html_reaches_no_network_and_no_file_and_stops_the_letter(
    hostile: str, canary: tuple[str, list[str]]
) -> None:
    address, hits = canary
    with pytest.raises(RenderingFailed):
        html_pdf(_page(hostile.replace("CANARY", address)), "nl", DAY)
    assert hits == []


def test_an_image_without_words_is_an_error() -> None:
    dot = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M0 0h9'/></svg>"
    page = _page("<img src='asset:x.svg'>").encode()
    options = {"language": "nl", "day": "2026-11-27"}
    with pytest.raises(RenderingFailed, match="alt"):
        rendering_server().render(
            Job(engine="html", options=options, blobs={"html": page, "x.svg": dot})
        )


BOMBS = {
    "deep nesting": "<div>" * 400 + "x",
    "deeper nesting": "<b><div>" * 30_000,
    "huge table": "<table>" + "<tr>" + "<td>x</td>" * 20_000 + "</tr>",
    "endless rows": "<table>" + "<tr><td>x</td></tr>" * 60_000 + "</table>",
    "huge columns": '<div style="columns: 900000">' + "x " * 9_000 + "</div>",
    "long word": "x" * 3_000_000,
    "entity flood": "&#x1F600;" * 400_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_flagged_and_the_next_letter_is_made(bomb: str) -> None:
    """T34: the child dies of its limits or gives up; nothing else does."""
    with pytest.raises(RenderingFailed):
        html_pdf(_page(BOMBS[bomb]), "nl", DAY, seconds=3)
    assert html_pdf(_page("x"), "nl", DAY).startswith(b"%PDF")


def test_a_child_that_dies_leaves_the_server_living() -> None:
    job = Job(engine="html", options={"language": "nl", "day": "2026-11-27"}, blobs={"html": b"x"})
    with pytest.raises(RenderingFailed):
        rendering_server().render(job, megabytes=1)
    assert html_pdf(_page("x"), "nl", DAY).startswith(b"%PDF")


def test_an_unknown_engine_is_a_named_error_without_content() -> None:
    job = Job(engine="secret words", options={}, blobs={})
    with pytest.raises(RenderingFailed) as failed:
        rendering_server().render(job)
    assert "secret words" not in str(failed.value)


def test_a_server_that_has_ended_is_started_again() -> None:
    rendering_server().close()
    assert html_pdf(_page("x"), "nl", DAY).startswith(b"%PDF")


def test_the_server_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_SECRET_OF_THE_TEST", "canary-value")
    rendering_server().close()
    assert html_pdf(_page("x"), "nl", DAY).startswith(b"%PDF")
    with open(f"/proc/{rendering_server()._pid}/environ", "rb") as environment:
        assert b"canary-value" not in environment.read()


def _page(body: str) -> str:
    return f'<!doctype html><html lang="nl"><head><title>x</title></head><body>{body}</body></html>'


def _tags(node: Any) -> Iterator[str]:
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _tags(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield str(node.S)
        if "/K" in node:
            yield from _tags(node.K)


def _dictionaries(pdf: pikepdf.Pdf) -> list[Any]:
    return [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary | pikepdf.Stream)]


def test_letter_html_and_pdf_say_the_same() -> None:
    letter = sample(Refusal, "refused", "en")
    pages = PdfReader(io.BytesIO(letter_pdf(letter, {}))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert all(words in text and words in letter_html(letter) for words in letter.instead)
