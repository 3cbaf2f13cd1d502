"""Where the program keeps its files, and how it writes them: one writer at a time, each file in one step; the standard streams."""
