"""`conformance.toml` describes a list of audits: one for each target and model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.config.toml_file import fleet_table, load_targets
from conformance.fleet import AuditBudget, FleetAudit, audit_from_dict, audit_to_dict, fleet_limits, list_audits
from conformance.options import Given, TargetError


def audits(tmp_path: Path, text: str, **more) -> tuple[FleetAudit, ...]:
    """The audits of a conformance.toml."""
    file = tmp_path / "conformance.toml"
    file.write_text(text, encoding="utf-8")
    return list_audits(load_targets(file), fleet_limits(fleet_table(file)), **more)


TWO = """\
[targets.a]
url = "https://API.a.example/v1"
region = "eu-west"
labels = ["production", "h100"]
price_in = 0.5
max_requests = 100
max_cost = 2
headers = { x-team = "secret-word" }

[targets.b]
url = "http://localhost:8000/v1"
models = ["m/1", "m-1", "M/1"]
gentle = true

[fleet]
host_concurrency = 6
max_output_tokens = 1000

[fleet.hosts]
"api.A.example" = 3
"""


def test_one_audit_for_each_target_and_model(tmp_path: Path) -> None:
    """Names are unique folders, also where case does not count."""
    a, *b = audits(tmp_path, TWO)
    assert (a.name, a.target, a.model, a.host, a.region) == ("a", "a", None, "api.a.example", "eu-west")
    assert a.labels == ("production", "h100")
    assert a.budget == AuditBudget(100, None, 2)
    assert a.slots == 3
    assert [each.model for each in b] == ["m/1", "m-1", "M/1"]
    assert b[0].name == "b.m-1"
    assert len({each.name.casefold() for each in b}) == 3
    assert {each.host for each in b} == {"localhost:8000"}
    assert {each.slots for each in b} == {1}


def test_an_audit_is_json_without_secrets(tmp_path: Path) -> None:
    """A job of another machine gets the audit by value; the header stays here."""
    (a, *_) = audits(tmp_path, TWO)
    text = json.dumps(audit_to_dict(a))
    assert "secret-word" not in text
    assert audit_to_dict(a)["withheld"] == ["headers"]
    again = audit_from_dict(json.loads(text))
    assert again.options["price_in"].value == 0.5
    assert audit_to_dict(again) == {**audit_to_dict(a), "withheld": []}


def test_all_models_of_a_target_filtered(tmp_path: Path) -> None:
    """`models = "all"` asks the target once."""
    text = '[targets.a]\nurl = "http://h/v1"\nmodels = "all"\nmodels_match = ["llama-*", "q?"]\n'
    found = audits(tmp_path, text, listed=lambda _: ["llama-1", "gpt", "q2", "llama-1"])
    assert [each.name for each in found] == ["a.llama-1", "a.q2"]


def test_the_command_line_comes_before_the_file(tmp_path: Path) -> None:
    """`--concurrency 2` applies to all targets."""
    found = audits(tmp_path, TWO, over={"concurrency": Given(2, "--concurrency")})
    assert [each.slots for each in found] == [2, 1, 1, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('models_match = "x"', 'Add models = "all"'),
        ('model = "x"\nmodels = ["y"]', "both name models"),
        ('models = ["y"]\nmodels_match = "x*"', "none of 1 models matches x*"),
        ('models = "all"', "the target lists no model"),
        ("max_cost = 1", "price_in"),
        ("region = 1", "region"),
        ("[fleet]\nspeed = 1", "no setting 'speed'"),
        ("[fleet]\nside_by_side = 0", "from 1 to 1024"),
        ("[fleet.hosts]\nh = 0", "hosts h"),
        ("[fleet]\nhosts = 3", "must be a table"),
    ],
)
def test_contradictions_end_before_the_first_request(tmp_path: Path, text: str, said: str) -> None:
    """The message names the key."""
    with pytest.raises(TargetError, match=said.replace("*", r"\*")):
        audits(tmp_path, f'[targets.a]\nurl = "http://h/v1"\n{text}\n')


@pytest.mark.parametrize("change", [{"name": ""}, {"budget": None}, {"options": {"rate": "fast"}}, {"options": 3}])
def test_a_changed_description_is_not_read(tmp_path: Path, change: dict) -> None:
    """A description may come from another machine."""
    (a, *_) = audits(tmp_path, TWO)
    with pytest.raises(TargetError):
        audit_from_dict({**audit_to_dict(a), **change})


def test_no_audit_has_the_name_of_a_file_of_the_folder(tmp_path: Path) -> None:
    """A target may be called `document.html`."""
    (found,) = audits(tmp_path, '[targets."document.html"]\nurl = "http://h/v1"\n')
    assert found.name.startswith("document.html-")
