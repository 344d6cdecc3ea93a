"""Question sets in, outcomes and measures out: how every change is judged."""
