"""The panel *Draw*: the canvas, and what the model makes of it."""
