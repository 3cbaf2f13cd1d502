"""The pictures of docs/tour-network.md: ``python -m tools.network_tour FOLDER-WITH-MNIST``.

Trains the network on MNIST, an autoencoder on its second hidden layer, opens the run in the real window, draws a seven, and
saves what the window shows.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

OUT = Path(__file__).parents[1] / "resources" / "screenshots"
SIZE = (1440, 900)
PATIENCE_SECONDS = 300


def main(folder: Path) -> None:
    """Write the pictures, and print the metrics that the page names."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("SAEGUI_HOME", tempfile.mkdtemp())
    from saegui.core import data
    from saegui.core.config.presets import PRESETS
    from saegui.core.training.devices import use_threads
    from saegui.core.training.session import Session

    use_threads(None)
    config = PRESETS["modern"].config.model_copy(update={"dataset": "layer", "n_latents": 64})
    session = Session(config, data.load("layer", folder), Path(os.environ["SAEGUI_HOME"]) / "runs" / "layer")
    while not session.done:
        session.advance()
    metrics = session.close()
    print(metrics)
    _pictures(session.run.path, folder)


def _pictures(run: Path, folder: Path) -> None:
    from saegui.ui.demo.mouse import SyntheticMouse
    from saegui.ui.demo.tour import SEVEN
    from saegui.ui.window.application import make_application, make_window

    app = make_application()
    window = make_window(run=run, data_dir=folder)
    state = window.services.state

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("The window did not get ready.")
            app.processEvents()
            time.sleep(0.005)

    def save(name: str) -> None:
        begun = time.monotonic()
        wait(lambda: time.monotonic() > begun + 0.5)
        window.grab().save(str(OUT / f"{name}.png"))

    window.theme.choose("light")
    window.resize(*SIZE)
    window.show()
    wait(lambda: state.stats is not None)
    mouse = SyntheticMouse(window.panels["draw"].canvas)  # type: ignore[attr-defined]
    for stroke in SEVEN:
        mouse.press(*stroke[0])
        for point in stroke[1:]:
            mouse.move(*point)
        mouse.release(*stroke[-1])
    wait(lambda: state.code is not None and state.code.l0 > 0)
    assert state.code is not None
    state.select(int(state.code.active[0]))
    save("network-window")
    latent = window.panels["latent"]
    latent.area.verticalScrollBar().setValue(latent.area.verticalScrollBar().maximum())  # type: ignore[attr-defined]
    wait(lambda: latent.sections["effects"].effect is not None)  # type: ignore[attr-defined]
    begun = time.monotonic()
    wait(lambda: time.monotonic() > begun + 0.5)
    latent.grab().save(str(OUT / "network-latent.png"))
    window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
