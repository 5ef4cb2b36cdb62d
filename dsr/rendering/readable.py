"""Data as people read it: labels in their language, codes with their meaning, dates in words.

Any JSON becomes a list of rows; the shapes of FHIR (codings, quantities, periods, names) become
one line each. Nothing is left out: what we do not know is shown under its own key.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from html.parser import HTMLParser

import yaml

from dsr.core.package import BLACKED_OUT
from dsr.rendering import wording
from dsr.rendering.html import TEMPLATES

_DAY_CHARACTERS = 10
_DEEPEST = 12
_CODED_KEYS = frozenset({"status", "gender", "intent", "criticality"})
#: characters that change how other text is shown, and those that no page may hold
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Piece:
    """A run of text; `black` stands for words that were blacked out."""

    text: str = field(repr=False)
    black: bool = False


@dataclass(frozen=True)
class Row:
    """One line of an item; `depth` is how far it is nested."""

    label: str
    text: str = field(repr=False)
    depth: int = 0


@functools.cache
def _words(name: str) -> Mapping[str, tuple[str, str]]:
    document = yaml.safe_load((TEMPLATES / "package" / name).read_text(encoding="utf-8"))
    return {key: (nl, en) for key, (nl, en) in document.items()}


def kind_words(kind: str, language: str) -> str:
    """`Condition` is `Probleem of diagnose`; an unknown kind keeps its own word."""
    nl, en = _words("kinds.yaml").get(kind, (_spaced(kind), _spaced(kind)))
    return nl if language == "nl" else en


@functools.lru_cache(maxsize=4096)
def label(key: str, language: str) -> str:
    """What a key is called; an unknown one reads as its own words."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    known = _words("labels.yaml")
    if plain not in known and re.match("value[A-Z]", key):
        plain = "value"  # FHIR writes the type of a value into its key
    nl, en = known.get(plain, (_spaced(key), _spaced(key)))
    return nl if language == "nl" else en


