"""F23: two officers decide at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from dsr.core.errors import DsrError
from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.db import subject_requests
from dsr.law.grounds import REFUSALS
from dsr.services import decide, review, stages
from dsr.services.case import Who
from dsr.services.decide import Decided
from faults.processes import wait_for
from faults.scene import Scene, fault, must

BOTH = ("postgresql", "sqlite")
REQUESTS, EACH = 5, 20


@dataclass
class Race:
    """Many tries at one request at one moment; who won, and what the others were told."""

    scene: Scene
    request_id: str
    won: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)

    def run(self, tries: list[tuple[str, Callable[..., None]]]) -> None:
        """All of them from one starting signal."""
        start = threading.Barrier(len(tries))
        threads = [threading.Thread(target=self._try, args=(start, *one)) for one in tries]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    def _try(self, start: threading.Barrier, text: str, act: Callable[..., None]) -> None:
        house = self.scene.firm.house
        start.wait(30)
        try:
            with house.writing() as session:
                row = subject_requests.by_id(session, self.request_id)
                act(session, house.office, row, text)
        except (DsrError, SQLAlchemyError) as error:
            self.told[type(error).__name__] += 1
            return
        self.won.append(text)
        if text:
            self.scene.firm.note("said", request=self.request_id, what="sent back", text=text)


@fault("F23", f"two approvers approve and send back at once, {REQUESTS * EACH} tries", *BOTH)
def approving(scene: Scene) -> None:
    """Exactly one wins each time; the others are told."""
    merel, other = scene.desk.staff["merel"], scene.desk.staff["tweede"]
    told: Counter[str] = Counter()
    for request_id in _in_review(scene):
        _refuse(scene, request_id)

        def approve(session: object, office: object, row: object, _text: str) -> None:
            decide.approve(session, office, row, merel)  # type: ignore[arg-type]

        def send_back(session: object, office: object, row: object, text: str) -> None:
            decide.send_back(session, office, row, text, other)  # type: ignore[arg-type]

        race = Race(scene, request_id)
        race.run(
            [("", approve)] * (EACH // 2)
            + [(f"Ik ben het oneens, {request_id[-6:]}-{n}.", send_back) for n in range(EACH // 2)]
        )
        must(len(race.won) == 1, f"{len(race.won)} of {EACH} won")
        told += race.told
    scene.desk.deciding = True
    scene.desk.left_alone.clear()
    scene.over()
    scene.note(f"the others were told: {dict(told)}")


@fault("F23", f"two officers decide at once, {REQUESTS * EACH} tries", *BOTH)
def deciding(scene: Scene) -> None:
    """Exactly one decision."""
    anna, merel = scene.desk.staff["anna"], scene.desk.staff["merel"]
    for request_id in _in_review(scene):

        def by(who: Who) -> Callable[..., None]:
            def act(session: object, office: object, row: object, _text: str) -> None:
                _decide(session, office, row, who)

            return act

        race = Race(scene, request_id)
        race.run([("", by(anna)), ("", by(merel))] * (EACH // 2))
        must(len(race.won) == 1, f"{len(race.won)} of {EACH} won; others {dict(race.told)}")
    scene.desk.deciding = True
    scene.desk.left_alone.clear()
    scene.over()


def _decide(session: object, office: object, row: object, who: Who) -> None:
    seen = review.review_digest(session, row)  # type: ignore[arg-type]
    decide.decide(session, office, row, _refusal(seen), who)  # type: ignore[arg-type]


def _refusal(seen: str) -> Decided:
    return Decided(
        decision=Decision.REFUSED,
        grounds=(next(iter(REFUSALS)),),
        facts="Dit verzoek kwam deze maand al drie keer, telkens beantwoord.",
        instead="Het vorige antwoord is nog eens gestuurd.",
        seen=seen,
    )


def _in_review(scene: Scene) -> list[str]:
    """Requests that can be decided and that the desk leaves to this fault."""
    scene.desk.deciding = False
    filed = [one.reference for one in scene.patients.file(REQUESTS)]
    with scene.firm.house.reading() as session:
        found = [subject_requests.by_reference(session, one).id for one in filed]
    wait_for(
        lambda: all(_stage(scene, one) is Stage.REVIEWING for one in found), "the review began", 90
    )
    scene.desk.left_alone |= set(found)
    return found


def _refuse(scene: Scene, request_id: str) -> None:
    with scene.firm.house.writing() as session:
        row = subject_requests.by_id(session, request_id)
        _decide(session, scene.firm.house.office, row, scene.desk.staff["anna"])


def _stage(scene: Scene, request_id: str) -> Stage:
    with scene.firm.house.reading() as session:
        row = subject_requests.by_id(session, request_id)
        return Stage(stages.access_item(row).stage)
