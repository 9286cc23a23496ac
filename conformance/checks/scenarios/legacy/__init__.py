"""Scenarios of legacy text completions and embeddings."""
