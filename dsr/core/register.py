"""The Art. 30 register as frozen dataclasses: who we are, which systems, which purposes.

`parse` turns the YAML document (already read into plain dicts) into a `Register`; a broken one is
refused with the place and the mend. Logic in Python, values in YAML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeVar

from dsr.core.errors import BrokenRegister
from dsr.core.pace import PaceLimits
from dsr.core.reading import Entry

#: the kind of what a person found by hand: pasted words may hold anything, so it is special
BY_HAND_KIND = "by_hand"


@dataclass(frozen=True)
class Words:
    """The same text in Dutch and in English."""

    nl: str
    en: str

    def in_(self, language: str) -> str:
        """The text in `nl` or `en`; any other language reads English."""
        return self.nl if language == "nl" else self.en


@dataclass(frozen=True, kw_only=True)
class Practice:
    """A practice that answers requests. `id` is short, lower case and stands in URLs."""

    id: str
    name: str
    town: str
    address: str
    phone: str
    email: str
    hours: Words


@dataclass(frozen=True, kw_only=True)
class Controller:
    """The controller (Art. 4(7)), its officer and the complaint routes that a letter must name."""

    name: str
    address: str
    phone: str
    email: str
    officer: str
    complaints_officer: str
    complaints_body: Words
    court: str


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One kind of thing a system keeps. `purpose` is the id of a purpose of this register.

    `special` says that its items are special categories (Art. 9) or messages, which need IA3;
    items whose kind stands in `special_kinds` are special although the dataset is not.
    `medical_file` items leave only after a clinician's sign-off (BW 7:456).
    `access_log` items say who looked (Wabvpz 15e). `portable` is the Art. 20 part.
    """

    id: str
    name: Words
    purpose: str
    special: bool
    special_kinds: tuple[str, ...] = ()
    medical_file: bool = False
    access_log: bool = False
    portable: bool = False

    def is_special(self, kind: str) -> bool:
        """Whether an item of this kind may leave only at IA3 or higher."""
        return self.special or kind in self.special_kinds or kind == BY_HAND_KIND


