"""Mutants that break requirements of `telnyx`, a module for each area."""
