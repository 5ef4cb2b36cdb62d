"""A processing activity as the rules see it: its basis and its nature, no name of a practice."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.law.rights import Basis, Nature


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One purpose of a register (Art. 30(1)(b)), or a part of one that the law treats apart.

    `erase_actions` are what carrying out an erasure means in its systems (`delete_app_db` ...).
    `by_processor`: a processor keeps it where we cannot reach it ourselves (Art. 28(3)(e)).
    `source_elsewhere`: another system is the source and this one follows it. `minimum_age` is the
    age for an account by the controller's own statement, `kept_longer_ground` the clause by which
    a health professional may keep it for longer; both with the code of that clause (`SEED:...`).
    `named`: it keeps who somebody is, so nobody needs to ask whether it is anonymous (Art. 4(1)).
    """

    id: str
    basis: Basis
    nature: Nature = Nature.OTHER
    erase_actions: tuple[str, ...] = ()
    by_processor: bool = False
    source_elsewhere: bool = False
    minimum_age: int = 0
    minimum_age_ground: str = ""
    kept_longer_ground: str = ""
    named: bool = False
