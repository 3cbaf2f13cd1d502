"""The live layer: state, threads and background jobs on QtCore alone."""
