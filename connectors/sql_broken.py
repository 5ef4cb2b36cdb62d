"""The rules of a database that a change can break."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dsr.core.errors import DsrError


class Broken(StrEnum):
    """A rule that a change breaks."""

    REFERENCE = "reference"  #: a foreign key
    UNIQUE = "unique"  #: another row has it
    VALUE = "value"  #: too long, out of range, of another type, empty, against a check


class RuleBroken(DsrError):
    """The database refused a change because of a rule of its own; nothing was changed."""

    def __init__(self, rule: Broken) -> None:
        super().__init__(WORDS[rule])
        self.rule = rule


WORDS: Mapping[Broken, str] = {
    Broken.REFERENCE: "Other records refer to this one, or it refers to one that is not there.",
    Broken.UNIQUE: "Another record of the system already has this value; it must be unique there.",
    Broken.VALUE: "The system cannot hold this value: it is too long, empty, out of range or of"
    " another type.",
}
