"""The panel *Latent*: what one latent stands for."""
