"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `completions`."""
