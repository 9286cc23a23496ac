"""The user's credentials go to the target that the user means, and into no file, report or message."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.cli import main
from conformance.config import Target, TargetError, gather, resolve
from conformance.config.profile import load_profile
from conformance.config.seal import is_sealed, seal
from conformance.config.target import folder_name
from conformance.options import command_line
from conformance.record import read_run
from conformance.reference import Endpoint, Settings
from conformance.reference.serve import ReferenceServer
from tests.hostile.running import target_at
from tests.hostile.server import HostileServer, Talk

KEY = "sk-reference"
PROFILE = load_profile("openai")


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command line in this process; gives its exit code."""
    monkeypatch.setattr("sys.argv", ["conformance", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(str(ended.value.code or 0))


def interrupted(url: str, folder: Path, **more: str) -> Path:
    """The file of a run that ended after its first exchanges."""
    audit(replace(target_at(url, key=KEY), **more), folder, only=["models"])  # type: ignore[arg-type] # fields of a target
    file = folder / "run.ndjson"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:3]))
    return file


async def _listen(talk: Talk) -> None:
    await talk.send(await talk.right())


def test_a_plain_resume_goes_on_with_the_same_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run file proves that it was begun with this key and this URL."""
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    with ReferenceServer(Endpoint(Settings(api_key=KEY))) as server:
        file = interrupted(server.url, tmp_path / "run")
        assert KEY not in file.read_text()
        assert command(monkeypatch, "run", "--resume", str(tmp_path / "run"), "-q") == 0
    assert read_run(file).complete


@pytest.mark.parametrize("change", ["url", "profile", "seal"])
def test_a_key_is_not_sent_to_a_url_that_was_altered(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor when the profile was altered, or the seal taken away; who names the URL means it."""
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    with ReferenceServer(Endpoint(Settings(api_key=KEY))) as server:
        file = interrupted(server.url, tmp_path / "run")
    with HostileServer(_listen, after=1 << 30, key=KEY) as other:
        header, *rest = file.read_text().splitlines(keepends=True)
        data = json.loads(header)
        data["target"]["url"] = other.url if change == "url" else data["target"]["url"]
        data["target"]["profile"] = "vllm" if change == "profile" else "openai"
        if change == "seal":
            del data["seal"]
            data["target"]["url"] = other.url
        file.write_text(json.dumps(data) + "\n" + "".join(rest))
        assert command(monkeypatch, "run", "--resume", str(tmp_path / "run"), "-q") == 2
        said = capsys.readouterr().err
        assert "does not prove" in said
        assert f"--resume {tmp_path / 'run'}" in said
        assert not other.seen
        if change != "profile":
            assert command(monkeypatch, "run", other.url, "--resume", str(tmp_path / "run"), "-q") in (0, 1)
            assert other.seen


def test_without_a_key_there_is_nothing_to_prove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without credentials is resumed as it is."""
    monkeypatch.delenv("CONFORMANCE_API_KEY", raising=False)
    with ReferenceServer(Endpoint(Settings(api_key=KEY))) as server:
        interrupted(server.url, tmp_path / "run")
        assert command(monkeypatch, "run", "--resume", str(tmp_path / "run"), "--no-key", "-q") != 2


def test_a_seal_fits_its_key_url_profile_and_document_alone() -> None:
    """And a short key has none: it could be guessed."""
    target = Target("https://h/v1", PROFILE, key="a-long-key-1234", headers=(("x-tenant", "blue-tenant"),))
    sealed = seal(target)
    assert is_sealed(target, sealed)
    assert seal(target) != sealed, "each has its salt"
    assert is_sealed(replace(target, model="other", key_env="OTHER"), sealed)
    for other in (
        replace(target, url="https://h2/v1"),
        replace(target, key="a-long-key-1235"),
        replace(target, headers=()),
        replace(target, profile=load_profile("vllm")),
        replace(target, spec="other.json"),
    ):
        assert not is_sealed(other, sealed)
    for nonsense in ("", ":", "x", "é:é", sealed[:-1]):
        assert not is_sealed(target, nonsense)
    assert seal(Target("https://h/v1", PROFILE, key="short-key")) == seal(Target("https://h/v1", PROFILE)) == ""


SPEC = {"openapi": "3.0.0", "info": {"title": "Acme", "version": "1"}, "paths": {}}
SPEC_SECRETS = ("spec-password-123", "spec-token-4567890")


@pytest.mark.parametrize("query", ["?token=spec-token-4567890", "?a=1&api_key=spec-token-4567890"])
def test_the_credentials_of_a_documents_url_are_not_kept(
    query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in the run file, not in a report, not on the screen; who resumes gives them again."""
    document = json.dumps(
        {**SPEC, "paths": {"/models": {"get": {"responses": {"200": {"description": "x"}}}}}}
    ).encode()

    monkeypatch.setattr("conformance.config.user_document.fetched", lambda _: document)
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    url = f"https://user:spec-password-123@docs.example/openapi.json{query}"
    folder = tmp_path / "run"
    with ReferenceServer(Endpoint(Settings(api_key=KEY))) as server:
        words = ("--spec", url, "--only", "models", "--output", str(folder))
        assert command(monkeypatch, "run", server.url, *words) in (0, 1)
        shown = capsys.readouterr()
        written = {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
        assert "docs.example" in written["run.ndjson"]
        for name, text in {**written, "stdout": shown.out, "stderr": shown.err}.items():
            assert not any(secret in text for secret in SPEC_SECRETS), name
        file = folder / "run.ndjson"
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:3]))
        assert command(monkeypatch, "run", "--resume", str(folder)) == 2
        assert "Give --spec again" in capsys.readouterr().err
        assert command(monkeypatch, "run", "--resume", str(folder), "--spec", url, "-q") in (0, 1)


