"""What a training is configured by: its parameters, named presets, and variants of one configuration."""
