"""Small networks that classify pictures, trained here in seconds, and what follows one of their layers."""
