"""A file that somebody sent, made anew from what it shows: nothing else of it comes in (T40).

It runs in the limited child without network, as all that reads a stranger's bytes does.
"""

from __future__ import annotations

from io import BytesIO

import pikepdf
from PIL import Image, ImageFile, ImageOps

from dsr.rendering.file_kinds import kind_of
from dsr.rendering.job import Job, Refused

MOST_PIXELS = 40_000_000
MOST_PAGES = 200
#: of a page nothing but what is seen; no notes, links, actions or thumbnails
_OF_PAGE = frozenset(
    {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate"}
)


def render(job: Job) -> bytes:
    """The blob `file` made anew, of the same kind; `Refused` when it is none of the three."""
    content = job.blobs["file"]
    makers = {"pdf": _pdf, "png": _picture, "jpg": _picture}
    make = makers.get(kind_of(content))
    if make is None:
        raise Refused("it is no PDF, JPEG or PNG")
    try:
        return make(content)
    except (OSError, ValueError, SyntaxError, pikepdf.PdfError) as error:
        raise Refused(f"it cannot be read ({type(error).__name__})") from None


def _picture(content: bytes) -> bytes:
    """The pixels alone: no place and time of a camera (EXIF), no second file behind the first."""
    kind = "PNG" if kind_of(content) == "png" else "JPEG"
    # The maker of letters is lenient with half a picture; this process ends with its one job.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(BytesIO(content), formats=[kind]) as sent:
        if sent.width * sent.height > MOST_PIXELS:
            raise Refused("it has too many pixels")
        turned = ImageOps.exif_transpose(sent)
        plain = turned.convert("RGB" if kind == "JPEG" or turned.mode != "RGBA" else "RGBA")
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    out = BytesIO()
    fresh.save(out, kind, **({"quality": 90} if kind == "JPEG" else {"optimize": False}))
    return out.getvalue()


def _pdf(content: bytes) -> bytes:
    """The pages alone: no script, no form, no attachment, nothing that says who made it."""
    with pikepdf.open(BytesIO(content)) as sent, pikepdf.new() as fresh:
        if len(sent.pages) > MOST_PAGES:
            raise Refused("it has too many pages")
        for page in sent.pages:
            for name in set(page.obj.keys()) - _OF_PAGE:
                del page.obj[name]
        fresh.pages.extend(sent.pages)
        if not fresh.pages:
            raise Refused("it has no pages")
        out = BytesIO()
        fresh.save(out, static_id=True)
        return out.getvalue()
