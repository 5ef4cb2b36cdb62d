"""The second part of `demo`: every right for somebody, several requests at once, and a table."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo.population import people, played_by
from dsr.cli.demo_case import Case, kind_of
from dsr.cli.demo_scenes import STORIES, Story
from dsr.core.request import Verb
from dsr.core.stages import Stage
from dsr.db import plans
from dsr.db.plans import Batch
from dsr.db.subject_requests import RequestItem
from dsr.services.house import House

#: stories that go on at the same time; two cores and one database do not gain by more
AT_ONCE = 3
#: a terminal tells its own width; a pipe or a file gets lines of this length
WIDE = 150
_NOTHING = "nothing"


def walk_rights(house: House, url: str, folder: Path) -> list[Story]:
    """Play all stories; when one fails the others go on to their end, and then it is raised."""
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    everybody = people()
    with bar, ThreadPoolExecutor(AT_ONCE) as hands:
        stories, ends = [], []
        for who, tell in STORIES:
            person = played_by(everybody, who)
            task = bar.add_task(f"{person.name} waits", start=False, total=1)
            say = partial(_say, bar, task, person.name)
            stories.append(Story(Case(house, url, person), folder, say))
            ends.append(hands.submit(_to_its_end, stories[-1], tell))
    for ended in ends:
        ended.result()
    return stories


def show(stories: Sequence[Story], console: Console | None = None) -> None:
    """Print who asked what, what was decided, what changed where, and where the letter lies."""
    terminal = console or Console(width=None if os.isatty(1) else WIDE)
    table = Table("Who", "Right", "Decision", "What changed where", show_lines=True)
    table.add_column("Letter", no_wrap=True)
    for story in stories:
        for number, item in enumerate(story.case.items()):
            table.add_row("" if number else story.case.person.name, *_row(story, item))
    terminal.print(table)


def changes(batches: Sequence[Batch]) -> str:
    """What batches did, a line for each verb: system, and how many items came to what."""
    done: dict[str, dict[str, Counter[str]]] = {}
    for batch in batches:
        if batch.finished_at is not None and batch.verb != Verb.LOOK_AGAIN:
            systems = done.setdefault(batch.verb, {})
            counted = systems.setdefault(_system(batch), Counter())
            counted.update({name: int(many) for name, many in batch.counts.items()})
    return "\n".join(
        f"{verb}: {', '.join(f'{where} {_counted(many)}' for where, many in systems.items())}"
        for verb, systems in done.items()
    )


def _to_its_end(story: Story, tell: Callable[[Story], None]) -> None:
    try:
        tell(story)
    except BaseException:
        story.say("[red]got stuck[/red]")
        raise
    story.say("[green]has everything[/green]")


def _say(bar: Progress, task: TaskID, name: str, words: str) -> None:
    bar.start_task(task)
    bar.update(task, description=f"{name} {words}")
    if words.startswith("["):
        bar.stop_task(task)


def _row(story: Story, item: RequestItem) -> Iterator[str]:
    kind = kind_of(item)
    yield kind
    yield f"{item.decision or item.stage}\n{story.remarks.get(kind, '')}".strip()
    yield changes(_batches(story, item)) or _given(item)
    mine = [path for name, path in story.letters.items() if name.startswith(kind)]
    yield "\n".join(str(path.relative_to(story.folder)) for path in mine)


def _batches(story: Story, item: RequestItem) -> list[Batch]:
    """What was done for an item, under all its plans: a restriction is put, and lifted."""
    with story.case.house.reading() as session:
        made = plans.of_item(session, item.id)
        return [batch for plan in made for batch in plans.batches(session, plan.id)]


def _given(item: RequestItem) -> str:
    copied = item.right in ("access", "portability") and item.stage == Stage.CLOSED
    return "a package, unpacked beside the letter" if copied else _NOTHING


def _system(batch: Batch) -> str:
    return f"{batch.system} (by hand)" if batch.proof_sealed is not None else batch.system


def _counted(many: Counter[str]) -> str:
    parts = [str(many["done"])] if many["done"] else []
    parts += [f"{count} {name}" for name, count in many.items() if name != "done" and count]
    return " + ".join(parts) or "0"
