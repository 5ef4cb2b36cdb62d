"""From the form to the package, on the demo practice's systems: what may not leave is nowhere."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from demo.population import DEMO_DAY, Cast, played_by
from demo.world import World
from dsr.core.chain import GENESIS, row_hash
from dsr.core.errors import NotReady
from dsr.core.redaction import texts_of as texts_of_data
from dsr.core.request import WithholdReason
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.db import events, subject_requests
from dsr.db.answers import Package
from dsr.db.events import Event
from dsr.db.subject_requests import SubjectRequest
from dsr.jobs import sweep
from dsr.services import decide, identify, plan, redact, release, reply, review, stages
from dsr.services.census import census
from dsr.services.house import House
from dsr.services.office import Terms
from dsr.services.staff_login import who_is
from dsr.systems import load_systems
from tests.fakes import work_through
from tests.makers import Clock, make_house, make_request, make_staff

NOON = datetime.combine(DEMO_DAY, datetime.min.time(), UTC).replace(hour=11)
PRACTICES = ("kralingen", "centrum", "zuidplein")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo practice's own systems."""
    with World(tmp_path_factory.mktemp("world"), today=DEMO_DAY) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


def texts_of(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """Every file of a package, with the streams and texts of its PDFs opened up."""
    with zipfile.ZipFile(io.BytesIO(blob)) as packed:
        for name in packed.namelist():
            data = packed.read(name)
            yield name, data
            if name.endswith(".pdf"):
                yield f"{name} (text)", text_of_pdf(data).encode()


def text_of_pdf(data: bytes) -> str:
    """All that a PDF says: its text, spaces and line breaks made one, and its raw streams."""
    said = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream):
                try:
                    said.append(thing.read_bytes().decode("latin-1"))
                except pikepdf.PdfError:
                    continue
    return "\n".join(said)


def bare(data: bytes) -> bytes:
    """Without spaces and hyphens, wherever a line was broken."""
    return re.sub(rb"[\s\xad-]+|\xc2(?=\xad)", b"", data)


class Walk:
    """One request of one person through the whole house."""

    def __init__(self, house: House, world: World, who: Cast) -> None:
        self.house = house
        self.systems = load_systems(house.office.register, world.environment())
        person = played_by(world.people, who)
        staff = make_staff(house, login="anna", practices=PRACTICES)
        doctor = make_staff(house, login="dokter", roles=("clinician",), practices=PRACTICES)
        self.officer, self.doctor = who_is(staff), who_is(doctor)
        self.row = make_request(
            house, name=person.name, birth_date=person.birth_date, email=person.email,
            phone=person.phone, postcode=person.postcode, practice=person.practice,
        )  # fmt: skip

    def now(self, session: Any) -> SubjectRequest:
        return subject_requests.by_id(session, self.row.id)

    def work(self) -> None:
        work_through(self.house, self.systems)  # type: ignore[arg-type]  # real connectors

    def search(self) -> None:
        with self.house.writing() as session:
            office = self.house.office
            identify.at_desk(session, office, self.now(session), "passport", self.officer)
        self.work()
        with self.house.writing() as session:
            for step in plan.searches_of(session, self.now(session)):
                if step.outcome is None and step.needs_person:
                    plan.accept_unsearched(
                        session, self.house.office, step, "Dat doen wij met de hand.", self.officer
                    )

    def sign(self) -> None:
        with self.house.writing() as session:
            row = self.now(session)
            for system in review.medical_systems(session, self.house.office, row):
                review.sign_off(session, self.house.office, row, system, self.doctor)

    def decide(self) -> None:
        with self.house.writing() as session:
            row = self.now(session)
            proposal = census(session, self.house.office, row).proposal
            seen = review.review_digest(session, row)
            chosen = decide.Decided(decision=proposal, seen=seen)
            decide.decide(session, self.house.office, row, chosen, self.officer)
        self.work()

    def send(self) -> None:
        with self.house.writing() as session:
            release.send(session, self.house.office, self.now(session), self.officer)
        self.work()

    def fetch(self) -> bytes:
        with self.house.writing() as session:
            got = reply.fetch(session, self.house.office, self.now(session), Level.IA4)
        return b"".join(got.chunks(self.house.office))

    def letter(self) -> bytes:
        with self.house.reading() as session:
            got = reply.letter(session, self.house.office, self.now(session), Level.IA4)
        return b"".join(got.chunks(self.house.office))

    def items(self, system: str) -> list[review.SeenItem]:
        with self.house.reading() as session:
            row = self.now(session)
            step = review.search_of(session, row, system)
            return list(review.items(session, self.house.office, row, step))


