"""Mutants that break requirements of vLLM's contract, most of them also those of `guided_*`."""

from __future__ import annotations

import sys

from conformance.reference.mutants import load

load(sys.modules[__name__])
