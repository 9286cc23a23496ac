"""The checks of vLLM's contract."""
