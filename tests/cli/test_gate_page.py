"""The example of docs/gate.md, run as a team would: a repository, its CI script, and what a reviewer sees at each step."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import conformance
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer

ROOT = Path(conformance.__file__).parent.parent
PAGE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
FAULT = "chunk-object-wrong"


def block(comment: str) -> str:
    """The block of the page after a comment."""
    (found,) = re.findall(rf"<!-- {comment}[^\n]*-->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def told(step: str) -> tuple[int, list[str]]:
    """What the page says about a step: the exit code, and lines of the log."""
    code = re.search(rf"<!-- step: {step}, exit code (\d)", PAGE)
    assert code
    return int(code[1]), block(f"step: {step}").splitlines()


class Repository:
    """A repository in a folder, whose CI job audits a deployment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._builds = 0
        (folder / "bin").mkdir()
        command = folder / "bin" / "conformance"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m conformance "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        self._git("init", "-q")
        self.commit("ci.sh", block("file: ci.sh"))

    def commit(self, name: str, text: str) -> None:
        """Change a file, as a pull request does."""
        (self._folder / name).write_text(text, encoding="utf-8")
        self._git("add", name)
        self._git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", f"Change {name}")

    def build(self, *faults: str) -> tuple[int, str, Path]:
        """Run the CI script against a deployment with these faults: exit code, log, and folder of the reports."""
        self._builds += 1
        with ReferenceServer(endpoint_with(*faults)) as server:
            environment = {
                **os.environ,
                "PATH": f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "TARGET": server.url,
                "BUILD": str(self._builds),
                "CONFORMANCE_API_KEY": "sk-reference",
            }
            done = subprocess.run(
                ["/bin/sh", "ci.sh"], cwd=self._folder, env=environment, capture_output=True, text=True, check=False
            )
        return done.returncode, done.stdout, self._folder / "reports" / str(self._builds)

    def _git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self._folder, check=True, capture_output=True)  # noqa: S607 - as a user has it


def expect(built: tuple[int, str, Path], step: str) -> None:
    """Exit code and log are as the page says, and the files of the job agree."""
    code, log, reports = built
    wanted, lines = told(step)
    assert code == wanted, log
    plain = " ".join(log.split())
    assert [line for line in lines if " ".join(line.split()) not in plain] == [], log
    root = ET.fromstring((reports / "junit.xml").read_text(encoding="utf-8"))  # noqa: S314 - our own text
    assert (root.get("failures") == "0") is (code == 0)
    (decision,) = [line for line in lines if line.startswith("Gate ")]
    assert f"**{decision}**" in (reports / "summary.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_green_red_accepted_expired_stale(tmp_path: Path) -> None:
    """The five steps of the page, and green again."""
    repository = Repository(tmp_path)
    repository.commit("waivers.toml", block("file: waivers.toml, for: green"))
    expect(repository.build(), "green")

    red = repository.build(FAULT)
    expect(red, "red")
    assert block("summary of: red") in (red[2] / "summary.md").read_text(encoding="utf-8")

    repository.commit("waivers.toml", block("file: waivers.toml, for: accepted"))
    expect(repository.build(FAULT), "accepted")

    repository.commit("waivers.toml", block("file: waivers.toml, for: expired"))
    expect(repository.build(FAULT), "expired")

    repository.commit("waivers.toml", block("file: waivers.toml, for: accepted"))
    expect(repository.build(), "stale")

    repository.commit("waivers.toml", block("file: waivers.toml, for: green"))
    expect(repository.build(), "green")
