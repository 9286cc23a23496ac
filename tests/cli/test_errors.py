"""What goes wrong outside the suite is one clear line with the next step and the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.cli import main
from conformance.contract import registry
from conformance.record import read_run
from conformance.reference import Endpoint, Settings
from conformance.reference.serve import ReferenceServer
from tests.cli.in_process import conformance
from tests.hostile.behaviours import BEHAVIOURS
from tests.hostile.server import KEY, Answer, HostileServer, Talk

USAGE, NOTHING_JUDGED, GONE, REJECTED, INTERRUPTED = 2, 4, 5, 6, 130
ONLY = ("--only", "chat.stop")


def expect_line(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One line on stderr that says these words, the exit code, and no traceback anywhere."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("conformance: ")]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0], lines[0]


def until(seconds: float) -> Iterator[None]:
    """Look again and again, for so many seconds: then it is a failure that what was waited for did not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.02)
    pytest.fail(f"it did not come within {seconds} s")


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["localhost:8000/v1"], ["is not a URL", "http://localhost:8000/v1"]),
        (["http://localhost:99999/v1"], ["is not a URL", "http://localhost:8000/v1"]),
        (["http://[::1/v1"], ["is not a URL", "http://localhost:8000/v1"]),
        (["http://xn--/v1", "--no-key"], ["not a URL that a request can be sent to"]),
        (["http://localhost:\uff18\uff10/v1"], ["is not a URL", "http://localhost:8000/v1"]),
        (["http://\uff11\uff12\uff17.0.0.1/v1", "--no-key"], ["not a URL that a request can be sent to"]),
        (["http://localhost/\x1bv1"], ["\\x1b", "control character"]),
        (["http://localhost/\udcff/v1"], ["\\udcff", "control character"]),
        (["http://local host/v1"], ["white space"]),
        (["http://localhost/v1", "--spec", "http://[::1/openapi.json"], ["the URL of the document"]),
        (["http://localhost/v1", "--spec", "http://xn--/openapi.json"], ["the URL of the document"]),
        (["ftp://localhost/v1"], ["not an http(s) URL"]),
        (["http://user:pass@localhost/v1"], ["credentials", "--key-env"]),
        (["http://localhost/v1", "--profile", "nope"], ["no profile 'nope'", "openai"]),
        (
            ["http://localhost/v1", "--only", "nope.nope"],
            ["no such requirement or area", "The areas are auth, error, http", "conformance list"],
        ),
        (["http://localhost/v1", "--only", "chat.stop,chat.tools"], ["repeat the option for each"]),
        (["http://localhost/v1", "--only", "telnyx"], ["nothing that it selects is tested", "another --profile"]),
        (["http://localhost/v1", "--key-file", "missing.key"], ["missing.key", "cannot be read"]),
        (["http://localhost/v1", "--key-env", "NO_SUCH_KEY"], ["NO_SUCH_KEY is not set", "--no-key"]),
        (["http://localhost/v1", "--key-env", "EMPTY_KEY"], ["EMPTY_KEY is not set", "--no-key"]),
        (["http://localhost/v1", "--key-env", ""], ["--key-env is empty"]),
        (["http://localhost/v1", "--config", "missing.toml"], ["missing.toml", "no such file"]),
        (["--config", "missing.toml"], ["missing.toml", "no such file"]),
        ([""], ["The target is empty", "http://localhost:8000/v1"]),
        (["  "], ["The target is empty", "http://localhost:8000/v1"]),
        (["http://localhost/v1", "--header", "nonsense"], ["--header", "Name: value"]),
        (["https://localhost/v1", "--ca-file", "missing.pem"], ["missing.pem", "PEM"]),
        (["http://localhost/v1", "--output", "in-the-way"], ["in-the-way", "--output"]),
        (["http://localhost/v1", "--output", "in-the-way/deeper"], ["in-the-way", "--output"]),
        (["http://localhost/v1", "--resume", "nowhere"], ["nowhere"]),
        (["http://localhost/v1", "--concurrency", "0"], ["--concurrency: 0 is not", "from 1 to 1024"]),
        (["http://localhost/v1", "--timeout", "long"], ["--timeout: the value is not a number"]),
        (["http://localhost/v1", "--nope"], ["No such option: --nope", "run --help"]),
        (["http://localhost/v1", "and-another"], ["'and-another' is not a URL"]),
        (["http://localhost/v1", "--model"], ["--model", "requires an argument"]),
        (["http://localhost/v1", "--resume", "nowhere", "--output", "x"], ["--output"]),
    ],
)
def test_wrong_usage_is_one_line(words: list[str], says: list[str], tmp_path: Path) -> None:
    """Exit code 2, and nothing was sent."""
    (tmp_path / "in-the-way").write_text("a file")
    expect_line(conformance("run", *words, folder=tmp_path, EMPTY_KEY=""), USAGE, *says)


