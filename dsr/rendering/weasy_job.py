"""HTML to a tagged PDF by WeasyPrint, from bytes that were handed over and nothing else.

Only the rendering child imports this: WeasyPrint is slow to import and must see no network.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pydyf  # type: ignore[import-untyped]  # WeasyPrint's own writer, without types
from weasyprint import HTML, Attachment
from weasyprint.logger import LOGGER
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from dsr.rendering.job import Job, Refused
from dsr.rendering.xmp import PRODUCER, xmp

_TYPES = {"ttf": "font/ttf", "png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}


class AssetFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Gives the bytes of `asset:<name>` and refuses all else; a refusal stops the rendering."""

    def __init__(self, assets: dict[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), fail_on_errors=True)
        self._assets = assets

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The asset with this name; never a file, never the network."""
        name = url.removeprefix("asset:")
        if name == url or name not in self._assets:
            raise Refused("it refers to something outside the document")
        media_type = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
        return URLFetcherResponse(url, self._assets[name], {"Content-Type": media_type})


class _Complaints(logging.Handler):
    """Keeps what WeasyPrint only logs: a missing image, `alt` or font is a fault of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or str(record.msg).startswith("Font-face"):
            self.faults.append(str(record.msg))


def render(job: Job) -> bytes:
    """The PDF: PDF/A-3a and PDF/UA-1, the same bytes for the same job."""
    complaints = _Complaints()
    LOGGER.handlers = [complaints]
    LOGGER.propagate = False
    try:
        document = HTML(
            string=job.blobs["html"].decode(),
            base_url="asset:",
            url_fetcher=AssetFetcher(dict(job.blobs)),
        ).render(pdf_variant="pdf/a-3a")
        pdf = document.write_pdf(
            pdf_variant="pdf/a-3a",
            attachments=_attachments(job),
            finisher=lambda _document, made: _finish(made, job, document.metadata.title),
        )
    except FatalURLFetchingError as fatal:
        raise Refused("it refers to something outside the document") from fatal
    if complaints.faults:
        raise Refused(f"the engine reports: {complaints.faults[0]}")
    return bytes(pdf)


def _attachments(job: Job) -> list[Attachment]:
    if "attachment" not in job.blobs:
        return []
    moment = _moment(job)
    return [
        Attachment(
            string=job.blobs["attachment"],
            base_url="asset:" + job.options["attachment_name"],
            name=job.options["attachment_name"],
            description=job.options["attachment_words"],
            created=moment,
            modified=moment,
            relationship="Alternative",
        )
    ]


def _moment(job: Job) -> datetime:
    return datetime.fromisoformat(job.options["day"]).replace(tzinfo=UTC)


def _finish(pdf: Any, job: Job, title: str) -> None:
    """Our own metadata, closed: title, day and producer; no author, no host, no clock."""
    created = pydyf.String(_moment(job).strftime("D:%Y%m%d%H%M%SZ"))
    pdf.info.clear()
    pdf.info.update(
        Title=pydyf.String(title), Producer=pydyf.String(PRODUCER), CreationDate=created
    )
    packet = xmp(title=title, language=job.options["language"], day=job.options["day"])
    number = int(pdf.catalog["Metadata"].split()[0])
    pdf.objects[number].stream = [packet]
    pdf.objects[number].compress = False
    if "AF" in pdf.catalog:  # WeasyPrint 70 names each attachment twice
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    pdf.catalog.setdefault("ViewerPreferences", pydyf.Dictionary())["DisplayDocTitle"] = "true"
