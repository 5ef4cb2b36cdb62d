"""Names and lines that are safe to write: generated names, guarded CSV."""

from __future__ import annotations

from collections.abc import Iterable

#: what a name in the zip may end in; everything else becomes `.bin`, web pages become text
_SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/tiff": "tif",
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/html": "txt",
    "text/csv": "csv",
    "application/json": "json",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/aac": "aac",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "application/dicom": "dcm",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}

#: kinds that are squeezed already: storing them costs no time and no place
_SQUEEZED = ("image/", "audio/", "video/", "application/pdf", "application/vnd.openxml")

#: what a spreadsheet may take for a formula (T35), also as full-width characters
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def attachment_name(number: int, media_type: str) -> str:
    """`0001.jpg`: a number of ours; never a patient's file name (zip slip, T42)."""
    plain = media_type.partition(";")[0].strip().lower()
    return f"{number:04d}.{_SUFFIXES.get(plain, 'bin')}"


def is_squeezed(media_type: str) -> bool:
    """Whether compressing this again would gain nothing."""
    return media_type.startswith(_SQUEEZED)


def csv_cells(cells: Iterable[str]) -> str:
    """Neighbouring cells of a line, every one quoted, and none that a spreadsheet would compute."""
    guarded = ["'" + cell if cell[:1] in _FORMULA else cell for cell in cells]
    line = '","'.join(guarded)
    if line.count('"') != 2 * (len(guarded) - 1):  # a cell holds a quote itself
        line = '","'.join([cell.replace('"', '""') for cell in guarded])
    return f'"{line}"'


def safe_folder(folder: str) -> str:
    """The folder of a system as the register names it, if it is a plain ASCII name."""
    plain = folder.replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum()):
        raise ValueError("a folder name is letters, digits, - and _")
    return folder
