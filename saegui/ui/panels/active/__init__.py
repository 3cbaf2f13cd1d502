"""The panel *Active latents*: which latents the drawing activates."""
