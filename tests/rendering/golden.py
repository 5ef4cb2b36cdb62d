"""Golden texts of letters: `python -m tests.rendering.golden` writes them again, to be reviewed."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from dsr.rendering.html import letter_html
from tests.rendering.samples import all_samples

GOLDEN = Path(__file__).parent / "golden"
_BLOCKS = {"p", "li", "h1", "h2", "h3", "tr", "div", "dl", "title"}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag == "style" or self.silent
        if tag in _BLOCKS:
            self.lines.append({"li": "- ", "h1": "# ", "h2": "## ", "h3": "### "}.get(tag, ""))
        elif tag in {"td", "br", "dd"}:
            self.lines[-1] += " | "

    def handle_endtag(self, tag: str) -> None:
        self.silent = self.silent and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.lines[-1] += data


def plain(html: str) -> str:
    """The words of a page, a block a line."""
    reader = _Text()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in reader.lines)
    return "\n".join(line for line in lines if line) + "\n"


def main() -> None:
    """Write every golden text anew."""
    GOLDEN.mkdir(exist_ok=True)
    for name, letter in all_samples():
        (GOLDEN / f"{name}.txt").write_text(plain(letter_html(letter)))


if __name__ == "__main__":
    main()
