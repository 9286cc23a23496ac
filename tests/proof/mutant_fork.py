"""The tests in a fork of this process that is served one module from a source no file has; and which test runs which line.

A fork begins with everything imported but this project and its tests, so a mutant costs a second and not three.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 120
CPU_S = 40
MEMORY_BYTES = 6 << 30
"""A mutant may loop for ever, or eat without end: what it gets, several times what all tests of a group need."""

# pytest would rewrite the assertions of its plugins, of which one is imported already.
_REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"
_PASSED, _FAILED, _INTERRUPTED = 0, 1, 2

AT_IMPORT = ""
"""The name, among those of tests, of what runs while modules are imported."""

Lines = Mapping[str, Mapping[int, frozenset[str]]]
"""For each file, by its path from the root, and each of its lines: the tests that run it."""


class Mutant(MetaPathFinder, SourceLoader):
    """Serves one module from a source that no file has."""

    def __init__(self, file: Path, source: str) -> None:
        self.name, self.file, self.source = module_name(file), file, source

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=str(self.file)) if fullname == self.name else None

    def is_package(self, fullname: str) -> bool:
        return self.file.name == "__init__.py"

    def get_filename(self, fullname: str) -> str:
        return str(self.file)

    def get_data(self, path: str) -> bytes:
        if path == str(self.file):
            return self.source.encode()
        raise OSError(path)  # no cached bytecode

    def path_stats(self, path: str) -> dict[str, float]:
        raise OSError(path)


def module_name(file: Path) -> str:
    """The module that a file is."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class _Chosen:
    """Keeps some tests of those that were collected, or all when None; those that bear the module's name come first.

    Among these the longer name: what is about a part of the module is quicker than what is about all of it.
    """

    def __init__(self, names: Collection[str] | None, first: str) -> None:
        self.names, self.first = names, first

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if self.names is None or item.nodeid in self.names]
        items[:] = sorted(kept, key=lambda item: (self.first not in item.path.stem, -len(item.path.stem)))


def fate_of(mutant: Mutant, tests: Sequence[str], names: Collection[str] | None = None) -> str:
    """`killed`, `survived` or `timeout`: what the tests of some files say to a mutant; `names` are some of them."""
    plugins = [_Chosen(names, mutant.file.stem)]
    if names is not None:
        tests = sorted({name.partition("::")[0] for name in names})

    def run() -> int:
        sys.meta_path.insert(0, mutant)
        return _pytest(tests, plugins)

    code = _in_fork(run)
    if code < 0:
        return "timeout"
    if code not in (_PASSED, _FAILED, _INTERRUPTED):
        raise RuntimeError(f"pytest ended with {code} on a mutant of {mutant.name}; run pytest {' '.join(tests)}")
    return "survived" if code == _PASSED else "killed"


def pass_unchanged(tests: Sequence[str]) -> bool:
    """Whether the tests pass without any mutant."""
    return _in_fork(lambda: _pytest(tests, ())) == _PASSED


def lines_run(tests: Sequence[str]) -> Lines:
    """Which test runs which line of the project; what runs while modules are imported is `AT_IMPORT`."""
    with NamedTemporaryFile("r", encoding="utf-8") as answer:

        def run() -> int:
            found = _traced(tests)
            Path(answer.name).write_text(json.dumps(found), encoding="utf-8")
            return _PASSED

        if _in_fork(run) != _PASSED:
            raise RuntimeError(f"the tests cannot be traced; run pytest {' '.join(tests)}")
        found = json.load(answer)
    return {file: {int(line): frozenset(names) for line, names in by_line.items()} for file, by_line in found.items()}


def _traced(tests: Sequence[str]) -> dict[str, dict[int, list[str]]]:
    from coverage import Coverage

    tracer = Coverage(data_file=None, source_pkgs=["conformance"], config_file=False)
    tracer.start()

    class Contexts:
        """Says which test is running."""

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(self, item: pytest.Item) -> object:
            tracer.switch_context(item.nodeid)
            try:
                return (yield)
            finally:
                tracer.switch_context(AT_IMPORT)

    _pytest(tests, [Contexts()])
    tracer.stop()
    data = tracer.get_data()
    return {str(Path(file).relative_to(ROOT)): data.contexts_by_lineno(file) for file in data.measured_files()}


def _pytest(tests: Sequence[str], plugins: Sequence[object]) -> int:
    from hypothesis import Phase, settings

    # The same examples each time, and none remembered: what becomes of a mutant is no matter of luck.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutation", derandomize=True, database=None, deadline=None, phases=phases)
    settings.load_profile("mutation")
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", _REWRITTEN, *tests], plugins))


def _in_fork(run: Callable[[], int]) -> int:
    """What a function returns in a fork of this process, silent and bounded; negative when it was killed."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.setsid()
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            code = run()
        finally:
            os._exit(code)
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL
