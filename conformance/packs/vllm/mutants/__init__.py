"""Mutants that violate requirements of vLLM's contract; most also violate requirements about Telnyx's `guided_*`."""

from __future__ import annotations

import sys

from conformance.reference.mutants import load

load(sys.modules[__name__])
