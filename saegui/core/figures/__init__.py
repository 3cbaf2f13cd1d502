"""The figures that leave the program: each kind is drawn from a :class:`Subject` and saved with its numbers.

Importing this package imports no matplotlib, so that menus and ``--help`` can list the kinds at once.
"""

from saegui.core.figures.base import Drawn, Kind, Subject, Table
from saegui.core.figures.dictionary_picture import dictionary_picture
from saegui.core.figures.export import FILE_TYPES, check_ending, render, save
from saegui.core.figures.export_all import save_all
from saegui.core.figures.registry import KINDS, OF_MANY_RUNS, draw, missing
from saegui.core.figures.subject_of_run import completed

__all__ = [
    "FILE_TYPES",
    "KINDS",
    "OF_MANY_RUNS",
    "Drawn",
    "Kind",
    "Subject",
    "Table",
    "check_ending",
    "completed",
    "dictionary_picture",
    "draw",
    "missing",
    "render",
    "save",
    "save_all",
]
