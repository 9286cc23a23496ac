"""Writes the decision of a gate as Markdown, for a CI job page and for a comment on a pull request."""

from __future__ import annotations

from conformance.acceptance import Gated, Status
from conformance.report.gate_words import first_of_each, gate_lines, gate_sentence, suggested_waiver
from conformance.report.safe_text import markdown_block, markdown_text

_OF_EACH = 10
_SEVERAL = "Fix them, or accept them for a time in the waivers file, each with its own entry:"
_ALL = "The command `conformance baseline write RUN --to FILE` writes an entry for each violation of a run."


def gate_markdown(gated: Gated) -> list[str]:
    """Return the Markdown sections: decision, violations, waivers, and a suggested waiver for each new violation."""
    parts = [f"**{markdown_text(gate_sentence(gated), 600)}**"]
    if lines := gate_lines(gated, _OF_EACH):
        parts.append("\n".join(f"- **{word}**: {markdown_text(line, 400)}" for word, line in lines))
    new = [each for each in first_of_each(gated.acceptance.rulings, Status.NEW) if gated.policy.fails(each)]
    if new:
        parts.append("Fix it, or accept it for a time in the waivers file:" if len(new) == 1 else _SEVERAL)
        parts.append(markdown_block("\n\n".join(map(suggested_waiver, new[:_OF_EACH])), "toml"))
    if len(new) > _OF_EACH:
        left = len(new) - _OF_EACH
        parts.append(f"{left} more {'violation is' if left == 1 else 'violations are'} new. {_ALL}")
    return parts
