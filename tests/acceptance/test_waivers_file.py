"""A waivers file: what it may say, and where its errors are."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import jsonschema_rs
import pytest

from conformance.acceptance import Origin, read_waivers
from conformance.acceptance.waivers_file import SCHEMA
from conformance.contract import SpecError, load_registry

GOOD = """\
# What we accept.
edition = "2026.11"

[[waivers]]
id = "chat.stop.excluded"
cause = "ignored-stop"
reason = "Fixed in the next engine."
owner = "inference"
link = "https://example.com/1"
until = 2026-12-31

[[waivers]]
area = "chat.logprobs"
reason = "Not served."
owner = "inference"
"""


def read(tmp_path: Path, text: str):
    file = tmp_path / "waivers.toml"
    file.write_text(text, encoding="utf-8")
    return read_waivers(file, load_registry())


def test_a_file_with_all_fields(tmp_path: Path) -> None:
    """Every field arrives, with the place of the waiver."""
    found = read(tmp_path, GOOD)
    first, second = found.waivers
    assert (first.id, first.cause, first.owner, first.until) == (
        "chat.stop.excluded",
        "ignored-stop",
        "inference",
        date(2026, 12, 31),
    )
    assert (first.origin, second.area, second.until) == (Origin.TEAM, "chat.logprobs", None)
    assert first.place.endswith("waivers.toml:4")
    assert second.place.endswith("waivers.toml:12")
    assert found.edition == "2026.11"


def test_waivers_may_be_a_table_of_conformance_toml(tmp_path: Path) -> None:
    """No second file is needed."""
    found = read(
        tmp_path, '[targets.staging]\nurl = "http://127.0.0.1:1/v1"\n' + GOOD.replace('edition = "2026.11"', "")
    )
    assert len(found.waivers) == 2


WAIVER = '[[waivers]]\nid = "chat.stop.excluded"\nreason = "r"\nowner = "o"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[[waivers]\n", None, "not valid TOML"),
        ("waiver = 1\n", 1, "unknown table or key 'waiver'"),
        ("x = 1\n[waivers]\nid = 1\n", 1, "unknown table or key 'x'"),
        ("\n[waivers]\nid = 1\n", 2, "[[waivers]]"),
        (WAIVER + 'util = "2026-01-01"\n', 5, "unknown field 'util'"),
        (WAIVER + "\n" + WAIVER.replace('owner = "o"\n', ""), 6, "lacks 'owner'"),
        (WAIVER.replace('reason = "r"\n', ""), 1, "lacks 'reason'"),
        (WAIVER.replace('"r"', '""'), 3, "'reason' must be a text"),
        (WAIVER.replace('"r"', '"a\\nb"'), 3, "'reason' must be a text in one line"),
        (WAIVER.replace("excluded", "exclded"), 2, "did you mean chat.stop.excluded"),
        (WAIVER.replace('id = "chat.stop.excluded"', 'area = "chat.stpo"'), 2, "no area 'chat.stpo'"),
        (WAIVER.replace('id = "chat.stop.excluded"\n', ""), 1, "add 'id', 'area' or 'cause'"),
        (WAIVER + 'area = "chat"\n', 5, "either 'id' or 'area'"),
        (WAIVER + 'cause = "stop"\n', 5, "no cause 'stop'"),
        (WAIVER + 'until = "next year"\n', 5, "'until' must be a date"),
        (WAIVER + "until = 2026\n", 5, "'until' must be a date"),
        (WAIVER + 'origin = "me"\n', 5, "origin 'me' must be one of team, baseline"),
        (WAIVER + "# again\n" + WAIVER, 6, "a second waiver for chat.stop.excluded"),
        ("edition = 2026.11\n", 1, "edition must be a text"),
        ("[baseline]\nmodel = 1\n", 1, "'profile' is missing"),
        ('[baseline]\nprofile = "openai"\nmodle = "x"\n', 3, "unknown field 'modle'"),
    ],
)
def test_an_error_names_file_line_and_remedy(tmp_path: Path, text: str, line: int | None, said: str) -> None:
    """Like every other file of the suite."""
    with pytest.raises(SpecError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert error.value.line == line
    assert str(error.value).startswith(f"{tmp_path / 'waivers.toml'}:")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """No traceback."""
    with pytest.raises(SpecError, match="cannot be read"):
        read_waivers(tmp_path / "none.toml", load_registry())


def test_the_lines_of_texts_that_look_like_tables(tmp_path: Path) -> None:
    """A text of several lines is not a table."""
    text = WAIVER.replace('"o"', '"""\n[[waivers]]\nid = 1"""')
    with pytest.raises(SpecError) as error:
        read(tmp_path, text + 'zzz = "1"\n')
    assert error.value.line == 7


def test_the_schema_agrees_with_the_reader() -> None:
    """Editors validate by the schema: it takes what the reader takes, and refuses what it refuses."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)

    def data(text: str) -> object:
        return json.loads(json.dumps(tomllib.loads(text), default=str))

    validator.validate(data(GOOD))
    for wrong in (
        WAIVER + 'zzz = "1"\n',
        WAIVER.replace('owner = "o"\n', ""),
        WAIVER.replace('id = "chat.stop.excluded"\n', ""),
        WAIVER + 'area = "chat"\n',
        WAIVER + 'origin = "me"\n',
    ):
        assert not validator.is_valid(data(wrong)), wrong
    baseline = WAIVER.replace('owner = "o"\n', 'origin = "baseline"\n')
    assert validator.is_valid(data(baseline))


def test_a_line_ends_only_where_toml_ends_it(tmp_path: Path) -> None:
    """A text with a line separator of Unicode is one line."""
    with pytest.raises(SpecError) as error:
        read(tmp_path, WAIVER.replace('"o"', '"a\u2028b"'))
    assert error.value.line == 4
    with pytest.raises(SpecError) as error:
        read(tmp_path, "# a\u2028b\n" + WAIVER + 'zzz = "1"\n')
    assert error.value.line == 6
