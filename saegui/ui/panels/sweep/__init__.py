"""The panel *Sweep*: what came out of many runs."""
