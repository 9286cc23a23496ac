"""Mutants that violate requirements of Telnyx's contract, one module per area."""

from __future__ import annotations

import sys

from conformance.reference.mutants import load

load(sys.modules[__name__])
