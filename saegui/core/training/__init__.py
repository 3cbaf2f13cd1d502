"""Training: from a configuration and a data set to a run."""
