"""summary.md fits a CI page, and nothing a target wrote is live on it."""

from __future__ import annotations

import re

import pytest
import sample
from markdown_it import MarkdownIt

from conformance.record import Run
from conformance.report.formats.markdown import render_markdown
from conformance.report.model import build_model


def text_of(run: Run) -> str:
    return render_markdown(build_model(run, sample.registry()))


def test_it_has_verdict_table_causes_and_command() -> None:
    """A reader of the job page learns what broke, why, and how to repeat it."""
    text = text_of(sample.run())
    assert "**Breaks 9 of the 34 requirements judged, from 7 causes" in text
    assert "| errors |  | 2 |" in text
    assert text.count("<details><summary><b>") == 5
    assert "Fix:** Wrap every 4xx and 5xx" in text
    assert "conformance run http://127.0.0.1:8080/v1 --model tiny-llama --profile vllm" in text
    assert "$SAMPLE_KEY" in text
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("run", [sample.run(), sample.hostile_run()], ids=["sample", "hostile"])
def test_only_our_own_html_is_live(run: Run) -> None:
    """Of all HTML that a renderer passes through, every tag is one of ours without attributes."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text_of(run))
    html = [token.content for token in tokens if token.type == "html_block"]
    html += [child.content for token in tokens for child in token.children or () if child.type == "html_inline"]
    tags = {tag for part in html for tag in re.findall(r"<[^>]*>", part)}
    assert tags <= {f"<{slash}{tag}>" for slash in ("", "/") for tag in ("details", "summary", "b", "code")} | {"<br>"}
    links = [child for token in tokens for child in token.children or () if child.type in ("link_open", "image")]
    assert links == []


def test_a_hostile_run_stays_small_and_free_of_controls() -> None:
    """A megabyte of a target's text leaves a page of some kilobytes."""
    text = text_of(sample.hostile_run())
    assert len(text.encode()) < 60_000
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066\ud800]", text)
    outside_blocks = re.sub(r"(?ms)^(`{3,})sh\n.*?^\1$", "", text)
    assert "@everyone" not in outside_blocks


def test_an_empty_and_incomplete_run_says_so() -> None:
    """No verdicts, no footer: the page says that nothing can be concluded."""
    text = text_of(Run(sample.header(), {}, (), None))
    assert "Nothing could be judged" in text
    assert "incomplete" in text
