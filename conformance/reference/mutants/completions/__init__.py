"""Mutants that break requirements of `completions`."""
