"""The engine: data, models, training, metrics, figures and runs. No Qt; usable from a notebook or a cluster."""
