"""Mutants that break requirements of `responses`, with one module for each area of requirements."""
