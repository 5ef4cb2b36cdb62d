"""The medical file in parts: side by side, in order, never far ahead of the reader."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from dsr.core.package import ReleasedItem
from dsr.rendering.archive import Archive
from dsr.rendering.dossier import SIDE_BY_SIDE, Dossier
from dsr.rendering.errors import RenderingFailed
from dsr.rendering.package import package_chunks
from tests.rendering.contents import contents, resource
from tests.rendering.makers import PlainMaker


def wordy(number: int) -> ReleasedItem:
    """An item of about three hundred lines, so that two fill a part."""
    return resource(number, note=[{"text": "een regel van het gesprek\n" * 290}])


@contextmanager
def dossier(count: int, pdf: PlainMaker) -> Iterator[Dossier]:
    """A dossier of so many long items."""
    held = contents({"his": [wordy(number) for number in range(1, count + 1)]})
    with closing(Archive(held)) as archive, closing(Dossier(held, archive, pdf)) as made:
        yield made


def test_parts_come_in_order_and_every_item_stands_in_one_of_them() -> None:
    pdf = PlainMaker()
    with dossier(15, pdf) as made:
        members = [(member.path, b"".join(member.chunks)) for member in made.members()]
    assert len(members) == 8
    assert members == [(f"dossier/{n:02d}.pdf", b"%%PDF part %d" % n) for n in range(1, 9)]
    books = sorted(pdf.books, key=lambda book: int(str(book["part"])))
    years = [year["name"] for book in books for year in book["years"]]  # type: ignore[attr-defined]
    assert years == sorted(years)
    assert {book["parts"] for book in books} == {8}
    entries = [e for b in books for y in b["years"] for e in y["entries"]]  # type: ignore[attr-defined]
    assert len(entries) == 15


def test_two_parts_are_made_at_the_same_time() -> None:
    with dossier(8, PlainMaker(meet=2)) as made:
        assert len(list(made.members())) == 4


def test_no_more_parts_are_made_than_the_reader_is_about_to_take() -> None:
    pdf = PlainMaker()
    with dossier(20, pdf) as made:
        for taken, _member in enumerate(made.members(), 1):
            assert len(pdf.books) <= taken + SIDE_BY_SIDE


def test_the_same_items_make_the_same_books_in_whatever_order_they_are_made() -> None:
    first, second = PlainMaker(), PlainMaker(meet=2)
    for pdf in (first, second):
        with dossier(8, pdf) as made:
            list(made.members())
    by_part = [sorted(p.books, key=lambda b: int(str(b["part"]))) for p in (first, second)]
    assert by_part[0] == by_part[1]


def test_a_part_that_cannot_be_made_stops_the_package_and_leaves_no_thread() -> None:
    held = contents({"his": [wordy(number) for number in range(1, 9)]})
    with pytest.raises(RenderingFailed):
        list(package_chunks(held, PlainMaker(broken=True)))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dossier")]


def test_items_without_a_date_stand_first_and_say_so() -> None:
    undated = ReleasedItem(9, resource(9).sort, {"resourceType": "Basic", "id": "x"})
    held = contents({"his": [resource(1), undated]})
    pdf = PlainMaker()
    list(package_chunks(held, pdf))
    (book,) = pdf.books
    names = [year["name"] for year in book["years"]]  # type: ignore[attr-defined]
    assert names == ["Zonder datum", "2007"]
