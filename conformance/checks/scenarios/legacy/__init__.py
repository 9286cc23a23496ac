"""Scenarios (checks that send requests) about legacy text completions and embeddings."""
