"""F3-F7, F13: a worker killed around every call that changes a system, and what it had begun."""

from __future__ import annotations

from typing import Any

from faults.cases.kills import kill
from faults.driver import Filed
from faults.scene import Scene, fault

BOTH = ("postgresql", "sqlite")
ERASE_ALL = {"right": "erasure", "data": {"what": ["all"], "reason": "", "understood": True}}
ERASE_MESSAGES = {
    "right": "erasure", "data": {"what": ["messages"], "reason": "", "understood": True},
}  # fmt: skip
DESTROY = {"right": "erasure", "part": "medical_file", "data": {"which": "", "understood": True}}
RESTRICT = {
    "right": "restriction",
    "data": {"ground": "accuracy_contested", "what": ["messages"], "until": ""},
}
WITHDRAW = {"right": "withdrawal", "data": {"purposes": ["A.2"]}}
COPY = {"right": "access", "data": {}}
#: systems that an erasure of everything changes by themselves
CHANGED = ("app", "crm", "cognito", "sendbird")


def correct(scene: Scene) -> dict[str, Any]:
    """A rectification of an e-mail address, to one that nobody has."""
    mark = f"{scene.dice.getrandbits(40):010x}"
    should = f"nieuw-{mark}@voorbeeld.example"
    return {"right": "rectification", "data": {"field": "email", "now": "", "should": should}}


def kill_around(scene: Scene, point: str, *wishes: dict[str, Any]) -> Filed:
    """Ask, wait until a worker stands at the point, and end it as a power cut would."""
    filed = scene.patients.ask(*(wishes or (ERASE_ALL,)))
    armed = scene.firm.arm(point)  # now: a batch of an earlier request must not stand there
    kill(scene, scene.firm.worker_of(armed.wait(90)))
    return filed


@fault(
    "F3",
    "worker killed after it claimed a batch of a plan, and before it calls",
    *BOTH,
    either=True,
)
def batch_claimed(scene: Scene) -> None:
    """Nothing was done yet; the next looks first and then does it."""
    kill_around(scene, "after-claimed-batches", ERASE_MESSAGES)
    kill_around(scene, f"erase-{scene.dice.choice(CHANGED)}")


@fault("F13", "worker killed after a system erased, before the receipt", *BOTH, either=True)
def erased_and_gone(scene: Scene) -> None:
    """The next looks, finds it gone, and writes that down: nothing is erased twice."""
    kill_around(scene, f"erased-{scene.dice.choice(CHANGED)}")


@fault("F7", "worker killed around the receipt, the read-back and the result", *BOTH, either=True)
def receipts(scene: Scene) -> None:
    """What was committed stays; what was not is looked up again."""
    for point in ("before-receipt", "after-receipt", "before-result-batches"):
        kill_around(scene, point, ERASE_MESSAGES)
    kill_around(scene, f"readback-{scene.dice.choice(CHANGED)}")
    kill_around(scene, "after-result-batches", ERASE_MESSAGES)


@fault("F13", "worker killed after a system corrected a field, before the receipt")
def corrected_and_gone(scene: Scene) -> None:
    """The next finds the new value there."""
    kill_around(scene, "rectified-crm", correct(scene))


@fault("F3", "seven rights at once, in one request and in several", *BOTH, either=True)
def all_rights(scene: Scene) -> None:
    """Nothing is broken: every part has its plan, its receipts and its letter."""
    scene.patients.ask(COPY, ERASE_MESSAGES, RESTRICT)
    scene.patients.ask(correct(scene), RESTRICT)
    scene.patients.ask(WITHDRAW)
    scene.patients.ask(DESTROY)
    scene.patients.ask(ERASE_ALL, {"right": "portability", "data": {"to": "me"}})
    scene.over()
