"""How exchanges become verdicts, for live, resumed and recorded runs alike."""
