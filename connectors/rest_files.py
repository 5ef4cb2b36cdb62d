"""The files of a thing: by an address it names, by their own request, or as base64 inside it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

from connectors.rest_path import Path, path
from connectors.rest_template import Template, template
from dsr.core.connector import ItemFile
from dsr.core.errors import BadAnswer, BrokenRegister
from dsr.core.reading import Entry


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A file to open: its address (a link of the system's, or a path below its base), the most
    bytes it may have, and whether our key goes along.
    """

    address: str
    is_link: bool
    headers: tuple[tuple[str, str], ...]
    max_bytes: int | None
    with_key: bool


type_of_opener = Callable[[Wanted], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, kw_only=True)
class FilePaths:
    """Where a thing names its files. Exactly one of `url`, `request` and `content` is used."""

    each: Path
    url: Path
    ref: Path
    request: Template | None
    content: Path
    name: Path
    media_type: Path
    size: Path
    max_bytes: int | None
    with_key: bool

    def files(self, thing: object, usual_name: str, opener: type_of_opener) -> Iterator[ItemFile]:
        """The files of one thing; nothing is opened yet."""
        found = self.each.of(thing)
        listed = found if isinstance(found, list) else [found] if isinstance(found, dict) else []
        for number, one in enumerate(listed, start=1):
            opened = self._open(one, opener)
            size = self.size.of(one)
            if opened:
                yield ItemFile(
                    name=self.name.text_of(one) or f"{usual_name}-{number}",
                    media_type=self.media_type.text_of(one) or "application/octet-stream",
                    open=opened,
                    size=size if isinstance(size, int) else None,
                )

    def _open(
        self, one: object, opener: type_of_opener
    ) -> Callable[[], AbstractContextManager[Iterator[bytes]]] | None:
        """How the file is opened; None where this thing has none."""
        if self.content.text:
            held = self.content.text_of(one)
            return partial(_decoded, held) if held else None
        address = self.url.text_of(one)
        if self.request:
            ref = self.ref.text_of(one)
            address = self.request.call({"file": ref}, {}, {}).path if ref else ""
        if not address:
            return None
        wanted = Wanted(
            address=address,
            is_link=self.request is None,
            headers=tuple(self.request.headers.items()) if self.request else (),
            max_bytes=self.max_bytes,
            with_key=self.with_key,
        )
        return partial(opener, wanted)


@contextmanager
def _decoded(held: str) -> Generator[Iterator[bytes]]:
    """The bytes of a base64 text, also in its form for addresses and with a `data:` before it."""
    text = held.split(",", 1)[1] if held.startswith("data:") and "," in held else held
    plain = text.translate(str.maketrans("-_", "+/", " \r\n\t"))
    try:
        yield iter([base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)])
    except binascii.Error:
        raise BadAnswer("A file inside a record is cut or damaged; try again later.") from None


def file_paths(row: Entry) -> FilePaths:
    """One row of `files` in a dataset's settings."""
    row.only(
        "each", "url", "ref", "request", "content", "name", "media_type", "size", "auth",
        "max_bytes",
    )  # fmt: skip
    if len({"url", "request", "content"} & set(row.values)) != 1:
        raise BrokenRegister(f"{row.path}: write exactly one of url, request and content.")
    if row.text("auth", "inherit") not in ("inherit", "none"):
        raise BrokenRegister(f"{row.path}.auth: write inherit or none.")
    request = template(row.at("request"), ("file",)) if "request" in row.values else None
    return FilePaths(
        each=path(row, "each", "[@]"),
        url=path(row, "url", ""),
        ref=path(row, "ref", "id"),
        request=request,
        content=path(row, "content", ""),
        name=path(row, "name", ""),
        media_type=path(row, "media_type", ""),
        size=path(row, "size", ""),
        max_bytes=int(row.number("max_bytes", 1)) if "max_bytes" in row.values else None,
        with_key=row.text("auth", "inherit") == "inherit",
    )
