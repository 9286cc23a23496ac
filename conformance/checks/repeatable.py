"""Makes Hypothesis repeatable: a seed generates the same cases whatever modules are loaded.

The module `repeatable` also prevents Hypothesis from writing a folder into the working directory.
"""

from __future__ import annotations

import os
from pathlib import Path

_BACKEND = "conformance-repeatable"


def repeatable_backend() -> str:
    """Return the name of a Hypothesis backend that ignores the constants in the source of loaded modules.

    If Hypothesis used constants from loaded modules, the cases for a seed would depend on which checks are selected.
    """
    _keep_cache_out_of_the_working_directory()
    try:
        from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
        from hypothesis.internal.constants_ast import Constants
    except ImportError:  # another release keeps them elsewhere: less repeatable, and just as right
        return "hypothesis"

    class Repeatable(HypothesisProvider):
        _local_constants = Constants()

    AVAILABLE_PROVIDERS[_BACKEND] = Repeatable
    return _BACKEND


def _keep_cache_out_of_the_working_directory() -> None:
    """Hypothesis would leave a folder `.hypothesis` wherever the suite is run; a user's own setting stands."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache / "openai-conformance" / "hypothesis"))
