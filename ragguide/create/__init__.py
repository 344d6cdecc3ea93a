"""A PDF in, chunks out: read, clean, find the structure, cut."""
