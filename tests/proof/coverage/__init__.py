"""What the suite looks at: areas, levels, bases and mutants, and what other suites check next to it."""
