"""Files that hold one trained model: its weights and its configuration, one file a format."""
