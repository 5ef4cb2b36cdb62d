"""The Art. 30 register as frozen dataclasses: who we are, which systems, which purposes.

`dsr.core.register_reading` makes them of the YAML document. Logic in Python, values in YAML.

A value of the document may be `{env: NAME}`: a *required setting*, which a practice sets in its
environment. It may be `{open_question: ...}`: nobody may invent it. Where such a question has a
`reading`, the reading is the value here; where it has none, words read `STILL_OPEN` and a text is
empty, so that nothing is printed to a patient as fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeVar

from dsr.core.errors import BrokenRegister
from dsr.core.joint_controllers import JointControllers
from dsr.core.pace import PaceLimits
from dsr.core.purposes import Part, Purpose, ReadingChoice
from dsr.core.recipients import Processor
from dsr.core.register_terms import (
    ChannelKind,
    OpenQuestion,
    RequiredSetting,
    Role,
)
from dsr.core.words import NO_WORDS
from dsr.core.words import Words as Words
from dsr.law.activity import Activity
from dsr.law.retention_rule import RetentionRule
from dsr.law.rights import Basis

#: the kind of what a person found by hand: pasted words may hold anything, so it is special
BY_HAND_KIND = "by_hand"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """The privacy statement that the register was read from. `date` is `2023-06` or a whole day."""

    name: str
    date: str
    url: str = ""


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
    role: Words = NO_WORDS


@dataclass(frozen=True, kw_only=True)
class Office:
    """Who answers for a processor (Art. 30(2)(a)), and its officer."""

    name: str
    address: str
    phone: str
    email: str
    officer: str


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who a letter comes from, and who signs it."""

    name: str
    address: str
    signed_by: str


@dataclass(frozen=True, kw_only=True)
class ContactChannel:
    """A way to put a request to us, in words for a patient."""

    id: str
    kind: ChannelKind
    words: Words


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One kind of thing a system keeps. `purpose` is the id of a purpose of this register.

    `part` is the id of a part of that purpose, `retention` the id of the rule its items follow.
    `special` says that its items are special categories (Art. 9) or messages, which need IA3;
    items whose kind stands in `special_kinds` are special although the dataset is not.
    `medical_file` items leave only after a clinician's sign-off (BW 7:456).
    `access_log` items say who looked (Wabvpz 15e). `portable` is the Art. 20 part.
    `emptied` says that erasing leaves the record there without its personal content.
    """

    id: str
    name: Words
    purpose: str
    special: bool
    retention: str = ""
    part: str = ""
    special_kinds: tuple[str, ...] = ()
    medical_file: bool = False
    access_log: bool = False
    portable: bool = False
    emptied: bool = False

    def is_special(self, kind: str) -> bool:
        """Whether an item of this kind may leave only at IA3 or higher."""
        return self.special or kind in self.special_kinds or kind == BY_HAND_KIND


@dataclass(frozen=True, kw_only=True)
class System:
    """A connected system, or one without an API that a person searches (`connector: by_hand`).

    `settings` go to the connector's `build`; a value `env: NAME` is read from the environment.
    `identity` marks the one system whose contact points on file may receive a code.
    `folder` is its folder in the package, `pace` how fast all workers together may ask it.
    `leading` says that it is the source of its data; `erase_action` is the code of what carrying
    out an erasure means there (`delete_crm`). `processor` is None where the controller keeps it.
    `login` says that people sign in with it: it is erased last of all systems. `erase_order` are
    its datasets in the order of erasing; without it the last of them goes first, because the first
    is the record that the others hang on. `mail_to` is where a processor without an API gets its
    tasks by mail; empty where a person hands them over.
    """

    id: str
    name: Words
    connector: str
    folder: str
    datasets: tuple[Dataset, ...]
    processor: Processor | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    identity: bool = False
    leading: bool = False
    erase_action: str = ""
    login: bool = False
    erase_order: tuple[str, ...] = ()
    mail_to: str = ""
    instruction: Words = NO_WORDS
    remind_after_days: int = 7
    pace: PaceLimits = field(default_factory=PaceLimits)

    @property
    def erased_in_order(self) -> tuple[str, ...]:
        """Its datasets in the order in which they are erased."""
        named = self.erase_order
        rest = tuple(one.id for one in reversed(self.datasets) if one.id not in named)
        return (*named, *rest)

    def dataset(self, dataset_id: str) -> Dataset:
        """The dataset with this id; StopIteration when the register has none."""
        return next(d for d in self.datasets if d.id == dataset_id)

    def serves(self, purpose: str, part: str = "") -> bool:
        """Whether it keeps something for this purpose, or for this part of it."""
        return any((d.purpose, d.part) == (purpose, part) for d in self.datasets)

    @property
    def kept_by(self) -> str:
        """The processor's name, as a patient reads it; empty where the controller keeps it."""
        return self.processor.name if self.processor else ""

    @property
    def searched_by_hand(self) -> bool:
        """Whether a person has to search this system."""
        return self.connector == "by_hand"


