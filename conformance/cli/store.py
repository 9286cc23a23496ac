"""Implements `conformance store`, `query` and `history`: keep many runs, and ask questions about them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options
from conformance.cli.usage import Commands

if TYPE_CHECKING:
    from conformance.store.layout import StoreLayout

app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    help="Keep the runs of many targets and nights in one folder.",
    no_args_is_help=True,
)

Store = Annotated[Path, typer.Argument(help="The folder of the store.")]


class TableFormat(StrEnum):
    """The format in which an answer is printed."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


@app.command("add")
def add(
    store: Annotated[Path, typer.Argument(help="The folder of the store; it is created if it does not exist.")],
    runs: Annotated[list[Path], typer.Argument(help="Run folders, or folders with run folders.")],
    pack: options.Packs = None,
) -> None:
    """Add runs to a store: compress the run files, and add their verdicts to the tables.

    Runs in a store are never changed. A run that the store already has is not added again. `store add` also completes
    an earlier `store add` that was interrupted. Exit code 2: a run could not be added; all others were added.
    """
    from conformance.cli.say import fault
    from conformance.contract.registry import load_registry
    from conformance.record import RunFileError
    from conformance.store.errors import StoreError
    from conformance.store.run_files import make_store, put_run, run_files_in
    from conformance.store.update import alone, update_tables

    options.use_packs(pack)
    files = run_files_in(runs)
    layout = _layout(store)
    make_store(layout)
    with alone(layout):
        added: list[bool] = []
        for file in files:
            try:
                added.append(put_run(layout, file)[1])
            except (StoreError, RunFileError) as error:
                fault(str(error))
        update_tables(layout, load_registry())
    new, known = sum(added), len(added) - sum(added)
    there = f", {known} already there" if known else ""
    typer.echo(f"{store}: {new} run{'' if new == 1 else 's'} added{there}")
    if len(added) < len(files):
        raise typer.Exit(2)


@app.command("rebuild")
def rebuild(store: Store, pack: options.Packs = None) -> None:
    """Build all tables of a store again from its run files.

    After an update of the suite, `conformance report` determines the causes of old runs by the rules of the new
    version.
    """
    from conformance.contract.registry import load_registry
    from conformance.store.run_files import check_store
    from conformance.store.update import alone, rebuild_tables

    options.use_packs(pack)
    layout = _layout(store)
    check_store(layout)
    with alone(layout):
        number = rebuild_tables(layout, load_registry(), lambda day: typer.echo(day, err=True))
    typer.echo(f"{store}: tables of {number} run{'' if number == 1 else 's'} built")


def query(
    store: Store,
    question: Annotated[
        str,
        typer.Argument(help="An SQL query, or the name of a report: regressions, flakiest, capabilities."),
    ],
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="The first date that a named report counts.")
    ] = None,
    form: Annotated[TableFormat, typer.Option("--format", help="How to print the answer.")] = TableFormat.TEXT,
    rows: Annotated[int, typer.Option("--rows", metavar="N", help="Most rows printed as text; 0 prints all.")] = 100,
) -> None:
    """Ask a store a question, such as: conformance query STORE "select target, broken from targets".

    The query can read only the tables of the store: runs, verdicts, causes, service, periods, requirements, targets,
    series, states, changes and pending. The page docs/store.md describes the tables of a store.
    """
    from conformance.config.target import TargetError
    from conformance.report.safe_text import for_terminal
    from conformance.store.ask import BEGINNING, opened
    from conformance.store.questions import REPORTS
    from conformance.store.table_text import table_csv, table_json, table_lines

    first = day_of(since) if since else BEGINNING
    if since and question not in REPORTS:
        raise TargetError(f"--since is for the named reports ({', '.join(REPORTS)}). Put the date into the query")
    with opened(_layout(store)) as known:
        table = known.report(question, first) if question in REPORTS else known.select(question)
    if form is TableFormat.TEXT:
        for line in table_lines(table, rows):
            typer.echo(for_terminal(line))
    else:
        typer.echo(table_csv(table) if form is TableFormat.CSV else table_json(table), nl=False)


def day_of(said: str) -> date:
    """Return a date given on the command line. Raises `TargetError`."""
    from conformance.config.target import TargetError

    try:
        return date.fromisoformat(said)
    except ValueError:
        raise TargetError(f"{said!r} is not a date such as 2026-01-31") from None


def _layout(store: Path) -> StoreLayout:
    from conformance.store.layout import StoreLayout

    return StoreLayout(store)


def history(
    store: Store,
    target: Annotated[str | None, typer.Option("--target", metavar="NAME", help="Show this target only.")] = None,
    requirement: Annotated[
        str | None,
        typer.Option("--requirement", metavar="ID", help="Show this requirement, or all whose ids begin so."),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Leave out earlier changes.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show when each target began to break a requirement, and when the target met the requirement again.

    A change is shown only after a second audit confirmed it. Changes that only the latest audit showed are listed
    separately.
    """
    from conformance.report.safe_text import for_terminal
    from conformance.store.ask import BEGINNING, opened
    from conformance.store.history import read_history
    from conformance.store.history_text import history_json, history_lines

    first = day_of(since) if since else BEGINNING
    with opened(_layout(store)) as known:
        found = read_history(known, target=target or "", requirement=requirement or "", since=first)
    if target and not found:
        from conformance.config.target import TargetError

        raise TargetError(f"{store} has no run of a target with the name {target}")
    if json:
        typer.echo(history_json(found), nl=False)
        return
    for line in history_lines(found):
        typer.echo(for_terminal(line))
