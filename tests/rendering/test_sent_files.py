"""T40: of a stranger's file only what it shows comes in, and only of three kinds."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from dsr.rendering.errors import RenderingFailed
from dsr.rendering.sent_files import made_anew

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SECRET = b"52.37N 4.89E"


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (8, 6)) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def photo(size: tuple[int, int] = (8, 6)) -> bytes:
    """A JPEG lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


def paper(pages: int = 1) -> bytes:
    """A PDF with a script, an attachment, a form, a note with a link, and who made it."""
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=(200, 200))
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array())
        made.attachments["geheim.txt"] = SECRET
        made.docinfo["/Author"] = SECRET.decode()
        page = made.pages[0].obj
        page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe"))
        link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="http://weg.example/")
        page.Annots = pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=link)])
        out = BytesIO()
        made.save(out)
        return out.getvalue()


def zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("word/vbaProject.bin", b"macro")
    return out.getvalue()


def bomb(pixels: int) -> bytes:
    """A PNG that says it is enormous."""
    head = struct.pack(">IIBBBBB", pixels, pixels, 8, 2, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def locked() -> bytes:
    with pikepdf.open(BytesIO(paper())) as made:
        out = BytesIO()
        made.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
        return out.getvalue()


def good() -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "L", "CMYK"):
        yield f"jpeg {mode}", picture("JPEG", mode)
    for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"):
        yield f"png {mode}", picture("PNG", mode)
    yield "jpeg with a place", photo()
    for kind in ("JPEG", "PNG"):
        behind = (EICAR, zipped(), b"<script>alert(1)</script>", paper(), b"MZ\x90\0", b"PK\3\4")
        for number, more in enumerate(behind):
            yield f"{kind} with a second file behind it {number}", picture(kind) + more
    for pages in (1, 2, 200):
        yield f"pdf of {pages}", paper(pages)
    for number, more in enumerate((EICAR, zipped(), b"<html>", b"\n" * 1000)):
        yield f"pdf with something behind it {number}", paper() + more


def bad() -> Iterator[tuple[str, bytes]]:
    yield "eicar", EICAR
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "html", b"<!doctype html><script>alert(1)</script>"
    yield "word with macros", zipped()
    yield "old word", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield "a program", b"MZ" + bytes(400)
    yield "another program", b"\x7fELF" + bytes(400)
    yield "a shell script", b"#!/bin/sh\nrm -rf /\n"
    yield "gif", b"GIF89a" + bytes(60)
    yield "webp", b"RIFF\x24\0\0\0WEBPVP8 " + bytes(60)
    yield "tiff", b"II*\0" + bytes(60)
    yield "heic", b"\0\0\0\x18ftypheic" + bytes(60)
    yield "bmp", b"BM" + bytes(60)
    yield "a film", b"\0\0\0\x18ftypmp42" + bytes(60)
    yield "java", b"\xca\xfe\xba\xbe" + bytes(60)
    yield "postscript", b"%!PS-Adobe-3.0\n(x) run"
    yield "rtf", rb"{\rtf1\ansi}"
    yield "text", b"Ik heet anders."
    yield "nothing", b""
    yield "spaces before a pdf", b"   " + paper()
    yield "html before a png", b"<html>" + picture("PNG")
    yield "a pdf by its first word alone", b"%PDF-1.7\nhello"
    yield (
        "a pdf without pages",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>",
    )
    yield "a pdf with a password", locked()
    yield "a pdf of too many pages", paper(201)
    yield "a png by its first word alone", b"\x89PNG\r\n\x1a\n" + bytes(40)
    yield "a jpeg by its first word alone", b"\xff\xd8\xff\xe0" + bytes(40)
    yield "a cut photo", photo((900, 900))[:5000]
    yield "a png bomb", bomb(50_000)
    yield "a png of more memory than there is", bomb(2**31 - 1)


GOOD, BAD = dict(good()), dict(bad())


def test_the_corpus_is_as_large_as_the_threat_asks() -> None:
    assert len(GOOD) + len(BAD) >= 60


@pytest.mark.parametrize("name", GOOD)
def test_what_a_file_shows_comes_in_and_nothing_else(name: str) -> None:
    kind, fresh = made_anew(GOOD[name])
    for hidden in (EICAR, SECRET, b"<script>", b"vbaProject", b"PK\3\4", b"JavaScript", b"cmd.exe"):
        assert hidden not in fresh
    if kind == "pdf":
        with pikepdf.open(BytesIO(fresh)) as made:
            assert set(made.Root.keys()) <= {"/Type", "/Pages"}
            assert all("/Annots" not in page.obj and "/AA" not in page.obj for page in made.pages)
    else:
        with Image.open(BytesIO(fresh)) as made_picture:
            assert not made_picture.getexif()
            assert made_picture.format == {"jpg": "JPEG", "png": "PNG"}[kind]


def test_a_photo_on_its_side_is_shown_upright() -> None:
    _kind, fresh = made_anew(photo())
    with Image.open(BytesIO(fresh)) as made:
        assert made.size == (6, 8)


@pytest.mark.parametrize("name", BAD)
def test_another_file_is_refused_and_does_no_harm(name: str) -> None:
    with pytest.raises(RenderingFailed):
        made_anew(BAD[name])
    assert made_anew(picture("PNG"))[0] == "png"
