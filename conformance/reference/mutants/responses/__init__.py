"""Mutants that break requirements of `responses`. Each area of requirements has a module."""
