"""What the documents say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXCERPT = re.compile(r"<!-- from: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def test_excerpts_in_the_guide_are_in_the_tree() -> None:
    """An example that a contributor types works, because it is there already."""
    found = EXCERPT.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(found) == 4
    for file, text in found:
        assert text.strip("\n") in (ROOT / file).read_text(encoding="utf-8"), f"CONTRIBUTING.md quotes {file} wrongly"


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/proof.md", "docs/reports.md"]
)
def test_links_lead_somewhere(document: str) -> None:
    """Every relative link is a file of the tree."""
    file = ROOT / document
    assert not [link for link in LINK.findall(file.read_text(encoding="utf-8")) if not (file.parent / link).exists()]


def test_every_command_of_the_proof_is_a_session() -> None:
    """What docs/proof.md says is measured by a session can be measured by it."""
    sessions = set(re.findall(r"@nox\.session.*\ndef (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8")))
    named = set(re.findall(r"nox -s (\w+)", (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")))
    assert len(named) > 5
    assert named <= sessions


def test_ci_runs_the_command_of_the_readme() -> None:
    """The test command stands once, in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count("<!-- test-command -->") == 1
    command = readme.partition("<!-- test-command -->")[2].partition("```sh\n")[2].partition("\n```")[0]
    assert command.startswith("python3 -m venv")
    assert "nox" in command
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
