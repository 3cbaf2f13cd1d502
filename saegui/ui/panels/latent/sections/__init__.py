"""The sections of the latent inspector, a file each; ``registry`` lists them."""
