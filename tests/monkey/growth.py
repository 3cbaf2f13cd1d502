"""What a session holds, measured when it is at rest, and how much of it comes with every thousand events.

At rest means: no button is down, nothing is open in front of the window, no training and no job runs, one window is open, the
starter run is current, at most :data:`RUNS` other runs are on disk, and what Python and malloc have set free is given back. What is
counted then differs only by what was kept. The slope is the median of the slopes of all pairs of measurements (Theil and Sen),
which single measurements do not move; the first :data:`WARM_UP` events are left out, in which libraries are loaded and caches
fill.
"""

from __future__ import annotations

import ctypes
import gc
import os
import statistics
import sys
import threading
from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from tests.monkey.stage import Stage

RUNS = 5
WARM_UP = 600
EVERY = 200
"""Events between two measurements."""


class Held(NamedTuple):
    """One measurement."""

    events: int
    memory: float
    """MB of the process that are in RAM."""
    malloc: float
    """MB that C and C++ have asked for and not given back: what ``memory`` has more is free or Python's."""
    objects: int
    """Python objects that the garbage collector knows."""
    blocks: int
    """Blocks of memory that Python's allocator has given out."""
    qobjects: int
    files: int
    """File descriptors."""
    threads: int
    undo: int
    """Steps that can be undone or redone."""
    runs: int
    windows: int
    """Main windows that exist, closed ones among them."""
    modules: int = 0
    """Python modules that are loaded."""


class Allowed(NamedTuple):
    """How much may come with time: ``spread`` at once, and ``slope`` with every thousand events."""

    slope: float
    spread: float


ALLOWED = {
    "memory": Allowed(25, 60),
    "malloc": Allowed(5, 40),
    "objects": Allowed(1000, 6000),
    "blocks": Allowed(6000, 30_000),
    "qobjects": Allowed(15, 320),
    "files": Allowed(0.5, 12),
    "threads": Allowed(0.2, 3),
    "windows": Allowed(0.2, 1.5),
}
"""The spread is what two measurements of the same session differ by: freed memory that malloc cannot give back, a closed window
that waits for its deletion, the window of data sets, which each main window makes once. The slopes lie just above what sessions of 4,000 and 5,000 events had (``--table``): memory grew by 13
to 21 MB per 1,000 events, by 7 with ``MALLOC_ARENA_MAX=1``, while what malloc had given out stayed level at 230 to 260 MB. So it is
not kept by anybody: every training has a new thread, and what is left between the pieces of its arena cannot be given back. What
keeps a run, a data set or a window with every use is well above these slopes."""

BY_LIBRARIES = ("memory", "malloc", "objects", "blocks", "files", "threads")
"""What a library that is loaded brings with it."""


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def measure(stage: Stage, events: int) -> Held:
    """Count everything, also what the collector never looks at; the session is at rest."""
    gc.collect()
    malloc = _malloc()
    window = stage.windows[0]
    tops = QApplication.topLevelWidgets()
    return Held(
        events,
        _resident(),
        malloc,
        len(gc.get_objects()) + gc.get_freeze_count(),
        sys.getallocatedblocks(),
        sum(len(top.findChildren(QObject)) for top in tops if top.parent() is None)
        + len(window.services.findChildren(QObject)),
        len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0,
        len(list(Path("/proc/self/task").iterdir())) if sys.platform == "linux" else threading.active_count(),
        sum(panel.undo_stack.count() for panel in window.panels.values() if hasattr(panel, "undo_stack")),
        len(stage.run_folders()),
        len(stage.windows) + len(stage.closing) + sum(reference() is not None for reference in stage.closed),
        len(sys.modules),
    )


def _malloc() -> float:
    """MB in use; gives what is free back to the system first, so that it does not count as memory. 0 where malloc is not glibc's."""
    try:
        c = ctypes.CDLL("libc.so.6")
        c.malloc_trim(0)
        mallinfo2 = c.mallinfo2
    except (OSError, AttributeError):
        return 0.0
    mallinfo2.restype = _Mallinfo
    found = mallinfo2()
    return (found.uordblks + found.hblkhd) / 2**20


def _resident() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def slope(measurements: Sequence[Held], what: str) -> float:
    """Growth per thousand events: the median over all pairs."""
    slopes = [
        1000 * (getattr(later, what) - getattr(earlier, what)) / (later.events - earlier.events)
        for earlier, later in combinations(measurements, 2)
        if later.events > earlier.events
    ]
    return statistics.median(slopes) if slopes else 0.0


def without_libraries(measurements: Sequence[Held]) -> list[Held]:
    """The measurements less what came between two of them while a library was loaded, which happens once."""
    loaded = dict.fromkeys(BY_LIBRARIES, 0.0)
    found = list(measurements[:1])
    for earlier, later in pairwise(measurements):
        if later.modules > earlier.modules:
            for what in loaded:
                loaded[what] += max(0.0, getattr(later, what) - getattr(earlier, what))
        found.append(later._replace(**{what: getattr(later, what) - loaded[what] for what in loaded}))
    return found


def excess(measurements: Sequence[Held]) -> list[str]:
    """A sentence for each thing of which more came than is allowed; nothing is said of fewer than four measurements."""
    steady = without_libraries([held for held in measurements if held.events >= WARM_UP])
    if len(steady) < 4:
        return []
    thousands = (steady[-1].events - steady[0].events) / 1000
    found = {what: slope(steady, what) for what in ALLOWED}
    return [
        f"{what} grows by {found[what]:.1f} per 1,000 events; allowed are {allowed.slope:g}, and {allowed.spread:g} at once"
        for what, allowed in ALLOWED.items()
        if found[what] * thousands > allowed.slope * thousands + allowed.spread
    ]