@dataclass(frozen=True, kw_only=True)
class Register:
    """One deployment: a controller, its practices, systems, purposes and retention rules."""

    id: str
    role: Role
    controller: Controller
    practices: tuple[Practice, ...]
    systems: tuple[System, ...]
    purposes: tuple[Purpose, ...]
    processor: Office | None = None
    joint_controllers: JointControllers | None = None
    statement: Statement | None = None
    sender: Sender | None = None
    channels: tuple[ContactChannel, ...] = ()
    security: tuple[Words, ...] = ()
    readings: tuple[ReadingChoice, ...] = ()
    retention_rules: Mapping[str, RetentionRule] = field(
        default_factory=lambda: MappingProxyType({})
    )
    open_questions: tuple[OpenQuestion, ...] = ()
    required_settings: tuple[RequiredSetting, ...] = ()

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
        """The system whose contact points on file may receive a code; a processor may have none."""
        for system in self.systems:
            if system.identity:
                return system
        raise BrokenRegister("No system of the register carries `identity: true`; mark one.")

    @property
    def activity_ids(self) -> tuple[str, ...]:
        """The ids of all purposes and of their parts."""
        return tuple(part.id if part else purpose.id for purpose, part in _activities(self))

    def activity(self, wanted: str, basis: Basis | None = None) -> Activity:
        """A purpose or a part as the law's rules see it; another `basis` goes before its own."""
        for purpose, part in _activities(self):
            if wanted == (part.id if part else purpose.id):
                return self._activity(purpose, part, basis or (part or purpose).basis)
        raise BrokenRegister(_unknown(wanted, "purpose or part", self.activity_ids))

    def _activity(self, purpose: Purpose, part: Part | None, basis: Basis) -> Activity:
        systems = self._systems_of(purpose, part, basis)
        age = purpose.minimum_age
        return Activity(
            id=part.id if part else purpose.id,
            basis=basis,
            nature=(part or purpose).nature,
            erase_actions=tuple(dict.fromkeys(s.erase_action for s in systems if s.erase_action)),
            by_processor=any(one.processor and one.searched_by_hand for one in systems),
            source_elsewhere=bool(systems) and not any(one.leading for one in systems),
            minimum_age=age.years if age else 0,
            minimum_age_ground=age.ground if age else "",
            kept_longer_ground="" if part else purpose.kept_longer_ground,
            named=any(category.identifies for category in purpose.held),
        )

    def _systems_of(self, purpose: Purpose, part: Part | None, basis: Basis) -> list[System]:
        # A part on another basis is asked for by its own name: notes in the CRM are no care file.
        own = [""] if part is None else [part.id]
        if part is None:
            own += [one.id for one in purpose.parts if one.basis is basis]
        return [one for one in self.systems if any(one.serves(purpose.id, each) for each in own)]


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def _one(things: Sequence[T], wanted: str, kind: str) -> T:
    for thing in things:
        if thing.id == wanted:
            return thing
    raise BrokenRegister(_unknown(wanted, kind, [thing.id for thing in things]))


def _unknown(wanted: str, kind: str, known: Sequence[str]) -> str:
    return f"There is no {kind} {wanted!r} in the register; it knows: {', '.join(known)}."


def _activities(register: Register) -> Iterator[tuple[Purpose, Part | None]]:
    for purpose in register.purposes:
        yield purpose, None
        yield from ((purpose, part) for part in purpose.parts)
