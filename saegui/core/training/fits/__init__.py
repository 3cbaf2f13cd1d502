"""Baselines: scikit-learn fits them, a few iterations at a time, so that they are watched and stopped like a training."""
