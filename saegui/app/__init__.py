"""The live layer: state, threads and background jobs on QtCore alone."""

from saegui.app.imports import read_no_sources

read_no_sources()
