"""Mutation testing of what judges: does a test fail when one operator, constant or condition of it is another?

python -m tests.proof.mutation                            a sample of each group, printed
python -m tests.proof.mutation --write docs/mutation.md   the page
python -m tests.proof.mutation --group wire --sample 50   one group, another number
python -m tests.proof.mutation --all                      every mutant; hours

Of the tools at hand mutmut 3 leaves every decorated function as it is, and each invariant is one; cosmic-ray changes
the checkout itself and starts the tests in a process of its own for each mutant, with no way to draw a sample. Here
each mutant is a fork of one process that has imported everything but this project, and is served the mutated module
through the import system: no file is touched.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

from tests.proof.mutators import Mutation, mutated, mutations

ROOT = Path(__file__).parents[2]
SEED = 20_260_101
SAMPLE = 60
TIMEOUT_S = 240

GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "verdict": (("conformance/verdict/*.py",), ("tests/verdict",)),
    "wire": (
        tuple(
            f"conformance/wire/{name}.py" for name in ("sse", "redact", "json_data", "decoding", "retry", "exchange")
        ),
        tuple(f"tests/wire/test_{name}.py" for name in ("sse", "redact", "decoding", "retry")),
    ),
    "invariants": (
        (
            "conformance/checks/invariants/chat_*.py",
            "conformance/checks/invariants/errors.py",
            "conformance/checks/invariants/http.py",
            "conformance/checks/invariants/logprobs.py",
            "conformance/checks/invariants/usage.py",
            "conformance/checks/invariants/responses_*.py",
            "conformance/checks/invariant.py",
            "conformance/checks/response_grammar.py",
            "conformance/checks/response_parts.py",
        ),
        (
            "tests/checks/test_invariant.py",
            "tests/checks/test_by_example.py",
            "tests/checks/test_response_objects.py",
            "tests/checks/test_response_grammar.py",
        ),
    ),
}
"""Which files are mutated, and the tests that are to notice."""

# Whatever the tests import that is not ours: imported once, not in each fork.
PRELOADED = ("pytest", "hypothesis", "httpx", "jinja2", "jsonschema_rs", "orjson", "rich.console", "yaml", "starlette.applications", "uvicorn")  # fmt: skip


# pytest would rewrite the assertions of its plugins, of which one is imported above.
REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant, what became of it (`killed`, `survived`, `timeout`), and the seconds that took."""

    file: str
    mutation: Mutation
    fate: str
    seconds: float


class _Mutant(MetaPathFinder, SourceLoader):
    """Serves one module from a source that no file has."""

    def __init__(self, name: str, file: Path, source: str) -> None:
        self.name, self.file, self.source = name, file, source

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


def run_tests(tests: Sequence[str], mutant: _Mutant | None) -> int:
    """The exit code of pytest in a fork of this process; -1 when it did not end in time."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.setsid()
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            if mutant is not None:
                sys.meta_path.insert(0, mutant)
            import pytest

            code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", REWRITTEN, *tests]))
        finally:
            os._exit(code)
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def files_of(group: str) -> list[Path]:
    """The files of a group that have anything to mutate."""
    return sorted({file for pattern in GROUPS[group][0] for file in ROOT.glob(pattern)})


def chosen(group: str, sample: int | None) -> list[tuple[Path, Mutation]]:
    """All mutants of a group, or a sample that is the same every time."""
    found = [(file, each) for file in files_of(group) for each in mutations(file.read_text(encoding="utf-8"))]
    if sample is None or sample >= len(found):
        return found
    return sorted(random.Random(SEED).sample(found, sample), key=lambda pair: (pair[0], pair[1]))  # noqa: S311 - a sample


def tried(file: Path, mutation: Mutation, tests: Sequence[str]) -> Tried:
    """Run the tests on one mutant."""
    began = time.monotonic()
    source = mutated(file.read_text(encoding="utf-8"), mutation)
    code = run_tests(tests, _Mutant(module_name(file), file, source))
    fate = {0: "survived", -1: "timeout"}.get(code, "killed")
    return Tried(str(file.relative_to(ROOT)), mutation, fate, time.monotonic() - began)


def main() -> int:
    """Mutate, print or write."""
    from tests.proof.mutation_page import page

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--group", choices=sorted(GROUPS), action="append")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each group")
    parser.add_argument("--all", action="store_true", help="every mutant; hours")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    for name in PRELOADED:
        importlib.import_module(name)
    done: dict[str, list[Tried]] = {}
    totals: dict[str, int] = {}
    for group in options.group or GROUPS:
        tests = GROUPS[group][1]
        if run_tests(tests, None) != 0:
            parser.error(f"{group}: the tests fail without any mutant; run pytest {' '.join(tests)}")
        totals[group] = len(chosen(group, None))
        done[group] = []
        for file, mutation in chosen(group, None if options.all else options.sample):
            done[group].append(tried(file, mutation, tests))
            last = done[group][-1]
            said = f"{last.fate:9} {last.seconds:5.1f} s {last.file}:{mutation.line} {mutation.what}"
            print(said, file=sys.stderr, flush=True)  # noqa: T201 - progress of a command
    text = page(done, totals)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text)  # noqa: T201 - the command's own output
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
