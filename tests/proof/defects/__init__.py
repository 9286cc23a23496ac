"""Documented defects of real servers: which requirement sees each, and which mutant stands for it."""
