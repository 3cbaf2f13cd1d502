"""The panel *Compare*: the latents of two models side by side."""
