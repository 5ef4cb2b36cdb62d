"""Statements over many keys at once. They are compiled for a few numbers of keys only; the last
key fills the slots that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa

from connectors.batch import MOST_REFS
from connectors.sql_catalog import Kind
from connectors.sql_database import Statement
from connectors.sql_join import compiled, given, type_of_column, type_of_statement
from connectors.sql_query import is_given, key_values

_SIZES = (1, 25, 100, MOST_REFS)

type_of_key = tuple[object, ...]
type_of_making = Callable[[int], type_of_statement]
_T = TypeVar("_T")


class Sized:
    """A statement over keys, compiled when it is first asked for; `make` makes it for a number."""

    def __init__(self, dialect: sa.Dialect, make: type_of_making) -> None:
        self._dialect = dialect
        self._make = make
        self._made: dict[int, Statement] = {}

    def of(self, size: int) -> Statement:
        """The statement for so many slots."""
        if size not in self._made:
            self._made[size] = compiled(self._make(size), self._dialect)
        return self._made[size]


def chunks(keys: Sequence[_T]) -> Iterator[tuple[int, list[_T]]]:
    """The keys in parts that each fill the slots of one size."""
    for start in range(0, len(keys), MOST_REFS):
        part = list(keys[start : start + MOST_REFS])
        size = next(size for size in _SIZES if size >= len(part))
        yield size, part + [part[-1]] * (size - len(part))


def among(columns: Sequence[type_of_column], size: int) -> sa.ColumnElement[bool]:
    """The columns hold one of the keys of `key_slots`."""
    if len(columns) == 1:
        return columns[0].in_([given(f"s{slot}_0") for slot in range(size)])
    return sa.or_(
        *(
            sa.and_(*(column == given(f"s{slot}_{n}") for n, column in enumerate(columns)))
            for slot in range(size)
        )
    )


def key_slots(keys: Sequence[type_of_key]) -> dict[str, object]:
    """Keys as the database gave them, as values of `among`."""
    return {f"s{slot}_{n}": v for slot, key in enumerate(keys) for n, v in enumerate(key)}


def among_refs(
    columns: Sequence[type_of_column], kinds: Sequence[Kind], size: int
) -> sa.ColumnElement[bool]:
    """The columns hold the key of one of the references of `ref_slots`."""
    if Kind.ANY not in kinds:
        return among(columns, size)
    if len(columns) == 1:
        names = [f"s{slot}_0{as_text}" for slot in range(size) for as_text in ("", "_text")]
        return columns[0].in_([given(name) for name in names])
    return sa.or_(
        *(
            sa.and_(*(is_given(c, kinds[n], f"s{slot}_{n}") for n, c in enumerate(columns)))
            for slot in range(size)
        )
    )


def ref_slots(refs: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """References, as `fitting` read them, as values of `among_refs`."""
    return {
        f"s{slot}_{name}": value for slot, ref in enumerate(refs) for name, value in ref.items()
    }


def fitting(kinds: Sequence[Kind], refs: Sequence[str]) -> list[Mapping[str, object]]:
    """The references that can be a key at all, as its values; no row has any other."""
    return [key for ref in refs if (key := key_values(kinds, ref, "")) is not None]


def values_given(values: Iterable[str]) -> dict[str, sa.BindParameter[object]]:
    """The columns with places `w0`, `w1` ... for their new values."""
    return {name: given(f"w{n}") for n, name in enumerate(values)}
