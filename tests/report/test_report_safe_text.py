"""Text of a target cannot move a cursor, hide, reorder, or become markup."""

from __future__ import annotations

import re
import unicodedata
from xml.etree import ElementTree as ET

import pytest
import sample
from markdown_it import MarkdownIt

from conformance.report.safe_text import (
    clip,
    for_json,
    for_terminal,
    for_xml,
    markdown_block,
    markdown_code,
    markdown_text,
    one_line,
    visible,
)


def test_control_characters_are_written_out() -> None:
    """ESC, NUL, DEL, C1 and overrides are named; tabs, newlines and letters of all scripts stay."""
    assert visible("\x1b[31m\x00\x7f\x9b\u202e") == "␛[31m␀␡⟨U+009B⟩⟨U+202E⟩"
    assert visible("a\tb\nc é 漢字 עברית 🎉") == "a\tb\nc é 漢字 עברית 🎉"


def test_nothing_that_moves_hides_or_reorders_remains() -> None:
    """Over all of Unicode's first plane: no control, format, surrogate or separator character is left but tab and LF."""
    every = "".join(map(chr, range(0x10000)))
    left = {char for char in visible(every) if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")}
    assert left == {"\t", "\n"}
    bidi = {
        char
        for char in every
        if unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    }
    assert not bidi & set(visible(every))


def test_xml_takes_every_character_that_is_left() -> None:
    """An XML parser accepts all of Unicode's first plane after it went through `for_xml`."""
    element = ET.Element("a")
    element.text = for_xml("".join(map(chr, range(0x10000))))
    assert ET.fromstring(ET.tostring(element)).text == element.text  # noqa: S314 - our own text


def test_json_text_keeps_all_but_lone_surrogates() -> None:
    """The JSON report tells the truth where JSON can."""
    assert for_json("a\x1b\x00\u202e\ud800b") == "a\x1b\x00\u202e\ufffdb"


def test_a_terminal_of_another_encoding_gets_escapes() -> None:
    """Nothing raises on an ASCII terminal."""
    assert for_terminal("é\x1b✓", "ascii") == "\\xe9\\u241b\\u2713"


def test_a_clipped_text_says_how_much_is_missing() -> None:
    """A cut is never silent."""
    assert clip("abcdef", 4) == "abcd… (2 more characters)"
    assert clip("abcd", 4) == "abcd"
    assert one_line(" a\n\n b\t\r c ") == "a b ␍ c"


@pytest.mark.parametrize(
    "text",
    [sample.HOSTILE, "**b** _i_ # h", "| a | b |", "<details>", "- x\n- y", "![i](http://e.example/i.png)",
     "http://e.example www.e.example me@e.example", "\\`", "[x]: http://e.example", "1. one", "&lt;b&gt;", "`a`", "``", "a `` b"],
)  # fmt: skip
def test_code_of_a_target_is_neither_markup_nor_link_in_markdown(text: str) -> None:
    """Rendered, it is one code element with exactly the visible text."""
    html = MarkdownIt("gfm-like", {"linkify": False}).render(f"- see {markdown_code(text, 10_000)} end")
    inner = re.fullmatch(r"<ul>\n<li>see <code>(.*)</code> end</li>\n</ul>\n", html)
    assert inner is not None, html
    assert "<" not in inner[1]


def test_our_own_sentences_stay_readable_and_harmless() -> None:
    """Punctuation and `names` stay, markup, mentions and links do not."""
    assert markdown_text("Send data: [DONE], e.g. (once).") == "Send data: \\[DONE\\], e.g. (once)."
    assert markdown_text("With `max_tokens` and a snake_case word.") == "With `max_tokens` and a snake_case word."
    assert "<b>" not in MarkdownIt().render(markdown_text("<b>x</b> `y`"))
    for live in ("@everyone", "http://x.example/a_b_c", "www.x.example", "#12"):
        assert markdown_text(f"x {live} y") == f"x `{live}` y"
    for markup in (" &lt;", " _em_", " *em*", " ~~x"):
        assert markup not in markdown_text(f"x {markup} y")


@pytest.mark.parametrize("text", [sample.HOSTILE, "a `b", "`a` | @x `b`", "<img>`", "&lt;b&gt;", "_a_ __b__ *c*"])
def test_a_sentence_that_a_target_had_a_hand_in_is_no_markup(text: str) -> None:
    """Also with backticks in odd places; only code comes of it."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parseInline(f"see {markdown_text(text, 10_000)} end")
    assert {child.type for token in tokens for child in token.children or ()} <= {"text", "code_inline", "text_special"}


def test_a_fence_is_longer_than_the_backticks_within() -> None:
    """A block of a target's text cannot end itself."""
    tokens = MarkdownIt().parse(markdown_block("a\n```\n<script>\n````\nb", "sh"))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "a\n```\n<script>\n````\nb\n"
