"""Who may determine purposes and means together with the controller (Art. 26)."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.core.words import Words


@dataclass(frozen=True, kw_only=True)
class JointControllers:
    """The practices, by their ids, that the record names beside the controller (Art. 30(1)(a)).

    `arrangement` is the essence of what they agreed on their duties (Art. 26(1) and (2)).
    """

    practices: tuple[str, ...]
    arrangement: Words
