"""A training on disk: its folder, its weights, its curves."""
