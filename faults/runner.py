"""Runs the faults one after another on houses that stay, and checks after each."""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from faults.checker.report import check
from faults.driver import Desk, Patients, wait_for_rest
from faults.firm import Firm, Systems
from faults.planting import plants
from faults.processes import Keeper, NeverCameTrue
from faults.scene import FAULTS, Fault, NotHere, Scene
from faults.sink import Sink

HOUSES = ("postgresql", "sqlite")
#: minutes from which the long faults are run as well
LONG_FROM = 20.0
#: of what has run on PostgreSQL, so much runs again on SQLite in a short run, and these always
SHARE, ALWAYS = 1 / 3, ("F20", "F39", "F40")
SHORTEST_SOAK, ALL_ELSE = 30.0, 540.0
#: the search for canaries reads everything, so it is done once for each house
AT_THE_END = "I9"


@dataclass(frozen=True)
class Result:
    """What a fault came to; `took` is the time to rest after its end, in seconds."""

    fault: str
    words: str
    house: str
    outcome: str
    took: float
    notes: str

    def __str__(self) -> str:
        notes = f"  {self.notes}" if self.notes else ""
        told = f"{self.fault:4} {self.house:10} {self.outcome:8} {self.took:6.1f} s"
        return f"{told}  {self.words}{notes}"


