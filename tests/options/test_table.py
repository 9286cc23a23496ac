"""One row of the table is an option on every surface, with the same default, type and bounds on each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from conformance.acceptance import FailOn, Reaction
from conformance.cli.options import from_table
from conformance.config import Depth
from conformance.config.toml_file import load_targets
from conformance.options import OPTIONS, Kind, Layer, Option, Surface, TargetError, TargetOptions, environment
from conformance.options.fleet_options import FLEET
from conformance.options.page import page
from conformance.plugin.options import add_options, given_to
from conformance.verdict import Level

FAKE = Option("patience", "How patient the run is.", kind=Kind.WHOLE, metavar="N", default=3, least=1, most=9)
DOCS = Path(__file__).parents[2] / "docs" / "options.md"


class Pytest:
    """A pytest parser and configuration of these options alone."""

    def __init__(self, table: dict[str, Option], *words: str) -> None:
        parser = pytest.Parser(_ispytest=True)
        add_options(parser.getgroup("options"), table)
        self.help = {name: group for group in parser._groups for each in group.options for name in each.names()}
        self.known = parser.parse_known_args(list(words))

    def getoption(self, name: str) -> Any:
        return getattr(self.known, name.removeprefix("--").replace("-", "_"))


def on_the_command_line(*words: str, table: dict[str, Option]) -> Layer:
    """What `conformance run` would take."""
    taken: list[Layer] = []
    app = typer.Typer()
    app.command()(from_table(Surface.RUN, table)(taken.append))
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None:
        raise result.exception
    return taken[0]


def in_pytest(*words: str, table: dict[str, Option]) -> Layer:
    """What pytest would take."""
    return given_to(Pytest(table, *words), table)  # type: ignore[arg-type]  # only its options are read


def in_the_file(text: str, folder: Path, table: dict[str, Option]) -> Layer:
    """What `conformance.toml` says."""
    file = folder / "conformance.toml"
    file.write_text(f'[targets.a]\nurl = "http://h/v1"\n{text}\n')
    return load_targets(file, table)["a"]


def everywhere(option: Option, value: Any, folder: Path) -> dict[Surface, Layer]:
    """What the surfaces that have the option make of the value."""
    table = {"target": OPTIONS["target"], option.name: option}
    text = str(value).lower() if isinstance(value, bool) else str(value)
    flag = [text] if option.argument else [option.flag] if option.kind is Kind.FLAG else [option.flag, text]
    quoted = text if isinstance(value, (int, float)) else f'"{text}"'
    if option.kind is Kind.HEADERS:
        quoted = '{{{} = "{}"}}'.format(*text.split(": "))
    ways = {
        Surface.RUN: lambda: on_the_command_line(*flag, table=table),
        Surface.TOML: lambda: in_the_file("" if option.argument else f"{option.toml} = {quoted}", folder, table),
        Surface.ENVIRONMENT: lambda: environment({option.variable: text}, table),
        Surface.PYTEST: lambda: in_pytest(option.pytest, *flag[0 if option.argument else 1 :], table=table),
    }
    return {surface: way() for surface, way in ways.items() if surface in option.on}


def value_of(option: Option) -> Any:
    """A right value of an option."""
    if option.argument:
        return "http://h/v1"
    by_kind = {Kind.FLAG: True, Kind.HEADERS: "x-a: b"}
    number = (option.most or (option.least or 0) + 1) if option.kind in (Kind.WHOLE, Kind.NUMBER) else None
    return number or by_kind.get(option.kind) or (option.choices[-1] if option.choices else "word")


def test_a_new_row_is_an_option_everywhere(tmp_path: Path) -> None:
    """Nothing but the row is written: flag, variable, key and pytest option follow, with help and bounds."""
    found = everywhere(FAKE, 5, tmp_path)
    assert set(found) == {Surface.RUN, Surface.TOML, Surface.ENVIRONMENT, Surface.PYTEST}
    assert [layer["patience"].value for layer in found.values()] == [5, 5, 5, 5]
    assert {surface: layer["patience"].said for surface, layer in found.items()} == {
        Surface.RUN: "--patience",
        Surface.TOML: f"{tmp_path / 'conformance.toml'}: [targets.a] patience",
        Surface.ENVIRONMENT: "CONFORMANCE_PATIENCE",
        Surface.PYTEST: "--target-patience",
    }
    assert "## `--patience`" in page({"patience": FAKE})
    app = typer.Typer()
    app.command()(from_table(Surface.RUN, {"patience": FAKE})(lambda _: None))
    shown = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert "--patience" in shown
    assert "(from 1 to 9). Default: 3." in shown.replace("│ ", "").replace(" │", "")
    assert "--target-patience" in Pytest({"patience": FAKE}).help


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_the_surfaces_agree(option: Option, tmp_path: Path) -> None:
    """They read the same value from the same words, and have the same default."""
    found = everywhere(option, value_of(option), tmp_path)
    assert Surface.RUN in found or Surface.PLAN in option.on or option in FLEET
    values = [layer[option.name].value for layer in found.values()]
    assert all(value == values[0] for value in values)
    assert TargetOptions.merged()[option.name] == option.default


@pytest.mark.parametrize("option", [row for row in OPTIONS.values() if row.least is not None], ids=lambda row: row.name)
def test_the_surfaces_have_the_same_bounds(option: Option, tmp_path: Path) -> None:
    """What is out of them is said in the same words, with the option as the user wrote it."""
    assert option.least is not None
    for wrong in (option.least - 1, *([option.most + 1] if option.most is not None else [])):
        for surface in option.on - {Surface.PLAN}:
            with pytest.raises(TargetError, match=r"is not a (whole )?number") as said:
                everywhere(_only_on(option, surface), wrong, tmp_path)
            name = {
                Surface.RUN: option.flag,
                Surface.TOML: f"[targets.a] {option.toml}",
                Surface.ENVIRONMENT: option.variable,
                Surface.PYTEST: option.pytest,
            }[surface]
            assert f"{name}: {wrong!r} is not" in str(said.value)


def _only_on(option: Option, surface: Surface) -> Option:
    from dataclasses import replace

    return replace(option, on=frozenset({surface}))


@pytest.mark.parametrize(
    "name", ["CONFORMANCE_TARGET", "CONFORMANCE_MODEL", "CONFORMANCE_PROFILE", "CONFORMANCE_KEY_ENV"]
)
def test_variables_keep_their_names(name: str) -> None:
    """What CI jobs set goes on to work."""
    assert name in {option.variable for option in OPTIONS.values()}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "--target",
            "--target-model",
            "--target-profile",
            "--target-key-env",
            "--target-config",
            "--target-concurrency",
        ),
        *("--target-depth", "--target-deep", "--target-seed", "--target-spec", "--target-output", "--requirement"),
    ],
)
def test_options_of_pytest_keep_their_names(name: str) -> None:
    """What people have in their pytest.ini goes on to work."""
    assert name in {option.pytest for option in OPTIONS.values() if Surface.PYTEST in option.on}


def test_no_two_options_have_one_name() -> None:
    """On any surface."""
    for names in zip(*((row.flag, row.toml, row.variable, row.pytest) for row in OPTIONS.values()), strict=True):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("fail_on", FailOn),
        *((name, Reaction) for name in ("expired", "stale", "flaky")),
        ("depth", Depth),
        ("level", Level),
    ],
)
def test_the_choices_of_an_option_are_those_of_the_code(name: str, meant: type[StrEnum]) -> None:
    """The table imports nothing of the suite; help texts take their placeholder from the choices."""
    assert OPTIONS[name].choices == tuple(each.lower() for each in meant)
    assert OPTIONS[name].metavar == "|".join(OPTIONS[name].choices)


def test_the_page_is_that_of_the_table() -> None:
    """Write it again with `python -m conformance.options.page --write docs/options.md`."""
    assert DOCS.read_text(encoding="utf-8") == page()