def test_errors_about_a_document_do_not_show_its_credentials(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong with it."""
    url = "http://user:spec-password-123@127.0.0.1:9/openapi.json?token=spec-token-4567890"
    for words in (["lint", url], ["run", "http://localhost/v1", "--no-key", "--spec", url]):
        assert command(monkeypatch, *words) == 2
        said = capsys.readouterr()
        assert "127.0.0.1:9" in said.err
        assert not any(secret in said.err + said.out for secret in SPEC_SECRETS)


@pytest.mark.parametrize(
    "header",
    [
        ("authorization", "Bearer abc"),
        ("helicone-auth", "Bearer abc"),
        ("x-portkey-api-key", "abc"),
        ("cookie", "a=b"),
        ("x-acme-token", "abc"),
        ("x-acme", "Basic abc"),
    ],
)
def test_a_credential_in_a_header_is_not_sent_in_plain_text_either(header: tuple[str, str]) -> None:
    """As the key is not; to this machine it may go, and where the user allows it."""
    for wanted in ("http://far.example/v1", "http://127.0.0.2/v1"):
        with pytest.raises(TargetError, match=f"the header {header[0]} in plain text to another host"):
            resolve(
                gather(command_line({"target": wanted, "no_key": True, "headers": {header[0]: header[1]}}), environ={})
            )
    resolve(
        gather(
            command_line({"target": "http://localhost/v1", "no_key": True, "headers": {header[0]: header[1]}}),
            environ={},
        )
    )
    resolve(
        gather(
            command_line({"target": "https://far.example/v1", "no_key": True, "headers": {header[0]: header[1]}}),
            environ={},
        )
    )
    resolve(
        gather(
            command_line(
                {"target": "http://far.example/v1", "headers": {header[0]: header[1]}, "allow_plain_http": True}
            ),
            environ={},
        )
    )
    resolve(gather(command_line({"target": "http://far.example/v1", "headers": {"x-tenant": "blue"}}), environ={}))


@pytest.mark.parametrize(
    "words",
    [
        ["run", "http://h/v1?api_key=sk-secret-1234"],
        ["run", "http://h:port/v1?api_key=sk-secret-1234"],
        ["run", "ftp://h/v1#access_token=sk-secret-1234"],
        ["run", "localhost/v1?whatever=sk-secret-1234"],
        ["run", "https://user:sk-secret-1234@localhost/v1"],
        ["run", "user:sk-secret-1234@localhost/v1"],
        ["run", "http://user:sk-secret-1234@localhost:port/v1"],
        ["run", "http://localhost/v1", "--header", "Authorization Bearer sk-secret-1234"],
        ["run", "http://localhost/v1", "--header", "authorization: x\nBearer sk-secret-1234"],
    ],
)
def test_a_refusal_does_not_repeat_a_credential(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is wrong all the same."""
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, *words) == 2
    said = capsys.readouterr().err
    assert "sk-secret" not in said
    assert re.match(r"conformance: .{20}", said)


@pytest.mark.parametrize(
    "line",
    [
        "headers = ['authorization: Bearer sk-secret-1234']",
        "headers = 'authorization: Bearer sk-secret-1234'",
        "headers = {authorization = ['sk-secret-1234']}",
        "key_env = ['sk-secret-1234']",
        "timeout = 'sk-secret-1234'",
        "headers = {authorization = 'sk-secret-1234}",
    ],
)
def test_an_error_in_a_target_file_does_not_show_a_value(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file, the table and the setting are named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conformance.toml").write_text(f"[targets.a]\nurl = 'http://localhost/v1'\n{line}\n")
    assert command(monkeypatch, "run", "a") == 2
    said = capsys.readouterr().err
    assert "conformance.toml" in said
    assert "sk-secret" not in said


@pytest.mark.parametrize(
    "name",
    ["..", ".", "...", "../..", "a/../../b", "\0", "a\nb", "\x1b[2J", "CON", "nul.txt", "", "~", "-rf", "a" * 999],
)
def test_a_targets_name_makes_one_folder(name: str, tmp_path: Path) -> None:
    """Below `reports`, and nowhere else."""
    made = folder_name(name)
    (tmp_path / "reports" / made).mkdir(parents=True)
    assert [path.name for path in (tmp_path / "reports").iterdir()] == [made]
    assert (tmp_path / "reports" / made).resolve().parent == tmp_path.resolve() / "reports"
    assert made.isprintable()
    assert made.lower() not in ("con", "nul.txt")
    assert Target("http://../v1", PROFILE).slug not in ("..", ".")
    assert folder_name("staging-2.eu_west") == "staging-2.eu_west"
