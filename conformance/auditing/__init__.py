"""Conducts one audit of a target: baseline requests, the record of the run, and its ending. Imports no pytest."""
