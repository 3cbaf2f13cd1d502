"""Python's cycle collector while saegui loads: what is imported stays, so searching it again and again is idle.

Modules, classes and their docstrings are hundreds of thousands of objects. A full collection looks at every one of
them: altogether an eighth of the time to the first window, and with torch loaded a pause that a pen would feel.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


class _Own:
    process = False
    """Whether this process is saegui's own. In a notebook the collector is none of its business."""


def pause() -> None:
    """Collect nothing until :func:`resume`; for saegui's own processes. Objects without cycles are freed as ever."""
    _Own.process = True
    gc.disable()


def resume() -> None:
    """Collect again, and never look at what is there already; does nothing where collecting was not paused."""
    if _Own.process and not gc.isenabled():
        gc.freeze()
        gc.enable()


@contextmanager
def paused() -> Iterator[None]:
    """In saegui's own processes: pause while something large is imported, unless that is the case already."""
    outermost = _Own.process and gc.isenabled()
    if outermost:
        pause()
    try:
        yield
    finally:
        if outermost:
            resume()
