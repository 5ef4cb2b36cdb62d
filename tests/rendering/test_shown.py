"""Rows that are written without a template: whatever stands in them, it stays words."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import assume, given
from hypothesis import strategies as st

from dsr.core.package import BLACKED_OUT
from dsr.rendering.entry import Entry
from dsr.rendering.pages import words
from dsr.rendering.readable import visible
from dsr.rendering.shown import ItemRows, MessageRows, MessageTable, shown

HOSTILE = st.text(alphabet="<>&\"'/=;aé\u202e\x00 \n-0123T:", max_size=40) | st.text(max_size=40)


class Read(HTMLParser):
    """The tags, attributes and words of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


@given(HOSTILE)
def test_text_is_text_whatever_it_holds(text: str) -> None:
    read = Read(str(shown(text, "zwart")))
    assert read.tags == []
    assert "".join(read.words) == visible(text)


@given(HOSTILE, HOSTILE)
def test_black_words_are_the_only_markup_in_a_text(before: str, after: str) -> None:
    assume(BLACKED_OUT not in before)  # which would be black too
    assume(BLACKED_OUT not in after)
    read = Read(str(shown(before + BLACKED_OUT + after, "<zwart>")))
    assert read.tags == [("span", (("class", "black"),))]
    assert "".join(read.words) == visible(before) + "<zwart>" + visible(after)


@given(text=HOSTILE, when=HOSTILE, author=st.sampled_from(["subject", "staff", "system", ""]))
def test_a_row_of_a_message_holds_its_words_and_no_tags_of_them(
    text: str, when: str, author: str
) -> None:
    document = {"kind": "message", "data": {"message": text}, "dates": {"sent": when},
                "author": author, "files": [], "redactions": []}  # fmt: skip
    table = MessageTable(words("nl"), "nl", lambda _entry, _when: "never")
    read = Read(MessageRows([Entry(document)] * 2, table).__html__())
    assert [tag for tag, _ in read.tags] == ["tr", "th", "td", "td", "span"] * 2
    assert visible(text) in "".join(read.words)
    assert "never" not in "".join(read.words).replace(text, "")


@given(st.dictionaries(HOSTILE, HOSTILE | st.lists(HOSTILE, max_size=3), max_size=4))
def test_rows_of_an_item_hold_terms_and_definitions_only(data: dict[str, object]) -> None:
    read = Read(ItemRows(data, "nl", "zwart").__html__())
    assert {tag for tag, _ in read.tags} <= {"dt", "dd"}
    assert all(name == "class" for _, attributes in read.tags for name, _ in attributes)
