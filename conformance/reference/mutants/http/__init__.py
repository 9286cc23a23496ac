"""Mutants that break requirements of `http`, with one module for each area of requirements."""
