"""The demo of all rights: what its table says is what the house did, and each answer is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from demo.population import people, played_by
from dsr.cli import demo_scenes as scenes
from dsr.cli.demo import running
from dsr.cli.demo_case import Case
from dsr.cli.demo_rights import changes, show
from dsr.cli.demo_scenes import STORIES, Story
from dsr.db.plans import Batch
from dsr.services.house import House

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERYBODY = people()
Tell = Callable[[Story], None]
#: what becomes of each story that no cooling off holds up
DECIDED: dict[Tell, dict[str, str]] = {
    scenes.a_file_that_stays: {"destruction": "refused"},
    scenes.an_address_that_is_corrected: {"rectification": "granted"},
    scenes.a_statement_in_the_file: {"rectification": "partly"},
    scenes.a_restriction_and_its_end: {"restriction": "granted"},
    scenes.what_somebody_of_sixteen_takes_along: {"portability": "partly"},
    scenes.a_parent_for_a_child: {"destruction": "not_proved"},
}


@dataclass
class Premises:
    """A running house, where its letters go, and the stories that were told in it."""

    house: House
    url: str
    folder: Path
    stories: dict[Tell, Story] = field(default_factory=dict)


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    folder = tmp_path_factory.mktemp("demo")
    with running(folder / "house", DSR_DEMO_WAIT_SECONDS="1") as (house, url):
        yield Premises(house, url, folder)
        house.engine.dispose()


def told(premises: Premises, tell: Tell) -> Story:
    """A story, played to its end, once."""
    if tell in premises.stories:
        return premises.stories[tell]
    who = next(one for one, other in STORIES if other is tell)
    case = Case(premises.house, premises.url, played_by(EVERYBODY, who))
    story = Story(case, premises.folder, lambda words: None)
    tell(story)
    premises.stories[tell] = story
    return story


@pytest.mark.parametrize("tell", DECIDED)
def test_every_story_ends_with_its_decision_and_its_letter(premises: Premises, tell: Tell) -> None:
    story = told(premises, tell)
    items = story.case.items()
    assert {item.decision for item in items} == set(DECIDED[tell].values())
    assert {item.stage for item in items} == {"closed"}
    for kind in DECIDED[tell]:
        assert story.letters[kind].read_bytes().startswith(b"%PDF")


def test_the_table_says_what_the_systems_were_told(premises: Premises) -> None:
    story = told(premises, scenes.an_address_that_is_corrected)
    paper = Console(width=200, record=True, file=StringIO())
    show([story], paper)
    printed = paper.export_text()
    assert "rectify: app 1, crm 1, cognito 1" in printed
    assert f"{story.case.reference}/rectification.pdf" in printed


def test_what_is_taken_along_lies_unpacked_beside_its_letter(premises: Premises) -> None:
    story = told(premises, scenes.what_somebody_of_sixteen_takes_along)
    taken = premises.folder / story.case.reference / "portability"
    assert list(taken.rglob("LEES-MIJ-EERST.html"))
    assert [json.loads(path.read_text()) for path in taken.rglob("*.json")]


def batch(system: str, verb: str, **counts: int) -> Batch:
    """A batch that ended."""
    return Batch(system=system, verb=verb, counts=counts, finished_at=NOW, proof_sealed=None)


def test_what_was_done_is_added_up_by_verb_and_system() -> None:
    by_hand = batch("oneassist", "erase", done=1)
    by_hand.proof_sealed = b"sealed"
    waits = batch("his", "erase", done=9)
    waits.finished_at = None
    looked = batch("app", "look_again", done=4)
    done = [
        looked, batch("app", "erase", done=3), batch("app", "erase", done=2, gone=1),
        batch("sendbird", "restrict", done=6, retained=6), by_hand, waits,
    ]  # fmt: skip
    assert changes(done) == (
        "erase: app 5 + 1 gone, oneassist (by hand) 1\nrestrict: sendbird 6 + 6 retained"
    )
