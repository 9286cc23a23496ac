"""The file formats of a report: one module for each, which registers its renderer with `renders`. Nothing else lists them."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from conformance.report.model import ReportModel

Render = Callable[[ReportModel], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a report: the name of its file, and the function that makes the text of it."""

    file: str
    render: Render


_FORMATS: dict[str, Format] = {}


def renders(name: str, *, file: str) -> Callable[[Render], Render]:
    """Make a function the renderer of the format `name`, which is written to `file` in the folder of the reports.

    Raises `ValueError` when another format has the name or the file.
    """

    def decorate(render: Render) -> Render:
        if name in _FORMATS or any(known.file == file for known in _FORMATS.values()):
            raise ValueError(f"two report formats are called {name}, or write {file}")
        _FORMATS[name] = Format(file, render)
        return render

    return decorate


def formats() -> Mapping[str, Format]:
    """All formats by name. Imports every module of this package; before that, none: a template engine takes time to load."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_FORMATS.items()))
