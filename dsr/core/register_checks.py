"""Whether the parts of a register fit together: ids, and what refers to what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from dsr.core.purposes import Purpose, Retention
from dsr.core.register import Register, System
from dsr.core.register_mistakes import Mistake, Path, unknown
from dsr.core.register_rules import NumberedRules
from dsr.core.register_terms import Role
from dsr.law.retention_rule import own_rules

#: what a controller must have besides: without it a letter or a request has no address
_OF_A_CONTROLLER = ("statement", "sender", "channels", "practices")
Found = Iterator[Mistake]


def mistakes(
    register: Register, rules: NumberedRules, connectors: Collection[str] | None = None
) -> Found:
    """All that does not fit; `connectors` are the names that a system may use."""
    yield from _of_its_role(register)
    yield from _doubled(register)
    for number, system in enumerate(register.systems):
        yield from _of_system(register, system, ("systems", number), connectors)
    for number, purpose in enumerate(register.purposes):
        yield from _of_purpose(register, purpose, ("purposes", number))
    yield from _of_rules(register, rules)
    yield from _of_joint_controllers(register)


def _of_joint_controllers(register: Register) -> Found:
    joint, known = register.joint_controllers, [one.id for one in register.practices]
    path: Path = ("joint_controllers",)
    if joint is not None and not joint.practices:
        yield Mistake(path, "joint controllers are two or more (Art. 26(1)); add 'practices'.")
    for wanted in joint.practices if joint else ():
        yield from _known(wanted, known, path, "practices")


def _of_its_role(register: Register) -> Found:
    if register.role is Role.CONTROLLER:
        for key in _OF_A_CONTROLLER:
            if not getattr(register, key):
                yield Mistake((), f"a controller needs {key!r} in its register; add it.")
    if register.role is Role.PROCESSOR and register.processor is None:
        yield Mistake((), "a processor says who it is; add 'processor' (Art. 30(2)(a)).")
    marked = [number for number, one in enumerate(register.systems) if one.identity]
    if register.role is Role.CONTROLLER and not marked and register.systems:
        yield Mistake(
            ("systems",),
            "no system carries `identity: true`; exactly one does: a code goes only to a contact"
            " point that this system has on file.",
        )
    for number in marked[1:]:
        yield Mistake(
            ("systems", number, "identity"),
            f"exactly one system carries `identity: true`, and {register.systems[marked[0]].id}"
            " does already; take it away here or there.",
        )


def _doubled(register: Register) -> Found:
    """Ids and folders stand in URLs and in the package: two of one name would mix people's data."""
    yield from _twice(register.practices, ("practices",), "id")
    yield from _twice(register.systems, ("systems",), "id")
    yield from _twice(register.systems, ("systems",), "folder")
    yield from _twice(register.channels, ("channels",), "id")
    for number, system in enumerate(register.systems):
        yield from _twice(system.datasets, ("systems", number, "datasets"), "id")
    seen: set[str] = set()
    for number, purpose in enumerate(register.purposes):
        path: Path = ("purposes", number)
        yield from _twice(purpose.held, (*path, "categories"), "id")
        places = [(path, purpose.id)]
        places += [((*path, "parts", n), part.id) for n, part in enumerate(purpose.parts)]
        for place, name in places:
            if name in seen:
                yield Mistake((*place, "id"), _stands_twice(name))
            seen |= {name} - {""}


def _twice(things: Iterable[object], path: Path, key: str) -> Found:
    seen: set[str] = set()
    for number, thing in enumerate(things):
        name = getattr(thing, key)
        if name in seen:
            yield Mistake((*path, number, key), _stands_twice(name))
        seen |= {name} - {""}


def _stands_twice(name: str) -> str:
    return f"{name!r} stands here twice; give each its own."


def _of_system(
    register: Register, system: System, path: Path, connectors: Collection[str] | None
) -> Found:
    known = (*(connectors or ()), "by_hand")
    if connectors is not None and system.connector and system.connector not in known:
        words = unknown(system.connector, "a file in connectors/ with a `build`", known)
        yield Mistake((*path, "connector"), words)
    if system.searched_by_hand and not system.instruction.nl.strip():
        yield Mistake(path, "a system that a person searches needs an 'instruction'; add it.")
    for number, dataset in enumerate(system.datasets):
        place: Path = (*path, "datasets", number)
        yield from _known(dataset.purpose, [p.id for p in register.purposes], place, "purpose")
        yield from _known(dataset.retention, _rules(register), place, "retention")
        purpose = next((p for p in register.purposes if p.id == dataset.purpose), None)
        if purpose is not None:
            yield from _known(dataset.part, [part.id for part in purpose.parts], place, "part")


_WHAT = {
    "purpose": "a purpose of this register",
    "retention": "a retention rule",
    "part": "a part of this purpose",
    "rule": "a retention rule",
    "systems": "a system of this register",
    "practices": "a practice of this register",
}


def _known(wanted: str, known: Collection[str], place: Path, key: str) -> Found:
    if wanted and wanted not in known:
        yield Mistake((*place, key), unknown(wanted, _WHAT[key], known))


def _rules(register: Register) -> tuple[str, ...]:
    return (*register.retention_rules, *own_rules())


def _of_purpose(register: Register, purpose: Purpose, path: Path) -> Found:
    systems = [system.id for system in register.systems]
    for wanted in purpose.systems:
        yield from _known(wanted, systems, path, "systems")
    for system in register.systems:
        if system.id in purpose.systems and purpose.id not in {d.purpose for d in system.datasets}:
            words = (
                f"{system.id} has no dataset for this purpose, so that a search would pass it by;"
            )
            yield Mistake((*path, "systems"), f"{words} add one there, or take it away here.")
    for place, entry in _entries(purpose, path):
        yield from _known(entry.rule, _rules(register), place, "rule")


def _entries(purpose: Purpose, path: Path) -> Iterator[tuple[Path, Retention]]:
    """What a purpose and its parts say about retention, with the place of each."""
    yield from _placed(purpose.rules, path)
    for number, part in enumerate(purpose.parts):
        yield from _placed(part.rules, (*path, "parts", number))


def _placed(entries: Sequence[Retention], path: Path) -> Iterator[tuple[Path, Retention]]:
    return (((*path, "retention", number), entry) for number, entry in enumerate(entries))


def _of_rules(register: Register, rules: NumberedRules) -> Found:
    used = {dataset.retention for system in register.systems for dataset in system.datasets}
    for purpose in register.purposes:
        used |= {entry.rule for _place, entry in _entries(purpose, ())}
    for _number, rule in rules:
        used |= {part.rule.id for part in rule.parts}
    for number, rule in rules:
        path: Path = ("retention_rules", number)
        if not rule.parts and rule.id not in used:
            words = f"nothing follows the rule {rule.id!r}; use it or remove it."
            yield Mistake((*path, "id"), words)
