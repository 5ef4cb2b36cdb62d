"""What the person may see and fetch: at the level of release, counted, recorded, expiring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import NotAllowed, NotFound, NotReady
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import answers, subject_requests
from dsr.db.answers import Letter, Package
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Right
from dsr.services import case, release, stages
from dsr.services.case import PATIENT, Told, Who
from dsr.services.office import Office
from dsr.services.tallies import allowed

#: a request, and the item of it that is answered
Answered = tuple[SubjectRequest, RequestItem]

#: what a package is called; it says no more than that something was asked
_KINDS_OF_PACKAGE: dict[str, str] = {Right.PORTABILITY: "meenemen"}
_NO_ANSWER = "Uw antwoord is nog niet klaar. / Your answer is not ready yet."
#: how often a day a download may go on after a break before that counts as one more
BREAKS_A_DAY = 20


@dataclass(frozen=True, kw_only=True)
class Released:
    """A blob that may be streamed now; `chunks(start, end)` decrypts while reading."""

    name: str
    media_type: str
    size: int
    sha256: str
    blob: str
    key: bytes

    def chunks(self, office: Office, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The plain bytes from start to end (exclusive)."""
        return office.vault.open(self.blob, self.key, start, end)


def find(session: Session, office: Office, reference: str, secret: str) -> SubjectRequest:
    """A request by reference and secret; a wrong one of either reads the same (T19)."""
    good = office.is_secret_of(reference, secret)
    try:
        row = subject_requests.by_reference(session, reference)
    except NotFound:
        row = None
    if row is None or not good:
        raise NotFound(
            "Wij vinden geen verzoek met deze gegevens."
            " / We cannot find a request with these details."
        )
    return row


def letter(
    session: Session, office: Office, subject_request: SubjectRequest, level: Level
) -> Released:
    """The answer letter for a person at this level; below the letter's level nothing."""
    return letter_of(session, office, _copy(subject_request), level)


def letter_of(session: Session, office: Office, what: Answered, level: Level) -> Released:
    """The answer letter of one item."""
    subject_request, item = what
    row = release.answer_letter(session, subject_request, item)
    if row is None or row.released_at is None:
        raise NotReady(_NO_ANSWER)
    _check_level(level, row.level)
    return _letter(session, office, subject_request, row)


def package(
    session: Session, office: Office, subject_request: SubjectRequest, level: Level
) -> Package:
    """The package row for a person at this level, if it can still be fetched."""
    return package_of(session, office, _copy(subject_request), level)


def package_of(session: Session, office: Office, what: Answered, level: Level) -> Package:
    """The package row of one item: access and portability each have their own."""
    subject_request, item = what
    row = answers.package_of(session, subject_request.id, item.id)
    answer = release.answer_letter(session, subject_request, item)
    if row is None or answer is None or answer.released_at is None:
        raise NotReady(_NO_ANSWER)
    _check_level(level, row.level)
    if row.expires_at <= office.now() or row.downloads >= row.downloads_allowed:
        raise NotReady(
            "Deze download is verlopen. Vraag een nieuwe aan."
            " / This download has expired. Ask for a new one."
        )
    return row


def fetch(
    session: Session,
    office: Office,
    subject_request: SubjectRequest,
    level: Level,
    *,
    counts: bool = True,
) -> Released:
    """Count and record one download, and give the package to stream (T16).

    A range request that goes on with an earlier download passes `counts=False`.
    """
    return fetch_of(session, office, _copy(subject_request), level, counts=counts)


def fetch_of(
    session: Session, office: Office, what: Answered, level: Level, *, counts: bool = True
) -> Released:
    """Count and record one download of the package of one item."""
    subject_request, item = what
    answers.package_of(session, subject_request.id, item.id, lock=True)  # two at once are two
    row = package_of(session, office, what, level)
    if counts:
        row.downloads += 1
        body = {"package": row.id, "time": row.downloads, "level": level}
        told = Told(who=PATIENT, action=Action.DOWNLOADED, body=body)
        case.tell(session, office, subject_request, told)
    return _package(session, office, subject_request, row)


def goes_on(session: Session, office: Office, row: Package, begin: int) -> bool:
    """Whether a part from `begin` on goes on with an earlier download, which was counted.

    Only so many times a day: what lacks its first byte alone would else be free for ever (T16).
    """
    if begin <= 0 or row.downloads == 0:
        return False
    return allowed(session, office, f"goes on {row.id}", BREAKS_A_DAY, timedelta(days=1))


def desk_letter(
    session: Session, office: Office, subject_request: SubjectRequest, letter_id: str
) -> Released:
    """Any letter of the request, for the desk."""
    for row in answers.letters(session, subject_request.id):
        if row.id == letter_id:
            return _letter(session, office, subject_request, row)
    raise NotFound("This request has no such letter.")


def desk_package(
    session: Session,
    office: Office,
    subject_request: SubjectRequest,
    who: Who,
    item_id: str | None = None,
) -> Released:
    """The package (of one item, if given) for staff who hand it over at the desk; recorded."""
    row = answers.package_of(session, subject_request.id, item_id)
    if row is None or row.expires_at <= office.now():
        raise NotReady("There is no package, or it has expired.")
    if Stage(stages.item_of(subject_request, row.item_id).stage) is not Stage.CLOSED:
        raise NotReady("Send the answer first; then the package may be handed over.")
    body = {"package": row.id, "by": "desk"}
    case.tell(session, office, subject_request, Told(who=who, action=Action.DOWNLOADED, body=body))
    return _package(session, office, subject_request, row)


def _copy(subject_request: SubjectRequest) -> Answered:
    return subject_request, stages.access_item(subject_request)


def _package(
    session: Session, office: Office, subject_request: SubjectRequest, row: Package
) -> Released:
    item = stages.item_of(subject_request, row.item_id)
    return Released(
        name=f"{_KINDS_OF_PACKAGE.get(item.right, 'inzage')}-{subject_request.reference}.zip",
        media_type="application/zip",
        size=row.bytes,
        sha256=row.sha256,
        blob=row.blob,
        key=case.case_key(session, office, subject_request),
    )


def _letter(
    session: Session, office: Office, subject_request: SubjectRequest, row: Letter
) -> Released:
    return Released(
        name=f"brief-{subject_request.reference}{_which(subject_request, row)}.pdf",
        media_type="application/pdf",
        size=row.bytes,
        sha256=row.sha256,
        blob=row.blob,
        key=case.case_key(session, office, subject_request),
    )


def _check_level(level: Level, needed: str) -> None:
    if not level.reaches(Level(needed)):
        raise NotAllowed("Laat eerst zien dat u het bent. / Show us first that it is you.")


def _which(subject_request: SubjectRequest, letter: Letter) -> str:
    """Which of several letters this is: a number, for a file name tells no right."""
    ids = [item.id for item in subject_request.items]
    if len(ids) < 2 or letter.item_id not in ids:
        return ""
    return f"-{ids.index(letter.item_id) + 1}"
