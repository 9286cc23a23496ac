"""Turns exchanges into verdicts, for live, resumed and recorded runs alike."""
