"""Chunks and vectors in, generations of an index on disk out; and those loaded for searches."""
