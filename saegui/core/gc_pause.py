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
    by_caller = False
    """Whether only :func:`collect_if_due` collects."""
    loading = 0
    """How many load something large just now."""


def pause() -> None:
    """Collect nothing until :func:`resume`; for saegui's own processes. Objects without cycles are freed as ever."""
    _Own.process = True
    gc.disable()


def resume() -> None:
    """Collect again, and never look at what is there already; does nothing where collecting was not paused."""
    if _Own.process and not gc.isenabled():
        _Own.by_caller = False
        gc.freeze()
        gc.enable()


def leave_to_caller() -> None:
    """In saegui's own processes: collect only by :func:`collect_if_due`, whatever thread makes objects.

    Qt's objects that another thread collects are handed over to the main thread, and now and then the process crashes there.
    """
    if _Own.process:
        _Own.by_caller = True
        gc.freeze()
        gc.disable()


def collect_if_due() -> None:
    """Collect, on the calling thread, what Python would have collected by now."""
    if _Own.loading:
        return
    due = [
        each
        for each, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
        if count > most
    ]
    if due:
        gc.collect(max(due))


@contextmanager
def paused() -> Iterator[None]:
    """In saegui's own processes: pause while something large is imported, unless that is the case already."""
    if _Own.by_caller:
        _Own.loading += 1
        try:
            yield
        finally:
            _Own.loading -= 1
            gc.freeze()
        return
    outermost = _Own.process and gc.isenabled()
    if outermost:
        pause()
    try:
        yield
    finally:
        if outermost:
            resume()
