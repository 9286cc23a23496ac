"""A job for a Dask worker describes an audit by value, and has no secret."""

from __future__ import annotations

import pickle

import pytest

import conformance
from conformance.machines.job import job_text, of_the_worker, read_job
from conformance.options import OPTIONS, Given, Layer, TargetError


def layer(**values: object) -> Layer:
    return {name: Given(value, name) for name, value in values.items()}


def test_a_job_has_every_option_of_the_audit() -> None:
    options = layer(
        target="https://api.example/v1", name="vendor", model="m", key_env="VENDOR_KEY",
        depth="smoke", seed=7, rate=0.5, only=["chat.stop"], gentle=True, headers={"x-team": "qa"}, price_in=0.5,
    )  # fmt: skip
    read = read_job(job_text(options, ["sk-secret"]))
    assert {name: given.value for name, given in read.items()} == {name: given.value for name, given in options.items()}


def test_what_only_the_client_uses_stays_there() -> None:
    text = job_text(
        layer(target="http://a/v1", waivers=["w.toml"], fail_on="must", output="out", all=True, model=None), []
    )
    assert set(read_job(text)) == {"target"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headers", {"x-key": "very-secret-1"}),
        ("proxy", "http://user:very-secret-1@proxy:80"),
        ("spec", "https://docs.example/api.json?token=very-secret-1"),
        ("key_cmd", ("print-key", "abcdefghijklmnop")),
    ],
)
def test_a_secret_in_an_option_is_an_error(name: str, value: object) -> None:
    """The message names the variable of the worker, and not the secret."""
    with pytest.raises(TargetError, match=OPTIONS[name].variable) as raised:
        job_text(layer(target="http://a/v1", **{name: value}), ["very-secret-1"])
    assert "very-secret-1" not in str(raised.value)
    assert "abcdefgh" not in str(raised.value)


def test_another_version_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    text = job_text(layer(target="http://a/v1"), [])
    monkeypatch.setattr(conformance, "__version__", "0.0.1")
    with pytest.raises(TargetError, match=r"The Dask worker has version 0\.0\.1"):
        read_job(text)


def test_the_environment_of_a_worker_has_keys_but_no_options() -> None:
    """A variable that is set on one worker only would make its audits different."""
    environ = {
        "VENDOR_KEY": "k",
        "CONFORMANCE_API_KEY": "k",
        "CONFORMANCE_HEADERS": "x: y",
        "CONFORMANCE_DEPTH": "deep",
    }
    assert set(of_the_worker(environ.items())) == {"VENDOR_KEY", "CONFORMANCE_API_KEY", "CONFORMANCE_HEADERS"}


def test_a_job_is_text() -> None:
    assert isinstance(pickle.loads(pickle.dumps(job_text(layer(target="http://a/v1"), []))), str)  # noqa: S301 - ours
