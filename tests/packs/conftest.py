"""A pack of a stranger's, as `conformance pack new` writes it, and the suite's command line next to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.checks import index, judgement
from conformance.cli.pack_new import write_pack
from conformance.contract import packs
from conformance.engine import probe
from conformance.reference.mutants import MUTANTS

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The folder of the project, fresh for each test."""
    return write_pack("acme", "Acme Inference", tmp_path)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever pack a test loads is forgotten after it: this process judges other things, too."""
    index.checks()
    monkeypatch.setattr(packs, "_given", ())
    kept: list[tuple[dict[Any, Any], dict[Any, Any]]] = [
        (each, dict(each)) for each in (index._DECLARED, judgement._INVARIANTS, probe._PROBES, MUTANTS)
    ]
    yield
    for known, before in kept:
        known.clear()
        known.update(before)
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_pack"]:
        del sys.modules[name]


@pytest.fixture
def conformance(tmp_path: Path) -> Command:
    """Run the command line in a separate process: a pack that is loaded stays loaded."""

    def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "conformance", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **environment},
        )

    return run
