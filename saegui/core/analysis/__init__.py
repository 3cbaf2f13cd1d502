"""Measurements of a model on a data set, and advice that follows from them."""
