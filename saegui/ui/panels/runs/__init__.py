"""The panel *Runs*: every training that was kept."""
