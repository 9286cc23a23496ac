"""Imports the code of a pack; errors in the code are reported with file and line, like errors in the pack's data."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from conformance.contract.errors import SpecError
from conformance.contract.pack import Pack


def import_checks(pack: Pack) -> None:
    """Import all modules that contain the pack's checks.

    Raises `SpecError` if a module with checks cannot be imported.
    """
    if pack.checks is None or pack.code is None:
        return
    for file in sorted(pack.checks.rglob("*.py")):
        steps = file.relative_to(pack.code).with_suffix("").parts
        import_part(pack, ".".join(steps).removesuffix(".__init__"))


def import_part(pack: Pack, part: str) -> ModuleType:
    """Import one module of the pack's package, such as `reference`, and return it.

    Raises `SpecError` if the module of the pack cannot be imported.
    """
    try:
        _import_package(pack)
        return import_module(f"{pack.package}.{part}")
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        file, line = _place(error, pack)
        said = str(error.msg) if isinstance(error, SyntaxError) else " ".join(str(error).split())
        raise SpecError(f"pack {pack.name}: {type(error).__name__}: {said}", file, line) from error


def _import_package(pack: Pack) -> None:
    """Make the package known under its name from the folder that it is in, without a change of `sys.path`."""
    known = sys.modules.get(pack.package)
    if known is not None:
        place = Path(getattr(known, "__file__", None) or "").resolve().parent
        if place != pack.code:
            raise SpecError(f"a Python package {pack.package} is loaded from {place}; rename the pack's", pack.file)
        return
    if "." in pack.package or pack.code is None:
        import_module(pack.package)
        return
    spec = spec_from_file_location(pack.package, pack.code / "__init__.py", submodule_search_locations=[str(pack.code)])
    if spec is None or spec.loader is None:
        raise SpecError(f"the Python package {pack.package} cannot be loaded", pack.file)
    module = module_from_spec(spec)
    sys.modules[pack.package] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[pack.package]
        raise


def _place(error: BaseException, pack: Pack) -> tuple[Path, int | None]:
    """Where in the pack an import broke."""
    if isinstance(error, SyntaxError) and error.filename:
        return Path(error.filename), error.lineno
    frames = [each for each in traceback.extract_tb(error.__traceback__) if pack.code in Path(each.filename).parents]
    return (Path(frames[-1].filename), frames[-1].lineno) if frames else (pack.file, None)
