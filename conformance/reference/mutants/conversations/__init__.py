"""Mutants that break requirements of `conversations`, with one module for each area of requirements."""
