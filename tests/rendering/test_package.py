"""The package: its layout, its hashes, what it may never hold, and that it streams."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pikepdf
import pytest
from fhir.resources.R4B.bundle import Bundle
from pypdf import PdfReader

from dsr.core.package import BLACKED_OUT, ReleasedItem
from dsr.core.request import Outcome
from dsr.rendering.package import package_chunks
from dsr.rendering.package_portable import SCHEMAS
from dsr.rendering.spool import SealedSpool
from tests.rendering.contents import (
    FOLDER,
    contents,
    message,
    ordinary_items,
    package_bytes,
    resource,
    streamed,
    unpacked,
)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """An ordinary package, unpacked."""
    return unpacked(package_bytes(contents()))


def test_the_layout_is_the_one_we_promise(files: dict[str, bytes]) -> None:
    promised = {
        "LEES-MIJ-EERST.html", "READ-ME-FIRST.html", "brief.pdf",
        "1-toelichting/toelichting.html", "1-toelichting/toelichting.json",
        "niet-verstrekt.html", "niet-verstrekt.json", "bronnen.json",
        "inzagelog/overzicht.html", "inzagelog/data.json", "dossier/01.pdf",
        "elektronisch-afschrift/fhir-bundle.json",
        "overdraagbaar/LEES-MIJ-EERST.html", "overdraagbaar/READ-ME-FIRST.html",
        "overdraagbaar/inhoud.json", "overdraagbaar/niet-overdraagbaar.html",
        "overdraagbaar/niet-overdraagbaar.json", "overdraagbaar/2-app/account.json",
        "overdraagbaar/2-app/account.csv", "overdraagbaar/6-berichten/messages.json",
        "overdraagbaar/6-berichten/messages.csv",
        "overdraagbaar/schema/portable-dataset.schema.json",
        "overdraagbaar/schema/portable-index.schema.json",
        "overdraagbaar/schema/portable-left-out.schema.json",
        "6-berichten/bijlagen/0001.png", "6-berichten/bijlagen/0002.txt",
        "manifest.json", "SHA256SUMS",
    }  # fmt: skip
    for folder in ("2-app", "3-huisartsdossier", "4-relatiebeheer", "5-inloggen", "6-berichten",
                   "7-oneassist"):  # fmt: skip
        promised |= {f"{folder}/{name}" for name in ("overzicht.html", "data.json", "data.csv")}
    assert set(files) == promised


def test_every_name_is_ours_and_plain(files: dict[str, bytes]) -> None:
    """T42: no name of a patient's file, no way out of the folder."""
    with zipfile.ZipFile(io.BytesIO(package_bytes(contents()))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert all(name.startswith(FOLDER) for name in names)
    assert all(re.fullmatch(r"[A-Za-z0-9/._-]+", name) and ".." not in name for name in names)


def test_the_manifest_names_every_file_with_its_hash(files: dict[str, bytes]) -> None:
    listed = {one["path"]: one for one in json.loads(files["manifest.json"])["files"]}
    assert set(listed) == set(files) - {"manifest.json", "SHA256SUMS"}
    for path, one in listed.items():
        assert one["sha256"] == hashlib.sha256(files[path]).hexdigest()
        assert one["bytes"] == len(files[path])
    assert listed["brief.pdf"]["embedded"][0]["name"] == "decision.json"
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert sums["manifest.json"] == hashlib.sha256(files["manifest.json"]).hexdigest()
    assert set(sums) == set(files) - {"SHA256SUMS"}


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("1-toelichting/toelichting.json", "explanation"),
        ("3-huisartsdossier/data.json", "data"),
        ("7-oneassist/data.json", "data"),
        ("bronnen.json", "sources"),
        ("manifest.json", "manifest"),
        ("niet-verstrekt.json", "withheld"),
        ("inzagelog/data.json", "access-log"),
    ],
)
def test_each_json_keeps_to_its_published_schema(
    files: dict[str, bytes], path: str, schema: str
) -> None:
    document = json.loads((SCHEMAS / f"{schema}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    jsonschema.validate(json.loads(files[path]), document)


def test_the_electronic_copy_of_the_medical_file_is_valid_r4(files: dict[str, bytes]) -> None:
    bundle = json.loads(files["elektronisch-afschrift/fhir-bundle.json"])
    assert bundle["type"] == "collection"
    assert len(bundle["entry"]) == 41
    Bundle.model_validate(bundle)


def test_a_blacked_out_value_is_masked_in_the_bundle(files: dict[str, bytes]) -> None:
    bundle = json.loads(files["elektronisch-afschrift/fhir-bundle.json"])
    masked = [e["resource"] for e in bundle["entry"] if e["resource"]["id"] == "obs-90"]
    assert masked[0]["_issued"]["extension"][0]["valueCode"] == "masked"


def test_every_source_is_there_also_the_empty_and_the_unfinished(files: dict[str, bytes]) -> None:
    sources = json.loads(files["bronnen.json"])["sources"]
    assert [source["system"] for source in sources] == [
        "app", "his", "crm", "cognito", "sendbird", "oneassist",
    ]  # fmt: skip
    assert "niets van u" in files["4-relatiebeheer/overzicht.html"].decode()
    assert "met de hand" in files["7-oneassist/overzicht.html"].decode()
    assert "OneAssist" in files["LEES-MIJ-EERST.html"].decode()
    assert sources[-1]["outcome"] == Outcome.BY_HAND


def test_what_is_withheld_stands_there_with_reason_and_article(files: dict[str, bytes]) -> None:
    page = files["niet-verstrekt.html"].decode()
    for one in json.loads(files["niet-verstrekt.json"])["withheld"]:
        assert one["why"] in page
        assert one["article"] in page
        assert one["words"] in page
    assert "artikel 7:456 van het Burgerlijk Wetboek" in page


def test_the_sheet_and_its_json_hold_the_same_facts(files: dict[str, bytes]) -> None:
    page = _words(files["1-toelichting/toelichting.html"])
    for source in json.loads(files["1-toelichting/toelichting.json"])["sources"]:
        for purpose in source["purposes"]:
            for key in ("name", "basis", "categories", "source", "retention", "subjects"):
                assert " ".join(purpose[key].split()) in page
            for recipient in purpose["recipients"]:
                assert recipient["name"] in page


def test_html_json_csv_and_dossier_hold_the_same_items(files: dict[str, bytes]) -> None:
    items = json.loads(files["3-huisartsdossier/data.json"])["items"]
    rows = list(csv.reader(io.StringIO(files["3-huisartsdossier/data.csv"].decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [str(item["number"]) for item in items]
    page = _words(files["3-huisartsdossier/overzicht.html"])
    book = _pdf_text(files["dossier/01.pdf"])
    for item in items:
        if not item["access_log"]:
            assert item["data"]["id"] in page
            assert item["data"]["id"] in book


def test_pages_are_safe_whole_and_need_nothing_from_outside(files: dict[str, bytes]) -> None:
    for path, content in files.items():
        if not path.endswith(".html"):
            continue
        page = _Page(content)
        assert not page.tags & {"script", "iframe", "object", "embed", "form", "link", "base"}
        assert page.language in {"nl", "en"}
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        for link in page.links:
            assert not link.startswith(("http", "//", "javascript:", "data:"))
            assert _resolved(path, link) in files, (path, link)


def test_hostile_words_stay_words_everywhere(files: dict[str, bytes]) -> None:
    page = files["2-app/overzicht.html"].decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "\u202e" not in files["6-berichten/overzicht.html"].decode()
    assert "#let x = 1 *niet vet* $a$ <b>niet vet</b>" in _pdf_text(files["dossier/01.pdf"])


def test_no_cell_is_a_formula(files: dict[str, bytes]) -> None:
    """T35: a spreadsheet computes nothing."""
    rows = list(csv.reader(io.StringIO(files["2-app/data.csv"].decode("utf-8-sig"))))
    assert any(cell.startswith("'=HYPERLINK") for cell in rows[1])
    for path, content in files.items():
        if path.endswith(".csv"):
            cells = [c for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for c in row]
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_blacked_out_words_are_a_bar_of_one_length(files: dict[str, bytes]) -> None:
    page = files["6-berichten/overzicht.html"].decode()
    assert '<span class="black">zwart gemaakt</span>' in page
    assert BLACKED_OUT not in page
    assert BLACKED_OUT not in _pdf_text(files["dossier/01.pdf"])


def test_a_withheld_word_is_in_no_byte_of_any_file() -> None:
    """T15: the words that were burned out before are searched for in all that leaves."""
    secret = "Geheimenaam-Buurvrouw"
    held = {"sendbird": [message(1, f"Mijn buurvrouw {BLACKED_OUT} belde.")],
            "his": [resource(1, note=[{"text": f"Gezien met {BLACKED_OUT}."}])]}  # fmt: skip
    zipped = package_bytes(contents(held))
    assert secret.encode() not in zipped
    for path, content in unpacked(zipped).items():
        assert secret.encode() not in content
        if path.startswith("dossier/"):
            assert secret not in _pdf_text(content)


def test_the_dossier_is_tagged_titled_numbered_and_in_order_of_time(
    files: dict[str, bytes],
) -> None:
    with pikepdf.open(io.BytesIO(files["dossier/01.pdf"])) as pdf:
        assert str(pdf.Root.Lang) == "nl"
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.docinfo["/Title"]) == "Uw medisch dossier, deel 1 van 1"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert len(pdf.pages) <= 20
        assert not pdf.attachments
        fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary)
                 and o.get("/Type") == "/FontDescriptor"]  # fmt: skip
        assert all({"/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)
    text = _pdf_text(files["dossier/01.pdf"])
    years = [int(year) for year in re.findall(r"12 maart (20\d\d) ·", text)]
    assert years == sorted(years)
    assert len(years) == 41
    assert "Deel 1 van 1, bladzijde 1 van" in text


LONG_WORDS = (
    "Uitgebreid verslag van het gesprek. ",
    "WWWWMMMM ",
    "你好世界",
    "een regel van het gesprek\n",
)


@pytest.mark.parametrize("words", LONG_WORDS)
def test_a_long_dossier_comes_in_parts_of_at_most_twenty_pages(words: str) -> None:
    wordy = {"text": words * (1_500 // len(words))}
    one_huge = resource(400, note=[{"text": "Eindeloos verslag. " * 9_000}])
    held = {"his": [*(resource(n, note=[wordy]) for n in range(1, 300)), one_huge]}
    made = unpacked(package_bytes(contents(held)))
    parts = sorted(path for path in made if path.startswith("dossier/"))
    assert len(parts) > 2
    for number, path in enumerate(parts, 1):
        reader = PdfReader(io.BytesIO(made[path]))
        assert len(reader.pages) <= 20
        assert f"Deel {number} van {len(parts)}, bladzijde 1 van" in reader.pages[0].extract_text()
    assert "dossier/02.pdf" in made["LEES-MIJ-EERST.html"].decode()


def test_nothing_medical_means_no_dossier() -> None:
    made = unpacked(package_bytes(contents({"sendbird": [message(1)]})))
    assert not [path for path in made if path.startswith("dossier/")]
    assert "dossier/01.pdf" not in made["LEES-MIJ-EERST.html"].decode()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_package_can_be_made_in_both_languages(language: str) -> None:
    made = unpacked(package_bytes(contents(language=language)))
    assert f'<html lang="{language}">' in made["6-berichten/overzicht.html"].decode()
    assert '<html lang="nl">' in made["LEES-MIJ-EERST.html"].decode()
    assert '<html lang="en">' in made["READ-ME-FIRST.html"].decode()


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_of_a_source_has_words(outcome: Outcome) -> None:
    made = contents({})
    sources = tuple(dataclasses.replace(source, outcome=outcome) for source in made.sources)
    files = unpacked(package_bytes(dataclasses.replace(made, sources=sources)))
    assert "Wij vonden" in files["LEES-MIJ-EERST.html"].decode() or outcome != Outcome.DONE


def test_the_same_contents_give_the_same_bytes() -> None:
    assert package_bytes(contents()) == package_bytes(contents())


def test_items_are_read_once_so_that_all_files_say_the_same() -> None:
    read: list[str] = []

    def once(system: str) -> Iterator[ReleasedItem]:
        read.append(system)
        return iter(ordinary_items().get(system, []))

    package_bytes(dataclasses.replace(contents(), items=once))
    assert len(read) == len(set(read))


def test_no_plaintext_reaches_a_temporary_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """T80: the spool has no name on disk and its bytes are sealed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with SealedSpool() as spool:
        spool.append(b"canary words of a patient")
        assert list(tmp_path.iterdir()) == []
        assert spool.read(0) == b"canary words of a patient"
        spool._file.flush()
        assert b"canary" not in Path(f"/proc/self/fd/{spool._file.fileno()}").read_bytes()


def test_a_spool_gives_records_back_in_any_order() -> None:
    with SealedSpool() as spool:
        for number in range(50):
            spool.append(b"%d" % number)
        assert [spool.read(n) for n in (49, 0, 7)] == [b"49", b"0", b"7"]
        assert list(spool) == [b"%d" % number for number in range(50)]


def test_a_broken_off_package_closes_its_spool() -> None:
    chunks = package_chunks(contents())
    next(iter(chunks))
    chunks.close()  # type: ignore[attr-defined]


def _peak(count: int) -> tuple[int, int]:
    held = streamed(count)
    tracemalloc.start()
    size = sum(len(chunk) for chunk in package_chunks(held))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size, peak


@pytest.mark.slow
def test_twenty_thousand_messages_take_no_more_memory_than_two_thousand() -> None:
    small, low = _peak(2_000)
    large, high = _peak(20_000)
    assert large > 5 * small
    assert high < low + 4_000_000


@pytest.mark.slow
def test_twenty_thousand_messages_come_in_pages_that_lead_to_each_other() -> None:
    held = {"sendbird": [message(n) for n in range(20_000)]}
    made = unpacked(package_bytes(contents(held)))
    pages = [path for path in made if path.startswith("6-berichten/overzicht")]
    assert len(pages) == 10
    assert all(len(made[path]) < 1_500_000 for path in pages)
    assert 'href="overzicht-10.html"' in made["6-berichten/overzicht.html"].decode()


class _Page(HTMLParser):
    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.headings: list[int] = []
        self.language = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.links += [link for name, link in attrs if name in {"href", "src"} and link]
        assert not any(name.startswith("on") for name in given)


def _resolved(page: str, link: str) -> str:
    path = link.partition("#")[0]
    if not path:
        return page
    return str((Path("/") / page).parent.joinpath(path).resolve().relative_to("/"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _words(content: bytes) -> str:
    reader = _Text()
    reader.feed(content.decode())
    return " ".join("".join(reader.text).split())


def _pdf_text(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
