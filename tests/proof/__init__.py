"""Proof that each check can fail, and fails for the right mutant only. The mutants of the suite's packs are among them."""

from conformance.cli.endpoints import load_mutants
from conformance.contract.packs import suite_packs

load_mutants(suite_packs())
