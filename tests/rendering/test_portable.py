"""What a person takes along (Art. 20): what is in it, what it says, and what stays out."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
import tracemalloc
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from fhir.resources.R4B.bundle import Bundle

from dsr.core.package import BLACKED_OUT, PackageContents
from dsr.core.portable import PortableAsk
from dsr.core.request import Outcome
from dsr.rendering.package import package_chunks
from dsr.rendering.portable_package import PORTABLE_SCHEMAS, portable_chunks
from dsr.rendering.portable_words import portable_words
from tests.rendering.contents import account, message, streamed, unpacked
from tests.rendering.makers import PlainMaker
from tests.rendering.portable_contents import (
    BSN,
    GIVE,
    carried,
    everything,
    own,
    person,
    signed_in,
    to_carry,
)

DATASETS = (
    "2-app/account",
    "3-huisartsdossier/dossier",
    "5-inloggen/auth_events",
    "6-berichten/messages",
)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The package of its own."""
    return carried(to_carry())


@pytest.fixture(scope="module")
def within() -> dict[str, bytes]:
    """The access package of the same contents."""
    return unpacked(b"".join(package_chunks(to_carry(), PlainMaker())))


def read(files: dict[str, bytes], path: str) -> Any:
    return json.loads(files[path])


def numbers(files: dict[str, bytes], path: str) -> list[int]:
    return [item["number"] for item in read(files, path)["items"]]


def test_the_layout_is_the_one_we_promise(files: dict[str, bytes]) -> None:
    assert set(files) == {
        "LEES-MIJ-EERST.html", "READ-ME-FIRST.html", "brief.pdf", "inhoud.json",
        "niet-overdraagbaar.html", "niet-overdraagbaar.json", "fhir-bundle.json",
        *(f"{name}.{kind}" for name in DATASETS for kind in ("json", "csv")),
        "6-berichten/bijlagen/0001.png",
        "schema/portable-dataset.schema.json", "schema/portable-index.schema.json",
        "schema/portable-left-out.schema.json", "manifest.json", "SHA256SUMS",
    }  # fmt: skip


def test_only_what_the_person_provided_goes_along(files: dict[str, bytes]) -> None:
    """Art. 20(1): not the words of staff or a notice, no laboratory, no diagnosis, no log."""
    assert numbers(files, "2-app/account.json") == [1]
    assert numbers(files, "3-huisartsdossier/dossier.json") == [51, 52, 53, 56]
    assert numbers(files, "5-inloggen/auth_events.json") == [1, 2]
    assert numbers(files, "6-berichten/messages.json") == [2, 4, 10, 12]
    assert read(files, "inhoud.json")["count"] == 11
    everywhere = b"".join(files.values())
    for words in ("te hoog", "Het gesprek is gesloten", "Wij bellen u", "AuditEvent"):
        assert words.encode() not in everywhere


def test_without_a_choice_of_the_practice_no_care_data_go_along() -> None:
    for chosen in (None, False):
        made = carried(to_carry(portable=PortableAsk(voluntary_care=chosen)))
        assert not [path for path in made if path.startswith("3-huisartsdossier")]
        assert "fhir-bundle.json" not in made
        assert read(made, "inhoud.json")["fhir_bundle"] is None
        reasons = {one["reason"] for one in read(made, "niet-overdraagbaar.json")["left_out"]}
        assert "care_file" in reasons


def test_what_others_are_told_of_in_own_messages_stays_for_own_use(
    files: dict[str, bytes],
) -> None:
    """Art. 20(4): the message goes along; what the desk blacked out stays black."""
    by_number = {one["number"]: one for one in read(files, "6-berichten/messages.json")["items"]}
    assert by_number[10]["data"]["message"] == "Mijn buurvrouw Lien is ook ziek."
    assert BLACKED_OUT in by_number[12]["data"]["message"]
    assert by_number[12]["redactions"] == [{"path": "message", "reason": "third_party"}]


