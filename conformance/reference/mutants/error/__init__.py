"""Mutants that break requirements of `error`, with one module for each area of requirements."""
