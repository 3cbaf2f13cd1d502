"""The panel *Active latents*: what is on for the drawing."""
