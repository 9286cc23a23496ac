"""Mutants that break requirements of `chat`, a module for each area."""
