"""Mutants that break requirements of `conversations`, a module for each area."""