def test_each_file_says_where_it_comes_from_for_which_purpose_and_why(
    files: dict[str, bytes],
) -> None:
    whys = {}
    for name in DATASETS:
        held = read(files, f"{name}.json")
        whys[name] = {one["code"]: one["count"] for one in held["why"]}
        assert held["exported_at"] == "2026-11-27"
        assert held["source"]["searched_at"] == "2026-11-09T10:00:00+00:00"
        assert sum(whys[name].values()) == held["count"] == len(held["items"])
        assert Counter(item["why"] for item in held["items"]) == whys[name]
        assert all(one["articles"]["nl"] and one["articles"]["en"] for one in held["why"])
    assert whys == {
        "2-app/account": {"given": 1},
        "3-huisartsdossier/dossier": {"own_choice": 4},
        "5-inloggen/auth_events": {"observed": 2},
        "6-berichten/messages": {"given": 4},
    }
    purpose = read(files, "5-inloggen/auth_events.json")["purpose"]
    assert (purpose["id"], purpose["basis"]) == ("A.5", "consent")


def test_what_the_law_does_not_ask_for_is_said_to_be_a_choice(files: dict[str, bytes]) -> None:
    why = read(files, "3-huisartsdossier/dossier.json")["why"][0]
    assert "uit eigen keuze" in why["nl"]
    assert "AVG-helpdesk" in why["articles"]["nl"]
    assert why["nl"] in words(files["LEES-MIJ-EERST.html"])


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        *((f"{name}.json", "portable-dataset") for name in DATASETS),
        ("inhoud.json", "portable-index"),
        ("niet-overdraagbaar.json", "portable-left-out"),
    ],
)
def test_each_json_keeps_to_the_schema_that_travels_with_it(
    files: dict[str, bytes], within: dict[str, bytes], path: str, schema: str
) -> None:
    for held, root in ((files, ""), (within, "overdraagbaar/")):
        document = read(held, f"{root}schema/{schema}.schema.json")
        jsonschema.Draft202012Validator.check_schema(document)
        jsonschema.validate(read(held, root + path), document)
        assert read(held, root + path)["schema"] == document["$id"]


def test_a_schema_refuses_a_field_it_does_not_know(files: dict[str, bytes]) -> None:
    document = json.loads((PORTABLE_SCHEMAS / "portable-dataset.schema.json").read_text())
    held = read(files, "2-app/account.json")
    for place in (held, held["items"][0], held["source"], held["purpose"]):
        place["more"] = 1
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(held, document)
        del place["more"]


@pytest.mark.parametrize("name", DATASETS)
def test_csv_and_json_hold_the_same_facts(files: dict[str, bytes], name: str) -> None:
    """Whoever takes one `'` off a cell has what the JSON has."""
    items = read(files, f"{name}.json")["items"]
    rows = list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"))))
    assert len(rows) == len(items)
    for item, row in zip(items, rows, strict=True):
        told = {key: value.removeprefix("'") for key, value in row.items() if value != ""}
        assert told == flat(item)


def flat(item: dict[str, Any]) -> dict[str, str]:
    """A JSON item as its cells should read, those that hold something."""
    fixed = ("number", "kind", "author", "why", "files", "redactions")
    values = {
        **{key: item[key] for key in fixed},
        **{f"dates.{key}": value for key, value in item["dates"].items()},
        **{f"data.{key}": value for key, value in item["data"].items()},
    }
    return {key: as_cell(one) for key, one in values.items() if one not in (None, "", [])}