def _spaced(key: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").replace(".", " ")
    return (parted[:1].upper() + parted[1:].lower()).strip() or key


def rows(data: Mapping[str, object], language: str) -> Iterator[Row]:
    """The rows of an item's data, in its own order."""
    for key, value in data.items():
        if key == "resourceType":
            yield Row(label(key, language), f"{kind_words(str(value), language)} ({value})")
        else:
            yield from _rows(label(key, language), _meant(key, value, language), language, 0)


def _meant(key: str, value: object, language: str) -> object:
    """A code with its meaning, for the keys of FHIR that hold bare codes."""
    if key not in _CODED_KEYS or not isinstance(value, str):
        return value
    found = _words("values.yaml").get(value)
    return f"{found[language != 'nl']} ({value})" if found else value


def _rows(name: str, value: object, language: str, depth: int) -> Iterator[Row]:
    line = one_line(value, language)
    if line is not None:
        if line:
            yield Row(name, line, depth)
    elif isinstance(value, list):
        for number, one in enumerate(value, 1):
            counted = f"{name} {number}" if len(value) > 1 else name
            yield from _rows(counted, one, language, depth)
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        yield Row(name, "", depth)
        for key, one in value.items():
            yield from _rows(label(str(key), language), one, language, depth + 1)
    else:
        yield Row(name, str(value), depth)


def one_line(value: object, language: str) -> str | None:
    """The value on one line, or None when it needs rows of its own."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return {"nl": ("nee", "ja"), "en": ("no", "yes")}[language][value]
    if isinstance(value, str):
        return text_in_words(value, language)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return _list_line(value, language)
    if isinstance(value, Mapping):
        return _shape_line({str(key): one for key, one in value.items()}, language)
    return str(value)


def text_in_words(text: str, language: str) -> str:
    """A date or moment in words, anything else as it is."""
    if text[4:5] != "-" or text[7:8] != "-":
        return text
    try:
        if text[13:14] == ":" and text[10] in "T ":
            return wording.moment(datetime.fromisoformat(text), language)
        if len(text) == _DAY_CHARACTERS:
            return wording.day(date.fromisoformat(text), language)
    except ValueError:
        return text
    return text


def _list_line(values: list[object], language: str) -> str | None:
    lines = [one_line(one, language) for one in values]
    if any(line is None for line in lines) or len(lines) > 8:
        return None
    return "; ".join(line for line in lines if line)


def _shape_line(value: Mapping[str, object], language: str) -> str | None:
    keys = frozenset(value)
    for allowed, needed, shape in _SHAPES:
        if keys <= allowed and keys & needed:
            return shape(value, language)
    if "url" in keys:
        return _extension(value, language)
    if len(value) == 1:
        return one_line(next(iter(value.values())), language)
    return "" if not keys else None


def _concept(value: Mapping[str, object], language: str) -> str:
    """`code with its meaning`: the text, then each coding that adds something."""
    text = str(value.get("text") or "")
    codings = value.get("coding")
    found = [_coding(one, language) for one in codings if isinstance(one, Mapping)] if isinstance(
        codings, list
    ) else []  # fmt: skip
    if text and len(found) == 1 and found[0].startswith(text):
        return found[0]
    return "; ".join(dict.fromkeys(filter(None, (text, *found))))


def _coding(value: Mapping[str, object], language: str) -> str:
    code, shown = str(value.get("code") or ""), str(value.get("display") or "")
    system = _code_system(str(value.get("system") or ""))
    where = ", ".join(filter(None, (system, code)))
    return f"{shown} ({where})" if shown and where else shown or where


_CODE_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://unitsofmeasure.org": "UCUM",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://hl7.org/fhir/sid/icpc-1": "ICPC",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
}


def _code_system(address: str) -> str:
    return _CODE_SYSTEMS.get(address, address.rstrip("/").rpartition("/")[2])


def _quantity(value: Mapping[str, object], language: str) -> str:
    unit = value.get("unit") or value.get("code") or value.get("currency") or ""
    return " ".join(str(part) for part in (value.get("comparator"), value.get("value"), unit)
                    if part not in (None, ""))  # fmt: skip


def _period(value: Mapping[str, object], language: str) -> str:
    start = text_in_words(str(value.get("start") or ""), language)
    end = text_in_words(str(value.get("end") or ""), language)
    return f"{start} – {end}" if end else start


def _person(value: Mapping[str, object], language: str) -> str:
    if value.get("text"):
        return str(value["text"])
    given = value.get("given")
    names = [str(one) for one in given] if isinstance(given, list) else [str(given or "")]
    prefix = value.get("prefix")
    titles = [str(one) for one in prefix] if isinstance(prefix, list) else []
    return " ".join(filter(None, (*titles, *names, str(value.get("family") or ""))))


def _address(value: Mapping[str, object], language: str) -> str:
    lines = value.get("line")
    street = ", ".join(map(str, lines)) if isinstance(lines, list) else ""
    place = " ".join(str(value[key]) for key in ("postalCode", "city") if value.get(key))
    rest = (str(value.get(key) or "") for key in ("state", "country"))
    return ", ".join(filter(None, (street, place, *rest)))


def _reference(value: Mapping[str, object], language: str) -> str:
    return str(value.get("display") or value.get("reference") or "")


def _contact(value: Mapping[str, object], language: str) -> str:
    return str(value.get("value") or "")


def _identifier(value: Mapping[str, object], language: str) -> str:
    kind = one_line(value.get("type"), language) or _code_system(str(value.get("system") or ""))
    number = str(value.get("value") or "")
    return f"{number} ({kind})" if kind else number


def _extension(value: Mapping[str, object], language: str) -> str | None:
    held = [one for key, one in value.items() if key.startswith("value")]
    line = one_line(held[0], language) if len(held) == 1 else None
    if line is None or len(value) > 2:
        return None
    return f"{_spaced(str(value['url']).rpartition('/')[2].replace('-', '_'))}: {line}"


def _narrative(value: Mapping[str, object], language: str) -> str:
    reader = _Stripped()
    reader.feed(str(value.get("div") or ""))
    return " ".join(" ".join(reader.words).split())


class _Stripped(HTMLParser):
    """Keeps the words of a narrative and drops its markup."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


#: (keys it may have, keys of which it has one, how it reads)
_SHAPES = (
    (_keys("coding text id"), _keys("coding"), _concept),
    (_keys("system version code display userSelected id"), _keys("code display"), _coding),
    (_keys("value unit system code comparator currency id"), _keys("unit currency"), _quantity),
    (_keys("start end id"), _keys("start end"), _period),
    (_keys("use text family given prefix suffix period id"), _keys("family given"), _person),
    (
        _keys("use type text line city district state postalCode country period id"),
        _keys("line city postalCode"),
        _address,
    ),
    (_keys("reference type identifier display id"), _keys("reference display"), _reference),
    (_keys("system value use rank period id"), _keys("rank"), _contact),
    (_keys("use type system value period assigner id"), _keys("value"), _identifier),
    (_keys("status div id"), _keys("div"), _narrative),
)


def pieces(text: str, black_words: str) -> list[Piece]:
    """The text cut at blacked-out words, which read as `black_words`."""
    parts = visible(text).split(BLACKED_OUT)
    cut = [Piece(parts[0])]
    for part in parts[1:]:
        cut += [Piece(black_words, black=True), Piece(part)]
    return [piece for piece in cut if piece.text]


def visible(text: str) -> str:
    """The text without characters that hide or turn round what is shown."""
    # None of those is printable, and asking that is quicker than looking for them.
    return text if text.isprintable() else _UNSEEN.sub("\ufffd", text)
