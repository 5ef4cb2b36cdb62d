"""The letter and the package, streamed while they are decrypted; never kept by a cache (T16)."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, request
from sqlalchemy.orm import Session

from dsr.core.errors import NotFound
from dsr.core.subject import Level
from dsr.db import answers, subject_requests
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import reply, stages
from dsr.services import visit as visits
from dsr.services.reply import Released
from dsr.web.current import house
from dsr.web.guards import guard
from dsr.web.patient import visiting
from dsr.web.receipts import receipt_pdf

NOTHING = (0, 0)


@guard("visit")
def letter(language: str) -> Response:
    """The answer letter."""
    with house().writing() as session:
        row, level = _asked(session)
        released = reply.letter_of(session, house().office, (row, _item(row)), level)
    return _streamed(released)


@guard("visit")
def receipt(language: str) -> Response:
    """The acknowledgement as a letter; the request's key is enough."""
    with house().writing() as session:
        row, _level = _asked(session)
    with house().reading() as session:
        return receipt_pdf(session, row)


@guard("visit")
def package(language: str) -> Response:
    """The package; a download that starts at the first byte is counted and recorded."""
    with house().writing() as session:
        row, level = _asked(session)
        what, counts = (row, _item(row)), _counts(session, row)
        released = reply.fetch_of(session, house().office, what, level, counts=counts)
    return _streamed(released)


def _asked(session: Session) -> tuple[SubjectRequest, Level]:
    """The request of this visit and the level shown for it, which stays in use."""
    visit, office = visiting.locked(session), house().office
    if not visit.current:
        raise NotFound
    row = subject_requests.by_id(session, visit.current)
    visiting.keep(session, visits.seen_again(office, visit, row.id))
    return row, visits.level_for(office, visit, row.id)


def _item(row: SubjectRequest) -> RequestItem:
    """Whose answer is fetched: the item that the address names, else the copy that was asked."""
    named = request.args.get("deel", "")
    return stages.item_of(row, named) if named else stages.access_item(row)


def _counts(session: Session, row: SubjectRequest) -> bool:
    if request.method == "HEAD":
        return False
    known = answers.package_of(session, row.id, _item(row).id)
    # What is really given counts, whatever was asked: the whole for an odd range, for example.
    span = _span(known.bytes, known.sha256) if known else None
    if known is None or span is None:
        return True
    return span != NOTHING and not reply.goes_on(session, house().office, known, span[0])


def _streamed(released: Released) -> Response:
    answer = Response(mimetype=released.media_type)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["ETag"] = f'"{released.sha256}"'
    answer.headers.set("Content-Disposition", "attachment", filename=released.name)
    span = _span(released.size, released.sha256)
    if span == NOTHING:
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


def _span(size: int, sha256: str) -> tuple[int, int] | None:
    """The one range that is asked for; None for the whole, `NOTHING` when it lies outside."""
    wanted, same = request.range, request.if_range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    if same is not None and same.etag != sha256 and (same.etag or same.date):
        return None
    return wanted.range_for_length(size) or NOTHING
