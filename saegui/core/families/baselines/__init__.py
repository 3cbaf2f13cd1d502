"""Kinds that a library fits: what a sparse autoencoder is compared with."""
