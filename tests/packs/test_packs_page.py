"""The page leads a reader from nothing to a failing check: its commands run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.packs.serving import KEY, served

PAGE = (Path(__file__).parents[2] / "docs" / "packs.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- run(?:: (?P<how>[^>]*?))? -->\n```\w+\n(?P<text>.*?)```", re.DOTALL)


def test_the_commands_of_the_page_run_as_they_stand(tmp_path: Path) -> None:
    """In an empty folder, against a server that keeps all of the contract but the new requirement."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "conformance"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m conformance "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "CONFORMANCE_API_KEY": KEY,
    }
    blocks = list(BLOCK.finditer(PAGE))
    assert [block["how"] for block in blocks] == [
        None,
        "append to acme/acme_pack/requirements/acme.yaml",
        "append to acme/acme_pack/checks/test_acme.py",
        "exit code 1",
        "change a line of acme/acme_pack/reference.py",
        "append to acme/acme_pack/mutants.py",
        None,
    ]
    before, last, after = blocks[:3], blocks[3], blocks[4:]
    for block in before:
        _follow(block, tmp_path, environment)
    with served("--pack", "acme", cwd=tmp_path) as url:
        done = subprocess.run(
            ["/bin/sh"],
            input=last["text"],
            cwd=tmp_path,
            env={**environment, "STAGING": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "acme  ✕ 1 breaks  ✓ 3 passes" in done.stdout
    assert "acme.region" in done.stdout
    assert (tmp_path / "report" / "report.html").is_file()
    checked = subprocess.run(
        ["/bin/sh"],
        input="conformance pack prove acme",
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1
    assert "WRONG  the right endpoint: acme.region is broken" in checked.stdout
    assert "WRONG  acme.region: no mutant breaks it" in checked.stdout
    for block in after:
        _follow(block, tmp_path, environment)


def _follow(block: re.Match[str], folder: Path, environment: dict[str, str]) -> None:
    """Do what a block of the page says: run its commands, append its text to a file, or change the one line it resembles."""
    how, text = block["how"], block["text"]
    if how is None:
        done = subprocess.run(
            ["/bin/sh", "-e"], input=text, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return
    action, _, name = how.partition(" acme/")
    file = folder / "acme" / name
    if action == "append to":
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    beginning = text.partition("self.")[0]
    (place,) = [number for number, line in enumerate(lines) if line.startswith(beginning)]
    lines[place] = text
    file.write_text("".join(lines), encoding="utf-8")
