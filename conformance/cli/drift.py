"""Implements `conformance spec diff`, which lists what changed from one description of an API to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options
from conformance.cli.usage import Commands

if TYPE_CHECKING:
    from conformance.contract.drift import Drift

app = typer.Typer(cls=Commands, rich_markup_mode=None, help="Compare descriptions of an API.", no_args_is_help=True)
MANY = 10
"""The most new or gone operations that are listed by name if `--under` selects no paths."""


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="OLD", help="openai, the name of a pack, or a file or folder.")],
    after: Annotated[str, typer.Argument(metavar="NEW", help="An OpenAPI document, or an SDK: a wheel or a folder.")],
    under: Annotated[
        list[str] | None, typer.Option("--under", metavar="PATH", help="Compare only operations below this path.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown page.")] = False,
    pack: options.Packs = None,
) -> None:
    """List the operations and fields that are new, were removed, or have changed.

    The code of an SDK is read, never executed. The exit code is 0 without differences, 1 with differences, and 2 if OLD
    or NEW cannot be read.
    """
    from conformance.cli.say import harmless
    from conformance.contract.drift import changes, load_description

    options.use_packs(pack)
    old, new = load_description(before), load_description(after)
    paths = [f"/{path.strip('/')}" for path in under or ()]
    found = [each for each in changes(old, new) if not paths or _below(each.operation, paths)]
    if json:
        _print_json(found)
    else:
        for line in _page(old.name, new.name, found) if markdown else _lines(found, everything=bool(paths)):
            typer.echo(harmless(line))
        counts = Counter(each.kind for each in found)
        if not markdown:
            typer.echo(f"{counts['new']} new, {counts['gone']} gone, {counts['changed']} changed")
    raise typer.Exit(1 if found else 0)


def _below(operation: str, paths: Sequence[str]) -> bool:
    path = operation.partition(" ")[2]
    return any(path == each or path.startswith(f"{each}/") for each in paths)


def _lines(found: Sequence[Drift], *, everything: bool) -> Iterator[str]:
    """Yield a line for each difference. A difference in many places has one line."""
    operations = [each for each in found if not each.place]
    for kind in ("new", "gone"):
        named = [each.operation for each in operations if each.kind == kind]
        if len(named) > MANY and not everything:
            yield f"{kind} {len(named)} operations; name a path with --under to see those below it"
        else:
            yield from (f"{kind} {each}" for each in named)
    for same in _folded(found):
        first = same[0]
        detail = f": {first.detail}" if first.detail else ""
        yield f"{first.kind} {first.operation} {first.place}{_more(same)}{detail}"


def _folded(found: Sequence[Drift]) -> list[list[Drift]]:
    """Return the differences of fields, those of one field name that say the same together, in order."""
    groups: dict[tuple[str, ...], list[Drift]] = {}
    for each in found:
        if each.place:
            name = each.place.rpartition(".")[2].rpartition(" ")[2]
            groups.setdefault((each.kind, name, each.detail), []).append(each)
    return list(groups.values())


def _more(same: Sequence[Drift]) -> str:
    others = len(same) - 1
    return f" and {others} other place{'s' * (others > 1)}" if others else ""


def _page(old: str, new: str, found: Sequence[Drift]) -> Iterator[str]:
    """Yield the lines of a Markdown page."""
    yield from (f"# From {old} to {new}", "", "| | operation | field | what changed |", "|---|---|---|---|")
    for same in [[each] for each in found if not each.place] + _folded(found):
        first = same[0]
        place = f"`{first.place}`{_more(same)}" if first.place else "the operation"
        detail = first.detail.replace("|", "\\|")
        yield f"| {first.kind} | `{first.operation}` | {place} | {detail} |"


def _print_json(found: Sequence[Drift]) -> None:
    from dataclasses import asdict
    from json import dumps

    from conformance.report.safe_text import for_json_text

    typer.echo(for_json_text(dumps([asdict(each) for each in found], indent=2)))
