"""What two panels share, and nothing else."""
