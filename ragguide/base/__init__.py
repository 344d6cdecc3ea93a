"""What knows nothing of guides: time, the machine, its GPUs, and staying offline."""
