"""How a form of the desk acts: one transaction; on a fault the same page with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, flash, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from dsr.core.errors import BadInput, ChangedMeanwhile, DsrError, MoveRefused, NotReady
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.web.current import house
from dsr.web.desk.door import me
from dsr.web.desk.faults import words_of


@dataclass(frozen=True)
class Fault:
    """What went wrong with a form, in words, and at which field ("" for the whole form)."""

    field: str
    words: str


Again = Callable[[Fault], str | Response]


def opened(session: Session, reference: str, *, lock: bool = False) -> SubjectRequest:
    """The request with this reference, if it is of one of my practices; else `NotFound` (T22)."""
    mine = list(me().who.practices)
    return subject_requests.for_practices(session, reference, mine, lock=lock)


def act(
    do: Callable[[Session], None], again: Again, to: str, said: str = ""
) -> ResponseReturnValue:
    """Do it in one transaction and go on to `to`; a fault shows the page again and does nothing."""
    try:
        with house().writing() as session:
            do(session)
    except BadInput as error:
        return again(Fault(error.field, words_of(error))), 422
    except (ChangedMeanwhile, MoveRefused, NotReady) as error:
        return again(Fault("", words_of(error))), 409
    except StaleDataError:
        return again(Fault("", words_of(ChangedMeanwhile()))), 409
    if said:
        flash(said)
    return redirect(to, 303)


def on_request(
    reference: str, do: Callable[[Session, SubjectRequest], None]
) -> Callable[[Session], None]:
    """`do` with the request opened and locked in the same transaction."""

    def done(session: Session) -> None:
        do(session, opened(session, reference, lock=True))

    return done


def fault_of(error: DsrError) -> Fault:
    """The fault of an error that is shown in a page."""
    return Fault(error.field if isinstance(error, BadInput) else "", words_of(error))
