"""The model as numpy arrays: encoding, decoding, and its file."""
