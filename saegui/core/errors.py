"""Errors that a user can act on.

Every message is one sentence or two: what is wrong, with the value or file named, and what to do about it. The
command line prints it and exits with status 2; the window shows it as a toast. Anything else that is raised is a bug.
"""

import json
from collections.abc import Sequence
from typing import Any


class SaeguiError(Exception):
    """Something the user can put right; ``str(error)`` says what and how."""


class ConfigError(SaeguiError):
    """A parameter, or a combination of parameters, that cannot be trained."""


class DataError(SaeguiError):
    """A data set that is missing, broken or foreign."""


class StrokesError(SaeguiError):
    """Pen strokes or an image that cannot be turned into a model's input."""


class OtherShapeError(DataError):
    """Inputs of another shape than a run reads."""


class RunError(SaeguiError):
    """A run folder that cannot be opened or written."""


class GlossaryError(SaeguiError):
    """A term that the glossary does not have."""


class EmbeddingError(SaeguiError):
    """Points of which no map can be made."""


class ExportError(SaeguiError):
    """A figure or table that cannot be drawn or written."""


class FormatError(SaeguiError):
    """A model file that cannot be read or written."""


class DivergedError(SaeguiError):
    """A training whose loss is no longer a finite number, or has exploded."""

    before: Sequence[Any] = ()
    """The results of the steps that were taken at once with the one that diverged, up to it."""


class DeviceError(SaeguiError):
    """An accelerator that failed while it trained: it was taken away, crashed, or has no memory left."""


class Cancelled(Exception):  # noqa: N818 - a way out, not an error
    """Raised inside long work when its ``cancelled()`` callback answers true; not an error to show."""


def reason(error: Exception) -> str:
    """Why something failed, for the brackets in a sentence: what the error says, without its number and the file's name."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, KeyError) and error.args:
        return f"it has no {error.args[0]}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno} is not JSON" if error.doc.strip() else "it is empty"
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
