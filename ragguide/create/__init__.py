"""Documents in, chunks out: read, clean, find the structure, split."""
