"""Mutants (faulty variants of the reference endpoint) that violate requirements of `conversations`, in one module for each area."""
