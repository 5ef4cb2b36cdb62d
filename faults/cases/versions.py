"""F35: a worker of the version before beside the new ones."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from faults.processes import ROOT, Process
from faults.scene import NotHere, Scene, fault, must


@fault("F35", "old and new worker side by side, web restarted meanwhile")
def side_by_side(scene: Scene) -> None:
    """No error for either."""
    commit = _before()
    folder = scene.firm.folder / "before"
    _unpack(commit, folder)
    environment = {**scene.firm.environment, "PYTHONPATH": str(folder)}
    environment = {k: v for k, v in environment.items() if not k.startswith("FAULTS_")}
    command = [sys.executable, "-m", "dsr", "worker"]
    old = Process("old", command, environment, scene.firm.log("old"), folder=folder)
    new = scene.firm.workers[0]
    new.kept = False
    new.kill()
    scene.firm.keeper.add(old)
    try:
        scene.patients.file(4)
        scene.firm.web.kill(tree=True)
        scene.patients.file(2)
        time.sleep(4)
    finally:
        scene.firm.keeper.drop(old)
        new.start()
        new.kept = True
    scene.over()
    said = scene.firm.log("old").read_text(errors="replace")
    done = said.count("task_done")
    scene.note(f"{commit[:7]} did {done} tasks")
    must(done, "the old worker did nothing")
    must("task_broke" not in said and "task_broke" not in _new(scene), "a task broke")


def _new(scene: Scene) -> str:
    return "".join(scene.firm.log(w.name).read_text(errors="replace") for w in scene.firm.workers)


def _before() -> str:
    """The commit before the last change of the product with the same tables."""
    changed = _git("log", "-2", "--format=%H", "--", "dsr").split()
    if len(changed) < 2:
        raise NotHere("there is no history here; clone with it")
    if _git("diff", "--name-only", changed[1], "--", "dsr/db/migrations"):
        raise NotHere(
            "the last change of the product changed the tables; this fault needs them the same"
        )
    return changed[1]


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _unpack(commit: str, folder: Path) -> None:
    folder.mkdir()
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
