"""The window: one panel a file; panels know the state and never each other."""
