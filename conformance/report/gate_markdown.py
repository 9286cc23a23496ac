"""Writes the decision of a gate as Markdown, for a CI job page and for a comment on a pull request."""

from __future__ import annotations

from conformance.acceptance import Gated, Status
from conformance.report.gate_words import gate_lines, gate_sentence, suggested_waiver
from conformance.report.safe_text import markdown_block, markdown_text

_OF_EACH = 10


def gate_markdown(gated: Gated) -> list[str]:
    """Return the Markdown sections: decision, violations, waivers, and a suggested waiver for a new violation."""
    parts = [f"**{markdown_text(gate_sentence(gated), 600)}**"]
    if lines := gate_lines(gated, _OF_EACH):
        parts.append("\n".join(f"- **{word}**: {markdown_text(line, 400)}" for word, line in lines))
    new = next(
        (each for each in gated.acceptance.rulings if each.status is Status.NEW and gated.policy.fails(each)), None
    )
    if new is not None:
        parts += ["Fix it, or accept it for a time in the waivers file:", markdown_block(suggested_waiver(new), "toml")]
    return parts
