"""To which countries personal data may go (Chapter V, Art. 44-49)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import yaml

_DATA = Path(__file__).parent / "data" / "countries.yaml"


@dataclass(frozen=True)
class Decision:
    """A decision of the Commission that a country protects data well enough (Art. 45(3))."""

    country: str
    date: str
    source: str


@dataclass(frozen=True)
class _Countries:
    area: frozenset[str]
    adequate: Mapping[str, Decision]
    framework: Mapping[str, Decision]


def in_the_area(country: str) -> bool:
    """Whether a country is in the European Economic Area, so that Chapter V asks nothing."""
    return country in _countries().area


def adequacy_decisions() -> Mapping[str, Decision]:
    """The decisions for a whole country or its private sector, by ISO 3166 code (Art. 45)."""
    return _countries().adequate


def framework_countries() -> Mapping[str, Decision]:
    """Where a decision covers only those on a list, as the EU-US framework does (Art. 45)."""
    return _countries().framework


@lru_cache(maxsize=1)
def _countries() -> _Countries:
    document = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return _Countries(
        area=frozenset(document["european_economic_area"]["countries"]),
        adequate=_decisions(document["adequacy_decisions"]),
        framework=_decisions(document["data_privacy_framework"]),
    )


def _decisions(rows: Mapping[str, Mapping[str, object]]) -> Mapping[str, Decision]:
    return MappingProxyType(
        {code: Decision(code, str(row["date"]), str(row["source"])) for code, row in rows.items()}
    )
