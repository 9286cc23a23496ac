"""The kept list of checks is equal to the index of checks, and a run imports only what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from conformance.checks.index import checks
from conformance.engine import probes

LIST = """
import json, sys
from conformance.checks.listed import listed_checks
from conformance.checks.index import called
from conformance.engine import probes
found = listed_checks()
plain = [repr(each) for each in found]
staged = {each.name: [list(each.transports), each.module, list(each.needs)] for each in probes().values()}
before = sum(name.startswith("conformance.checks.scenarios.") for name in sys.modules)
if "call" in sys.argv:
    for each in found:
        assert callable(called(each).function)
    for each in probes().values():
        assert each.function.__name__ == each.name
print(json.dumps([plain, staged, before]))
"""


def listed(*words: str) -> tuple[list[str], dict[str, object], int]:
    """All checks and probes as a separate process lists them, and how many modules of scenarios it imported."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", LIST, *words], capture_output=True, text=True, check=True, env=environment
    )
    plain, staged, modules = json.loads(done.stdout)
    return plain, staged, modules


def test_the_kept_list_is_equal_to_the_index() -> None:
    """Checks with all their fields, and probes with what they need. Every function is found by its name."""
    listed()
    plain, staged, modules = listed("call")
    assert plain == [repr(each) for each in checks()]
    own = [each for each in probes().values() if each.module.startswith("conformance.")]
    assert staged == {each.name: [list(each.transports), each.module, list(each.needs)] for each in own}
    assert modules <= 1


ONE = """
import sys
from pathlib import Path
from conformance.auditing.plan import plan
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.engine.probe import load_functions
planned = plan(Target("http://127.0.0.1:9/v1", load_profile("openai")), load_registry(), ["chat.stop.excluded"])
load_functions(planned.keys)
print(sum(name.startswith("conformance.checks.") for name in sys.modules))
"""


def test_a_run_of_one_requirement_imports_few_modules() -> None:
    """Importing all of them takes longer than the run."""
    listed()
    done = subprocess.run([sys.executable, "-c", ONE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 25
