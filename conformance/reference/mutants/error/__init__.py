"""Mutants that break requirements of `error`, a module for each area."""