@pytest.mark.parametrize(
    ("words", "environ", "says"),
    [
        (["--ca-file", "x.pem"], {}, "--ca-file"),
        (["--key-env", "HOME"], {}, "--key-env"),
        (["--key-file", "x"], {}, "--key-file"),
        (["--no-key"], {}, "--no-key"),
        (["--allow-plain-http"], {}, "--allow-plain-http"),
        ([], {"CONFORMANCE_CA_FILE": "x.pem"}, "CONFORMANCE_CA_FILE"),
    ],
)
def test_the_reference_endpoint_ignores_no_option(
    words: list[str], environ: dict[str, str], says: str, tmp_path: Path
) -> None:
    """What cannot apply to it is an error: most likely the URL was forgotten."""
    done = conformance("run", *words, "--only", "models", folder=tmp_path, **environ)
    expect_line(done, USAGE, f"{says} applies to a target of yours", "Give a URL")


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_wrong_variable_is_one_line(command: str, tmp_path: Path) -> None:
    """It is named, whichever command reads it."""
    done = conformance(command, folder=tmp_path, CONFORMANCE_DEPTH="deeper")
    expect_line(done, USAGE, "CONFORMANCE_DEPTH: 'deeper' is not one of smoke, quick, standard, deep")


def test_an_empty_variable_is_no_target(tmp_path: Path) -> None:
    """The built-in reference endpoint is never audited in place of a target whose variable is unset."""
    done = conformance("run", folder=tmp_path, CONFORMANCE_TARGET="")
    expect_line(done, USAGE, "CONFORMANCE_TARGET is empty", "http://localhost:8000/v1")
    assert conformance("plan", "", folder=tmp_path).returncode == USAGE
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[targets.staging\n", "not valid TOML"),
        ("[targets.staging]\nurl = 7\n", "url: 7 is not a text"),
        ('[targets.staging]\nurl = "http://h/v1"\nsecret_key = "x"\n', "key_env"),
        ('[targets.other]\nurl = "http://h/v1"\n', "no target 'staging'"),
        ("nonsense = 1\n", "nonsense"),
        ('[targets.staging]\nurl = "http://h/v1"\nkey_env = "UNSET"\n', "UNSET is not set"),
        ("\x00", "not valid TOML"),
    ],
)
def test_a_broken_target_file_is_one_line(text: str, says: str, tmp_path: Path) -> None:
    """Exit code 2, with the file's name."""
    (tmp_path / "conformance.toml").write_text(text)
    named = [] if "UNSET" in text else ["conformance.toml"]
    expect_line(conformance("run", "staging", folder=tmp_path), USAGE, *named, says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: [unclosed\n", "own.yaml:"),
        ("name: own\ndescription: x\nnonsense: 1\n", "nonsense"),
        ("name: own\ndescription: x\npromised: [no_such_feature]\n", "no_such_feature"),
        ("- a list\n", "own.yaml"),
        ("name: own\ndescription: x\ndocument: data.json\n", "is not an OpenAPI 3 document"),
        ("", "own.yaml"),
    ],
)
def test_a_broken_profile_is_one_line(text: str, says: str, tmp_path: Path) -> None:
    """Exit code 2, with the file's name and place."""
    (tmp_path / "own.yaml").write_text(text)
    (tmp_path / "data.json").write_text('{"a": 1}')
    done = conformance("run", "http://localhost/v1", "--profile", "own.yaml", folder=tmp_path)
    expect_line(done, USAGE, "data.json" if "data.json" in text else "own.yaml", says)


def test_a_case_that_was_edited_is_one_line(tmp_path: Path) -> None:
    """Exit code 2: that its body is wrong is not the target's fault, nor the suite's."""
    case = {"id": "x", "requirement": "generated.valid-accepted", "body": '{"model": "m", "messages": 12345}'}
    (tmp_path / "case.json").write_text(json.dumps(case))
    done = conformance("run", "http://localhost/v1", "--case", "case.json", folder=tmp_path)
    expect_line(done, USAGE, "case x", "/messages", "12345 is not an array")


def test_a_busy_port_is_one_line(running: ReferenceServer, tmp_path: Path) -> None:
    """`serve` announces no endpoint that another process has."""
    done = conformance("serve", "--port", running.origin.rpartition(":")[2], folder=tmp_path)
    expect_line(done, 2, "cannot be opened", "--port")
    assert done.stdout == ""


