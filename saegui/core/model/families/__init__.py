"""The kinds of sparse autoencoders: one file each."""
