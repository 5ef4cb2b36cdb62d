"""Doing a packing step: render the letter, stream the package into the vault, record both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.orm import Session

from dsr.core.errors import DsrError
from dsr.core.package import PackageContents
from dsr.core.request import Decision
from dsr.db import steps, subject_requests
from dsr.jobs.lease import kept
from dsr.rendering.package import package_chunks
from dsr.rendering.pdf import letter_pdf
from dsr.services import facts, pack, plan
from dsr.services.house import House
from dsr.services.pack import Made, PackWork
from dsr.vault.vault import Sealed

log = structlog.get_logger()


def run(house: House, step_id: str) -> None:
    """Do a packing step that is due; does nothing when it is not ours to do."""
    with house.writing() as session:
        work = pack.begin(session, house.office, step_id)
    if work is None:
        return
    with kept(house, steps.write_if_mine, work.step_id, work.fence):
        try:
            made = _make(house, work)
        except DsrError as error:
            log.warning("answer_not_made", step=step_id, error=type(error).__name__)
            with house.writing() as session:
                pack.trouble(session, house.office, work, error)
            return
        with house.writing() as session:
            pack.finish(session, house.office, work, made)


def _make(house: House, work: PackWork) -> Made:
    vault = house.office.vault
    pdf = letter_pdf(work.letter, work.decision)
    letter = vault.put(f"{work.folder}/letter", work.key, [pdf])
    if not work.with_package:
        return Made(letter=letter, package=None)
    return Made(letter=letter, package=_package(house, work, pdf))


def _package(house: House, work: PackWork, pdf: bytes) -> Sealed:
    with house.reading() as session, contents(house, session, work, pdf) as whole:
        chunks = package_chunks(whole)
        return house.office.vault.put(f"{work.folder}/package", work.key, chunks)


@contextmanager
def contents(
    house: House, session: Session, work: PackWork, pdf: bytes
) -> Iterator[PackageContents]:
    """The package's contents, readable while the session is open."""
    office = house.office
    row = subject_requests.by_id(session, work.request_id)
    decision = next(i.decision for i in row.items if i.right == "access")
    yield PackageContents(
        reference=row.reference,
        language=row.language,
        practice=office.register.practice(row.practice),
        register=office.register,
        decision_made=Decision(decision or ""),
        received=plan.received_on(row),
        answered=office.today(),
        download_until=facts.download_until(office),
        sources=facts.sources(session, office, row, work.counted),
        items=facts.released_items(session, office, row),
        withheld=lambda: facts.withheld_items(row, work.counted, office),
        letter_pdf=pdf,
        decision=work.decision,
    )
