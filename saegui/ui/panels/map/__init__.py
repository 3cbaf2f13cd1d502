"""The map: latents and inputs as points, and how often what happens."""
