"""Claims and evidence in, differences of meaning out: one rule per file. No I/O."""
