"""Each file that the commands write has a schema, which real files match and faulty files do not."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from conformance.acceptance.waivers_file import SCHEMA as WAIVERS
from conformance.cli import app
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.schemas.__main__ import SCHEMAS, file_of, text_of
from tests.schemas.validating import JSON_FILES, check, check_folder, check_shared, schema_of

ROOT = Path(__file__).parents[2]
FAULTS = ("types-not-checked", "chunk-object-wrong", "error-status-200")
ONLY = ("--only", "chat.stream", "--only", "error.envelope", "--only", "generated", "--quiet")


def conformance(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files of many commands, about a target that conforms and two targets with faults."""
    folder = tmp_path_factory.mktemp("files")
    with (
        ReferenceServer() as good,
        ReferenceServer(endpoint_with(*FAULTS)) as bad,
        pytest.MonkeyPatch.context() as patch,
    ):
        prices = "price_in = 1.0\nprice_out = 2.5\n"
        tables = [f'[targets.{name}]\nurl = "{url}"\nlabels = ["x"]\n{prices}' for name, url in (("good", good.url), ("bad", bad.url))]  # fmt: skip
        (folder / "conformance.toml").write_text("\n".join(tables), encoding="utf-8")
        patch.chdir(folder)
        patch.setenv("CONFORMANCE_API_KEY", "sk-reference")
        assert conformance("run", "--all", *ONLY, "--reference", "good", "--output", "fleet").exit_code == 1
        assert conformance("run", "--all", "--only", "chat.stream.object", "--quiet", "--shard", "1/2", "--output", "part").exit_code in (0, 1)  # fmt: skip
        assert conformance("judge", "fleet/bad", "--output", "judged", "--quiet").exit_code == 1
        yield folder


def test_the_files_of_schemas_are_current() -> None:
    """`python -m conformance.schemas --write` writes them."""
    for name in SCHEMAS:
        assert file_of(name).read_text("utf-8") == text_of(name), name
    assert {file.name for file in file_of("run").parent.glob("*.json")} == {file_of(name).name for name in SCHEMAS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_valid_closed_and_described(name: str) -> None:
    """An object has no other properties than the described ones."""
    schema = schema_of(name)
    jsonschema_rs.meta.validate(schema)
    for place, part in _objects(schema, ""):
        assert part["additionalProperties"] is False, place
        undescribed = [key for key, value in part["properties"].items() if not {"description", "$ref"} & value.keys()]
        assert undescribed == [], place


def test_every_file_of_several_audits_matches_its_schema(made: Path) -> None:
    found = check_folder(made)
    assert found.keys() == {"run", "case"} | {JSON_FILES[name] for name in JSON_FILES} - {"store", "site", "targets"}
    assert found["run"] >= 4


def test_the_output_of_diff_and_share_matches_its_schema(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)
    said = conformance("diff", "fleet/good", "fleet/bad", "--json")
    check("diff", json.loads(said.stdout))
    assert json.loads(said.stdout)["changes"]
    assert conformance("share", "fleet/bad", "1", "--output", "one.zip").exit_code == 0
    assert check_shared(Path("one.zip"))


def test_a_baseline_matches_the_schema_of_waivers(made: Path) -> None:
    assert conformance("baseline", "write", made / "fleet/bad", "--to", made / "known.toml").exit_code == 0
    data = tomllib.loads((made / "known.toml").read_text("utf-8"))
    jsonschema_rs.validator_for(json.loads(WAIVERS.read_text("utf-8"))).validate(data)
    assert data["waivers"]


def test_a_property_that_a_schema_does_not_know_is_refused(made: Path) -> None:
    """A writer that adds a property without its schema fails the tests of this module."""
    changed = 0
    for name in (
        "manifest.json",
        "audits.json",
        "comparison.json",
        "reference.json",
        "summary.json",
        "good/badge.json",
    ):
        data = json.loads((made / "fleet" / name).read_text("utf-8"))
        for each in _with_one_more(data):
            changed += 1
            with pytest.raises(AssertionError):
                check(JSON_FILES[Path(name).name], each)
    lines = map(json.loads, (made / "fleet/bad/run.ndjson").read_text("utf-8").splitlines())
    for line in {each["kind"]: each for each in lines}.values():
        for each in _with_one_more(line):
            changed += 1
            with pytest.raises(AssertionError):
                check("run", each)
    assert changed >= 30


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("verdict", {"outcome": "inconclusive", "reason": None}),
        ("verdict", {"outcome": "maybe"}),
        ("exchange", {"body": None}),
        ("exchange", {"status": "200"}),
        ("header", {"format": 2}),
        ("footer", {"summary": {}}),
        ("footer", {"kind": "end"}),
    ],
)
def test_faulty_lines_of_a_run_file_are_refused(made: Path, kind: str, change: dict[str, Any]) -> None:
    lines = map(json.loads, (made / "fleet/bad/run.ndjson").read_text("utf-8").splitlines())
    line = next(each for each in lines if each["kind"] == kind)
    check("run", line)
    with pytest.raises(AssertionError):
        check("run", {**line, **change})


def test_the_page_lists_every_schema() -> None:
    """A schema that is not on the page, or a file that is not there, would be useless."""
    page = (ROOT / "docs" / "schemas.md").read_text("utf-8")
    files = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "conformance").rglob("*.schema.json"))
    assert [file for file in files if f"](../{file})" not in page] == []
    assert page.count(".schema.json)") == len(files) + 1  # and the one of another project


def _objects(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema of an object with known properties."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield place, schema
        for name, value in schema.items():
            yield from _objects(value, f"{place}/{name}")


def _with_one_more(data: Any) -> Iterator[Any]:
    """Yield copies of the data, each with one more property in one of its objects. Of an array, only the first item."""
    for path in _records(data):
        copied = copy.deepcopy(data)
        place = copied
        for key in path:
            place = place[key]
        place["no_such_property"] = 1
        yield copied


_FREE = frozenset({"settings", "errors", "metrics", "report"})
"""Properties whose keys vary, or that have another schema."""


def _records(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(data, dict):
        yield path
        for key, value in data.items():
            if key not in _FREE:
                yield from _records(value, (*path, key))
    elif isinstance(data, list) and data:
        yield from _records(data[0], (*path, 0))
