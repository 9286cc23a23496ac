"""Mutants that break requirements of `responses`, a module for each area."""
