"""The gradients of one batch, and the fastest way to them."""
