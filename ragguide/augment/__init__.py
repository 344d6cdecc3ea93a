"""Hits in, a cited answer out: choose evidence, ask the generator, check what it says."""
