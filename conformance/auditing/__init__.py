"""One audit of a target: who is asked what, the record of the run, and how it ended. Imports no pytest."""