def as_cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def test_no_cell_is_a_formula_and_each_table_opens_as_utf_8(files: dict[str, bytes]) -> None:
    """T35: a spreadsheet computes nothing, also of what the person themselves wrote."""
    for name in DATASETS:
        content = files[f"{name}.csv"]
        assert content.startswith("\ufeff".encode())
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        cells = [cell for row in rows for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert "''=1+1" in files["6-berichten/messages.csv"].decode()


def test_attachments_are_the_originals_and_only_those_of_the_person(
    files: dict[str, bytes], within: dict[str, bytes]
) -> None:
    """Item 4 has the person's photo; the file of the practice's own message stays out."""
    for held, root in ((files, ""), (within, "overdraagbaar/")):
        path = f"{root}6-berichten/messages.json"
        links = [one["path"] for item in read(held, path)["items"] for one in item["files"]]
        assert len(links) == 1
        assert held[resolved(path, links[0])].startswith(b"\x89PNG")
    assert [path for path in files if "bijlagen" in path] == ["6-berichten/bijlagen/0001.png"]
    assert not [path for path in within if path.startswith("overdraagbaar/6-berichten/bijlagen")]


def test_the_folder_in_the_access_package_says_the_same(
    files: dict[str, bytes], within: dict[str, bytes]
) -> None:
    for name in DATASETS:
        alone, folder = (read(files, f"{name}.json"), read(within, f"overdraagbaar/{name}.json"))
        for item in (*alone["items"], *folder["items"]):
            item["files"] = [one["name"] for one in item["files"]]
        assert alone == folder
    assert files["fhir-bundle.json"] == within["overdraagbaar/fhir-bundle.json"]
    assert files["inhoud.json"] == within["overdraagbaar/inhoud.json"]
    left = [read(files, "niet-overdraagbaar.json"),
            read(within, "overdraagbaar/niet-overdraagbaar.json")]  # fmt: skip
    assert left[0]["left_out"] == left[1]["left_out"]
    assert left[0]["instead"] != left[1]["instead"]  # there the copy is beside it


def test_the_whole_file_as_fhir_is_the_copy_and_not_the_portable_part(
    within: dict[str, bytes],
) -> None:
    """Wabvpz 15d and Art. 20 differ in what they give, so the package tells them apart."""
    copy = read(within, "elektronisch-afschrift/fhir-bundle.json")["entry"]
    part = read(within, "overdraagbaar/fhir-bundle.json")["entry"]
    assert (len(copy), len(part)) == (11, 4)


def test_the_bundle_is_valid_r4_with_the_person_and_without_judgements(
    files: dict[str, bytes],
) -> None:
    bundle = read(files, "fhir-bundle.json")
    Bundle.model_validate(bundle)
    resources = {one["resource"]["id"]: one["resource"] for one in bundle["entry"]}
    assert list(resources) == ["obs-51", "obs-52", "obs-53", "p1"]
    assert resources["obs-51"]["code"]["coding"][0]["code"] == "8480-6"
    assert resources["obs-51"]["_issued"]["extension"][0]["valueCode"] == "masked"
    assert "interpretation" not in resources["obs-51"]
    addresses = [one["fullUrl"] for one in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    base = addresses[0].removesuffix("Observation/obs-51")
    assert f"{base}{resources['obs-51']['subject']['reference']}" in addresses


def test_a_person_who_was_not_found_is_an_id_and_nothing_more() -> None:
    made = carried(to_carry({"his": [own(51), own(52)]}))
    entries = read(made, "fhir-bundle.json")["entry"]
    assert entries[-1]["resource"] == {"resourceType": "Patient", "id": "p1"}
    assert len(entries) == 3
    Bundle.model_validate(read(made, "fhir-bundle.json"))


def test_a_citizen_number_is_there_only_when_it_was_found(files: dict[str, bytes]) -> None:
    known = [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN}]
    made = carried(to_carry({"his": [own(51), person(56, identifier=known)]}))
    held = [one["resource"] for one in read(made, "fhir-bundle.json")["entry"]]
    assert [one["identifier"] for one in held if "identifier" in one] == [known]
    assert b"NamingSystem/bsn" not in b"".join(files.values())


def test_a_measurement_that_names_nobody_needs_no_person() -> None:
    made = carried(to_carry({"his": [own(51, subject={"display": "Noor"}), own(52, subject=None)]}))
    assert len(read(made, "fhir-bundle.json")["entry"]) == 2


def test_every_item_that_was_found_goes_along_or_is_named_with_its_reason(
    files: dict[str, bytes],
) -> None:
    """Art. 12(4): nothing falls silent."""
    left = read(files, "niet-overdraagbaar.json")["left_out"]
    whole = sum(one["count"] for one in left if not one["partly"] and not one["withheld"])
    assert whole + read(files, "inhoud.json")["count"] == sum(map(len, everything().values()))
    counted = {(one["dataset"], one["reason"], one["partly"]): one["count"] for one in left}
    assert counted == {
        ("dossier", "written_by_us", False): 5,
        ("dossier", "concluded", False): 2,
        ("dossier", "concluded", True): 1,
        ("access_log", "other_basis", False): 1,
        ("messages", "written_by_us", False): 4,
        ("dossier", "third_party", False): 9,
        ("messages", "third_party", True): 1,
    }


def test_what_stays_out_is_on_the_page_as_in_the_json(files: dict[str, bytes]) -> None:
    page = words(files["niet-overdraagbaar.html"])
    held = read(files, "niet-overdraagbaar.json")
    assert held["instead"] in page
    for one in held["left_out"]:
        for key in ("why", "article", "dataset_name", "system_name", "words"):
            assert one[key] in page


def test_kinds_that_were_not_asked_for_are_named_without_a_count() -> None:
    """Somebody who asks for this alone is told about the medical file too."""
    made = to_carry({"app": [account()]}, withheld=lambda: iter(()))
    sources = tuple(
        dataclasses.replace(one, outcome=Outcome.NOT_KEPT, searched_at=None)
        if one.system in ("his", "crm", "sendbird")
        else one
        for one in made.sources
    )
    for ask, of_the_file in ((PortableAsk(), "care_file"), (GIVE, "not_searched")):
        files = carried(dataclasses.replace(made, sources=sources, portable=ask))
        left = read(files, "niet-overdraagbaar.json")["left_out"]
        reasons = {one["dataset"]: one["reason"] for one in left}
        assert reasons["dossier"] == of_the_file
        assert reasons["contact"] == "other_basis"
        assert reasons["messages"] == "not_searched"
        assert not any(one["searched"] or one["count"] for one in left)
        jsonschema.validate(
            read(files, "niet-overdraagbaar.json"),
            read(files, "schema/portable-left-out.schema.json"),
        )
        assert "Niet alle soorten gegevens gaan mee." in words(files["LEES-MIJ-EERST.html"])
        assert all(one["why"] in words(files["niet-overdraagbaar.html"]) for one in left)


def test_a_system_that_never_keeps_such_data_leaves_nothing_behind() -> None:
    made = to_carry({"app": [account()]}, withheld=lambda: iter(()))
    sources = tuple(dataclasses.replace(one, outcome=Outcome.NOT_KEPT) if one.system == "crm"
                    else one for one in made.sources)  # fmt: skip
    files = carried(dataclasses.replace(made, sources=sources))
    assert read(files, "niet-overdraagbaar.json")["left_out"] == []


def test_nothing_to_take_along_makes_a_package_that_says_so() -> None:
    made = carried(to_carry({"sendbird": [message(1)]}))
    assert read(made, "inhoud.json")["datasets"] == []
    assert "geen gegevens die u kunt meenemen" in words(made["LEES-MIJ-EERST.html"])
    assert "niet-overdraagbaar.html" in made["LEES-MIJ-EERST.html"].decode()


def test_nothing_left_behind_is_said_too() -> None:
    made = carried(to_carry({"app": [account()]}, withheld=lambda: iter(())))
    assert read(made, "niet-overdraagbaar.json")["left_out"] == []
    assert "Alles wat wij vonden, kunt u meenemen." in words(made["niet-overdraagbaar.html"])
    assert "Er bleef niets achter." in words(made["LEES-MIJ-EERST.html"])


def test_a_source_that_is_not_searched_to_the_end_is_named() -> None:
    made = to_carry()
    sources = tuple(
        dataclasses.replace(one, outcome=Outcome.FAILED) if one.system in ("app", "crm") else one
        for one in made.sources
    )
    files = carried(dataclasses.replace(made, sources=sources))
    assert read(files, "inhoud.json")["unfinished"] == ["app"]  # of the CRM nothing is portable
    assert "Dit is nog niet klaar: App: account en gebruik." in words(files["LEES-MIJ-EERST.html"])


def test_for_another_controller_a_page_tells_what_it_is_and_that_we_did_not_send_it() -> None:
    """Art. 20(2): sending it on directly is not offered yet, and no page says that it was."""
    ask = PortableAsk(voluntary_care=True, recipient="Huisarts <b>De Linde</b>")
    made = carried(to_carry(portable=ask))
    plain = carried(to_carry())
    assert set(made) - set(plain) == {"voor-de-ontvanger.html", "for-the-recipient.html"}
    page = words(made["voor-de-ontvanger.html"])
    assert "Huisarts <b>De Linde</b>" in page
    assert "<b>" not in made["voor-de-ontvanger.html"].decode()
    for told in ("Wij stuurden het niet rechtstreeks", "draft 2020-12", "artikel 20 lid 4",
                 "010 311 60 10", "inhoud.json"):  # fmt: skip
        assert told in page
    assert "voor-de-ontvanger.html" in made["LEES-MIJ-EERST.html"].decode()
    assert read(made, "inhoud.json")["for"] == "other"
    assert "De Linde" not in repr(to_carry(portable=ask))
    for path in (*(f"{name}.json" for name in DATASETS), "fhir-bundle.json"):
        assert made[path] == plain[path]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_pages_are_safe_whole_and_need_nothing_from_outside(language: str) -> None:
    ask = PortableAsk(voluntary_care=True, recipient="De Linde")
    made = to_carry(language=language, portable=ask)
    access = unpacked(b"".join(package_chunks(made, PlainMaker())))
    for files in (carried(made), access):
        for path in [name for name in files if name.endswith(".html")]:
            page = Page(files[path])
            assert not page.tags & {"script", "iframe", "object", "embed", "form", "link", "base"}
            assert page.language in ("nl", "en")
            assert page.headings[0] == "h1"
            assert page.headings.count("h1") == 1
            for link in page.links:
                assert not link.startswith(("http", "//", "javascript:", "data:"))
                assert resolved(path, link) in files, (path, link)


def test_every_name_is_ours_and_plain(files: dict[str, bytes]) -> None:
    """T42: no name of a patient's file, no way out of the folder."""
    for path in files:
        assert re.fullmatch(r"[A-Za-z0-9/._-]+", path)
        assert ".." not in path


def test_the_manifest_and_the_sums_name_every_file_with_its_hash(files: dict[str, bytes]) -> None:
    listed = {one["path"]: one for one in read(files, "manifest.json")["files"]}
    assert set(listed) == set(files) - {"manifest.json", "SHA256SUMS"}
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert set(sums) == set(files) - {"SHA256SUMS"}
    for path, digest in sums.items():
        assert digest == hashlib.sha256(files[path]).hexdigest()


def test_a_package_without_a_letter_names_none() -> None:
    made = carried(to_carry(letter_pdf=b""))
    assert "brief.pdf" not in made
    assert "brief.pdf" not in made["LEES-MIJ-EERST.html"].decode()


def test_the_same_contents_give_the_same_bytes() -> None:
    assert b"".join(portable_chunks(to_carry())) == b"".join(portable_chunks(to_carry()))


def test_fields_have_names_in_two_languages(files: dict[str, bytes]) -> None:
    held = read(files, "2-app/account.json")
    named = {one["name"]: one for one in held["fields"]}
    assert set(named) == set(held["items"][0]["data"])
    assert named["birth_date"] == {
        "name": "birth_date", "nl": "Geboortedatum", "en": "Date of birth",
    }  # fmt: skip


def test_both_languages_say_the_same_things() -> None:
    """The words of the letters too: no part is missing in one of them."""
    assert keys(portable_words("nl")) == keys(portable_words("en"))


def keys(held: Any, before: str = "") -> set[str]:
    if not isinstance(held, dict):
        return {before}
    return {key for name, one in held.items() for key in keys(one, f"{before}.{name}")}


@pytest.mark.slow
def test_twenty_thousand_messages_take_no_more_memory_than_two_thousand() -> None:
    small, low = peak(streamed(2_000))
    large, high = peak(streamed(20_000))
    assert large > 5 * small
    assert high < low + 4_000_000


def peak(held: PackageContents) -> tuple[int, int]:
    tracemalloc.start()
    size = sum(map(len, portable_chunks(dataclasses.replace(held, portable=GIVE))))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size, most


def test_observed_moments_keep_numbers_and_truth_as_they_were() -> None:
    made = carried(to_carry({"cognito": [signed_in(3)]}))
    item = read(made, "5-inloggen/auth_events.json")["items"][0]
    assert item["data"] == {"EventType": "SignIn", "Risk": None, "Score": -1.5, "Ok": True}
    row = made["5-inloggen/auth_events.csv"].decode("utf-8-sig").splitlines()[1]
    assert row.endswith('"SignIn","","\'-1.5","true"')


def resolved(page: str, link: str) -> str:
    path = link.partition("#")[0]
    return (
        str((Path("/") / page).parent.joinpath(path).resolve().relative_to("/")) if path else page
    )


class Page(HTMLParser):
    """The tags, links and headings of a page, and its words."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.headings: list[str] = []
        self.text: list[str] = []
        self.language = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        self.links += [link for name, link in attrs if name in {"href", "src"} and link]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def words(content: bytes) -> str:
    return " ".join("".join(Page(content).text).split())
