"""A real window for pictures of documents: what it opens and draws is always the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from saegui.app.settings import ThemeName
from saegui.ui.demo.mouse import SyntheticMouse
from saegui.ui.demo.tour import SEVEN
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.panel import Panel
from saegui.ui.window.application import make_application, make_window

OUT = Path(__file__).parents[1] / "resources" / "screenshots"
SIZE = (1440, 900)
PATIENCE_SECONDS = 300


class Shown:
    """The window with a run and its images, a seven that was drawn, and the strongest latent selected."""

    def __init__(self, run: Path | None, folder: Path) -> None:
        self._app = make_application()
        self.window = make_window(run=run, data_dir=folder)
        state = self.window.state
        self.window.theme.choose("light")
        self.window.resize(*SIZE)
        self.window.show()
        self.wait(lambda: state.stats is not None)
        mouse = SyntheticMouse(self.window.panel(DrawPanel).canvas)
        for stroke in SEVEN:
            mouse.press(*stroke[0])
            for point in stroke[1:]:
                mouse.move(*point)
            mouse.release(*stroke[-1])
        self.wait(lambda: state.code is not None and state.code.l0 > 0)
        assert state.code is not None
        state.select(int(state.code.active[0]))

    def wait(self, until: Callable[[], bool]) -> None:
        """Until something is so; raises ``TimeoutError`` where it takes minutes."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("The window did not get ready.")
            self._app.processEvents()
            time.sleep(0.005)

    def save(self, name: str, *, theme: ThemeName = "light", part: Panel | None = None) -> None:
        """Write the picture ``name`` of the window, or of a part of it, when all of it is painted."""
        self.window.theme.choose(theme)
        begun = time.monotonic()
        self.wait(lambda: time.monotonic() > begun + 1)
        (part or self.window).grab().save(str(OUT / f"{name}.png"))
