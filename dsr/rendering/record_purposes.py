"""The part of the record about each processing activity (Art. 30(1)(b)-(f), 30(2)(b))."""

from __future__ import annotations

from collections.abc import Iterator

from dsr.core.purposes import Category, Part, Purpose, ReadingChoice, Retention
from dsr.core.recipients import Recipient
from dsr.core.register_terms import Role, SubjectKind
from dsr.law.rights import Nature
from dsr.rendering.record_document import (
    Block,
    Cell,
    Fact,
    Facts,
    Line,
    Notes,
    Row,
    Section,
    Table,
    said,
)
from dsr.rendering.record_teller import Teller


def overview(tell: Teller) -> Section:
    """All activities at a glance."""
    head = tell.group("column")
    return Section(
        anchor="overview",
        heading=tell.group("section")["overview"],
        limb=tell.limb("b"),
        blocks=(
            Table(
                name=tell.group("section")["overview"],
                head=(head["purpose"], head["basis"], head["subjects"], head["term"]),
                rows=tuple(_glance(tell, one) for one in tell.register.purposes),
            ),
        ),
    )


def purposes(tell: Teller) -> Iterator[Section]:
    """A section for each activity, below one heading."""
    yield Section(
        anchor="purposes",
        heading=tell.group("section")["purposes"],
        limb=tell.limb("all"),
        lead=tell.word("forwarded") if tell.register.role is Role.PROCESSOR else "",
    )
    for purpose in tell.register.purposes:
        yield Section(
            anchor=f"purpose-{purpose.id}",
            heading=f"{purpose.id} · {purpose.name.in_(tell.language)}",
            limb=tell.limb("b"),
            level=3,
            blocks=tuple(_blocks(tell, purpose)),
        )


def reading_sentence(tell: Teller, choice: ReadingChoice) -> str:
    """A choice with its number: `Lezing 5: ...`."""
    number = choice.law.rpartition("-")[2]
    return f"{tell.word('reading')} {number}: {choice.text.in_(tell.language)}"


def _glance(tell: Teller, purpose: Purpose) -> Row:
    terms = tuple(Line(tell.short_term(one.rule)) for one in purpose.rules)
    return Row(
        cells=(
            said(f"{purpose.name.in_(tell.language)} ({purpose.id})"),
            _basis(tell, purpose),
            tuple(Line(tell.group("subject")[kind]) for kind in purpose.subject_kinds),
            tuple(dict.fromkeys(terms)),
        )
    )


def _blocks(tell: Teller, purpose: Purpose) -> Iterator[Block]:
    yield Facts(rows=tuple(_facts(tell, purpose)))
    yield _terms(tell, purpose)
    if purpose.parts:
        yield _parts(tell, purpose)
    if purpose.readings:
        yield Notes(sentences=tuple(reading_sentence(tell, one) for one in purpose.readings))


def _facts(tell: Teller, purpose: Purpose) -> Iterator[Fact]:
    row, here = tell.group("row"), purpose.id
    if purpose.own_controller.nl:
        controller = tell.cell(purpose.own_controller, f"{here}.controller")
        yield Fact(row["controller"], tell.limb("a"), controller)
    yield Fact(row["basis"], "", _basis(tell, purpose))
    if tell.settled(purpose.basis_words.in_(tell.language)):
        yield Fact(row["basis_told"], "", tell.cell(purpose.basis_words))
    none = tell.word("none_article9")
    yield Fact(
        row["article9"], "", tell.cell(tell.exceptions(purpose.article9), f"{here}.article9", none)
    )
    yield Fact(row["subjects"], tell.limb("c"), _subjects(tell, purpose))
    yield Fact(row["categories"], tell.limb("c"), tuple(_categories(tell, purpose)))
    yield Fact(row["recipients"], tell.limb("d"), tuple(_recipients(tell, purpose)))
    yield Fact(row["transfers"], tell.limb("e"), _transfers(tell, purpose))
    yield Fact(row["source"], "", tell.cell(purpose.source, f"{here}.source"))
    yield Fact(row["systems"], "", _systems(tell, purpose))
    yield Fact(row["rights"], "", said(", ".join(tell.group("right")[r] for r in purpose.rights)))
    automated = tell.cell(purpose.automated_decisions, f"{here}.automated_decisions")
    yield Fact(row["automated"], "", automated)
    if purpose.minimum_age:
        age = f"{purpose.minimum_age.years} {tell.word('years_old')}"
        yield Fact(row["age"], "", said(age))


def _basis(tell: Teller, holder: Purpose | Part, path: str = "") -> Cell:
    return (tell.line(tell.group("basis")[holder.basis], path or f"{holder.id}.basis"),)


def _subjects(tell: Teller, purpose: Purpose) -> Cell:
    return tuple(Line(tell.group("subject")[kind]) for kind in purpose.subject_kinds)


