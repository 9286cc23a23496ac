"""Operations from before chat, and beside it: text completions and embeddings."""
