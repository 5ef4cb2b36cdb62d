"""How a form about one right acts: its item opened and locked with the request it is of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import stages
from dsr.web.desk.acting import Fault, act, on_request

What = tuple[SubjectRequest, RequestItem]
Place = tuple[str, str]
Page = Callable[[Place, Fault | None], str | Response]


def act_on(
    place: Place, do: Callable[[Session, What], object], page: Page, said: str = "", to: str = ""
) -> ResponseReturnValue:
    """Do it on the item at (reference, item id); a fault shows its page with what was typed."""

    def done(db: Session, row: SubjectRequest) -> None:
        do(db, (row, stages.item_of(row, place[1])))

    return act(
        on_request(place[0], done), lambda fault: page(place, fault), to or address(place), said
    )


def address(place: Place) -> str:
    """The page of the item."""
    return url_for("desk.item_page", reference=place[0], item_id=place[1])


@contextmanager
def fields_called(names: Mapping[str, str]) -> Iterator[None]:
    """Tell a fault under the name that the field has on this page."""
    try:
        yield
    except BadInput as error:
        raise BadInput(names.get(error.field, error.field), str(error)) from error
