"""Mutants that break requirements of `http`, a module for each area."""
