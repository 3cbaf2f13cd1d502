"""The guided tour that runs in the real window."""
