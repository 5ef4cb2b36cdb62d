"""docs/connectors.md, followed to the letter: a sixth connector, from nothing to the package."""

from __future__ import annotations

from pathlib import Path

from tests.docs.written import ROOT, Shell, blocks_of, fresh_copy

DOCUMENT = ROOT / "docs" / "connectors.md"
#: what the page promises that a connector takes
MOST_LINES = 120


def test_a_sixth_connector_is_one_file_one_block_and_ten_lines(tmp_path: Path) -> None:
    blocks = list(blocks_of(DOCUMENT))
    (connector,) = [block for block in blocks if block.name.startswith("connectors/")]
    assert len(connector.text.splitlines()) <= MOST_LINES
    assert not (ROOT / connector.name).exists()

    folder = fresh_copy(tmp_path)
    before = {path for path in folder.rglob("*") if path.is_file()}
    shell, said = Shell(folder), ""
    for block in blocks:
        if block.name:
            path = folder / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        else:
            said += shell.run(block.text)

    written = {block.name for block in blocks if block.name}
    assert not {str(path.relative_to(folder)) for path in before} & written
    assert "passed" in said
    assert "good  phone: Both files of the exchange are there and can be read." in said
    (data,) = (folder / "var" / "demo").glob("*/*/8-telefoon/data.json")
    assert "2026-0001" in data.read_text("utf-8")
    assert "2026-0002" not in data.read_text("utf-8")
