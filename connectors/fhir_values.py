"""Which values a FHIR R4 record can hold, told before anything is sent.

A refused value is never repeated in the message: it is personal data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_pointer import element, steps
from dsr.core.connector import Change
from dsr.core.errors import ValueRefused

_CODES = Path(__file__).parent / "fhir_definitions" / "codes_r4.json"
#: the HIS's own, or not what a correction is for
_NOT_OURS = frozenset({"id", "resourceType", "meta", "implicitRules", "contained", "text"})
_DAY = r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?" + _ZONE
_SHAPES = {
    "date": re.compile(_DAY + r"\Z"),
    "dateTime": re.compile(rf"(?:{_DAY}|{_DAY}{_TIME})\Z"),
    "instant": re.compile(rf"[0-9-]{{10}}{_TIME}\Z"),
}
#: what cannot lie ahead
_PAST = frozenset({"birthDate", "deceasedDateTime", "recordedDate"})
_MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{4,24}\Z")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"<[^>]*>")


def refuse_impossible(kind: str, changes: Sequence[Change]) -> None:
    """`ValueRefused` for a field that is not corrected here, or a value that it cannot hold."""
    if not changes:
        raise ValueRefused("A correction names no field; nothing was changed.")
    for change in changes:
        _refuse_place(change.path)
        if change.new is not None:
            _refuse_shape(change)
            _refuse_moment(kind, change)
            _refuse_code(kind, change)


def refuse_contacts(resource: type_of_resource, changes: Sequence[Change]) -> None:
    """`ValueRefused` for a corrected mailbox or phone number that is none."""
    if not any(steps(one.path)[0] == "telecom" for one in changes):
        return
    looks: Mapping[str, re.Pattern[str]] = {"email": _MAIL, "phone": _PHONE, "sms": _PHONE}
    for telecom in objects(resource.get("telecom")):
        look = looks.get(str(telecom.get("system")))
        if look and telecom.get("value") and not look.match(str(telecom["value"])):
            raise ValueRefused(
                f"This is no {telecom['system']}; write one that can be reached."
                " Nothing was changed."
            )


def refusal(places: Sequence[str]) -> ValueRefused:
    """A value that the HIS itself refuses, with the names of the elements that it points to."""
    at = f" ({', '.join(places)})" if places else ""
    return ValueRefused(f"The HIS does not take this value{at}. Nothing was changed.")


def without_narrative(resource: type_of_resource, changes: Sequence[Change]) -> type_of_resource:
    """The record without a narrative that the HIS makes itself and that would say the old value.

    `ValueRefused` when somebody wrote the narrative and it holds the old value.
    """
    text = next(iter(objects(resource.get("text"))), None)
    if text is None:
        return resource
    if text.get("status") == "generated":
        return {key: value for key, value in resource.items() if key != "text"}
    said = _MARKUP.sub(" ", str(text.get("div", "")))
    if any(isinstance(one.old, str) and one.old in said for one in changes):
        raise ValueRefused(
            "The written text of this record says the old value too; correct both in the HIS."
            " Nothing was changed."
        )
    return resource


def _refuse_place(pointer: str) -> None:
    way = steps(pointer)
    if way[0] in _NOT_OURS:
        raise ValueRefused(
            f"`{way[0]}` is kept by the HIS itself and is not corrected here. Nothing was changed."
        )
    if {"reference", "data"} & set(way):
        raise _by_a_person()


def _by_a_person() -> ValueRefused:
    return ValueRefused(
        "Whose a record is, what it points to and the bytes of a document are corrected in the"
        " HIS, by a person. Nothing was changed."
    )


def _refuse_shape(change: Change) -> None:
    if _holds(change.new, lambda one: isinstance(one, dict) and "reference" in one):
        raise _by_a_person()
    if _holds(change.new, _is_unfit):
        raise ValueRefused(
            "A value is empty or holds signs that cannot be written; FHIR takes neither."
            " Nothing was changed."
        )
    if change.old is not None and _sort(change.old) != _sort(change.new):
        raise ValueRefused(
            f"This field holds {_sort(change.old)}; write that. Nothing was changed."
        )


def _is_unfit(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip() or bool(_UNSEEN.search(value))
    return value in ({}, [])


def refuse_words(words: str) -> None:
    """`ValueRefused` for a text that says nothing or holds signs that cannot be written."""
    if _is_unfit(words):
        raise ValueRefused("The statement is empty or cannot be written; nothing was added.")


def _holds(value: object, found: Callable[[object], bool]) -> bool:
    """Whether something in the value, or the value itself, is so."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found(value) or any(_holds(one, found) for one in inner)


def _sort(value: object) -> str:
    sorts: tuple[tuple[Any, str], ...] = (
        (bool, "true or false"), (int | float, "a number"), (str, "a text"), (list, "a list"),
        (dict, "an object"),
    )  # fmt: skip
    return next((words for kind, words in sorts if isinstance(value, kind)), "another value")


def _refuse_moment(kind: str, change: Change) -> None:
    place = element(change.path)
    wanted = _known()["moments"].get(kind, {}).get(place)
    if wanted is None:
        return
    day = _day(str(change.new), wanted)
    if day is None:
        example = "1984-05-06" if wanted == "date" else "1984-05-06 or 1984-05-06T10:00:00+02:00"
        raise ValueRefused(f"`{place}` holds a {wanted} ({example}). Nothing was changed.")
    if place in _PAST and day > datetime.now(UTC).date():
        raise ValueRefused(f"`{place}` cannot lie in the future. Nothing was changed.")


def _day(text: str, wanted: str) -> date | None:
    """The first day that a date or moment can be, None when there is no such one."""
    if not _SHAPES[wanted].match(text):
        return None
    try:
        return date.fromisoformat((text.split("T")[0] + "-01-01")[:10])
    except ValueError:
        return None


def _refuse_code(kind: str, change: Change) -> None:
    known, place = _known(), element(change.path)
    name = known["codes"].get(kind, {}).get(place)
    allowed = known["sets"][name] if name else None
    if allowed is not None and change.new not in allowed:
        raise ValueRefused(f"`{place}` holds one of {', '.join(allowed)}. Nothing was changed.")


@cache
def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_CODES.read_text(encoding="utf-8"))
    return found
