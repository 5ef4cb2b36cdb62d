"""The record of processing activities (Art. 30), made from the register: Markdown and HTML.

Art. 30(1) for a controller, 30(2) for a processor. Every limb is there; what the register leaves
open and what a practice still has to set stand apart at the end, and are marked where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsr.core.recipients import Recipient
from dsr.core.register import Controller, Office, Register, System
from dsr.core.register_terms import Role
from dsr.rendering.html import environment
from dsr.rendering.record_document import (
    Cell,
    Document,
    Fact,
    Facts,
    Items,
    Line,
    Notes,
    Row,
    Section,
    Table,
    said,
)
from dsr.rendering.record_purposes import (
    overview,
    purposes,
    reading_sentence,
    safeguard_question,
)
from dsr.rendering.record_teller import Teller, date_in_words

LANGUAGES = ("nl", "en")
OTHER = {"nl": "en", "en": "nl"}


def record_html(register: Register, language: str) -> str:
    """The record as one HTML page with its styles inside."""
    return _rendered("record.html", register, language)


def record_markdown(register: Register, language: str) -> str:
    """The record as Markdown."""
    return _rendered("record.md", register, language)


def record_of(register: Register, language: str) -> Document:
    """The record as a document, in `nl` or `en`."""
    tell = Teller(register, language)
    return Document(
        language=language,
        title=f"{tell.group('title')[register.role]}: {_name(register)}",
        lead=tuple(_lead(tell)),
        sections=tuple(_sections(tell)),
    )


def _rendered(template: str, register: Register, language: str) -> str:
    tell = Teller(register, language)
    made = environment().overlay(autoescape=template.endswith(".html"))
    return made.get_template(f"register/{template}").render(
        document=record_of(register, language),
        w=tell.words,
        other=f"{register.id}.{OTHER[language]}",
        other_language=OTHER[language],
    )


def _sections(tell: Teller) -> Iterator[Section]:
    yield _parties(tell)
    yield overview(tell)
    yield from purposes(tell)
    yield _systems(tell)
    yield _transfers(tell)
    yield _security(tell)
    yield _open(tell)
    if tell.register.readings:
        yield _readings(tell)
    if any(not one.is_set for one in tell.register.required_settings):
        yield _settings(tell)


def _name(register: Register) -> str:
    office = register.processor if register.role is Role.PROCESSOR else None
    return (office or register.controller).name


def _lead(tell: Teller) -> Iterator[str]:
    register = tell.register
    yield tell.group("lead")[register.role]
    if register.statement:
        date = tell.line(register.statement.date, instead=tell.word("undated")).text
        told = date_in_words(date, tell.language)
        yield f"{tell.word('read_from')}: {register.statement.name}, {told}."
    yield tell.word("made_from").format(register.id)


def _parties(tell: Teller) -> Section:
    register, word = tell.register, tell.group("party")
    offices = [_office(tell, "controller", register.controller)]
    if register.processor:
        offices.insert(0, _office(tell, "processor", register.processor))
    channels = Items(cells=tuple(tell.line(one.words) for one in register.channels))
    heading = Facts(heading=word["channels"])
    return Section(
        anchor="parties",
        heading=tell.group("section")["parties"],
        limb=tell.limb("a"),
        blocks=(
            *offices,
            _practices(tell),
            *((heading, channels) if register.channels else ()),
        ),
    )


def _office(tell: Teller, kind: str, office: Controller | Office) -> Facts:
    word = tell.group("party")
    rows = [
        Fact(word[key], "", tell.cell(getattr(office, key), f"{kind}.{key}"))
        for key in ("name", "address", "phone", "email", "officer")
    ]
    if kind == "controller":
        rows += _of_controller(tell)
        rows += _joint(tell)
    if tell.register.sender and kind == tell.register.role:
        rows.append(Fact(word["signed_by"], "", tell.cell(tell.register.sender.signed_by)))
    # Whoever is not known to be established in the Union may need a representative (Art. 27).
    if not tell.line(office.address).to_fill:
        rows.append(Fact(word["representative"], "", said(word["no_representative"])))
    return Facts(heading=word[kind], rows=tuple(rows))


def _of_controller(tell: Teller) -> Iterator[Fact]:
    controller, word = tell.register.controller, tell.group("party")
    if controller.role.nl:
        yield Fact(word["role"], "", tell.cell(controller.role, "controller.role"))
    complaints = (tell.line(controller.complaints_officer), tell.line(controller.complaints_body))
    yield Fact(word["complaints"], "", complaints)


def _joint(tell: Teller) -> Iterator[Fact]:
    """Who may be joint controllers, each with address and phone, and what they agreed (Art. 26)."""
    joint = tell.register.joint_controllers
    if joint is None:
        return
    path = "joint_controllers.arrangement"
    known = [tell.register.practice(one) for one in joint.practices]
    named = [tell.line(f"{one.name}, {one.address}, {_whole(one.phone)}", path) for one in known]
    cell = (*named, tell.line(joint.arrangement, path))
    yield Fact(tell.group("party")["joint"], tell.limb("a"), cell)


def _practices(tell: Teller) -> Table:
    word = tell.group("party")
    return Table(
        name=word["practices"],
        head=(word["practice"], word["address"], word["phone"], word["email"]),
        rows=tuple(
            Row(
                cells=tuple(tell.cell(one) for one in (p.name, p.address, _whole(p.phone), p.email))
            )
            for p in tell.register.practices
        ),
    )


def _whole(phone: str) -> str:
    """A number that does not break over two lines; a variable stays as it is."""
    return phone.replace(" ", "\N{NO-BREAK SPACE}") if phone[:1] in "+0123456789" else phone


def _systems(tell: Teller) -> Section:
    head = tell.group("column")
    table = Table(
        name=tell.group("section")["systems"],
        head=(head["system"], head["keeper"], head["holds"]),
        rows=tuple(_system(tell, one) for one in tell.register.systems),
    )
    heading = tell.group("section")["systems"]
    return Section(anchor="systems", heading=heading, limb=tell.limb("d"), blocks=(table,))


def _system(tell: Teller, system: System) -> Row:
    name = system.name.in_(tell.language)
    return Row(
        cells=(
            said(f"{name} ({tell.word('leading')})" if system.leading else name),
            _keeper(tell, system),
            tuple(
                Line(f"{one.name.in_(tell.language)} ({one.part or one.purpose})")
                for one in system.datasets
            ),
        )
    )


def _keeper(tell: Teller, system: System) -> Cell:
    processor = system.processor
    if processor is None:
        return said(tell.word("own_keeping"))
    question = tell.question_at(f"systems.{system.id}.processor.safeguard")
    return (Line(f"{processor.name} ({tell.country(processor.country)})", question=question),)


def _transfers(tell: Teller) -> Section:
    head = tell.group("column")
    rows = tuple(_transfer(tell, *one) for one in _leaving(tell))
    table = Table(
        name=tell.group("section")["transfers"],
        head=(head["recipient"], head["country"], head["role"], head["safeguard"]),
        rows=rows,
    )
    return Section(
        anchor="transfers",
        heading=tell.group("section")["transfers"],
        limb=tell.limb("e"),
        lead="" if rows else tell.word("no_transfers"),
        blocks=(table,) if rows else (),
    )


def _leaving(tell: Teller) -> list[tuple[Recipient, int]]:
    """Every recipient outside the Area, or of whom nobody knows, once."""
    found: dict[tuple[str, str], tuple[Recipient, int]] = {}
    for purpose in tell.register.purposes:
        for number, one in enumerate(purpose.recipients):
            question = safeguard_question(tell, purpose, one, number)
            if tell.is_transfer(one, question):
                found.setdefault((one.name, one.country), (one, question))
    return list(found.values())


def _transfer(tell: Teller, recipient: Recipient, question: int) -> Row:
    return Row(
        cells=(
            said(recipient.name),
            said(tell.country(recipient.country)),
            said(tell.settled(recipient.role.in_(tell.language))),
            tell.safeguard(recipient, question),
        )
    )


def _security(tell: Teller) -> Section:
    return Section(
        anchor="security",
        heading=tell.group("section")["security"],
        limb=tell.limb("g"),
        blocks=(Items(cells=tuple(tell.line(one) for one in tell.register.security)),),
    )


def _open(tell: Teller) -> Section:
    head, questions = tell.group("column"), tell.register.open_questions
    rows = tuple(
        Row(
            anchor=f"question-{number}",
            cells=(
                said(str(number)),
                said(tell.places(question.paths)),
                tell.cell(question.text),
                said(tell.reading(question)),
                said(question.owner),
            ),
        )
        for number, question in enumerate(questions, 1)
    )
    columns = ("number", "where", "question", "reading", "owner")
    table = Table(
        name=tell.group("section")["open"], head=tuple(head[one] for one in columns), rows=rows
    )
    return Section(
        anchor="open",
        heading=tell.group("section")["open"],
        lead=tell.word("open_lead" if questions else "open_none"),
        blocks=(table,) if questions else (),
    )


def _readings(tell: Teller) -> Section:
    return Section(
        anchor="readings",
        heading=tell.group("section")["readings"],
        lead=tell.word("readings_lead"),
        blocks=(Notes(sentences=tuple(reading_sentence(tell, r) for r in tell.register.readings)),),
    )


def _settings(tell: Teller) -> Section:
    unset: dict[str, list[str]] = {}
    for one in tell.register.required_settings:
        if not one.is_set:
            unset.setdefault(one.name, []).append(one.path)
    head = tell.group("column")
    table = Table(
        name=tell.group("section")["settings"],
        head=(head["setting"], head["where"]),
        rows=tuple(
            Row(cells=((Line(name, code=True),), tuple(Line(path, code=True) for path in paths)))
            for name, paths in unset.items()
        ),
    )
    return Section(
        anchor="settings",
        heading=tell.group("section")["settings"],
        lead=tell.word("settings_lead"),
        blocks=(table,),
    )
