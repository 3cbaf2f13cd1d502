"""Whole steps of TopK and BatchTopK in compiled kernels: only inked pixels are read, and no gradient is written to memory."""

MOSTLY_ZERO = 0.5
"""Share of zeros in the images from which on they are kept as lists of the other pixels."""
