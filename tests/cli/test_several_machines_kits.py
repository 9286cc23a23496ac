"""The kits for several machines in examples/kits: valid files whose scripts call commands and options that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

import conformance
from conformance.verdict import ExitCode
from tests.cli.test_kits import run_script, understood

KITS = Path(conformance.__file__).parent.parent / "examples" / "kits"
FLOW = yaml.safe_load((KITS / "github-matrix.yml").read_text(encoding="utf-8"))
OBJECTS = list(yaml.safe_load_all((KITS / "kubernetes-job.yml").read_text(encoding="utf-8")))
JOBS = {each["metadata"]["name"]: each["spec"] for each in OBJECTS if each["kind"] == "Job"}


def script_of(job: str, step: str) -> str:
    (found,) = [each["run"] for each in FLOW["jobs"][job]["steps"] if each.get("name") == step]
    return str(found)


def container_of(job: str) -> Any:
    (found,) = JOBS[job]["template"]["spec"]["containers"]
    return found


@pytest.mark.parametrize("given", OBJECTS, ids=lambda each: each["metadata"]["name"])
@pytest.mark.parametrize("version", ["1.33", kubernetes_validate.latest_version()])
def test_kubernetes_accepts_the_objects(given: Any, version: str) -> None:
    """The API's own schema, without unknown fields; 1.33 is the first version in which all used fields are stable."""
    kubernetes_validate.validate(given, version, strict=True)


def test_kubernetes_repeats_only_what_another_run_may_repair() -> None:
    """Every exit code of the command has exactly one rule."""
    rules = JOBS["conformance-audit"]["podFailurePolicy"]["rules"]
    codes = {
        action: {code for rule in rules if rule["action"] == action for code in rule["onExitCodes"]["values"]}
        for action in ("FailIndex", "FailJob", "Count")
    }
    assert codes["FailIndex"] == {ExitCode.BROKEN, ExitCode.KEY_REJECTED}
    assert codes["FailJob"] == {ExitCode.USAGE}
    assert set.union(*codes.values()) == {*map(int, ExitCode)} - {ExitCode.CONFORMS}
    assert sum(map(len, codes.values())) == len(set.union(*codes.values()))
    spec = JOBS["conformance-audit"]
    (shards,) = [each["value"] for each in container_of("conformance-audit")["env"] if each["name"] == "SHARDS"]
    assert {spec["completions"], spec["parallelism"], spec["maxFailedIndexes"], int(shards)} == {4}


def test_a_pod_audits_its_shard_and_a_restarted_pod_resumes_it(tmp_path: Path) -> None:
    (script,) = container_of("conformance-audit")["args"]
    given = {"JOB_COMPLETION_INDEX": "2", "SHARDS": "4", "RESULTS": str(tmp_path), "TARGETS": "t.toml"}
    shard = tmp_path / "shard-3"
    assert run_script(script, tmp_path, "sh", **given, CODE="5")[0] == 5
    shard.mkdir()
    (shard / "audits.json").touch()
    code, calls = run_script(script, tmp_path, "sh", **given)
    assert code == 0
    expected = ["run", "--all", "--config", "t.toml", "--shard", "3/4"]
    assert [words for words, _ in calls] == [[*expected, "--output", str(shard)], [*expected, "--resume", str(shard)]]
    for words, _ in calls:
        understood(words)
    (script,) = container_of("conformance-merge")["args"]
    _, calls = run_script(script, tmp_path, "sh", RESULTS=str(tmp_path))
    assert calls[-1][0] == ["merge", str(shard), "--output", str(tmp_path / "all")]
    understood(calls[-1][0])


def test_pods_have_no_rights() -> None:
    for job in JOBS.values():
        pod = job["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        (container,) = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert not container["securityContext"]["allowPrivilegeEscalation"]


@pytest.mark.parametrize(("codes", "ended"), [("0", 0), ("1", 0), ("6", 0), ("2", 2), ("130", 130), ("3", 3)])
def test_the_matrix_continues_after_a_result_and_ends_after_an_error(tmp_path: Path, codes: str, ended: int) -> None:
    code, calls = run_script(
        script_of("audit", "Audit the targets of this shard"), tmp_path, "bash", SHARD="2", SHARDS="4", CODE=codes
    )
    assert code == ended
    ((words, _),) = calls
    assert words == ["run", "--all", "--shard", "2/4", "--output", "shard-2"]
    understood(words)


def test_the_matrix_resumes_after_an_unreachable_target(tmp_path: Path) -> None:
    code, calls = run_script(
        script_of("audit", "Audit the targets of this shard"),
        tmp_path,
        "bash",
        SHARD="2",
        SHARDS="4",
        CODE="5",
        WAIT="0",
    )
    assert code == 0
    assert [words for words, _ in calls][1] == ["run", "--all", "--shard", "2/4", "--resume", "shard-2"]


def test_the_last_job_of_the_matrix_ends_as_the_audits_did(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "shards" / f"shard-{number}").mkdir(parents=True)
    given = {"CODE": "1", "GITHUB_STEP_SUMMARY": str(tmp_path / "page")}
    code, calls = run_script(script_of("merge", "Merge the shards"), tmp_path, "bash", **given)
    assert code == 1
    ((words, _),) = calls
    assert words == ["merge", "shards/shard-1", "shards/shard-2", "--output", "all"]
    understood(words)


def test_the_matrix_is_pinned_and_its_numbers_agree() -> None:
    steps = [step for job in FLOW["jobs"].values() for step in job["steps"]]
    assert [each["uses"] for each in steps if "uses" in each and not re.search(r"@[0-9a-f]{40}$", each["uses"])] == []
    assert [each["run"] for each in steps if "${{" in each.get("run", "")] == []
    assert FLOW["permissions"] == {}
    assert FLOW["jobs"]["audit"]["strategy"]["matrix"]["shard"] == list(range(1, int(FLOW["env"]["SHARDS"]) + 1))


@pytest.mark.parametrize("tool", ["actionlint", "zizmor"])
def test_linters_of_workflows_find_nothing(tool: str) -> None:
    """Skipped where the linter is not installed."""
    import shutil

    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    words = [found, *(["--offline"] if tool == "zizmor" else []), str(KITS / "github-matrix.yml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
