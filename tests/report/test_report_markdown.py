"""summary.md fits a CI page, and nothing a target wrote is live on it."""

from __future__ import annotations

import re

import pytest
import sample
from markdown_it import MarkdownIt

from conformance.record import Run
from conformance.report.formats.markdown import render_markdown
from conformance.report.model import build_model
from conformance.verdict import Level, Outcome, Verdict


def text_of(run: Run) -> str:
    return render_markdown(build_model(run, sample.registry()))


def test_it_has_verdict_table_causes_and_command() -> None:
    """A reader of the job page learns what broke, why, and how to repeat it."""
    text = text_of(sample.run())
    assert "**Breaks 9 of the 34 requirements judged, from 7 causes" in text
    assert "| area | ✕ breaks | ? not judged | ⊘ not offered | ✓ passes | — not applicable |" in text
    assert "| chat.stream | 2 |  |  | 5 (1 warned) |  |" in text
    assert "- fix: Wrap every 4xx and 5xx" in text
    assert "- breaks `errors.envelope` and 1 more requirement (2 MUST), in 4 exchanges" in text
    assert "conformance run http://127.0.0.1:8080/v1 --model tiny-llama --profile vllm" in text
    assert "$SAMPLE_KEY" in text


@pytest.mark.parametrize("run", [sample.run(), sample.long_run()], ids=["sample", "long"])
def test_its_first_four_kilobytes_are_a_chat_message(run: Run) -> None:
    """Verdict, three causes with expected, got and fix, and the command to repeat it."""
    first = text_of(run).encode()[:4_000].decode("utf-8", "ignore")
    assert "**Breaks " in first
    assert all(f"**{place}. ✕ MUST" in first for place in (1, 2, 3))
    assert first.count("- expected `") == first.count("- got `") == 3
    assert "Repeat: `conformance run http" in first


def test_a_clean_run_has_no_table_without_rows() -> None:
    """One sentence says that every area passes."""
    passes = tuple(Verdict(name, Level.MUST, Outcome.PASS) for name in sample.registry())
    text = text_of(Run(sample.header(), sample.exchanges(), passes, sample.footer()))
    assert "| area |" not in text
    assert "Everything judged passes in" in text


def test_it_reads_as_plain_text() -> None:
    """No entity and no tag: a log, a chat or a mail shows what is meant."""
    text = text_of(sample.run())
    assert not re.search(r"&#?\w+;|</?[a-z]+>", text)
    assert "`http://127.0.0.1:8080/v1`" in text


@pytest.mark.parametrize("run", [sample.run(), sample.hostile_run()], ids=["sample", "hostile"])
def test_no_html_link_or_image_is_live(run: Run) -> None:
    """A renderer passes no HTML through, and makes no link of what a target wrote."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text_of(run))
    assert [token.content for token in tokens if token.type == "html_block"] == []
    inside = [child for token in tokens for child in token.children or ()]
    assert [child.type for child in inside if child.type in ("html_inline", "link_open", "image")] == []


def test_a_hostile_run_stays_small_and_free_of_controls() -> None:
    """A megabyte of a target's text leaves a page of some kilobytes; what it wrote is inside code."""
    text = text_of(sample.hostile_run())
    assert len(text.encode()) < 60_000
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066\ud800]", text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    plain = " ".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    assert "@everyone" in text
    assert "@everyone" not in plain


def test_an_empty_and_incomplete_run_says_so() -> None:
    """No verdicts, no footer: the page says that nothing can be concluded."""
    text = text_of(Run(sample.header(), {}, (), None))
    assert "Nothing could be judged" in text
    assert "incomplete" in text
