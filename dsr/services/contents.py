"""The contents of a package, read from the archive while it is written; needs no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dsr.core.errors import BadAnswer
from dsr.core.package import PackageContents, PackedFile, Redaction, ReleasedItem
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
        items=_tallied(released(office, key, known), counted),
        withheld=lambda: facts.withheld_items(row, counted, office),
        letter_pdf=b"",
        decision={},
    )


def released(office: Office, key: bytes, known: Found) -> Items:
    """A reader of what leaves, system by system, with everything withheld burned out."""

    def items_of(system: str) -> Iterator[ReleasedItem]:
        step = known.search_of(system)
        if step is not None:
            seen = review.seen(office, key, known, step)
            yield from (_released(office, key, one) for one in seen if one.reason is None)

    return items_of


def _tallied(items: Items, counted: Census) -> Items:
    """The same items, and an error at the end when they are not what the letter counts."""

    def items_of(system: str) -> Iterator[ReleasedItem]:
        given: Counter[str] = Counter()
        for item in items(system):
            given[item.dataset] += 1
            yield item
        told = Counter({name: n for (at, name), n in counted.released.items() if at == system})
        if given != told:
            raise BadAnswer(
                "The archive does not hold what was counted; search this system again.",
                from_start=True,
            )

    return items_of


def _released(office: Office, key: bytes, seen: SeenItem) -> ReleasedItem:
    record, dataset, cut = seen.record, seen.dataset, seen.withheld
    # A file may repeat what was blacked out in its item's text, and cannot be cut into.
    files = () if cut else tuple(_file(office, key, stored) for stored in record["files"])
    return ReleasedItem(
        number=record["n"],
        dataset=dataset.id,
        kind=record["kind"],
        data=seen.data if cut else record["data"],
        dates=seen.dates if cut else record["dates"],
        author=record["author"],
        special=dataset.is_special(record["kind"]),
        medical_file=dataset.medical_file,
        access_log=dataset.access_log,
        portable=dataset.portable,
        redactions=tuple(
            Redaction(path=part.path, reason=WithholdReason(part.reason)) for part in cut
        ),
        files=files,
    )


def _file(office: Office, key: bytes, stored: dict[str, Any]) -> PackedFile:
    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield archive.file_bytes(office.vault, key, stored)

    return PackedFile(
        name=stored["name"], media_type=stored["media_type"], size=stored["size"], open=opened
    )
