"""The colours of the HTML report, light and dark.

Passes are blue-green and violations are vermilion, which colour-blind readers can distinguish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb`. `outcomes` has the colours of text, background and bar for each outcome."""

    page: str
    card: str
    sunken: str
    text: str
    muted: str
    line: str
    link: str
    outcomes: Mapping[Outcome, tuple[str, str, str]]


LIGHT = Theme(
    page="#f7f8f8",
    card="#ffffff",
    sunken="#f1f3f4",
    text="#1c2228",
    muted="#59636e",
    line="#d8dde2",
    link="#0b5cad",
    outcomes={
        Outcome.PASS: ("#0a5566", "#dff1f4", "#2b97ac"),
        Outcome.NOT_APPLICABLE: ("#59636e", "#f1f3f4", "#cfd5da"),
        Outcome.UNSUPPORTED: ("#4a545e", "#e9ecef", "#9aa4ae"),
        Outcome.INCONCLUSIVE: ("#3b4a87", "#e6e9f6", "#7384c4"),
        Outcome.WARN: ("#704b00", "#fcefcb", "#e3a81b"),
        Outcome.FAIL: ("#96290f", "#fbe4dd", "#cf4623"),
        Outcome.ERROR: ("#682c91", "#f1e4f8", "#8d50b5"),
    },
)

DARK = Theme(
    page="#13161a",
    card="#1a1e23",
    sunken="#23282e",
    text="#e4e8ec",
    muted="#a0aab4",
    line="#343b43",
    link="#79b8ff",
    outcomes={
        Outcome.PASS: ("#7ad6e6", "#12343c", "#2f9fb4"),
        Outcome.NOT_APPLICABLE: ("#a6b0ba", "#23282e", "#4a535d"),
        Outcome.UNSUPPORTED: ("#b8c1ca", "#2c333a", "#727d88"),
        Outcome.INCONCLUSIVE: ("#b3c0f4", "#232b4e", "#7a8bd0"),
        Outcome.WARN: ("#f4c95d", "#3b2d08", "#d7a021"),
        Outcome.FAIL: ("#ffa88f", "#431c11", "#e2623d"),
        Outcome.ERROR: ("#dbb0f5", "#37214d", "#a66bd1"),
    },
)


def css_variables(theme: Theme) -> str:
    """Return the theme as CSS custom properties: `--page`, …, `--fail-text`, `--fail-back`, `--fail-bar`."""
    named = {name: getattr(theme, name) for name in ("page", "card", "sunken", "text", "muted", "line", "link")}
    for outcome, (text, back, bar) in theme.outcomes.items():
        named |= {f"{outcome}-text": text, f"{outcome}-back": back, f"{outcome}-bar": bar}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())
