"""Mutants that break requirements of `chat`, with one module for each area of requirements."""
