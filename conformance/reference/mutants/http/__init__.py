"""Mutants that break requirements of `http`. Each area of requirements has a module."""
