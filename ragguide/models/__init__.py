"""Model names in, verified files out: the catalogue; find, list, download and verify models."""
