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
    ]
    *before, last = blocks
    for block in before:
        if block["how"] is None:
            done = subprocess.run(
                ["/bin/sh", "-e"],
                input=block["text"],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        else:
            with (tmp_path / block["how"].removeprefix("append to ")).open("a", encoding="utf-8") as file:
                file.write(block["text"])
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
    assert "acme  ✕ 1 breaks  ✓ 2 passes" in done.stdout
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