def test_of_two_runs_in_one_folder_the_second_is_refused(running: ReferenceServer, tmp_path: Path) -> None:
    """Also when both have seen that the folder is free: the file is made once."""
    words = [sys.executable, "-m", "conformance", "run", running.url, "--output", "out", *ONLY]
    environ = {**os.environ, "CONFORMANCE_API_KEY": running.api_key, "NO_COLOR": "1"}
    both = [subprocess.Popen(words, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate(timeout=120)[1] for each in both]
    assert sorted(each.returncode for each in both) == [0, USAGE]
    assert "Traceback" not in "".join(said)
    assert "please report" not in "".join(said)


def test_of_two_runs_that_resume_one_folder_at_once_one_is_refused(running: ReferenceServer, tmp_path: Path) -> None:
    """Or both end, one after the other; none fails as if the suite were broken."""
    first = ["run", running.url, "--output", "out", "--max-requests", "6", *ONLY]
    conformance(*first, folder=tmp_path, CONFORMANCE_API_KEY=running.api_key)
    file = tmp_path / "out" / "run.ndjson"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:4]))
    words = [sys.executable, "-m", "conformance", "run", running.url, "--resume", "out", *ONLY]
    environ = {**os.environ, "CONFORMANCE_API_KEY": running.api_key, "NO_COLOR": "1"}
    all_of_them = [
        subprocess.Popen(words, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [each.communicate(timeout=120)[1] for each in all_of_them]
    codes = sorted(each.returncode for each in all_of_them)
    assert 0 in codes, said
    assert set(codes) <= {0, USAGE}, said
    assert read_run(file).complete


def test_a_closed_port_is_said_and_kept(tmp_path: Path) -> None:
    """Exit code 5; the run file and the reports say what was tried, and a job that reads JUnit is red."""
    url = f"http://127.0.0.1:{free_port()}/v1"
    done = conformance("run", url, "--output", "out", *ONLY, folder=tmp_path)
    expect_line(done, GONE, "nothing accepts connections", "Is the server running")
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert run.complete
    assert len(run.exchanges) == 1
    assert {str(verdict.outcome) for verdict in run.verdicts} == {"inconclusive"}
    assert (tmp_path / "out" / "report.html").exists()
    expect_error(tmp_path / "out", GONE, "nothing accepts connections")


def expect_error(folder: Path, code: int, *words: str) -> None:
    """junit.xml has an error that says what happened; report.json and its sentence say it, too, with the exit code."""
    root = ET.parse(folder / "junit.xml").getroot()  # noqa: S314 - our own file
    error = next(root.iter("error"))
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert int(root.attrib["errors"]) >= 1
    assert report["exit_code"] == code
    for word in words:
        assert word in error.attrib["message"]
        assert word in report["ending"]["said"] + report["ending"]["advice"]


def test_an_unknown_host_is_said(tmp_path: Path) -> None:
    """Exit code 5, and what to check."""
    done = conformance("run", "http://no-such-host.invalid/v1", *ONLY, folder=tmp_path)
    expect_line(done, GONE, "no-such-host.invalid", "Check")


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("html-first", NOTHING_JUDGED, ["lists no model", "--model"]),
        ("401-first", REJECTED, ["refuses the key", "--key-env"]),
        ("no-models", NOTHING_JUDGED, ["lists no model", "--model"]),
        ("redirect-first", NOTHING_JUDGED, ["redirects to", "final URL"]),
    ],
)
def test_a_target_that_cannot_be_tested_is_one_line(name: str, code: int, says: list[str], tmp_path: Path) -> None:
    """Its exit code, an error in junit.xml, and no escape sequence of the target's in what is said."""
    with HostileServer(BEHAVIOURS[name].script, after=0) as server:
        done = conformance("run", server.url, *ONLY, "--output", "out", folder=tmp_path, CONFORMANCE_API_KEY=KEY)
    expect_line(done, code, *says)
    expect_error(tmp_path / "out", code, says[0])
    again = conformance("report", "out", "--quiet", folder=tmp_path)
    assert again.returncode == code, again.stderr
    assert "\x1b" not in done.stderr
    assert "\x9b" not in done.stderr


def test_a_revoked_key_is_told_apart_from_a_target_that_is_down(tmp_path: Path) -> None:
    """Models may be listed for anybody; the completion shows that the key is refused: exit code 6."""

    async def refuse(talk: Talk) -> None:
        if talk.method == "POST":
            body = b'{"error": {"message": "Key revoked.", "type": "x", "param": null, "code": null}}'
            await talk.send(Answer(403, (("content-type", "application/json"),), body))
        else:
            await talk.send(await talk.right())

    with HostileServer(refuse, after=0) as server:
        done = conformance("run", server.url, *ONLY, "--output", "out", folder=tmp_path, CONFORMANCE_API_KEY=KEY)
    expect_line(done, REJECTED, "refuses the key", "403 Key revoked. Put a valid key")
    expect_error(tmp_path / "out", REJECTED, "refuses the key")