def test_a_request_is_answered_whole_and_its_log_holds(
    house: House, world: World, clock: Clock
) -> None:
    walk = Walk(house, world, Cast.DESK)
    walk.search()
    walk.sign()
    walk.decide()
    walk.send()
    with house.reading() as session:
        row = walk.now(session)
        assert stages.access_item(row).stage == Stage.CLOSED
        assert row.closed_at == clock()
        rows = list(events.export(session, row.practice))
    blob = walk.fetch()
    files = dict(texts_of(blob))
    top = next(iter(files)).split("/")[0]
    sources = json.loads(files[f"{top}/bronnen.json"])
    named = {s["system"] for s in sources["sources"]} if isinstance(sources, dict) else set()
    assert named >= {"app", "his", "crm", "cognito", "sendbird", "oneassist"}
    assert walk.letter().startswith(b"%PDF")
    before = GENESIS(rows[0]["practice"])
    for told in rows:
        before = row_hash(before, {k: v for k, v in told.items() if k != "row_hash"})
        assert told["row_hash"] == before.hex()
    for _ in range(house.office.terms.downloads - 1):
        walk.fetch()
    with pytest.raises(NotReady):
        walk.fetch()


def sentences(items: list[review.SeenItem]) -> list[tuple[int, str]]:
    """(item number, words) for every text of some length that stands in one item only."""
    said = [
        (item.record["n"], text)
        for item in items
        for _path, text in texts_of_data(item.record["data"])
        if len(text) > 24 and " " in text and "http" not in text
    ]
    count = Counter(text for _, text in said)
    return [(number, text) for number, text in said if count[text] == 1]


def test_what_is_withheld_or_blacked_out_stands_in_no_byte_of_the_answer(
    tmp_path: Path, sqlite_url: str, world: World
) -> None:
    """Not in text, JSON, CSV, PDF, metadata, names or the letter (T15)."""
    house = make_house(tmp_path, clock=Clock(NOON), database_url=sqlite_url)
    walk = Walk(house, world, Cast.GUEST)
    walk.search()
    gone: dict[str, str] = {}
    kept: dict[str, str] = {}
    with house.writing() as session:
        row, office = walk.now(session), house.office
        for system in ("sendbird", "his"):
            items = dict(sentences(walk.items(system)))
            hide, cut, keep = sorted(items)[:3]
            hidden = review.Withhold(system=system, number=hide, reason=WithholdReason.THIRD_PARTY)
            review.withhold(session, office, row, hidden, walk.officer)
            words = redact.Redact(
                system=system, number=cut, words=items[cut], reason=WithholdReason.WORK_NOTES
            )
            assert redact.redact(session, office, row, words, walk.officer) >= 1
            gone[f"{system} withheld"], kept[system] = items[hide], items[keep]
            gone[f"{system} blacked out"] = items[cut]
    walk.sign()
    walk.decide()
    walk.send()
    found: dict[str, set[str]] = {text: set() for text in (*gone.values(), *kept.values())}
    for name, data in [*texts_of(walk.fetch()), ("brief.pdf", walk.letter())]:
        for text, there in found.items():
            spellings = {text, json.dumps(text)[1:-1], text.replace("&", "&amp;")}
            if any(bare(s.encode()) in bare(data) for s in spellings):
                there.add(Path(name.removesuffix(" (text)")).suffix)
    assert {what: found[text] for what, text in gone.items()} == {what: set() for what in gone}
    # The same look does find what is given, in data and on paper.
    assert found[kept["sendbird"]] >= {".json", ".html"}
    assert found[kept["his"]] >= {".json", ".html", ".pdf"}
    house.engine.dispose()


def test_a_package_that_waits_for_the_officer_is_not_destroyed(
    house: House, world: World, clock: Clock
) -> None:
    """Its days begin when it is sent; until then it is made afresh with the day's dates."""
    walk = Walk(house, world, Cast.QUIET)
    walk.search()
    walk.sign()
    walk.decide()
    clock.move(days=15)
    with pytest.raises(NotReady):
        walk.send()  # its letter has the dates of a fortnight ago (UAVG 35(2))
    sweep.tidy(house)
    walk.work()
    walk.send()
    assert walk.fetch().startswith(b"PK")
    clock.move(days=Terms().package_days - 1)
    sweep.tidy(house)
    assert walk.fetch().startswith(b"PK")
    clock.move(days=1, seconds=1)
    with pytest.raises(NotReady):
        walk.fetch()
    sweep.tidy(house)
    with house.reading() as session:
        gone = list(session.scalars(select(Package)))
        assert [package.destroyed_at is not None for package in gone] == [True, True]
        names = set(house.office.vault.store.names(""))
        assert not names & {package.blob for package in gone}
        told = select(func.count()).where(Event.action == "package_destroyed")
        assert session.scalar(told) == 2
    with house.writing() as session:
        release.make_again(session, house.office, walk.now(session), walk.officer)
    walk.work()
    assert walk.fetch().startswith(b"PK")
    with house.writing() as session, pytest.raises(NotReady):
        release.make_again(session, house.office, walk.now(session), walk.officer)


def test_an_answer_dated_tomorrow_by_a_wrong_clock_is_made_again_and_sent_today(
    house: House, world: World, clock: Clock
) -> None:
    walk = Walk(house, world, Cast.QUIET)
    walk.search()
    walk.sign()
    clock.move(days=1)
    walk.decide()
    clock.move(days=-1)  # the clock of the worker that made it was wrong
    with pytest.raises(NotReady):
        walk.send()
    sweep.tidy(house)
    walk.work()
    walk.send()
    assert walk.fetch().startswith(b"PK")
