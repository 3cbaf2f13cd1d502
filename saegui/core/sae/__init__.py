"""Sparse autoencoders: one small file per family, and the snapshot that everything that only looks at one uses."""
