"""The panel *Features*: every latent as a tile."""
