"""The panel *Train*: the parameters of the next training, and the buttons that run it."""
