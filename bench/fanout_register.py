"""The register of row d: the bench's own, with five REST systems that each answer slowly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bench.house import REGISTER

SYSTEMS = ("alfa", "bravo", "charlie", "delta", "echo")
#: searches of one system at the same time, of all workers together
AT_ONCE = 24


def write_register(path: Path, url: str) -> Path:
    """Write it; every system lies below the same address under its own name."""
    document = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))
    document["systems"] = [_system(name, number, url) for number, name in enumerate(SYSTEMS, 2)]
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


def _system(name: str, number: int, url: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": {"nl": f"Systeem {name}", "en": f"System {name}"},
        "connector": "rest",
        "folder": f"{number}-{name}",
        "processor": "Verwerker van de meting",
        "identity": name == SYSTEMS[0],
        "pace": {"at_once": AT_ONCE},
        "settings": _settings(name, url),
        "datasets": [
            {
                "id": "notes",
                "name": {"nl": "Notities", "en": "Notes"},
                "purpose": "P.1",
                "special": False,
            }
        ],
    }


def _settings(name: str, url: str) -> dict[str, Any]:
    by_name = {"path": "/people", "query": {"name": "{name}"}}
    return {
        "base_url": f"{url}/{name}",
        "system": name,
        "place": "the system",
        "auth": {"kind": "api_key", "header": "X-Api-Key", "value": "bench"},
        "check": {"path": "/ping"},
        "person": {"ref": "id", "name": "name", "birth_date": "birth_date"},
        "lookup": [
            {
                "by": "reference",
                "request": {"path": "/people/{reference}"},
                "result_path": "[@]",
            },
            {
                "by": "name",
                "request": by_name,
                "result_path": "items",
                "require_exact": {"path": "name", "normalise": "lower"},
            },
        ],
        "datasets": {
            "notes": {
                "request": {"path": "/people/{subject_ref}/notes"},
                "items": "items",
                "ref": "id",
                "kind": "'note'",
                "owner": "person",
            }
        },
    }