@dataclass(frozen=True, kw_only=True)
class System:
    """A connected system, or one without an API that a person searches (`connector: by_hand`).

    `settings` go to the connector's `build`; a value `env: NAME` is read from the environment.
    `identity` marks the one system whose contact points on file may receive a code.
    `folder` is its folder in the package, `pace` how fast all workers together may ask it.
    """

    id: str
    name: Words
    connector: str
    folder: str
    processor: str
    datasets: tuple[Dataset, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    identity: bool = False
    instruction: Words = Words("", "")
    remind_after_days: int = 7
    pace: PaceLimits = field(default_factory=PaceLimits)

    def dataset(self, dataset_id: str) -> Dataset:
        """The dataset with this id; KeyError when the register has none."""
        return next(d for d in self.datasets if d.id == dataset_id)

    @property
    def searched_by_hand(self) -> bool:
        """Whether a person has to search this system."""
        return self.connector == "by_hand"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who receives the data (Art. 15(1)(c)), where, and under which safeguard (Art. 15(2)).

    `country` is an ISO 3166 code of two letters, or empty where the controller does not know yet;
    `safeguard` says so then.
    """

    name: str
    role: Words
    country: str
    safeguard: Words


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """A processing activity (Art. 30(1)), with all that Art. 15(1) makes us tell.

    `basis` is a code (`contract`, `consent` ...); `basis_words` says it to the patient.
    """

    id: str
    name: Words
    basis: str
    article9: str
    subjects: Words
    categories: Words
    recipients: tuple[Recipient, ...]
    source: Words
    retention: Words
    rights: tuple[str, ...]
    automated_decisions: Words
    basis_words: Words = Words("", "")
    data_kept: bool = True


@dataclass(frozen=True, kw_only=True)
class Register:
    """One deployment: a controller, its practices, systems and purposes."""

    id: str
    controller: Controller
    practices: tuple[Practice, ...]
    systems: tuple[System, ...]
    purposes: tuple[Purpose, ...]

    def practice(self, practice_id: str) -> Practice:
        """The practice with this id; StopIteration never leaves: `BrokenRegister` instead."""
        return _one(self.practices, practice_id, "practice")

    def system(self, system_id: str) -> System:
        """The system with this id."""
        return _one(self.systems, system_id, "system")

    def purpose(self, purpose_id: str) -> Purpose:
        """The purpose with this id."""
        return _one(self.purposes, purpose_id, "purpose")

    @property
    def identity_system(self) -> System:
        """The system whose contact points on file may receive a code."""
        return next(s for s in self.systems if s.identity)


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def _one(things: Sequence[T], wanted: str, kind: str) -> T:
    for thing in things:
        if thing.id == wanted:
            return thing
    known = ", ".join(thing.id for thing in things)
    raise BrokenRegister(f"There is no {kind} {wanted!r} in the register; it knows: {known}.")


class _Place(Entry):
    """A mapping of the document with its path, so that a mistake can be named."""

    def whole(self, key: str, default: int) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BrokenRegister(f"{self.path}.{key}: write a whole number here.")
        return value

    def words(self, key: str, default: Words | None = None) -> Words:
        if key not in self.values and default is not None:
            return default
        both = self.at(key)
        return Words(both.text("nl"), both.text("en"))

    def at(self, key: str) -> _Place:
        return _Place(super().at(key).values, f"{self.path}.{key}")

    def listed(self, key: str) -> list[_Place]:
        value = self.values.get(key)
        if not isinstance(value, list):
            raise BrokenRegister(f"{self.path}.{key}: write a list here.")
        return [_Place(v, f"{self.path}.{key}[{n}]") for n, v in enumerate(value)]


def parse(document: object) -> Register:
    """The register in a YAML document; `BrokenRegister` names the first mistake and its mend."""
    top = _Place(document, "register")
    top.only("register", "controller", "practices", "systems", "purposes")
    register = Register(
        id=top.text("register"),
        controller=_controller(top.at("controller")),
        practices=tuple(_practice(p) for p in top.listed("practices")),
        systems=tuple(_system(s) for s in top.listed("systems")),
        purposes=tuple(_purpose(p) for p in top.listed("purposes")),
    )
    _check_whole(register)
    return register


def _controller(at: _Place) -> Controller:
    return Controller(
        name=at.text("name"),
        address=at.text("address"),
        phone=at.text("phone"),
        email=at.text("email"),
        officer=at.text("officer"),
        complaints_officer=at.text("complaints_officer"),
        complaints_body=at.words("complaints_body"),
        court=at.text("court"),
    )


def _practice(at: _Place) -> Practice:
    return Practice(
        id=at.text("id"),
        name=at.text("name"),
        town=at.text("town"),
        address=at.text("address"),
        phone=at.text("phone"),
        email=at.text("email"),
        hours=at.words("hours"),
    )


def _system(at: _Place) -> System:
    return System(
        id=at.text("id"),
        name=at.words("name"),
        connector=at.text("connector"),
        folder=at.text("folder"),
        processor=at.text("processor"),
        datasets=tuple(_dataset(d) for d in at.listed("datasets")),
        settings=MappingProxyType(dict(at.at("settings").values))
        if "settings" in at.values
        else {},
        identity=at.flag("identity"),
        instruction=at.words("instruction", Words("", "")),
        remind_after_days=at.whole("remind_after_days", 7),
        pace=_pace(at.at("pace")) if "pace" in at.values else PaceLimits(),
    )


def _pace(at: _Place) -> PaceLimits:
    at.only("per_second", "burst", "at_once")
    return PaceLimits(
        per_second=at.number("per_second", 1.0) if "per_second" in at.values else None,
        burst=at.whole("burst", 5),
        at_once=at.whole("at_once", 4),
    )


def _dataset(at: _Place) -> Dataset:
    return Dataset(
        id=at.text("id"),
        name=at.words("name"),
        purpose=at.text("purpose"),
        special=at.flag("special"),
        special_kinds=at.texts("special_kinds"),
        medical_file=at.flag("medical_file"),
        access_log=at.flag("access_log"),
        portable=at.flag("portable"),
    )


def _purpose(at: _Place) -> Purpose:
    return Purpose(
        id=at.text("id"),
        name=at.words("name"),
        basis=at.text("basis"),
        article9=at.text("article9", ""),
        subjects=at.words("subjects"),
        categories=at.words("categories"),
        recipients=tuple(_recipient(r) for r in at.listed("recipients")),
        source=at.words("source"),
        retention=at.words("retention"),
        rights=at.texts("rights"),
        automated_decisions=at.words("automated_decisions"),
        basis_words=at.words("basis_words", Words("", "")),
        data_kept=bool(at.values.get("data_kept", True)),
    )


def _recipient(at: _Place) -> Recipient:
    return Recipient(
        name=at.text("name"),
        role=at.words("role"),
        country=at.text("country"),
        safeguard=at.words("safeguard", Words("", "")),
    )


def _check_whole(register: Register) -> None:
    _check_unique(register)
    purposes = {purpose.id for purpose in register.purposes}
    for system in register.systems:
        for dataset in system.datasets:
            if dataset.purpose not in purposes:
                raise BrokenRegister(
                    f"system {system.id}, dataset {dataset.id}: purpose {dataset.purpose!r} is not"
                    f" in the register; add it or use one of {', '.join(sorted(purposes))}."
                )
    if sum(system.identity for system in register.systems) != 1:
        raise BrokenRegister(
            "systems: exactly one system carries `identity: true`; a code goes only to a contact"
            " point that this system has on file."
        )
    if not register.practices:
        raise BrokenRegister("practices: add at least one practice.")


def _check_unique(register: Register) -> None:
    """Ids and folders stand in URLs and in the package: two of one name would mix people's data."""
    lists = {
        "practices": [practice.id for practice in register.practices],
        "purposes": [purpose.id for purpose in register.purposes],
        "systems": [system.id for system in register.systems],
        "folders of systems": [system.folder for system in register.systems],
        **{
            f"datasets of system {system.id}": [dataset.id for dataset in system.datasets]
            for system in register.systems
        },
    }
    for place, names in lists.items():
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BrokenRegister(f"{place}: {twice!r} stands here twice; give each its own.")
