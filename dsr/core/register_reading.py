"""From the YAML document to the `Register`: one walk that notes every mistake it meets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from dsr.core import register_checks, register_law_checks
from dsr.core.joint_controllers import JointControllers
from dsr.core.pace import PaceLimits
from dsr.core.purposes import Purpose
from dsr.core.register import (
    ContactChannel,
    Controller,
    Dataset,
    Office,
    Practice,
    Register,
    Sender,
    Statement,
    System,
)
from dsr.core.register_mistakes import Path, RegisterMistakes
from dsr.core.register_notes import Notes
from dsr.core.register_place import Place, words_at
from dsr.core.register_purposes import processor_at, purpose_at, reading_choice
from dsr.core.register_rules import NumberedRules, rules_at
from dsr.core.register_terms import ChannelKind, Role
from dsr.core.words import NO_WORDS


def parse(
    document: object,
    environment: Mapping[str, str] | None = None,
    *,
    connectors: Collection[str] | None = None,
) -> Register:
    """The register in a YAML document; `RegisterMistakes` lists all that is wrong with it.

    `environment` fills the required settings; without it their texts are `{env: NAME}`.
    `connectors` are the names that a system may use; without it they are not looked at.
    """
    notes = Notes(environment=environment or {})
    top = Place(document, notes)
    rules = rules_at(top)
    register = _register(top, rules)
    top.done()
    fitting = [
        *register_checks.mistakes(register, rules, connectors),
        *register_law_checks.mistakes(register),
    ]
    # What a place lacks because its value could not be read at all is no mistake of its own.
    unread = {mistake.path for mistake in notes.mistakes}
    found = [*notes.mistakes, *(mistake for mistake in fitting if mistake.path not in unread)]
    if found:
        raise RegisterMistakes(sorted(dict.fromkeys(found), key=lambda one: _order(one.path)))
    return register


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (-1, str(step)) for step in path)


def _register(top: Place, numbered: NumberedRules) -> Register:
    rules = MappingProxyType({rule.id: rule for _number, rule in numbered})
    systems = top.listed("systems", _system)
    purposes = top.listed("purposes", lambda at: purpose_at(at, rules))
    # The last two are what the reading of all the others found: their order counts.
    return Register(
        id=top.text("register"),
        role=top.one_of("role", Role, "a role"),
        statement=top.part("statement", _statement),
        controller=top.needed("controller", _controller),
        processor=top.part("processor", _office),
        joint_controllers=top.part("joint_controllers", _joint_controllers),
        practices=top.listed("practices", _practice),
        sender=top.part("sender", _sender),
        channels=top.listed("channels", _channel, may_be_empty=True),
        security=top.listed("security", words_at, may_be_empty=True),
        readings=top.listed("readings", reading_choice, may_be_empty=True),
        systems=systems,
        purposes=tuple(replace(one, systems=_serving(one, systems)) for one in purposes),
        retention_rules=rules,
        open_questions=tuple(top.notes.questions.values()),
        required_settings=tuple(top.notes.settings),
    )


def _serving(purpose: Purpose, systems: Sequence[System]) -> tuple[str, ...]:
    """The systems that a purpose names, and those with a dataset for it."""
    have = [s.id for s in systems if purpose.id in {dataset.purpose for dataset in s.datasets}]
    return tuple(dict.fromkeys([*purpose.systems, *have]))


def _statement(at: Place) -> Statement:
    return Statement(name=at.text("name"), date=at.day("date"), url=at.text("url", ""))


def _controller(at: Place) -> Controller:
    return Controller(
        name=at.text("name"),
        address=at.text("address"),
        phone=at.text("phone"),
        email=at.text("email"),
        officer=at.text("officer"),
        complaints_officer=at.text("complaints_officer"),
        complaints_body=at.words("complaints_body"),
        court=at.text("court"),
        role=at.words("role", NO_WORDS),
    )


def _office(at: Place) -> Office:
    return Office(
        name=at.text("name"),
        address=at.text("address"),
        phone=at.text("phone"),
        email=at.text("email"),
        officer=at.text("officer"),
    )


def _joint_controllers(at: Place) -> JointControllers:
    return JointControllers(practices=at.texts("practices"), arrangement=at.words("arrangement"))


def _practice(at: Place) -> Practice:
    return Practice(
        id=at.text("id"),
        name=at.text("name"),
        town=at.text("town"),
        address=at.text("address"),
        phone=at.text("phone"),
        email=at.text("email"),
        hours=at.words("hours"),
    )


def _sender(at: Place) -> Sender:
    return Sender(name=at.text("name"), address=at.text("address"), signed_by=at.text("signed_by"))


def _channel(at: Place) -> ContactChannel:
    return ContactChannel(
        id=at.text("id"),
        kind=at.one_of("kind", ChannelKind, "a kind of channel"),
        words=at.words("words"),
    )


def _system(at: Place) -> System:
    return System(
        id=at.text("id"),
        name=at.words("name"),
        connector=at.text("connector"),
        folder=at.text("folder"),
        processor=at.part("processor", processor_at),
        datasets=at.listed("datasets", _dataset),
        settings=_settings(at),
        identity=at.flag("identity"),
        leading=at.flag("leading"),
        erase_action=at.text("erase_action", ""),
        login=at.flag("login"),
        erase_order=at.texts("erase_order"),
        mail_to=at.text("mail_to", ""),
        instruction=at.words("instruction", NO_WORDS),
        remind_after_days=at.whole("remind_after_days", 7),
        pace=at.part("pace", _pace) or PaceLimits(),
    )


def _settings(at: Place) -> Mapping[str, object]:
    """The connector's own settings: the connector reads them, and its variables stay as they are.

    They are no required settings of the register: a process that asks no system needs none.
    """
    return MappingProxyType(at.as_written("settings"))


def _pace(at: Place) -> PaceLimits:
    return PaceLimits(
        per_second=at.number("per_second"),
        burst=at.whole("burst", 5),
        at_once=at.whole("at_once", 4),
    )


def _dataset(at: Place) -> Dataset:
    return Dataset(
        id=at.text("id"),
        name=at.words("name"),
        purpose=at.text("purpose"),
        part=at.text("part", ""),
        retention=at.text("retention"),
        special=at.flag("special"),
        special_kinds=at.texts("special_kinds"),
        medical_file=at.flag("medical_file"),
        access_log=at.flag("access_log"),
        portable=at.flag("portable"),
        emptied=at.flag("emptied"),
    )
