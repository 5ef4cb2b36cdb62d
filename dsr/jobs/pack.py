"""Doing a packing step: render the letter, stream the package into the vault, record both."""

from __future__ import annotations

from dataclasses import replace

import structlog

from dsr.core.errors import DsrError
from dsr.core.package import PdfMaker
from dsr.db import steps
from dsr.jobs.lease import kept
from dsr.rendering.package import package_chunks
from dsr.rendering.pdf import RENDERED
from dsr.rendering.portable_package import portable_chunks
from dsr.services import pack
from dsr.services.house import House
from dsr.services.pack import Made, PackWork
from dsr.vault.vault import Sealed

log = structlog.get_logger()


def run(house: House, step_id: str, pdf: PdfMaker = RENDERED) -> None:
    """Do a packing step that is due; does nothing when it is not ours to do."""
    with house.writing() as session:
        work = pack.begin(session, house.office, step_id)
    if work is None:
        return
    with kept(house, steps.write_if_mine, work.step_id, work.fence):
        try:
            made = _make(house, work, pdf)
        except DsrError as error:
            log.warning("answer_not_made", step=step_id, error=type(error).__name__)
            with house.writing() as session:
                pack.trouble(session, house.office, work, error)
            return
        with house.writing() as session:
            pack.finish(session, house.office, work, made)


def _make(house: House, work: PackWork, pdf: PdfMaker) -> Made:
    vault = house.office.vault
    letter = pdf.letter(work.letter, work.decision)
    sealed = vault.put(f"{work.folder}/letter", work.key, [letter])
    package: Sealed | None = None
    if work.contents is not None:
        whole = replace(work.contents, letter_pdf=letter)
        chunks = portable_chunks(whole) if work.portable else package_chunks(whole, pdf)
        package = vault.put(f"{work.folder}/package", work.key, chunks)
    return Made(letter=sealed, package=package)
