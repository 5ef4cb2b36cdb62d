"""Sealed files, streamed: whole or from a byte on, with their hash."""

from __future__ import annotations

import base64

from flask import Response, request
from werkzeug.datastructures import Range
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from dsr.services.reply import Released
from dsr.web.current import house


def begins_at(size: int, sha256: str) -> int:
    """The byte from which this call goes on with an earlier download of this very file, or 0.

    `If-Range` shows that the caller has seen the file's hash; without it, and whenever the
    whole is given, it is a new download (T16).
    """
    asked = request.range
    if asked is None or len(asked.ranges) != 1 or request.if_range.etag != sha256:
        return 0
    found = _of_length(asked, size)
    return found[0] if found is not None else 0


def is_head() -> bool:
    """Whether only the headers are wanted; then nothing is counted (T54)."""
    return request.method == "HEAD"


def sent(released: Released) -> Response:
    """The file as an answer: 200, or 206 for one range."""
    start, end = _window(released)
    partly = (start, end) != (0, released.size)
    body = () if is_head() else released.chunks(house().office, start, end)
    answer = Response(body, 206 if partly else 200, mimetype=released.media_type)
    answer.headers["Content-Length"] = str(end - start)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["ETag"] = f'"{released.sha256}"'
    digest = base64.b64encode(bytes.fromhex(released.sha256)).decode()
    answer.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    answer.headers["Content-Disposition"] = f'attachment; filename="{released.name}"'
    if partly:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{released.size}"
    return answer


def _window(released: Released) -> tuple[int, int]:
    asked = request.range
    seen = request.if_range.etag
    other_file = seen is not None and seen != released.sha256
    if asked is None or len(asked.ranges) != 1 or other_file or request.if_range.date:
        return 0, released.size
    found = _of_length(asked, released.size)
    if found is None:
        raise RequestedRangeNotSatisfiable(length=released.size)
    return found


def _of_length(asked: Range, size: int) -> tuple[int, int] | None:
    if asked.units != "bytes":
        return 0, size
    return asked.range_for_length(size)
