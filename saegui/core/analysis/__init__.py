"""What a model does on a data set: measurements and what follows from them."""
