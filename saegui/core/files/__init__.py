"""Files that this program reads and writes: where they lie, one writer at a time, nothing half written."""
