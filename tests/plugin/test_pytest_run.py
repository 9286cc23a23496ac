"""The same checks for people who live in pytest, without our command line; with Allure results."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import conformance.checks
from conformance.record import read_run
from conformance.reference import ReferenceServer
from conformance.reference.mutants import endpoint_with


def pytest_run(server: ReferenceServer, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-q", "-rs"]
    checks = [] if any("::" in word for word in arguments) else ["--pyargs", "conformance.checks"]
    command += [*checks, "--target", server.url, *arguments]
    environment = {**os.environ, "CONFORMANCE_API_KEY": server.api_key, "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def allure_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One run against an endpoint whose stop sequences leak, with Allure results."""
    folder = tmp_path_factory.mktemp("allure run")
    with ReferenceServer(endpoint_with("stop-not-excluded")) as server:
        arguments = ("--alluredir", "results", "--requirement", "chat.stop", "--requirement", "chat.finish-reason")
        return pytest_run(server, folder, *arguments), folder


def test_it_needs_no_command_line_of_ours(allure_run: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Pytest's own outcome tells, and so does its exit code; a failure shows expected and got."""
    done, _ = allure_run
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MUST chat.stop.excluded" in done.stdout
    assert "expected: text without" in done.stdout


def test_a_folder_that_holds_a_run_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The reports in it are those of the earlier run; nobody is told that they are of this one."""
    arguments = ("--target-output", "out", "--requirement", "models.list")
    with ReferenceServer() as server:
        first = pytest_run(server, tmp_path, *arguments)
        assert "Report:   out/report.html" in first.stdout, first.stdout + first.stderr
        page = tmp_path / "out" / "report.html"
        page.write_text("kept")
        second = pytest_run(server, tmp_path, *arguments)
    assert second.returncode == pytest.ExitCode.USAGE_ERROR
    assert "Choose another folder with --target-output" in second.stderr
    assert "Report:" not in second.stdout
    assert page.read_text() == "kept"


def test_tests_are_named_after_their_requirements(tmp_path: Path) -> None:
    """On the screen, in the summary, in JUnit's file, and where tests are selected by name."""
    with ReferenceServer(endpoint_with("stop-not-excluded")) as server:
        done = pytest_run(
            server, tmp_path, "-vv", "-rf", "-k", "chat.stop or chat.usage.sum", "--junitxml", "junit.xml"
        )
    place = r"scenarios/chat/test_stop\.py::chat\.stop\.excluded\[sse\]"
    assert re.search(rf"^\S*{place} FAILED", done.stdout, re.M), done.stdout
    assert re.search(rf"^FAILED \S*{place}", done.stdout, re.M)
    assert re.search(r"^\S*test_invariants\.py::chat\.usage\.sum PASSED", done.stdout, re.M)
    assert re.search(r"^_+ requirement chat\.stop\.excluded\[sse\] _+$", done.stdout, re.M)
    names = set(re.findall(r'<testcase [^>]*\bname="([^"]*)"', (tmp_path / "junit.xml").read_text(encoding="utf-8")))
    assert {"chat.stop.excluded[json]", "chat.stop.excluded[sse]", "chat.stop.array[json]", "chat.usage.sum"} <= names
    assert all(name.startswith(("chat.stop.", "chat.usage.sum")) for name in names)


def test_a_test_is_run_by_its_id(tmp_path: Path) -> None:
    """As the summary shows it, with or without the transport."""
    file = Path(conformance.checks.__file__).parent / "scenarios" / "chat" / "test_stop.py"
    with ReferenceServer() as server:
        done = pytest_run(server, tmp_path, f"{file}::chat.stop.array", f"{file}::chat.stop.excluded[json]")
    assert "2 passed" in done.stdout, done.stdout


def test_allure_results_carry_contract_and_evidence(allure_run: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Contract, area, requirement, level; request, response and curl, without the key."""
    _, folder = allure_run
    results = [json.loads(file.read_text()) for file in (folder / "results").glob("*-result.json")]
    broken = [result for result in results if "chat.stop.excluded" in result["name"]]
    assert [result["status"] for result in broken] == ["failed", "failed"]
    for result in broken:
        labels = {label["name"]: label["value"] for label in result["labels"]}
        wanted = {"contract": "openai", "area": "chat.stop", "requirement": "chat.stop.excluded", "level": "MUST"}
        assert wanted.items() <= labels.items()
        kinds = {attachment["name"].split()[-1] for attachment in result["attachments"]}
        assert {"request", "response", "curl"} <= kinds
    texts = [file.read_text(errors="replace") for file in (folder / "results").iterdir()]
    assert any("Authorization: Bearer $CONFORMANCE_API_KEY" in text for text in texts)
    assert not any("sk-reference" in text for text in texts)


def test_a_run_that_judges_nothing_is_no_success(tmp_path: Path) -> None:
    """Everything inconclusive is exit code 4, never 0."""
    with ReferenceServer() as server:
        done = pytest_run(server, tmp_path, "--requirement", "auth", "--target-key-env", "NO_SUCH_VARIABLE")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "NO_SUCH_VARIABLE is not set" in done.stdout + done.stderr


WRONG = {
    "--target-rate: the value is not a number of at least 0.01": ["--target-rate", "fast"],
    "--target-header (number 1): the value is not of the form 'Name: value'": ["--target-header", "nonsense"],
    "--target-proxy is not the URL of a proxy": ["--target-proxy", "socks5://h:1"],
    "The client certificate 'missing.pem' cannot be used": ["--target-client-cert", "missing.pem"],
    "--target is empty": ["--target", ""],
    "no such requirement or area: 'chat.effects'. ": ["--requirement", "chat.effects"],
}
"""What is said of these options. `--target "$URL"` with an unset variable is one of them; a typo is no run of nothing."""
SESSIONS = """
import json, pytest, sys
for words in json.loads(sys.argv[1]):
    code = pytest.main(["-q", "-p", "no:schemathesis", "--pyargs", "conformance.checks", *words])
    print("exit code", int(code), file=sys.stderr, flush=True)
"""


def test_a_wrong_option_is_wrong_usage(tmp_path: Path) -> None:
    """One line that names the option of pytest, or the areas that there are."""
    sessions = [["--target", "https://h.example/v1", *words] for words in WRONG.values()]
    done = subprocess.run(
        [sys.executable, "-c", SESSIONS, json.dumps(sessions)],
        cwd=tmp_path,
        env={**os.environ, "CONFORMANCE_API_KEY": "sk-reference", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    each = done.stderr.split(f"exit code {int(pytest.ExitCode.USAGE_ERROR)}\n")
    assert len(each) == len(WRONG) + 1, done.stdout + done.stderr
    for said, expected in zip(each, WRONG, strict=False):
        assert expected in said
    assert "The areas are auth, error" in each[-2]


def test_without_a_target_the_plugin_keeps_out_of_the_way(tmp_path: Path) -> None:
    """In every other pytest run of the environment only the table of options is imported, and nothing for it."""
    (tmp_path / "test_x.py").write_text(
        "import sys\n"
        "def test_x():\n"
        "    ours = {m for m in sys.modules if m.startswith('conformance.') and not m.startswith('conformance.options')}\n"
        "    assert ours == {'conformance.errors', 'conformance.plugin', 'conformance.plugin.options'}\n"
        "    assert not {'httpx', 'yaml', 'typer', 'websockets', 'jsonschema_rs'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def plain_pytest(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The checks in a session of pytest that names what it likes."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-p", "no:cacheprovider"]
    environment = {**os.environ, "CONFORMANCE_API_KEY": "sk-reference", "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [*command, "--pyargs", "conformance.checks", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_checks_without_a_target_are_wrong_usage(tmp_path: Path) -> None:
    """One line, not an error of every test; who lists the checks needs no target."""
    done = plain_pytest(tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert [line for line in said if "Name it with --target http://localhost:8000/v1" in line], done.stdout
    assert len(said) <= 3, said
    assert plain_pytest(tmp_path, "--collect-only", "-q").returncode == 0


def test_workers_are_wrong_usage(tmp_path: Path) -> None:
    """Each would audit the target, and write its run; one worker fewer than none is as without them."""
    with ReferenceServer() as server:
        words = ("--target", server.url, "--requirement", "models", "--target-output", "out")
        for workers in ("2", "auto"):
            done = plain_pytest(tmp_path, "-n", workers, *words)
            assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
            assert done.stderr.count("--target and xdist (-n) exclude each other") == 1, done.stderr
            assert "INTERNALERROR" not in done.stdout + done.stderr
            assert not (tmp_path / "out").exists()
        assert plain_pytest(tmp_path, "-n", "0", *words).returncode == 0
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert run.complete
    assert {verdict.requirement for verdict in run.verdicts} >= {"models.list.schema", "models.retrieve"}


def test_a_failure_says_what_to_do_and_reports_are_written(tmp_path: Path) -> None:
    """Impact, fix and curl under the finding, without the key; the reports of `conformance run` in the folder."""
    with ReferenceServer(endpoint_with("stop-not-excluded")) as server:
        done = pytest_run(server, tmp_path, "--requirement", "chat.stop.excluded", "--target-output", "out")
    assert done.returncode == 1
    assert re.search(r"^ +impact: \w", done.stdout, re.M), done.stdout
    assert re.search(r"^ +fix: \w", done.stdout, re.M)
    assert re.search(r"^ +curl: curl ", done.stdout, re.M)
    assert "Authorization: Bearer $CONFORMANCE_API_KEY" in done.stdout
    assert "sk-reference" not in done.stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"run.ndjson", "report.html", "report.json", "junit.xml", "summary.md", "manifest.json"}
    assert re.search(r"^Report: +out/report\.html$", done.stdout, re.M)


def test_an_interrupted_run_is_resumed(tmp_path: Path) -> None:
    """With --target-resume, as `conformance run --resume` does; it names its own folder."""
    with ReferenceServer() as server:
        words = ("--requirement", "models", "--requirement", "chat.stop")
        pytest_run(server, tmp_path, *words, "--target-output", "out")
        file = tmp_path / "out" / "run.ndjson"
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(line for line in lines[:12] if not line.startswith(b'{"kind":"footer"')))
        done = pytest_run(server, tmp_path, *words, "--target-resume", "out")
        wrong = pytest_run(server, tmp_path, *words, "--target-resume", "out", "--target-output", "other")
    assert done.returncode == 0, done.stdout + done.stderr
    run = read_run(file)
    assert run.complete
    assert any("Resumed: " in note for note in run.header.notes)
    assert wrong.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--target-resume continues in its own folder. Leave --target-output out" in wrong.stderr
