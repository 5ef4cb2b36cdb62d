"""Until when what was found is kept, as the pages and the JSON of a package tell it."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any

import pytest

from dsr.core.package import ReleasedItem, Sort
from dsr.law.retention_events import STARTS
from dsr.rendering.pages import words
from tests.rendering.contents import account, contents, looked, message, package_bytes, unpacked
from tests.rendering.contents import resource as observation

SORTS = {
    "reviews": Sort(dataset="reviews", kind="review", special=True, portable=True),
    "sessions": Sort(dataset="sessions", kind="session", portable=True),
}


def dated(item: ReleasedItem, **dates: str) -> ReleasedItem:
    return dataclasses.replace(item, dates=dates)


def of_app(number: int, dataset: str, **dates: str) -> ReleasedItem:
    return ReleasedItem(number, SORTS[dataset], data={"words": "Fijn geholpen"}, dates=dates)


ITEMS = {
    "app": [
        account(),
        of_app(2, "reviews", recorded="2025-03-03T10:00:00+00:00"),
        of_app(3, "sessions", recorded="2026-10-20"),
        of_app(4, "sessions", recorded="2026-11-20"),
        of_app(5, "sessions"),
    ],
    "his": [
        dated(observation(1), recorded="2006-03-12", last_change="2006-03-12"),
        dated(observation(2), recorded="2019-04-30", last_change="2024-02-29"),
        looked(91),
    ],
    "sendbird": [
        dated(message(1), sent="2026-09-12T08:00:00+00:00"),
        dated(message(2), sent="2026-11-26T23:30:00+00:00"),
    ],
}


@cache
def files(language: str = "nl") -> dict[str, bytes]:
    return unpacked(package_bytes(contents(ITEMS, language=language)))


def told(dataset: str, path: str, language: str = "nl") -> dict[str, Any]:
    sheets = json.loads(files(language)[path])["kept"]
    return next(sheet for sheet in sheets if sheet["dataset"] == dataset)


@pytest.mark.parametrize(
    ("dataset", "path", "days", "said"),
    [
        ("account", "2-app/data.json", (None, None, None),
         ["Dit kan niet worden berekend: de termijn begint op de dag dat u zich uitschrijft, en"
          " zo'n dag staat hier niet (6 maanden na uitschrijving; {source})."]),
        ("reviews", "2-app/data.json", ("2027-12-31", "2027-12-31", "2028-01-01"),
         ["Bewaard tot en met 31 december 2027 (2 jaar na het eind van het jaar waarin wij het"
          " kregen; {source})."]),
        ("sessions", "2-app/data.json", ("2026-11-27", "2026-12-20", "2026-12-21"),
         ["Het eerste bewaren wij tot en met 27 november 2026, het laatste tot en met 20 december"
          " 2026 (1 maand nadat wij het kregen; {source}).",
          "Van 1 hiervan kan dit niet worden berekend: de dag waarop de termijn begint, staat er"
          " niet bij."]),
        ("dossier", "3-huisartsdossier/data.json", ("2044-02-29", "2044-02-29", "2044-03-01"),
         ["Bewaard tot en met 29 februari 2044 (20 jaar na de laatste verandering; {source}).",
          "Verandert er nog iets in uw dossier? Dan begint de termijn opnieuw."]),
        ("access_log", "3-huisartsdossier/data.json", ("2031-02-03", "2031-02-03", None),
         ["Ten minste bewaard tot en met 3 februari 2031 (5 jaar nadat de regel is geschreven;"
          " {source})."]),
        ("messages", "6-berichten/data.json", ("2026-10-12", "2026-12-27", "2026-12-28"),
         ["De termijn van het eerste liep tot en met 12 oktober 2026, die van het laatste tot en"
          " met 27 december 2026 (1 maand na verzending; {source}).",
          "Voor een deel was de termijn al voorbij voordat uw verzoek kwam. Dat deel moeten wij na"
          " ons antwoord wissen."]),
    ],
)  # fmt: skip
def test_each_dataset_says_until_when_it_is_kept_and_by_which_rule(
    dataset: str, path: str, days: tuple[str | None, ...], said: list[str]
) -> None:
    sheet = told(dataset, path)
    assert (sheet["first"], sheet["until"], sheet["destroyed_by"]) == days
    assert sheet["words"] == [one.format(source=sheet["source"]) for one in said]
    assert sheet["source"]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("folder", ["2-app", "3-huisartsdossier", "6-berichten"])
def test_page_sheet_and_json_say_the_same(folder: str, language: str) -> None:
    page = files(language)[f"{folder}/overzicht.html"].decode().replace("&#39;", "'")
    explained = files(language)["1-toelichting/toelichting.html"].decode().replace("&#39;", "'")
    sheets = json.loads(files(language)[f"{folder}/data.json"])["kept"]
    sources = json.loads(files(language)["1-toelichting/toelichting.json"])["sources"]
    assert sheets in [source["kept"] for source in sources]
    for sheet in sheets:
        assert " ".join(sheet["words"]) in page
        assert " ".join(sheet["words"]) in explained


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "Zolang wij uw verzoek behandelen, bewaren wij wat wij vonden voor ons antwoord."),
        ("en", "As long as we are working on your request, we keep what we found for our answer."),
    ],
)
def test_the_page_says_that_the_request_itself_holds_the_data(language: str, said: str) -> None:
    assert said in files(language)["2-app/overzicht.html"].decode()
    assert said in files(language)["1-toelichting/toelichting.html"].decode()
    assert said not in files(language)["5-inloggen/overzicht.html"].decode()


@pytest.mark.parametrize(
    ("items", "dataset", "said"),
    [
        (
            {"sendbird": [dated(message(n), sent=f"2026-11-0{n}") for n in (5, 6)]},
            "messages",
            ["We keep the first until 5 December 2026, the last until 6 December 2026"
             " (1 month after it was sent; {source})."],
        ),
        (
            {"sendbird": [dated(message(1), sent="2026-09-05")]},
            "messages",
            ["The period ran until 5 October 2026 (1 month after it was sent; {source}).",
             "That period was over before your request came. We have to delete this after our"
             " answer."],
        ),
        (
            {"his": [looked(1), dated(looked(2), recorded="2026-02-04")]},
            "access_log",
            ["Kept at least: the first until 3 February 2031, the last until 4 February 2031"
             " (5 years after the line was written; {source})."],
        ),
        (
            {"app": [dated(account(), deregistration="2026-08-15")]},
            "account",
            ["Kept until 15 February 2027 (6 months after you leave; {source}).",
             "After that we can no longer use it. We delete it on 1 July 2027 or before."],
        ),
    ],
)  # fmt: skip
def test_other_spans_have_their_own_words(
    items: dict[str, list[ReleasedItem]], dataset: str, said: list[str]
) -> None:
    made = unpacked(package_bytes(contents(items, language="en")))
    sources = json.loads(made["1-toelichting/toelichting.json"])["sources"]
    sheet = next(kept for one in sources for kept in one["kept"] if kept["dataset"] == dataset)
    assert sheet["words"] == [one.format(source=sheet["source"]) for one in said]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"counts_from": (), "term": None, "while_relevant": True},
         "Zolang wij het nodig hebben. Er staat nog geen dag vast ({source})."),
        ({"counts_from": (), "term": None, "stored": False}, "Wij bewaren dit niet ({source})."),
    ],
)  # fmt: skip
def test_a_rule_without_a_term_says_so(changed: dict[str, Any], said: str) -> None:
    made = contents(ITEMS)
    rules = dict(made.register.retention_rules)
    name = made.register.system("sendbird").dataset("messages").retention
    rules[name] = dataclasses.replace(rules[name], **changed)
    register = dataclasses.replace(made.register, retention_rules=rules)
    packed = unpacked(package_bytes(dataclasses.replace(made, register=register)))
    sheet = json.loads(packed["6-berichten/data.json"])["kept"][0]
    assert sheet["words"] == [said.format(source=sheet["source"])]


def test_a_dataset_without_a_rule_says_nothing_of_a_day() -> None:
    made = contents(ITEMS)
    systems = tuple(
        dataclasses.replace(
            system, datasets=tuple(dataclasses.replace(d, retention="") for d in system.datasets)
        )
        for system in made.register.systems
    )
    register = dataclasses.replace(made.register, systems=systems)
    packed = unpacked(package_bytes(dataclasses.replace(made, register=register)))
    assert json.loads(packed["6-berichten/data.json"])["kept"] == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_event_that_starts_a_clock_has_its_words(language: str) -> None:
    keeping: Any = words(language)["keeping"]
    assert set(keeping["after"]) == STARTS
