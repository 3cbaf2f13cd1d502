"""The configuration of a training: parameters, presets, and variants of one configuration."""