@dataclass
class Runner:
    """All houses, one after another."""

    seed: int
    minutes: float
    only: tuple[str, ...] = ()
    planted: tuple[str, ...] = ()
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="flt-w-")))
    keeper: Keeper = field(default_factory=Keeper)
    results: list[Result] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set, repr=False)

    def all(self) -> int:
        """Every fault on its houses, which stand side by side; the exit code."""
        self.folder.chmod(0o755)
        self.keeper.start()
        begun = time.monotonic()
        lanes = [
            threading.Thread(target=self._lane, args=(kind,), name=kind, daemon=True)
            for kind in HOUSES
        ]
        try:
            for lane in lanes:
                lane.start()
            for lane in lanes:
                lane.join()
        finally:
            self.keeper.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            print(f"{(time.monotonic() - begun) / 60:.1f} minutes", flush=True)
        return self._summary()

    def _lane(self, kind: str) -> None:
        """The faults of one kind of house, with systems and mail of its own."""
        folder = self.folder / kind
        folder.mkdir()
        systems = Systems(folder=folder / "systems", keeper=self.keeper, sink=Sink(folder / "mail"))
        chosen = [f for f in FAULTS if kind in f.houses and self._wanted(f, kind)]
        planting = kind == "sqlite" and (self.planted or not self.only)
        try:
            if planting or (chosen and not self.planted):
                systems.start()
            if chosen and not self.planted:
                self._house(kind, chosen, systems)
            if planting:
                self._plants(systems)
        except Exception as error:  # a house that does not stand is a failure, not an end
            words = f"{type(error).__name__}: {error}"
            self.results.append(Result("all", words, kind, "FAILED", 0.0, ""))

    def _plants(self, systems: Systems) -> None:
        print("Planted bugs, each of which the checker must catch:", flush=True)
        found = plants(systems, self.keeper, tuple(n for n in self.planted if n != "all"))
        for one in found:
            outcome = "ok" if one.caught else "FAILED"
            self.results.append(Result("bug", str(one), "sqlite", outcome, 0.0, ""))
        print(f"{len(found)} planted, {sum(one.caught for one in found)} caught", flush=True)

    def _wanted(self, fault: Fault, kind: str) -> bool:
        if self.only:
            named = fault.run.__name__ in self.only
            return named or (fault.number in self.only and not fault.long)
        if self.minutes > LONG_FROM:
            return True
        if fault.either and len(fault.houses) > 1:
            dice = random.Random(f"{self.seed} either {fault.run.__name__}")
            return kind == dice.choice(HOUSES) and not fault.long
        share = random.Random(f"{self.seed} {fault.run.__name__}").random() < SHARE
        again = kind == HOUSES[1] and HOUSES[0] in fault.houses
        return not fault.long and (share or not again or fault.number in ALWAYS)

    def _house(self, kind: str, chosen: list[Fault], systems: Systems) -> None:
        firm = Firm(kind=kind, systems=systems, keeper=self.keeper)
        firm.start()
        try:
            scene = self._scene(firm)
            for fault in chosen:
                self._fault(scene, fault)
            scene.desk.stopped.set()
            self._judge_house(firm)
        finally:
            firm.close()
            firm.remove()

    def _scene(self, firm: Firm) -> Scene:
        dice = random.Random(f"{self.seed} {firm.kind}")
        desk = Desk(firm)
        desk.start()
        # What is left of the time goes to the soaks; all else takes some nine minutes.
        soak = max(SHORTEST_SOAK, self.minutes * 60 - ALL_ELSE)
        return Scene(firm, firm.systems, Patients(firm, dice), desk, dice, soak)

    def _fault(self, scene: Scene, fault: Fault) -> None:
        scene.notes, scene.ended = [], 0.0
        outcome, took, begun = "ok", 0.0, time.monotonic()
        try:
            fault.run(scene)
            self._mend(scene)
            ended = scene.ended or time.monotonic()
            wait_for_rest(scene.firm, scene.desk)
            took = time.monotonic() - ended
            scene.firm.note("times", fault=fault.number, seconds=took)
        except NotHere as why:
            outcome = "not here"
            scene.note(str(why))
        except Exception as error:  # one fault that goes wrong must not end the others
            outcome = "FAILED"
            scene.note(f"{type(error).__name__}: {error}")
            self._mend(scene)
            with suppress(NeverCameTrue):
                wait_for_rest(scene.firm, scene.desk, 60)
        broken = self._judge(scene.firm)
        outcome = "FAILED" if broken else outcome
        scene.notes += broken
        self._say(
            Result(
                fault.number, fault.words, scene.firm.kind, outcome, took, "; ".join(scene.notes)
            ),
            time.monotonic() - begun,
        )

    def _mend(self, scene: Scene) -> None:
        """Whatever a fault left behind ends here; the house itself is not touched."""
        scene.firm.disarm()
        scene.systems.heal()
        scene.systems.sink.moods.clear()
        scene.systems.sink.released.set()
        scene.desk.paused = scene.desk.accepting = False
        scene.desk.deciding = True
        scene.desk.left_alone.clear()

    def _judge(self, firm: Firm) -> list[str]:
        """Invariants that broke since they were last looked at."""
        firm.systems.dump()
        broken = [
            f"{line.name}: {words}"
            for line in check(firm.folder, AT_THE_END, passed=self.passed)
            for words in line.broken
        ]
        fresh = [words for words in broken if words not in self.known]
        self.known |= set(fresh)
        return fresh[:3]

    def _judge_house(self, firm: Firm) -> None:
        with firm.redis() as redis:
            dumped = b"\n".join(
                key + b" " + (redis.dump(key) or b"") for key in redis.scan_iter(count=1000)
            )
        (firm.folder / "bodies" / "valkey.dump").write_bytes(dumped)
        (firm.folder / "bodies" / "metrics.txt").write_bytes(
            httpx.get(f"{firm.url}/metrics", timeout=10).content
        )
        firm.systems.dump()
        lines = check(firm.folder)
        told = "\n".join(str(line) for line in lines)
        print(
            f"\nInvariants of the house on {firm.kind}, {self._requests(firm)}:\n{told}\n",
            flush=True,
        )
        for line in lines:
            if line.broken and line.name == AT_THE_END:
                self.results.append(Result("I9", line.broken[0], firm.kind, "FAILED", 0.0, ""))

    def _requests(self, firm: Firm) -> str:
        path = firm.folder / "journal" / "acknowledged.jsonl"
        count = len(path.read_text().splitlines()) if path.exists() else 0
        return f"{count} requests acknowledged"

    def _say(self, result: Result, whole: float) -> None:
        self.results.append(result)
        print(f"{result}  [{whole:.1f} s]", flush=True)

    def _summary(self) -> int:
        failed = [r for r in self.results if r.outcome == "FAILED"]
        if failed:
            print(f"seed {self.seed}: these did not hold:")
            for result in failed:
                print(f"  {result}")
        passed = sum(r.outcome == "ok" for r in self.results)
        print(f"{passed} passed, {len(failed)} failed")
        return 1 if failed else 0
