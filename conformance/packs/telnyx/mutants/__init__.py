"""Mutants that break requirements of Telnyx's contract, a module for each area."""

from __future__ import annotations

import sys

from conformance.reference.mutants import load

load(sys.modules[__name__])
