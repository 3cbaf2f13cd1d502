"""The program as the command line's tests run it."""

from tests.cli.conftest import _prepared, drawings, here, program, refused

__all__ = ["_prepared", "drawings", "here", "program", "refused"]
