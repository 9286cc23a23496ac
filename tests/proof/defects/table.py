"""The table of defects, and the published summary of it: Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .rows import Defect


def table(defects: Sequence[Defect]) -> str:
    """All rows of the defects that a requirement sees."""
    head = ["| defect | report | requirements | mutants |", "|---|---|---|---|"]
    return "\n".join([*head, *(_row(defect) for defect in defects if not defect.unseen)]) + "\n"


def summary(defects: Sequence[Defect]) -> str:
    """The published page: how many of each area are seen, and the reason for each that is not."""
    seen = [defect for defect in defects if not defect.unseen]
    unseen = [defect for defect in defects if defect.unseen]
    areas = Counter(defect.area for defect in defects)
    blind = Counter(defect.area for defect in unseen)
    lines = [
        "# Documented defects",
        "",
        "This page is about defects that users reported for real servers, proxies and gateways. A list names, for each defect, the",
        "requirements that fail if a server has the defect, and the mutants of the reference endpoint that reproduce the defect. Some",
        'defects cannot be shown by requests, or are allowed by OpenAI\'s contract; the table "Not seen" gives the reasons.',
        "",
        "The list of defects, with links to the reports, is [stored as data](../tests/proof/defects/). The command",
        "`python -m tests.proof.defects` prints the list of defects as a table. A test fails if the list of defects names a requirement or",
        "mutant that does not exist, or if a mutant does not declare the requirement of its defect.",
        "`python -m tests.proof.defects --write docs/defects.md` writes this page.",
        "",
        f"Of the {len(defects)} defects in the list, the suite detects {len(seen)}, and does not detect {len(unseen)}.",
        "",
        "| area | defects | seen |",
        "|---|--:|--:|",
        *(f"| {area} | {count} | {count - blind[area]} |" for area, count in sorted(areas.items())),
        "",
        "## Not seen",
        "",
        "| defect | report | why |",
        "|---|---|---|",
        *(f"| {_cell(d.summary)} | {_link(d)} | {_cell(d.unseen)} |" for d in unseen),
    ]
    return "\n".join(lines) + "\n"


def _row(defect: Defect) -> str:
    said = f"{defect.summary}. *{defect.note}*" if defect.note else defect.summary
    return f"| {_cell(said)} | {_link(defect)} | {_names(defect.requirements)} | {_names(defect.mutants)} |"


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _link(defect: Defect) -> str:
    place = defect.source.removeprefix("https://github.com/").replace("/issues/", "#")
    return f"[{place}]({defect.source})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
