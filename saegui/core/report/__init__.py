"""A run as one web page that needs no network: figures, the whole dictionary to look through, parameters and metrics."""
