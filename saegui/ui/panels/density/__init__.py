"""The panel *Curves*: loss, FVU, L0 and dead latents over the training."""
