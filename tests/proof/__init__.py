"""Proof that each check can fail, and fails for the right mutant only."""
