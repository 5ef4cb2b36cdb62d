"""Registers made from the bench's own: slow systems (row d), files (f), one that changes (j)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bench.house import REGISTER

SYSTEMS = ("alfa", "bravo", "charlie", "delta", "echo")
#: searches of one system at the same time, of all workers together
AT_ONCE = 16

FILES: dict[str, Any] = {
    "id": "app",
    "name": {"nl": "De app", "en": "The app"},
    "connector": "sql",
    "folder": "2-app",
    "processor": {"name": "Verwerker van de meting", "country": "NL"},
    "identity": True,
    "settings": {
        "url": {"env": "DSR_TARGET_DB_URL"},
        "person": {
            "table": "account",
            "key": "id",
            "match": {
                "refs": {"app": "id"},
                "name": ["first_name", "surname"],
                "birth_date": "birth_date",
                "email": "email",
            },
        },
        "datasets": {
            "photos": {
                "table": "photo",
                "key": "id",
                "person": "account_id",
                "files": [{"content": "content", "name": "name", "type": "type"}],
            },
            "entries": {
                "table": "entry",
                "key": "id",
                "person": "account_id",
                "dates": {"recorded": "at"},
            },
        },
    },
    "datasets": [
        {
            "id": "photos",
            "name": {"nl": "Foto's", "en": "Photos"},
            "purpose": "P.1",
            "retention": "bench_2y",
            "special": True,
        },
        {
            "id": "entries",
            "name": {"nl": "Uw medisch dossier", "en": "Your medical file"},
            "purpose": "P.1",
            "retention": "bench_2y",
            "special": True,
            "medical_file": True,
        },
    ],
}


def slow_register(path: Path, url: str) -> Path:
    """Five systems below the same address, each under its own name."""
    return _written(path, [_slow(name, number, url) for number, name in enumerate(SYSTEMS, 2)])


def files_register(path: Path) -> Path:
    """One database with photos (files in rows) and a medical file."""
    return _written(path, [FILES])


def changing_register(path: Path) -> Path:
    """The bench's own database with a map that lets it be changed.

    Each dataset is decided by itself, so nothing goes along with the account; a message is kept
    for two years after it was sent, so that each has its own day.
    """
    document = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))
    settings = document["systems"][0]["settings"]
    settings["changes"] = True
    settings["datasets"]["account"]["along"] = []
    rule = {**document["retention_rules"][0], "id": "bench_sent", "counts_from": "sent"}
    document["retention_rules"].append({**rule, "dates": {"sent": "sent"}})
    for dataset in document["systems"][0]["datasets"]:
        if dataset["id"] == "messages":
            dataset["retention"] = rule["id"]
    return _dumped(path, document)


def _written(path: Path, systems: list[dict[str, Any]]) -> Path:
    document = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))
    document["systems"] = systems
    document["purposes"][0]["systems"] = [system["id"] for system in systems]
    return _dumped(path, document)


def _dumped(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


def _slow(name: str, number: int, url: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": {"nl": f"Systeem {name}", "en": f"System {name}"},
        "connector": "rest",
        "folder": f"{number}-{name}",
        "processor": {"name": "Verwerker van de meting", "country": "NL"},
        "identity": name == SYSTEMS[0],
        "pace": {"at_once": AT_ONCE},
        "settings": _settings(name, url),
        "datasets": [
            {
                "id": "notes",
                "name": {"nl": "Notities", "en": "Notes"},
                "purpose": "P.1",
                "retention": "bench_2y",
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
