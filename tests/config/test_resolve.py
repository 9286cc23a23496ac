"""One target out of command line, environment and TOML; errors say what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.config import Target, TargetError, gather, resolve
from conformance.options import TargetOptions, command_line

CONFIG = """
[targets.staging]
url = "https://staging.example.com/v1/"
model = "big"
profile = "vllm"
key_env = "STAGING_KEY"
concurrency = 3
rate = 2.5
max_requests = 10
timeout = 12
context_window = 4096
headers = {x-team = "blue"}
"""


def wishes(environ: dict[str, str] | None = None, **given: Any) -> TargetOptions:
    """The options of a command line and an environment."""
    return gather(command_line(given), environ=environ or {})


def resolved(
    tmp_path: Path, target: str | None = "staging", environ: dict[str, str] | None = None, **given: Any
) -> Target:
    config = tmp_path / "conformance.toml"
    if not config.exists():
        config.write_text(CONFIG)
    return resolve(wishes(target=target, config=str(config), environ=environ, **given))


def test_a_named_target_has_all_its_settings(tmp_path: Path) -> None:
    """Every key of its table arrives where it belongs."""
    target = resolved(tmp_path, environ={"STAGING_KEY": "sk-1"})
    assert (target.url, target.model, target.profile.name) == ("https://staging.example.com/v1", "big", "vllm")
    assert (target.key, target.key_env, target.name, target.slug) == ("sk-1", "STAGING_KEY", "staging", "staging")
    assert (target.pace.concurrency, target.pace.rate, target.budget.requests) == (3, 2.5, 10)
    assert (target.limits.total_s, target.headers) == (12, (("x-team", "blue"),))
    assert target.context_window == 4096


def test_the_command_line_wins_over_environment_over_file(tmp_path: Path) -> None:
    """The nearer to the user, the stronger."""
    environ = {"CONFORMANCE_MODEL": "from-env", "CONFORMANCE_PROFILE": "openai"}
    key = {"STAGING_KEY": "sk-1"}
    environ |= key
    assert resolved(tmp_path, environ=environ, model="said").model == "said"
    assert resolved(tmp_path, environ=environ).model == "from-env"
    assert resolved(tmp_path, environ=environ).profile.name == "openai"
    assert resolved(tmp_path, environ=key).model == "big"
    assert resolved(tmp_path, target=None, environ={"CONFORMANCE_TARGET": "staging", **key}).name == "staging"


@pytest.mark.parametrize(
    ("url", "profile", "variable"),
    [
        ("https://api.openai.com/v1", "openai", "OPENAI_API_KEY"),
        ("https://api.telnyx.com/v2/ai/openai", "telnyx", "TELNYX_API_KEY"),
        ("https://api.evil.example/v1", "openai", "CONFORMANCE_API_KEY"),
        ("https://api.openai.com.evil.example/v1", "openai", "CONFORMANCE_API_KEY"),
        ("http://127.0.0.1:1/v1", "openai", "CONFORMANCE_API_KEY"),
    ],
)
def test_a_vendors_key_goes_to_the_vendors_host_only(url: str, profile: str, variable: str) -> None:
    """A key in the environment is never sent to a host that it was not meant for."""
    environ = {name: name.lower() for name in ("OPENAI_API_KEY", "TELNYX_API_KEY", "CONFORMANCE_API_KEY")}
    target = resolve(wishes(target=url, profile=profile, environ=environ))
    assert (target.key_env, target.key) == (variable, variable.lower())


def test_a_key_can_come_from_a_file_or_not_at_all(tmp_path: Path) -> None:
    """Its last newline does not count; --no-key outdoes both."""
    (tmp_path / "key").write_text("sk-file\n")
    assert resolved(tmp_path, key_file=str(tmp_path / "key")).key == "sk-file"
    assert resolved(tmp_path, environ={"STAGING_KEY": "sk-1"}, no_key=True).key is None
    assert resolved(tmp_path, target="https://x.example/v1").key is None


def test_the_key_is_in_no_repr() -> None:
    """A traceback or a debug print must not leak it."""
    target = resolve(wishes(target="https://x.example/v1", environ={"CONFORMANCE_API_KEY": "sk-secret-123"}))
    assert target.key == "sk-secret-123"
    assert "sk-secret-123" not in repr(target)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "ftp://x/v1"}, r"not an http\(s\) URL.*http://localhost:8000/v1"),
        ({"target": "http:///v1"}, r"not an http\(s\) URL"),
        ({"target": "http://x:99999/v1"}, "is not a URL"),
        ({"target": "http://user:pw@x/v1"}, "carries credentials.*--key-env"),
        ({"target": "http://x/v1?key=1"}, "no query"),
        ({"target": "nowhere"}, "has no target 'nowhere'. Targets there: staging"),
        ({"target": None}, "No target"),
        ({"key_file": "/no/such/file"}, "cannot be read"),
        ({"key_env": "UNSET_NAME"}, "UNSET_NAME is not set.*--no-key"),
        ({}, "STAGING_KEY is not set.*--no-key"),
        ({"environ": {"STAGING_KEY": " "}}, "STAGING_KEY is not set.*--no-key"),
        ({"target": ""}, "The target is empty.*http://localhost:8000/v1"),
        ({"target": " \t"}, "The target is empty"),
        ({"target": None, "environ": {"CONFORMANCE_TARGET": ""}}, "CONFORMANCE_TARGET is empty"),
        ({"key_env": ""}, "--key-env is empty"),
        ({"key_file": ""}, "--key-file is empty"),
        ({"model": ""}, "--model is empty"),
        ({"profile": " "}, "--profile is empty"),
        ({"target": "http://far.example/v1", "environ": {"CONFORMANCE_API_KEY": "k"}}, "in plain text to another host"),
        ({"target": "https://x/v1", "environ": {"CONFORMANCE_API_KEY": "kéy"}}, "no HTTP header can carry"),
    ],
)
def test_what_cannot_be_tested_says_what_to_do(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    """One clear line each."""
    with pytest.raises(TargetError, match=message):
        resolved(tmp_path, **given)


def test_plain_http_with_a_key_is_for_loopback_or_on_request() -> None:
    """The user may say that the network is theirs."""
    environ = {"CONFORMANCE_API_KEY": "k"}
    assert resolve(wishes(target="http://localhost:8000/v1", environ=environ)).key == "k"
    assert resolve(wishes(target="http://far.example/v1", environ=environ, allow_plain_http=True)).key == "k"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[targets.a", "not valid TOML"),
        ("x = 1", "unknown table or key 'x'"),
        ("targets = 3", "must be tables"),
        ("[targets]\na = 1", "must be a table"),
        (
            '[targets.a]\nurl = "http://x/v1"\nkey = "sk-1"',
            "has no setting 'key' .put the key in an environment variable",
        ),
        ('[targets.a]\nurl = "http://x/v1"\nconcurrency = "8"', "is not a whole number"),
        ('[targets.a]\nurl = "http://x/v1"\nconcurrency = true', "is not a whole number"),
        ('[targets.a]\nurl = "http://x/v1"\nrate = 0', "is not a number of at least 0.01"),
        ('[targets.a]\nmodel = "m"', "has no url"),
        ('[targets.a]\nurl = "http://x/v1"\nheaders = {a = 1}', "headers .number 1.: the value is not of the form"),
    ],
)
def test_a_broken_file_names_the_place(tmp_path: Path, text: str, message: str) -> None:
    """The file, the table and the key."""
    (tmp_path / "conformance.toml").write_text(text)
    with pytest.raises(TargetError, match=message):
        resolved(tmp_path, target="a")


def test_a_name_without_a_file_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most likely somebody forgot the scheme of a URL."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetError, match=r"'localhost:8000' is not a URL, and there is no conformance\.toml"):
        resolve(wishes(target="localhost:8000", environ={}))


def test_a_target_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    """Also when the target is a URL, which needs no file: whoever names one means it."""
    with pytest.raises(TargetError, match=r"missing\.toml: no such file"):
        resolve(wishes(target="http://localhost:8000/v1", config=str(tmp_path / "missing.toml"), environ={}))


@pytest.mark.parametrize("timeout", [5.0, 31.0, 120.0])
def test_a_timeout_bounds_silence_as_well(timeout: float) -> None:
    """A server that needs the whole time for its first token is waited for."""
    limits = resolve(wishes(target="http://localhost:8000/v1", timeout=timeout, environ={})).limits
    assert (limits.read_s, limits.total_s) == (timeout, timeout)
    assert limits.connect_s == max(10.0, timeout / 6)


def test_prices_region_and_labels_arrive_and_a_cost_needs_a_price(tmp_path: Path) -> None:
    """A budget of cost without a price would never end a run."""
    file = tmp_path / "conformance.toml"
    more = 'region = "eu"\nlabels = ["a", "b"]\nprice_in = 0.5\nmax_cost = 2\n'
    file.write_text(f'[targets.staging]\nurl = "http://localhost/v1"\n{more}', encoding="utf-8")
    target = resolved(tmp_path)
    assert (target.region, target.labels) == ("eu", ("a", "b"))
    assert (target.budget.cost, target.budget.prices.input, target.budget.prices.output) == (2, 0.5, None)
    file.write_text('[targets.staging]\nurl = "http://localhost/v1"\nmax_cost = 2\n', encoding="utf-8")
    with pytest.raises(TargetError, match="max_cost needs price_in or price_out"):
        resolved(tmp_path)
