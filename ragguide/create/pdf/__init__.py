"""A PDF in, one cleaned text with its structure out."""
