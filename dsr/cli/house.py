"""The house of a command: settings read, checked, and built."""

from __future__ import annotations

from dsr.bootstrap import build_house
from dsr.services.house import House
from dsr.settings import read_settings


def open_house() -> House:
    """The house that the environment describes; `BrokenSettings` says what to mend."""
    return build_house(read_settings())
