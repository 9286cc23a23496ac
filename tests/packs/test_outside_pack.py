"""A stranger's pack is judged and reported as the suite's own are, installed by pip or given by its folder."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packs.conftest import Command
from tests.packs.serving import KEY, served

MUTANT = "acme-trace-missing"
BROKEN, KEPT, ALSO_KEPT = "acme.trace", "acme.limits", "acme.tag"


def wheel_of(project: Path, folder: Path) -> Path:
    """The wheel that the project's build makes, without a build backend: pip needs no network for it."""
    files = {
        file.relative_to(project).as_posix(): file.read_bytes()
        for file in (project / "acme_pack").rglob("*")
        if file.is_file()
    }
    info = "openai_conformance_acme-0.1.dist-info"
    files[f"{info}/METADATA"] = b"Metadata-Version: 2.1\nName: openai-conformance-acme\nVersion: 0.1\n"
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = b"[openai_conformance.packs]\nacme = acme_pack\n"
    rows = io.StringIO()
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        csv.writer(rows).writerow((name, f"sha256={digest}", len(data)))
    files[f"{info}/RECORD"] = rows.getvalue().encode()
    wheel = folder / "openai_conformance_acme-0.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel


@pytest.fixture
def installed(acme: Path, tmp_path: Path) -> Path:
    """A folder of installed packages with the pack in it; the project itself is gone."""
    site = tmp_path / "site"
    wheel = wheel_of(acme, tmp_path)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    acme.rename(tmp_path / "gone")
    return site


@pytest.mark.parametrize("way", ["installed", "given"])
def test_a_requirement_that_a_mutant_breaks_is_in_every_report(
    way: str, request: pytest.FixtureRequest, conformance: Command, tmp_path: Path
) -> None:
    """Found by its entry point or by `--pack`: proven, judged, in all report files, on the screen, and judged again."""
    if way == "installed":
        site: Path = request.getfixturevalue("installed")
        given, environment, folder = (
            [],
            {"PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
            site / "acme_pack",
        )
    else:
        folder = request.getfixturevalue("acme")
        given, environment = ["--pack", str(folder)], {}
    proven = conformance("pack", "prove", folder, **environment)
    assert proven.returncode == 0, proven.stdout + proven.stderr
    assert f"ok     {MUTANT}: breaks {BROKEN}\n" in proven.stdout
    asked = ("--profile", "acme", "--only", "acme", *given)
    served_as = ("--mutant", MUTANT, "--profile", "acme", *given)
    with served(*served_as, cwd=tmp_path, environment=environment) as url:
        run = conformance("run", url, *asked, "--output", "out", **environment, CONFORMANCE_API_KEY=KEY)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "acme  ✕ 1 breaks  ✓ 2 passes" in run.stdout
    assert BROKEN in run.stdout
    verdicts = {
        row["requirement"]: row for row in json.loads((tmp_path / "out" / "report.json").read_text())["verdicts"]
    }
    assert {name: row["outcome"] for name, row in verdicts.items()} == {
        BROKEN: "fail",
        KEPT: "pass",
        ALSO_KEPT: "pass",
    }
    for report in ("report.html", "report.json", "junit.xml", "summary.md"):
        text = (tmp_path / "out" / report).read_text(encoding="utf-8")
        assert BROKEN in text, report
    header = json.loads((tmp_path / "out" / "run.ndjson").read_text().partition("\n")[0])
    assert header["settings"]["packs"] == {"acme": "0.1"}
    again = conformance("judge", "out", "--output", "again", "--quiet", *given, **environment)
    assert again.returncode == 1, again.stdout + again.stderr
    lines = [json.loads(line) for line in (tmp_path / "again" / "run.ndjson").read_text().splitlines()]
    assert {each["requirement"]: each["outcome"] for each in lines if each["kind"] == "verdict"} == {
        BROKEN: "fail",
        KEPT: "pass",
        ALSO_KEPT: "pass",
    }


def test_no_command_loads_the_pack_that_a_run_file_names(conformance: Command, acme: Path, tmp_path: Path) -> None:
    """A run file is data; without the pack it cannot be judged again, and the command says how."""
    run = conformance("run", "--pack", acme, "--profile", "acme", "--only", "acme.limits", "--output", "out")
    assert run.returncode == 0, run.stdout + run.stderr
    again = conformance("judge", "out", "--output", "again")
    assert again.returncode == 2
    assert "no profile 'acme'" in again.stderr
    assert "--pack DIR" in again.stderr
    assert again.stderr.count("\n") == 1


def test_all_surfaces_take_packs(conformance: Command, acme: Path, tmp_path: Path) -> None:
    """The command line, the environment, conformance.toml and pytest; lists, explanations and plans know the pack, too."""
    assert BROKEN in conformance("list", "acme", "--pack", acme).stdout
    assert BROKEN in conformance("list", "acme", CONFORMANCE_PACK=str(acme)).stdout
    explained = conformance("explain", BROKEN, "--pack", acme).stdout
    assert "acme_pack/checks/test_acme.py:" in explained
    assert f"--only {BROKEN} --profile acme --pack" in explained
    planned = conformance("plan", "--profile", "acme", "--only", KEPT, "--pack", acme)
    assert planned.stdout.startswith("1 requirements, "), planned.stderr
    assert "\nacme " in planned.stdout
    with served("--pack", acme, cwd=tmp_path) as url:
        table = f'[targets.staging]\nurl = "{url}"\nprofile = "acme"\npack = ["acme"]\n'
        (tmp_path / "conformance.toml").write_text(table)
        named = conformance("run", "staging", "--only", "acme", "--output", "named", CONFORMANCE_API_KEY=KEY)
        assert named.returncode == 0, named.stdout + named.stderr
        words = ["--pyargs", "conformance.checks", "--target", url, "--target-pack", "acme", "--target-profile", "acme"]
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", "--requirement", "acme"]
        session = subprocess.run(
            [sys.executable, "-m", "pytest", *words, *options],
            cwd=tmp_path, env={**os.environ, "CONFORMANCE_API_KEY": KEY}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert session.returncode == 0, session.stdout + session.stderr
    assert "3 passed" in session.stdout


def test_a_profile_of_a_user_takes_the_contract_of_a_pack(conformance: Command, acme: Path, tmp_path: Path) -> None:
    """By its name among the contracts."""
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: own\ndescription: Mine.\ncontracts: [openai, acme]\npaths: {acme_limits: /limits}\npromised: [acme_limits]\n"
    )
    run = conformance("run", "--pack", acme, "--profile", own, "--only", "acme", "--output", "out")
    assert run.returncode == 0, run.stdout + run.stderr
    assert conformance("run", "--profile", own, "--output", "none").returncode == 2
