"""Packing: what it reads, what it writes, and that the counts of pieces can be relied on."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import event, select, update

from dsr.core.connector import Item
from dsr.core.errors import VaultError
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.core.subject import Level
from dsr.db import answers, steps, subject_requests
from dsr.db.steps import Segment, Step
from dsr.db.subject_requests import SubjectRequest
from dsr.jobs import pack
from dsr.law.retention import own_rules
from dsr.law.retention_rule import Term, Unit
from dsr.services import archive, case, census, decide, found, plan, review
from dsr.services.case import Who
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.office import Terms
from dsr.services.review import Withhold
from dsr.services.staff_login import who_is
from dsr.vault.vault import Vault
from tests.makers import make_found, make_item, make_request, make_staff
from tests.rendering.makers import PlainMaker


@dataclass
class Watched:
    """A store that tells which blobs were read."""

    inner: Any
    read_names: list[str] = field(default_factory=list)

    def size(self, name: str) -> int:
        self.read_names.append(name)
        return int(self.inner.size(name))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture
def officer(house: House) -> Who:
    return who_is(make_staff(house))


def messages(count: int) -> list[Item]:
    return [
        Item(
            ref=f"m-{n}", dataset="messages", kind="message", data={"message": f"bericht {n}"},
            author="subject",
        )
        for n in range(count)
    ]  # fmt: skip


def some_of_all() -> dict[str, list[Item]]:
    """Things that leave, one of somebody else, and one that needs a higher level."""
    theirs = make_item(ref="r-2", about_subject=False)
    return {"crm": [make_item(), theirs], "sendbird": messages(7)}


def decided(house: House, row: SubjectRequest, officer: Who) -> str:
    """Decide what the facts allow; the id of the packing step."""
    with house.writing() as session:
        now = subject_requests.by_id(session, row.id)
        proposal = census.census(session, house.office, now).proposal
        what = Decided(decision=proposal, seen=review.review_digest(session, now))
        decide.decide(session, house.office, now, what, officer)
    with house.reading() as session:
        return next(s.id for s in steps.of_request(session, row.id) if s.verb == "pack")


def package(house: House, row: SubjectRequest) -> dict[str, bytes]:
    """The files of the newest package."""
    with house.reading() as session:
        sealed = answers.package_of(session, row.id)
        assert sealed is not None
        key = case.case_key(session, house.office, subject_requests.by_id(session, row.id))
    whole = house.office.vault.read(sealed.blob, key)
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def test_the_maker_of_pdfs_comes_from_outside(house: House, officer: Who) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, some_of_all())
    pdf = PlainMaker()
    pack.run(house, decided(house, row, officer), pdf)
    files = package(house, row)
    assert len(pdf.letters) == 1
    assert files["brief.pdf"] == b"%PDF letter"
    assert len(json.loads(files["6-berichten/data.json"])["items"]) == 7


def test_a_package_takes_two_commits_and_reads_every_piece_once(house: House, officer: Who) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, some_of_all())
    step_id = decided(house, row, officer)
    store = Watched(house.office.vault.store)
    watched = replace(house, office=replace(house.office, vault=Vault(store)))
    with counted_commits(house) as commits:
        pack.run(watched, step_id, PlainMaker())
    assert commits == [1, 1]
    assert len(store.read_names) == 2  # a piece of the crm, a piece of the messages
    assert len(set(store.read_names)) == 2


@contextmanager
def counted_commits(house: House) -> Iterator[list[int]]:
    """A 1 for every commit of a transaction that wrote."""
    commits: list[int] = []

    def note(_session: object) -> None:
        commits.append(1)

    event.listen(house.sessions, "after_commit", note)
    yield commits
    event.remove(house.sessions, "after_commit", note)


@pytest.mark.parametrize("level", [Level.IA2, Level.IA3, Level.IA4])
@pytest.mark.parametrize("marked", [False, True])
def test_counting_by_the_pieces_notes_is_counting_by_reading(
    house: House, officer: Who, level: Level, *, marked: bool
) -> None:
    row = make_request(house, level=level)
    make_found(house, row, some_of_all())
    if marked:
        withhold_one(house, row, officer)
    noted = counts(house, row)
    with house.writing() as session:
        session.execute(update(Segment).values(datasets={"messages": 7}))  # as it once was
    assert counts(house, row) == noted
    assert noted.found.total() == 9
    assert noted.withheld[("crm", "contact", WithholdReason.OTHER_PERSON, False)] == 1


def withhold_one(house: House, row: SubjectRequest, officer: Who) -> None:
    with house.writing() as session:
        reason = WithholdReason.THIRD_PARTY
        what = Withhold(system="sendbird", number=3, reason=reason)
        review.withhold(session, house.office, row, what, officer)


def counts(house: House, row: SubjectRequest) -> census.Census:
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        return census.census(session, house.office, fresh)


def test_what_nothing_is_withheld_of_is_counted_without_opening_the_vault(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, some_of_all())
    store = Watched(house.office.vault.store)
    watched = replace(house, office=replace(house.office, vault=Vault(store)))
    assert counts(watched, row).found.total() == 9
    assert store.read_names == []


def test_the_counts_of_a_piece_are_sealed_and_bound_to_it(house: House) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, some_of_all())
    with house.writing() as session:
        pieces = list(session.scalars(select(Segment).order_by(Segment.id)))
        assert all("message" not in json.dumps(piece.datasets) for piece in pieces)
        pieces[0].datasets, pieces[1].datasets = pieces[1].datasets, pieces[0].datasets
    with pytest.raises(VaultError):
        counts(house, row)


def test_a_piece_of_many_kinds_is_counted_by_reading(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_KINDS", 1)
    row = make_request(house, level=Level.IA4)
    make_found(house, row, some_of_all())
    with house.reading() as session:
        kept = [piece.datasets for piece in session.scalars(select(Segment))]
    assert {} in kept
    assert counts(house, row).found.total() == 9


def test_the_digest_is_the_same_however_it_is_read(house: House, officer: Who) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, some_of_all())
    seen = set()
    for withheld in (False, True):
        if withheld:
            withhold_one(house, row, officer)
        with house.reading() as session:
            fresh = subject_requests.by_id(session, row.id)
            alone, whole = found.digest(session, fresh), found.load(session, fresh).digest
        assert alone == whole
        seen.add(alone)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        plan.searches_of(session, fresh)[0].outcome = Outcome.FAILED
        session.flush()
        seen.add(found.digest(session, fresh))
    assert len(seen) == 3


def test_an_archive_that_is_not_what_was_counted_makes_no_answer(
    house: House, officer: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter counts what the pieces note; a package with other numbers never leaves."""
    row = make_request(house, level=Level.IA4)
    real = archive.Tally

    def wrong(self: Any, item: Item, item_key: str) -> None:
        add(self, item, item_key)
        self.tally = real(self.tally)
        self.tally[item.dataset, item.kind, item.about_subject] += 1

    add = archive.ArchiveWriter.add
    monkeypatch.setattr(archive.ArchiveWriter, "add", wrong)
    make_found(house, row, {"sendbird": messages(3)})
    step_id = decided(house, row, officer)
    pack.run(house, step_id, PlainMaker())
    with house.reading() as session:
        step = session.get_one(Step, step_id)
        assert step.outcome is None
        assert step.trouble.startswith("BadAnswer")
        assert answers.package_of(session, row.id) is None


def test_the_same_archive_gives_the_same_package(house: House, officer: Who) -> None:
    row = make_request(house, level=Level.IA4)
    make_found(house, row, some_of_all())
    step_id = decided(house, row, officer)
    pack.run(house, step_id, PlainMaker())
    first = package(house, row)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        assert fresh.items[0].decision == Decision.PARTLY
        decide.add_pack(session, house.office, fresh)
    with house.reading() as session:
        again = max(s.id for s in steps.of_request(session, row.id) if s.verb == "pack")
    assert again != step_id
    pack.run(house, again, PlainMaker())
    assert package(house, row) == first


def test_a_package_goes_when_the_register_says_that_it_goes() -> None:
    term = own_rules()["dsr_export_30d_after_delivery"].term
    assert term == Term(Terms().package_days, Unit.DAYS)
