"""The pictures of docs/tour-network.md: ``python -m tools.network_tour FOLDER-WITH-MNIST``.

Trains the network on MNIST, an autoencoder on its second hidden layer, opens the run in the real window, draws a seven, and
saves what the window shows.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def main(folder: Path) -> None:
    """Write the pictures, and print the metrics that the page names."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("SAEGUI_HOME", tempfile.mkdtemp())
    # The page names numbers of this run; the fastest way would be another one on another machine, and give other digits.
    os.environ.setdefault("SAEGUI_WAY", "dense")
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
    from saegui.ui.panels.latent.panel import LatentPanel
    from tools.shown import Shown

    shown = Shown(run, folder)
    shown.save("network-window")
    latent = shown.window.panel(LatentPanel)
    latent.header.pages.button("effects").click()
    shown.wait(lambda: latent.sections["effects"].effect is not None)  # type: ignore[attr-defined]
    shown.save("network-latent", part=latent)
    shown.window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
