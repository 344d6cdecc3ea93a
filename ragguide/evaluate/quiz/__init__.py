"""Questions to learn from: what is asked when, and whether a typed answer is right."""
