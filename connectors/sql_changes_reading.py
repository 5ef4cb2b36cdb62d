"""Reading from the register how a database is changed; a mistake is named with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.sql_map import Condition, Erasing, PersonMap, RowMap, StopMap, TableMap
from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

#: the keys of a dataset that say how it is changed
CHANGING = ("erase", "along", "held", "statement")
_PLAIN = (str, int, float, bool, type(None))

type_of_where = Callable[[Entry], tuple[Condition, ...]]


def erasing_of(at: Entry) -> Erasing:
    """What becomes of a row that is erased; a row is deleted unless the map says otherwise."""
    word = at.values.get("erase", Erasing.DELETE.value)
    if isinstance(word, Mapping):
        return Erasing.EMPTY
    if word not in (Erasing.DELETE, Erasing.BY_HAND):
        raise BrokenRegister(
            f"{at.path}.erase: write delete, by_hand, {{empty: {{column: value}}}} or"
            " {null: [columns]}."
        )
    return Erasing(str(word))


def empty_of(at: Entry) -> dict[str, object]:
    """The columns that are emptied, and with what; nothing when the row goes as a whole."""
    if not isinstance(at.values.get("erase"), Mapping):
        return {}
    rule = Entry(_with_null(at.at("erase").values), f"{at.path}.erase")
    rule.only("empty", "null")
    found: dict[str, object] = dict.fromkeys(rule.texts("null"))
    if "empty" in rule.values:
        found |= _values(rule, "empty")
    key = set(at.texts("key")) | set(at.texts("person"))
    if not found or key & set(found):
        raise BrokenRegister(
            f"{rule.path}: name at least one column to empty, and none of `key` and `person`."
        )
    return found


def marks_of(at: Entry, schema: str) -> TableMap | None:
    """The table of this connector's own marks, if the map names one."""
    if "marks" not in at.values:
        return None
    marks = at.at("marks")
    marks.only("table", "schema")
    return TableMap(table=marks.text("table"), schema=marks.text("schema", schema))


def statement_of(at: Entry, schema: str) -> str | RowMap:
    """Where a person's own statement goes: a column of the row, or a row of another table."""
    if isinstance(at.values.get("statement", ""), str):
        return at.text("statement", "")
    below = at.at("statement")
    below.only("table", "schema", "text", "values")
    return RowMap(
        table=below.text("table"),
        schema=below.text("schema", schema),
        text=below.text("text"),
        values=_values(below, "values"),
    )


def stops_of(at: Entry, person: PersonMap, where: type_of_where) -> dict[str, tuple[StopMap, ...]]:
    """Per purpose how its processing stops here."""
    if "stop" not in at.values:
        return {}
    below = at.at("stop")
    found = {p: tuple(_stop(s, person, where) for s in below.rows(p)) for p in below.values}
    empty = [purpose for purpose, stops in found.items() if not stops]
    if empty:
        raise BrokenRegister(
            f"{below.path}.{empty[0]}: write a list of tables with `set` or `row`."
        )
    return found


def _with_null(values: Mapping[str, object]) -> dict[str, object]:
    """YAML reads a bare `null` as nothing, also where it is a key."""
    return {"null" if key is None else key: value for key, value in values.items()}


def _stop(at: Entry, person: PersonMap, where: type_of_where) -> StopMap:
    at.only("table", "schema", "where", "person", "set", "resume", "row")
    columns = at.texts("person")
    if len(columns) != len(person.key):
        raise BrokenRegister(
            f"{at.path}.person: name as many columns as the person's key has ({len(person.key)})."
        )
    stopped, resumed = _values(at, "set"), _values(at, "resume")
    if ("row" in at.values) == bool(stopped) or set(stopped) != set(resumed):
        raise BrokenRegister(
            f"{at.path}: write either `set` and `resume` with the same columns, or `row`."
        )
    return StopMap(
        table=at.text("table"),
        schema=at.text("schema", person.schema),
        where=where(at),
        person=columns,
        stopped=stopped,
        resumed=resumed,
        row=_values(at, "row"),
    )


def _values(at: Entry, key: str) -> dict[str, object]:
    if key not in at.values:
        return {}
    below = at.at(key)
    wrong = [name for name, value in below.values.items() if not isinstance(value, _PLAIN)]
    if wrong:
        raise BrokenRegister(
            f"{below.path}.{wrong[0]}: write a text, a number, yes or no, or null."
        )
    return {str(name): value for name, value in below.values.items()}
