"""Mutants (faulty variants of the reference endpoint) that violate requirements of `responses`, in one module for each area."""
