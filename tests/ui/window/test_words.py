"""What the whole window says: every text of every widget is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import latent_name
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT

N_LATENTS, LATENT = 3000, 2741


def texts(window: MainWindow) -> Iterator[str]:
    """Every text that a user of ``window`` can read or hear, with its widget's name."""
    for widget in [window, *window.findChildren(QWidget)]:
        found = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            found.append(widget.text())
        yield from (text for text in found if text)
    for action in window.actions_.by_name.values():
        yield from (action.text(), action.toolTip())


def large() -> Snapshot:
    """A model with latents of which a number of four digits is one."""
    rng = np.random.default_rng(0)
    W = rng.standard_normal((N_LATENTS, 784), dtype=np.float32)
    config = RunConfig(dataset="digits", n_latents=N_LATENTS, k=20)
    density = np.full(N_LATENTS, 0.1, np.float32)
    zeros, b_dec = np.zeros(N_LATENTS, np.float32), np.zeros(784, np.float32)
    return Snapshot(config, 1234, 5.0, np.ascontiguousarray(W.T) / 10, zeros, W, b_dec, density)


def test_numbers_of_latents_are_names_and_counts_have_groups(window: MainWindow, qtbot: QtBot) -> None:
    window.state.set_snapshot(large())
    window.state.set_image(np.full((28, 28), 90, np.uint8), "")
    window.state.select(LATENT)
    window.panel(FeaturesPanel).grid.go_to(LATENT)
    qtbot.waitUntil(lambda: latent_name(LATENT) in texts(window), timeout=TIMEOUT)
    window.panel(FeaturesPanel).grid.go_to(N_LATENTS)
    QApplication.processEvents()
    said = list(texts(window))
    assert f"There is no latent #{N_LATENTS}; choose one from #0 to #{N_LATENTS - 1}." in said
    assert not [text for text in said if re.search(r"#\d+[,. ]\d{3}(?!\d)", text)], "a name has no groups"
    bare = re.compile(r"(?<![#\d.,/\\\-\w])(?!(?:19|20)\d\d\b)\d{4,}(?![\d\w\-/\\.])")
    shown = [text for text in said if bare.search(text) and text != str(LATENT)]
    assert not shown, "a count has groups"
    assert any(f"{N_LATENTS:,}" in text for text in said)


def test_no_text_has_words_that_were_not_understood(window: MainWindow) -> None:
    unclear = re.compile(
        r"min  MSE|Step epoch|feature tile|feature grid|model sees|make room|saturates|never on\b|\bOn for\b"
        r"|update this one|an? class\b|leaves it out|applies to the next|inverted",
        re.IGNORECASE,
    )
    assert [text for text in texts(window) if unclear.search(text)] == []
