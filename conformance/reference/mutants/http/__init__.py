"""Mutants (faulty variants of the reference endpoint) that violate requirements of `http`, in one module for each area."""
