"""The panel *Density*: how often each latent is active at every kept step of the training."""
