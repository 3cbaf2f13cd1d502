"""The kinds of sparse autoencoders, one file each, and the searches for the largest activations that they share."""
