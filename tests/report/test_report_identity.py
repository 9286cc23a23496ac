"""A report is titled by the name that the user gave, or by what the target calls itself, or by its URL."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sample

from conformance.record import Run
from conformance.report.identity import Identity
from conformance.report.model import build_model
from conformance.wire import Exchange, Request


def answered(number: int, path: str, body: object, server: str = "uvicorn") -> Exchange:
    made = sample.exchange(number, json.dumps(body).encode())
    request = Request("GET", sample.URL + path, (), b"")
    return replace(made, request=request, headers=(("content-type", "application/json"), ("server", server)))


@pytest.mark.parametrize(
    ("server", "owner", "version", "product"),
    [
        ("uvicorn", "vllm", "0.32.0", "vLLM 0.32.0"),
        ("llama.cpp", "llamacpp", "", "llama.cpp"),
        ("uvicorn", "somebody", "1.2", ""),
        ("nginx/1.25", "organization-owner", "", ""),
        ("Acme-Inference/7", "acme", "", "Acme-Inference/7"),
    ],
)
def test_the_engine_is_named_by_its_header_or_the_owner_of_its_models(
    server: str, owner: str, version: str, product: str
) -> None:
    """Not by the web framework or the proxy before it."""
    found = [answered(1, "/models", {"data": [{"id": "m", "owned_by": owner}]}, server)]
    found += [answered(2, "/version", {"version": version}, server)] if version else []
    identity = Identity({each.id: each for each in found})
    assert identity.product == product
    assert f"server {server}" in identity.facts


@pytest.mark.parametrize(
    ("fingerprint", "product"),
    [
        ("vllm-0.32.0-f5a26059", "vLLM 0.32.0-f5a26059"),
        ("b6710-74b8fc17", "vLLM b6710-74b8fc17"),
        ("fp_44709d6fcb", "vLLM"),
    ],
)
def test_a_version_in_the_fingerprint_is_in_the_title(fingerprint: str, product: str) -> None:
    """Some engines give their version and git revision there; an opaque fingerprint is none."""
    found = [answered(1, "/models", {"data": [{"id": "m", "owned_by": "vllm"}]})]
    found += [answered(2, "/chat/completions", {"system_fingerprint": fingerprint})]
    assert Identity({each.id: each for each in found}).product == product


def test_the_version_that_the_server_gave_is_in_the_title() -> None:
    """It is in the footer, because the exchange is no evidence; it comes before one in a fingerprint."""
    found = answered(1, "/models", {"data": [{"id": "m", "owned_by": "vllm"}]})
    footer = replace(sample.footer(), summary={**sample.footer().summary, "version": "0.11.0"})
    model = build_model(Run(sample.header(), {found.id: found}, (), footer), sample.registry())
    assert model.title == "vLLM 0.11.0"
    assert "version 0.11.0" in model.identity.facts


def test_the_name_of_the_user_comes_first_and_the_url_last() -> None:
    """`--name` is in the settings of the run file."""
    run = sample.run()
    named = replace(run.header, settings={**run.header.settings, "name": "my engine 3f2c1d"})
    assert build_model(replace(run, header=named), sample.registry()).title == "my engine 3f2c1d"
    assert build_model(Run(sample.header(), {}, (), None), sample.registry()).title == sample.URL


def test_a_hostile_header_is_short_and_harmless() -> None:
    """It is in a title."""
    identity = Identity({"x0001": answered(1, "/models", {"data": 3}, sample.HOSTILE * 20)})
    assert len(identity.product) < 120
    assert "\x1b" not in identity.product