def test_a_spent_budget_is_an_error_where_too_little_was_judged(running: ReferenceServer, tmp_path: Path) -> None:
    """Exit code 4, and a job that reads JUnit is red."""
    words = ["run", running.url, "--max-requests", "8", "--output", "out"]
    done = conformance(*words, folder=tmp_path, CONFORMANCE_API_KEY=KEY)
    assert done.returncode == NOTHING_JUDGED, done.stderr
    expect_error(tmp_path / "out", NOTHING_JUDGED, "Too little could be judged")


@pytest.fixture(scope="module")
def running() -> Iterator[ReferenceServer]:
    """A reference endpoint that takes its time."""
    with ReferenceServer(Endpoint(Settings(api_key=KEY, latency_s=0.15))) as server:
        yield server


def test_ctrl_c_keeps_what_was_measured(running: ReferenceServer, tmp_path: Path) -> None:
    """The run file is whole and says that it was interrupted, the reports are there, and the exit code is 130."""
    folder = tmp_path / "out"
    # Whoever runs the tests in the background may have it ignored, which a child would inherit.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", running.url, "--output", str(folder), "--concurrency", "2"],
        env={**os.environ, "CONFORMANCE_API_KEY": KEY},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, heard)
    file = folder / "run.ndjson"
    for _ in until(120):
        if file.exists() and file.read_bytes().count(b'"kind":"exchange"') >= 6:
            break
        assert process.poll() is None, process.communicate()[1]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == INTERRUPTED, said
    assert "Traceback" not in said
    assert (
        f"interrupted; what was measured is in {folder}; `conformance run {running.url} --resume {folder}` resumes it"
        in said
    )
    run = read_run(file)
    assert run.footer is not None
    assert run.interrupted
    assert len(run.exchanges) >= 4
    assert (folder / "report.html").exists()
    expect_error(folder, INTERRUPTED, "interrupted", "--resume")


def test_nothing_is_written_for_a_run_that_never_began(tmp_path: Path, running: ReferenceServer) -> None:
    """Ten wrong URLs leave no reports; a folder that was asked for has them, for a CI server that collects them."""
    wrong = {running.url: "sk-wrong", f"http://127.0.0.1:{free_port()}/v1": KEY, running.url.removesuffix("/v1"): KEY}
    for url, key in wrong.items():
        done = conformance("run", url, folder=tmp_path, CONFORMANCE_API_KEY=key)
        assert done.returncode in (NOTHING_JUDGED, GONE, REJECTED), done.stderr
        assert list(tmp_path.iterdir()) == [], done.stderr
    assert f"Is the base URL {running.url}?" in done.stderr
    done = conformance("run", running.url, "--output", "out", folder=tmp_path, CONFORMANCE_API_KEY="sk-wrong")
    assert done.returncode == REJECTED
    assert (tmp_path / "out" / "junit.xml").exists()


def test_ctrl_c_outside_of_the_measuring_is_said_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a command is doing, who stops it reads that it was interrupted, beside the exit code 130."""

    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["conformance", "list"])
    monkeypatch.setattr(registry, "load_registry", stopped)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == INTERRUPTED
    assert capsys.readouterr().err == "conformance: interrupted\n"


def test_a_full_disk_is_one_line_and_the_run_can_go_on(running: ReferenceServer, tmp_path: Path) -> None:
    """Exit code 2; what was measured is readable, and `--resume` finishes the run when there is room again."""
    words = [sys.executable, "-m", "conformance", "run", running.url, "--quiet", "--concurrency", "64"]
    environ = {**os.environ, "CONFORMANCE_API_KEY": KEY}
    only = ["--output", str(tmp_path / "out"), "--only", "error"]
    limited = ["sh", "-c", 'ulimit -f 16; exec "$@"', "sh", *words, *only]
    # The limit is for every file of the process: the data of whoever measures its coverage must not run into it.
    unmeasured = {name: value for name, value in environ.items() if not name.startswith("COV")}
    done = subprocess.run(limited, env=unmeasured, capture_output=True, text=True, check=False, timeout=120)
    expect_line(done, USAGE, "cannot be written further", "--resume")
    left = read_run(tmp_path / "out" / "run.ndjson")
    assert not left.complete
    assert left.exchanges
    again = subprocess.run(
        [*words, "--resume", str(tmp_path / "out")], env=environ, capture_output=True, check=False, timeout=120
    )
    assert again.returncode == 0, again.stderr
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert run.complete
    assert set(left.exchanges) <= set(run.exchanges)
    assert {verdict.requirement.partition(".")[0] for verdict in run.verdicts} == {"error"}
