"""Colours, distances, fonts and icons."""
