"""A PDF in, one cleaned text with headings, blocks and pages out."""
