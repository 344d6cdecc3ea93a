"""Model names in, checked files out: the catalogue, finding, verifying and downloading."""