def _categories(tell: Teller, purpose: Purpose) -> Iterator[Line]:
    """A line for each kind of subject, mark (mandatory, special or neither) and open question."""
    lines: dict[tuple[SubjectKind | None, str, int], list[str]] = {}
    for kind in dict.fromkeys(category.subject for category in purpose.held):
        for one in (each for each in purpose.held if each.subject == kind):
            key = (kind, _mark(one), _category_question(tell, purpose, one))
            lines.setdefault(key, []).append(one.words.in_(tell.language))
    for (kind, mark, question), names in lines.items():
        whose = [tell.group("subject")[kind]] if kind else []
        label = ", ".join((*whose, *([tell.word(mark)] if mark else [])))
        text = f"{label}: {', '.join(names)}" if label else ", ".join(names)
        yield Line(capital(text), question=question)


def _category_question(tell: Teller, purpose: Purpose, category: Category) -> int:
    """The question about what a category is, or about whose it is; 0 if there is none."""
    place = f"{purpose.id}.categories.{category.id}"
    return tell.question_at(f"{place}.words", f"{place}.subject")


def capital(text: str) -> str:
    """The same text with a capital at its start."""
    return text[:1].upper() + text[1:]


def _mark(category: Category) -> str:
    return "mandatory" if category.mandatory else "special" if category.special else ""


def _recipients(tell: Teller, purpose: Purpose) -> Iterator[Line]:
    for number, one in enumerate(purpose.recipients):
        holder = f"{purpose.id}.recipients"
        named = tell.paths(holder, one.name, number, "name")
        told = tell.paths(holder, one.name, number, "role")
        role = tell.settled(one.role.in_(tell.language))
        text = f"{one.name} ({tell.country(one.country)}): {role}"
        yield Line(text, question=tell.question_at(*named, *told))
    if not purpose.recipients:
        yield Line(tell.word("nothing"))


def _transfers(tell: Teller, purpose: Purpose) -> Cell:
    lines = []
    for number, one in enumerate(purpose.recipients):
        question = safeguard_question(tell, purpose, one, number)
        if tell.is_transfer(one, question):
            kind = tell.safeguard(one, question)[0]
            text = f"{one.name} ({tell.country(one.country)}): {kind.text}"
            lines.append(Line(text, question=question))
    return tuple(lines) or said(tell.word("no_transfers"))


def safeguard_question(tell: Teller, purpose: Purpose, one: Recipient, number: int) -> int:
    """The open question about a recipient's safeguard; 0 if there is none."""
    holder = f"{purpose.id}.recipients"
    return tell.question_at(*tell.paths(holder, one.name, number, "safeguard"))


def _systems(tell: Teller, purpose: Purpose) -> Cell:
    if not purpose.data_kept:
        return said(tell.word("not_kept"))
    names = [tell.register.system(one).name.in_(tell.language) for one in purpose.systems]
    return said(", ".join(names) or tell.word("own_desk"))


def _terms(tell: Teller, purpose: Purpose) -> Table:
    head = tell.group("column")
    statutory = any(one.statutory.nl for one in purpose.rules)
    middle = (head["statutory"],) if statutory else ()
    return Table(
        name=tell.group("row")["terms"],
        limb=tell.limb("f"),
        head=(head["what"], head["rule"], *middle, head["source"]),
        rows=tuple(_term(tell, one, statutory=statutory) for one in purpose.rules),
    )


def _term(tell: Teller, retention: Retention, *, statutory: bool) -> Row:
    source = tell.rule(retention.rule).source
    minimum = (tell.cell(retention.statutory, instead="-"),) if statutory else ()
    return Row(
        cells=(
            said(capital(retention.covers.in_(tell.language) or tell.word("all_data"))),
            said(tell.term(retention.rule)),
            *minimum,
            (Line(source.nl if tell.language == "nl" else source.en),),
        )
    )


def _parts(tell: Teller, purpose: Purpose) -> Table:
    head = tell.group("column")
    rows = []
    for part in purpose.parts:
        basis = _basis(tell, part, f"{purpose.id}.parts.{part.id}.basis")
        terms = tuple(Line(tell.term(one.rule)) for one in part.rules)
        rows.append(Row(cells=(_part_name(tell, purpose, part), basis, terms)))
    return Table(
        name=tell.group("row")["parts"],
        head=(head["part"], head["basis"], head["term"]),
        rows=tuple(rows),
    )


def _part_name(tell: Teller, purpose: Purpose, part: Part) -> Cell:
    """Its name and nature, and its own controller if it has one (Art. 30(1)(a))."""
    name = part.name.in_(tell.language)
    nature = tell.group("nature")[part.nature]
    named = Line(name if part.nature is Nature.OTHER else f"{name} · {nature}")
    if not part.own_controller.nl:
        return (named,)
    controller = tell.line(part.own_controller, f"{purpose.id}.parts.{part.id}.controller")
    label = tell.group("row")["controller"]
    return (named, Line(f"{label}: {controller.text}", question=controller.question))
