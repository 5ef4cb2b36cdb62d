"""The package's environment and words: what every page of it shares."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import cast

import yaml
from jinja2 import Environment

from dsr.core.letters import Ground, ground_for
from dsr.core.package import PackageContents
from dsr.core.request import WithholdReason
from dsr.rendering.entry import Entry
from dsr.rendering.html import TEMPLATES, environment
from dsr.rendering.member import joined
from dsr.rendering.readable import kind_words, one_line, pieces, rows, text_in_words, visible
from dsr.rendering.shown import ItemRows, message_rows

#: what an item is about, best first
_TITLE_KEYS = ("code", "medicationCodeableConcept", "vaccineCode", "type", "title", "description",
               "name", "subject")  # fmt: skip


@functools.cache
def words(language: str) -> Mapping[str, object]:
    """The wording of the package's pages."""
    path = TEMPLATES / "package" / "words" / f"{language}.yaml"
    return cast(Mapping[str, object], yaml.safe_load(path.read_text(encoding="utf-8")))


def part_words(language: str, part: str) -> Mapping[str, str]:
    """One part of the wording: `dossier`, `outcome` ..."""
    return cast(Mapping[str, str], words(language)[part])


def entry_title(entry: Entry, language: str) -> str:
    """`12 maart 2021 · Meting of bevinding: Bloeddruk`."""
    if entry.kind == "Patient":
        about = None
    else:
        found = (one_line(entry.data[key], language) for key in _TITLE_KEYS if key in entry.data)
        about = next((line for line in found if line), None)
    named = kind_words(entry.kind, language)
    if about and len(about) <= 160:
        named = f"{named}: {about}"
    day = text_in_words(entry.when, language)
    return f"{day} · {named}" if day else named


@functools.cache
def _package_environment() -> Environment:
    made = environment().overlay()
    made.filters = {
        **environment().filters,
        "item_rows": ItemRows,
        "message_rows": message_rows,
        "pieces": pieces,
        "rows": rows,
        "title": entry_title,
        "in_words": text_in_words,
        "visible": visible,
    }
    return made


def page(template: str, contents: PackageContents, up: str, **values: object) -> Iterator[bytes]:
    """A page of the package as bytes, made while it is read. `up` leads to the package's root."""
    language = str(values.pop("language", contents.language))
    made = _package_environment().get_template(f"package/{template}")
    stream = made.generate(
        w=words(language),
        language=language,
        reference=contents.reference,
        practice=contents.practice,
        contents=contents,
        grounds=_ground,
        up=up,
        **values,
    )
    return joined(stream)


def _ground(reason: str, medical_file: bool) -> Ground:
    return ground_for(WithholdReason(reason), medical_file=medical_file)
