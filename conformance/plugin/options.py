"""Defines the suite's pytest options from the table of options."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.options import OPTIONS, Kind, Layer, Option, Surface, command_line
from conformance.options.merge import negated

if TYPE_CHECKING:
    import pytest

    from conformance.auditing.commission import Commission


def add_options(group: pytest.OptionGroup, table: Mapping[str, Option] = OPTIONS) -> None:
    """Add the options to pytest; each has the same meaning as for `conformance run`."""
    for option in _of_pytest(table):
        name, text = option.pytest, option.description.replace("%", "%%")
        if option.kind is Kind.FLAG:
            group.addoption(name, action="store_const", const=True, help=text)
        elif option.repeats:
            group.addoption(name, metavar=option.metavar, action="append", help=text)
        else:
            group.addoption(name, metavar=option.metavar, help=text)
        if option.negated:
            dest = name.removeprefix("--").replace("-", "_")
            group.addoption(negated(name, option), action="store_const", const=False, dest=dest, help=f"not {name}")


def given_to(config: pytest.Config, table: Mapping[str, Option] = OPTIONS) -> Layer:
    """Return the values of the suite's options that pytest was given.

    Raises `TargetError` if an option has an invalid value.
    """
    values: dict[str, Any] = {option.name: config.getoption(option.pytest) for option in _of_pytest(table)}
    return command_line(values, table, surface=Surface.PYTEST)


def commission_of(config: pytest.Config) -> Commission:
    """Return the audit that pytest's options describe.

    Raises `TargetError`, `SpecError` or `RunFileError` if the options are invalid. A document fetched from a URL is
    kept until pytest ends.
    """
    from conformance.auditing.chosen import choose
    from conformance.auditing.commission import Commission
    from conformance.config.authorities import check_certificates
    from conformance.config.resolve import resolve
    from conformance.config.user_document import with_document
    from conformance.contract.packs import use_packs

    decided = choose(given_to(config), os.environ)
    chosen = decided.options
    use_packs(chosen["pack"] or ())
    target = replace(resolve(chosen), case=decided.case)
    if chosen["spec"] is not None:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        target = replace(target, profile=with_document(target.profile, chosen["spec"], stack), spec=chosen["spec"])
    check_certificates(target)
    decided.check(target)
    folder = decided.folder or (Path(chosen["output"]) if chosen["output"] else None)
    return Commission(target, folder, tuple(chosen["only"] or ()), decided.earlier)


def _of_pytest(table: Mapping[str, Option]) -> list[Option]:
    return [option for option in table.values() if Surface.PYTEST in option.on]
