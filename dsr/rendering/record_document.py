"""The record of processing as a document: sections of facts, tables and notes, in one language.

Markdown and HTML are made from the same document, so that they say the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One thing that a cell says.

    `question` is the number of the open question behind it, `to_fill` the required setting that
    nobody has set; `code` says that it is a name for a computer.
    """

    text: str
    question: int = 0
    to_fill: str = ""
    code: bool = False


Cell = tuple[Line, ...]


@dataclass(frozen=True)
class Fact:
    """A label, the limb of Art. 30 that asks for it (or nothing), and what we say."""

    label: str
    limb: str
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Labels with what belongs to them, below a heading of their own or none."""

    heading: str = ""
    rows: tuple[Fact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table; `anchor` is where links to it lead."""

    cells: tuple[Cell, ...]
    anchor: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a name for those who do not see it; the first cell of a row is its header."""

    name: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    limb: str = ""


@dataclass(frozen=True, kw_only=True)
class Notes:
    """Sentences set apart: choices and remarks."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Items:
    """A list."""

    cells: Cell


Block = Facts | Table | Notes | Items


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the document with a heading; `level` 3 stands inside the section before it."""

    anchor: str
    heading: str
    limb: str = ""
    lead: str = ""
    level: int = 2
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """The whole record."""

    language: str
    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def contents(self) -> tuple[Section, ...]:
        """The sections that the table of contents names."""
        return tuple(section for section in self.sections if section.level == 2)


def said(text: str) -> Cell:
    """A cell of one line."""
    return (Line(text),)
