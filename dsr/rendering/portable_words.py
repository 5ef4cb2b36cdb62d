"""The wording of what a person takes along (Art. 20), for its pages and for the letters."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, cast

import yaml

from dsr.rendering.html import TEMPLATES


@functools.cache
def portable_words(language: str) -> Mapping[str, Any]:
    """All words, by part: `difference` tells portability from access, sentence by sentence."""
    path = TEMPLATES / "package" / "words" / f"portable.{language}.yaml"
    # Any: texts and tables of texts.
    return cast(Mapping[str, Any], yaml.safe_load(path.read_text(encoding="utf-8")))
