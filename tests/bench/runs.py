"""How long thousands of runs hold up the window: the longest time in which its event loop did nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.rows import Row
from tests.many_runs import make_runs

MANY, MORE = 3_000, 10_000
TARGET = "< 50 ms"


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """A window for each number of runs, each in a process of its own."""
    for count in (80,) if quick else (MANY, MORE):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            make_runs(home / "runs", count)
            environment = {**os.environ, "SAEGUI_HOME": str(home)}
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
            command = [sys.executable, __file__, str(count)]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True, timeout=200
            )
            for what, value, target in json.loads(done.stdout.splitlines()[-1]):
                yield Row(what, value, target)
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "saegui", "runs"], env=environment, capture_output=True, check=True
            )
            yield Row(f"{count:,} runs: saegui runs", f"{time.perf_counter() - started:.1f} s")


def _measure(count: int) -> list[tuple[str, str, str]]:
    """The rows for the runs that are there, in a real window."""
    from PySide6.QtCore import QObject, QTimer
    from PySide6.QtWidgets import QApplication

    from saegui.core.runs.run import Run
    from saegui.ui.panels.runs.panel import RunsPanel
    from saegui.ui.window.application import make_application, make_window

    class Ticks(QObject):
        """A timer that fires whenever the event loop is free, and notes the longest time in which it was not."""

        def __init__(self) -> None:
            super().__init__()
            self.timer = QTimer(self)
            self.timer.timeout.connect(self.tick)
            self.timer.start(0)
            self.restart()

        def restart(self) -> None:
            self.longest, self.last = 0.0, time.perf_counter()

        def tick(self) -> None:
            now = time.perf_counter()
            self.longest, self.last = max(self.longest, now - self.last), now

    app = make_application()
    window = make_window()
    window.show()
    panel = window.panels["runs"]
    assert isinstance(panel, RunsPanel)
    services, model = panel.services, panel.model

    def work(until: Callable[[], bool]) -> None:
        end = time.perf_counter() + 100
        while not until():
            app.processEvents()
            assert time.perf_counter() < end
        for _ in range(20):
            app.processEvents()

    def settled() -> bool:
        return not services.jobs.running and not services.library.reading

    work(lambda: services.state.dataset is not None or not services.jobs.running)
    window.docks["runs"].raise_()
    work(settled)
    library, ticks, found = services.library, Ticks(), []

    def longest(what: str, act: Callable[[], object]) -> None:
        ticks.restart()
        act()
        QApplication.processEvents()
        ticks.tick()
        work(settled)
        found.append((f"{count:,} runs: {what}", f"{1000 * ticks.longest:.0f} ms", TARGET))

    # As at the start, when nothing is known.
    library._known.clear()
    library._announce()
    work(settled)
    started = time.perf_counter()
    first: list[float] = []
    library.changed.connect(lambda: first or first.append(time.perf_counter() - started))
    longest("reading the list", library.refresh)
    found.append((f"{count:,} runs: first rows", f"{1000 * first[0]:.0f} ms", "< 1 s"))
    found.append((f"{count:,} runs: all rows", f"{time.perf_counter() - started:.1f} s", ""))
    assert model.rowCount() == count + 1
    run = library.runs[count // 2]
    assert isinstance(run, Run)
    longest("looking whether anything changed", library.refresh_if_changed)
    longest("sorting by MSE", lambda: panel.header.sorted.emit("mse", False))
    longest("sorting by date", lambda: panel.header.sorted.emit("date", False))
    longest("rename", lambda: library.rename(run, "another name"))
    longest("delete", lambda: services.bin.delete(run))
    longest("undo of delete", services.bin.restore)
    longest("opening the newest", lambda: services.open_run(library.runs[0].path))
    window.close()
    work(lambda: not window.isVisible())
    return found


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
