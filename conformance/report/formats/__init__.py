"""The file formats of reports, one module for each format."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from conformance.report.model import ReportModel

Render = Callable[[ReportModel], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A report format: its file name, and the function that generates the report as text."""

    file: str
    render: Render


_FORMATS: dict[str, Format] = {}


def renders(name: str, *, file: str) -> Callable[[Render], Render]:
    """Register the function that generates the report format `name`.

    The generated text is written to `file` in the report folder.

    Raises `ValueError` if the format's name or file name is already used.
    """

    def decorate(render: Render) -> Render:
        if name in _FORMATS or any(known.file == file for known in _FORMATS.values()):
            raise ValueError(f"two report formats are called {name}, or write {file}")
        _FORMATS[name] = Format(file, render)
        return render

    return decorate


def formats() -> Mapping[str, Format]:
    """Return all report formats by name.

    Only `formats` imports the modules of the report formats, because one of the modules imports a template engine,
    which is slow.
    """
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_FORMATS.items()))
