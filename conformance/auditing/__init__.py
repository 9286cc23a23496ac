"""Conducts one audit of a target: its baseline requests, its run file and its ending. Imports no pytest."""
