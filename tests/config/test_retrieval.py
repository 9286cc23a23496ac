"""The bucket for tests of retrieval: set with its fact or not at all, kept in the run file, and built into the reference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.run_recorder import header
from conformance.cli.endpoints import bucket_of
from conformance.config import Target, TargetError, gather, load_profile, resolve
from conformance.config.retrieval import SETTINGS, Retrieval
from conformance.judging.recorded_target import recorded_target
from conformance.options import Given

BUCKET = Retrieval("quay", "What is the password?", "tramontane-742", "garden")


def target_with(**given: str) -> Target:
    """The target that these options describe."""
    layer = {name: Given(value, f"--{name.replace('_', '-')}") for name, value in given.items()}
    url = {"target": Given("http://localhost:8000/v1", "TARGET")}
    return resolve(gather({**url, **layer}, environ={}))


def test_a_bucket_and_its_fact_are_read() -> None:
    assert target_with(**BUCKET.settings).retrieval == BUCKET
    assert target_with().retrieval is None


@pytest.mark.parametrize("missing", SETTINGS[:3])
def test_a_bucket_without_a_fact_is_an_error(missing: str) -> None:
    """The message names what is there and what is missing."""
    given = {name: value for name, value in BUCKET.settings.items() if name != missing}
    with pytest.raises(TargetError, match=f"--{missing.replace('_', '-')}"):
        target_with(**given)


def test_a_toml_file_can_name_the_bucket(tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    lines = [f'{name} = "{value}"' for name, value in BUCKET.settings.items()]
    file.write_text('[targets.mine]\nurl = "http://localhost:8000/v1"\n' + "\n".join(lines), encoding="utf-8")
    layer = {"target": Given("mine", "TARGET"), "config": Given(str(file), "--config")}
    assert resolve(gather(layer, environ={})).retrieval == BUCKET


def test_a_recorded_run_is_judged_with_its_bucket(tmp_path: Path) -> None:
    """Probes send the same requests in a replay only if they know the same bucket."""
    target = Target("http://localhost:8000/v1", load_profile("openai"), retrieval=BUCKET)
    assert recorded_target(header(target, ()), tmp_path).retrieval == BUCKET
    assert recorded_target(header(replace(target, retrieval=None), ()), tmp_path).retrieval is None


def test_the_reference_endpoint_has_a_bucket_where_a_contract_has_retrieval() -> None:
    assert bucket_of(load_profile("telnyx").contracts) is not None
    assert bucket_of(load_profile("openai").contracts) is None
