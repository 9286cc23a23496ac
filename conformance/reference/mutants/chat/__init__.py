"""Mutants (faulty variants of the reference endpoint) that violate requirements of `chat`, in one module for each area."""
