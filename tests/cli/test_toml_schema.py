"""The JSON Schema of conformance.toml is current, and agrees with what the suite reads."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.acceptance.waivers_file import read_waivers
from conformance.cli.toml_schema import FILE, schema, text
from conformance.config.toml_file import fleet_table, load_targets
from conformance.contract import load_registry
from conformance.fleet.limits import fleet_limits
from conformance.options import TargetError

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(schema())
TARGET = '[targets.a]\nurl = "http://h/v1"\n'
BLOCKS = [
    (page.name, block)
    for page in sorted((ROOT / "docs").glob("*.md"))
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    if "[targets." in block
]


def plain(data: Any) -> Any:
    """Dates of TOML as JSON has them."""
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items()}
    return (
        [plain(value) for value in data]
        if isinstance(data, list)
        else (data if isinstance(data, (str, int, float, bool)) else str(data))
    )


def is_valid(content: str) -> bool:
    return VALIDATOR.is_valid(plain(tomllib.loads(content)))


def is_read(content: str, folder: Path) -> bool:
    file = folder / "conformance.toml"
    file.write_text(content, encoding="utf-8")
    try:
        load_targets(file)
        fleet_limits(fleet_table(file))
    except TargetError:
        return False
    return True


def test_the_file_is_current() -> None:
    """`python -m conformance.cli.toml_schema --write` writes it."""
    Draft202012Validator.check_schema(schema())
    assert FILE.read_text("utf-8") == text()


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[f"{page}-{number}" for number, (page, _) in enumerate(BLOCKS)])
def test_examples_in_the_documentation_are_valid(page: str, block: str, tmp_path: Path) -> None:
    assert is_valid(block), [error.message for error in VALIDATOR.iter_errors(plain(tomllib.loads(block)))]
    assert is_read(block, tmp_path)


def test_the_documentation_has_examples() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize(
    "faulty",
    [
        '[targets.a]\nmodel = "m"\n',
        TARGET + "concurrency = 0\n",
        TARGET + 'concurrency = "4"\n',
        TARGET + "no_such_option = 1\n",
        TARGET + 'depth = "deepest"\n',
        TARGET + 'name = " "\n',
        TARGET + "[fleet]\nside_by_side = 0\n",
        TARGET + "[fleet]\nno_such_limit = 1\n",
        TARGET + '[fleet.hosts]\nh = "many"\n',
        "[other]\n",
    ],
)
def test_the_schema_rejects_what_the_suite_rejects(faulty: str, tmp_path: Path) -> None:
    assert not is_read(faulty, tmp_path)
    assert not is_valid(faulty)


def test_targets_limits_and_waivers_may_share_a_file(tmp_path: Path) -> None:
    """The reader of waivers skips the other tables."""
    shared = (
        TARGET
        + '[fleet]\nside_by_side = 2\n[[waivers]]\nid = "chat.stop.excluded"\nreason = "r"\nowner = "o"\nuntil = 2027-01-01\n'
    )
    assert is_valid(shared)
    assert is_read(shared, tmp_path)
    assert len(read_waivers(tmp_path / "conformance.toml", load_registry()).waivers) == 1
