"""The contents of a package, read from the archive while it is written; needs no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dsr.core.package import PackageContents, PackedFile, Redaction, ReleasedItem, Sort
from dsr.core.register import Dataset
from dsr.core.request import Decision, WithholdReason
from dsr.db.subject_requests import SubjectRequest
from dsr.services import archive, facts, plan, review, stages
from dsr.services.census import Census
from dsr.services.found import Found
from dsr.services.office import Office
from dsr.services.review import SeenItem

Items = Callable[[str], Iterator[ReleasedItem]]


def contents(
    office: Office, row: SubjectRequest, key: bytes, known: Found, counted: Census
) -> PackageContents:
    """All of a package but its letter and the decision's JSON, which the maker adds."""
    return PackageContents(
        reference=row.reference,
        language=row.language,
        practice=office.register.practice(row.practice),
        register=office.register,
        decision_made=Decision(stages.access_item(row).decision or ""),
        received=plan.received_on(row),
        answered=office.today(),
        download_until=facts.download_until(office),
        sources=facts.sources_of(office, row, known.searches, counted),
        items=released(office, key, known),
        withheld=lambda: facts.withheld_items(row, counted, office),
        letter_pdf=b"",
        decision={},
    )


def released(office: Office, key: bytes, known: Found) -> Items:
    """A reader of what leaves, system by system, with everything withheld burned out."""

    def items_of(system: str) -> Iterator[ReleasedItem]:
        step = known.search_of(system)
        if step is not None:
            sorts = _Sorts()
            for seen in review.seen(office, key, known, step):
                if seen.reason is None:
                    yield _released(office, key, seen, sorts)

    return items_of


class _Sorts(dict[tuple[str, str], Sort]):
    """The sorts of one system, each made once."""

    def of(self, dataset: Dataset, kind: str) -> Sort:
        """The sort of this dataset and kind."""
        made = self.get((dataset.id, kind))
        if made is None:
            made = self[dataset.id, kind] = Sort(
                dataset=dataset.id,
                kind=kind,
                special=dataset.is_special(kind),
                medical_file=dataset.medical_file,
                access_log=dataset.access_log,
                portable=dataset.portable,
            )
        return made


def _released(office: Office, key: bytes, seen: SeenItem, sorts: _Sorts) -> ReleasedItem:
    record = seen.record
    sort = sorts.of(seen.dataset, record["kind"])
    if seen.withheld:
        # A file may repeat what was blacked out in its item's text, and cannot be cut into.
        cut = tuple(Redaction(path=w.path, reason=WithholdReason(w.reason)) for w in seen.withheld)
        return ReleasedItem(
            record["n"], sort, seen.data, seen.dates, record["author"], redactions=cut
        )
    files = tuple(_file(office, key, one) for one in record["files"]) if record["files"] else ()
    return ReleasedItem(
        record["n"], sort, record["data"], record["dates"], record["author"], files=files
    )


def _file(office: Office, key: bytes, stored: dict[str, Any]) -> PackedFile:
    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield archive.file_bytes(office.vault, key, stored)

    return PackedFile(
        name=stored["name"], media_type=stored["media_type"], size=stored["size"], open=opened
    )
