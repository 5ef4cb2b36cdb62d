"""F3-F11 and F37: kill -9 of a worker, of its rendering child, of both, at every place."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from faults.build import LEASE
from faults.driver import wait_for_rest
from faults.processes import Process, children, descendants, is_alive, wait_for
from faults.scene import Scene, fault, must

BOTH = ("postgresql", "sqlite")
#: an orphan ends itself within this many seconds
ORPHAN = 2.0


def kill_at(scene: Scene, point: str, count: int = 1) -> None:
    """File, wait until a worker stands at the point, and end it as a power cut would."""
    armed = scene.firm.arm(point)
    scene.patients.file(count)
    pid = armed.wait()
    kill(scene, scene.firm.worker_of(pid))


def kill(scene: Scene, worker: Process) -> None:
    """Kill a worker, and see that nothing of it lives on."""
    below = descendants(worker.pid)
    worker.kill()
    scene.over()
    wait_for(lambda: not any(map(is_alive, below)), "children of a killed worker end", 10)
    scene.firm.disarm()


@fault("F3", "worker killed after it claimed a step", *BOTH)
def after_claim(scene: Scene) -> None:
    """The lease ends by itself and another goes on."""
    kill_at(scene, "after-claimed-steps")


@fault("F4", "worker killed before it calls a system")
def before_call(scene: Scene) -> None:
    """Nothing was asked yet."""
    kill_at(scene, f"call-{scene.dice.choice(('his', 'crm', 'cognito', 'sendbird'))}")


@fault("F5", "worker killed during a page", *BOTH)
def during_page(scene: Scene) -> None:
    """The page is read again from its checkpoint."""
    kill_at(scene, f"page-{scene.dice.choice(('app', 'his', 'crm', 'cognito', 'sendbird'))}")


@fault("F6", "worker killed after a page came, before it was stored")
def after_page(scene: Scene) -> None:
    """What came is asked for again, and stands in the package once."""
    kill_at(scene, f"answered-{scene.dice.choice(('app', 'his', 'crm', 'sendbird'))}", 2)


@fault("F6", "worker killed while it stores a piece")
def storing_piece(scene: Scene) -> None:
    """A torn blob is nobody's."""
    kill_at(scene, scene.dice.choice(("writing-piece", "stored-piece")))


@fault("F6", "worker killed at a checkpoint, before and after its commit")
def at_checkpoint(scene: Scene) -> None:
    """The cursor and the pieces agree whatever happens."""
    kill_at(scene, "before-checkpoint")
    kill_at(scene, "after-checkpoint")


@fault("F6", "worker killed before a result is committed", *BOTH)
def before_result(scene: Scene) -> None:
    """The result is made again."""
    kill_at(scene, "before-result-steps")


@fault("F7", "worker killed after a result was committed")
def after_result(scene: Scene) -> None:
    """The result stays, and counts once."""
    kill_at(scene, "after-result-steps")


@fault("F8", "worker killed before, while and after it seals the package", *BOTH)
def packing(scene: Scene) -> None:
    """One package, whole."""
    kill_at(scene, scene.dice.choice(("vault-package", "writing-package")))
    kill_at(scene, "stored-package")


@fault("F8", "worker killed before and after an answer is committed")
def answering(scene: Scene) -> None:
    """One letter, one package."""
    kill_at(scene, "before-answer")
    kill_at(scene, "after-answer")


def _rendering(scene: Scene) -> tuple[Process, int, int]:
    """A worker whose rendering server has a child at work, held still; worker, server, child."""
    scene.desk.paused = False
    found: list[tuple[Process, int, int]] = []

    def look() -> bool:
        for worker in scene.firm.workers:
            for server in children(worker.pid):
                for child in children(server):
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGSTOP)
                        found.append((worker, server, child))
                        return True
        return False

    scene.patients.file(3)
    wait_for(look, "a letter is being rendered", 60)
    return found[0]


@fault("F9", "rendering child killed (-9)", *BOTH)
def child_killed(scene: Scene) -> None:
    """The worker lives, and makes the letter again."""
    worker, _server, child = _rendering(scene)
    pid = worker.pid
    os.kill(child, signal.SIGKILL)
    scene.over()
    must(worker.pid == pid, "the worker ended with its child")


@fault("F9", "rendering server and its child killed (-9)", "sqlite")
def server_killed(scene: Scene) -> None:
    """The worker starts another server."""
    worker, server, child = _rendering(scene)
    pid = worker.pid
    for one in (server, child):
        os.kill(one, signal.SIGKILL)
    scene.over()
    must(worker.pid == pid, "the worker ended with its child")


@fault("F9", "worker and rendering child killed together (-9)")
def both_killed(scene: Scene) -> None:
    """Another worker makes the answer."""
    worker, _server, _child = _rendering(scene)
    worker.kill(tree=True)
    scene.over()


@fault("F11", "worker killed while its rendering child lives on", *BOTH)
def orphan(scene: Scene) -> None:
    """The orphan ends within two seconds of being let go."""
    worker, server, child = _rendering(scene)
    worker.kill()
    scene.over()
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGCONT)
    took = wait_for(lambda: not is_alive(server) and not is_alive(child), "the orphan ended", 10)
    must(took <= ORPHAN, f"the orphan lived {took:.1f} s")
    scene.note(f"the orphan ended after {took:.2f} s")


@fault("F37", "three rendering jobs in a row exceed their memory", "sqlite")
def bombs(scene: Scene) -> None:
    """The worker lives; the answers are made when the bombs are spent."""
    pids = [worker.pid for worker in scene.firm.workers]
    for number in range(3):
        (scene.firm.folder / "bombs" / f"{number}.armed").touch()
    scene.patients.file(3)
    spent = scene.firm.folder / "bombs"
    wait_for(lambda: len(list(spent.glob("*.spent"))) == 3, "three jobs had too little memory", 60)
    scene.over()
    for path in spent.glob("*.spent"):
        path.unlink()
    must(pids == [worker.pid for worker in scene.firm.workers], "a worker ended with its child")


@fault("F3", "as F3, with the product's own lease of a minute", long=True)
def own_lease_search(scene: Scene) -> None:
    """What is lost with a worker is taken up when its lease ends."""
    with _own_lease(scene):
        kill_at(scene, "after-claimed-steps")
        wait_for_rest(scene.firm, scene.desk)


@fault("F8", "as F8, with the product's own lease", long=True)
def own_lease_packing(scene: Scene) -> None:
    """The same for an answer."""
    with _own_lease(scene):
        kill_at(scene, "writing-package")
        wait_for_rest(scene.firm, scene.desk)


@contextmanager
def _own_lease(scene: Scene) -> Iterator[None]:
    short = {worker.name: worker.environment for worker in scene.firm.workers}
    for worker in scene.firm.workers:
        worker.environment = {**worker.environment, LEASE: "0"}
        worker.kill(tree=True)
    try:
        yield
    finally:
        for worker in scene.firm.workers:
            worker.environment = short[worker.name]
            worker.kill(tree=True)
