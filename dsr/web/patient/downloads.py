"""The letter and the package, streamed while they are decrypted; never kept by a cache (T16)."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, request
from sqlalchemy.orm import Session

from dsr.core.errors import NotFound
from dsr.core.subject import Level
from dsr.db import answers, subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import reply
from dsr.services import visit as visits
from dsr.services.reply import Released
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient import visiting


@guard("visit")
def letter(language: str) -> Response:
    """The answer letter."""
    with house().writing() as session:
        row, level = _asked(session)
        released = reply.letter(session, house().office, row, level)
    return _streamed(released)


@guard("visit")
def package(language: str) -> Response:
    """The package; a download that starts at the first byte is counted and recorded."""
    with house().writing() as session:
        row, level = _asked(session)
        released = reply.fetch(session, house().office, row, level, counts=_counts(session, row))
    return _streamed(released)


def _asked(session: Session) -> tuple[SubjectRequest, Level]:
    """The request of this visit and the level shown for it, which stays in use."""
    visit, office = visiting.locked(session), house().office
    if not visit.current:
        raise NotFound
    row = subject_requests.by_id(session, visit.current)
    visiting.keep(session, visits.seen_again(office, visit, row.id))
    return row, visits.level_for(office, visit, row.id)


def _counts(session: Session, row: SubjectRequest) -> bool:
    if request.method == "HEAD":
        return False
    wanted = request.range
    goes_on = wanted is not None and all(begin for begin, _end in wanted.ranges)
    known = answers.package_of(session, row.id)
    # Without a first download there is nothing to go on with.
    return not goes_on or known is None or known.downloads == 0


def _streamed(released: Released) -> Response:
    answer = Response(mimetype=released.media_type)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["ETag"] = f'"{released.sha256}"'
    answer.headers.set("Content-Disposition", "attachment", filename=released.name)
    span = _span(released)
    if span == (0, 0):
        answer.status_code = 416
        answer.headers["Content-Range"] = f"bytes */{released.size}"
        return answer
    begin, end = span or (0, released.size)
    if span is not None:
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{released.size}"
    answer.headers["Content-Length"] = str(end - begin)
    answer.response = _chunks(released, begin, end) if request.method == "GET" else ()
    return answer


def _chunks(released: Released, begin: int, end: int) -> Iterator[bytes]:
    return released.chunks(house().office, begin, end)


def _span(released: Released) -> tuple[int, int] | None:
    """The one range that is asked for; None for the whole, (0, 0) when it lies outside."""
    wanted, same = request.range, request.if_range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    if same is not None and same.etag != released.sha256 and (same.etag or same.date):
        return None
    return wanted.range_for_length(released.size) or (0, 0)
