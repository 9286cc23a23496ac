"""Mutants (faulty variants of the reference endpoint) that violate requirements of `error`, in one module for each area."""
