"""The panel Compare: pairs of latents of two runs on disk, what only one has, and the drawing through both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor
from pytestqt.qtbot import QtBot

from saegui.app import compare
from saegui.app.services import Services
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.run import STARTER_PATH, Run, open_run
from saegui.core.runs.writer import RunWriter
from saegui.ui.panels.compare.pair_view import Pair
from saegui.ui.panels.compare.panel import FROM, ComparePanel
from saegui.ui.panels.compare.words import NO_OTHER, NO_RUN, NO_SECOND
from saegui.ui.theme.theme import Theme
from tests.mnist_shape import D_IN

LEFT = Qt.MouseButton.LeftButton
TIMEOUT = 20_000
N = 6


def write_run(path: Path, order: list[int], *, turned: bool = False, steps: tuple[int, ...] = (0, 9)) -> Run:
    """Latent j draws and looks for pixel ``order[j]``, but a negative one is dead; ``turned``: the first is another mix."""
    config = RunConfig(n_latents=len(order), k=2, arch="topk")
    writer = RunWriter(path, config, name=path.name)
    W = np.zeros((len(order), D_IN), np.float32)
    W[np.arange(len(order)), np.abs(order)] = 1
    if turned:
        W[0, 500] = 1
    zeros = np.zeros(len(order), np.float32)
    density = np.array([0.0 if place < 0 else 0.5 for place in order], np.float32)
    for step in steps:
        model = Snapshot(config, step, 1.0 + step, W.T.copy(), zeros, W, np.zeros(D_IN, np.float32), density)
        writer.save(model, History(), keep=True, status="finished")
    return open_run(path)


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, tmp_path: Path) -> ComparePanel:
    made = ComparePanel(services, theme)
    qtbot.addWidget(made)
    made.resize(560, 500)
    assert services.library.open(write_run(tmp_path / "first", [0, 1, 2, 3, 4, -5]).path)
    with qtbot.waitExposed(made):
        made.show()
    return made


def compared(qtbot: QtBot, panel: ComparePanel, run: Run, step: int | None = None) -> None:
    assert panel.control.choose(run, step)
    qtbot.waitUntil(lambda: panel.control.found is not None, timeout=TIMEOUT)


def test_pairs_of_two_runs_stand_side_by_side_and_lead_to_each_other(
    qtbot: QtBot, panel: ComparePanel, services: Services, tmp_path: Path
) -> None:
    assert panel.empty.label.text() == NO_OTHER
    compared(qtbot, panel, write_run(tmp_path / "second", [2, 1, 0, 3, 4, 5], turned=True))
    pairs = panel.pairs.pairs
    assert pairs[:4] == [Pair(0, 2, 1.0), Pair(1, 1, 1.0), Pair(3, 3, 1.0), Pair(4, 4, 1.0)]
    assert (pairs[4].a, pairs[4].b) == (2, 0) and pairs[4].cosine == pytest.approx(0.5**0.5)
    assert panel.summary.full == "4 of 5 pairs with cosine ≥ 0.9, mean of all 0.941 · A: 1 dead left out"
    assert panel.means.text() == "Mean max cosine: A in B 0.941, B in A 0.785"
    assert panel.histogram.words_of(19) == "cosine 0.95 to 1.00: 4 latents of A, 4 of B"
    assert "4 of 5 latents of A and 4 of 6 of B" in panel.histogram.accessibleDescription()

    # A click on a pair selects the latent of A; a latent that is selected elsewhere has its pair marked.
    cell = panel.pairs.cell(1)
    qtbot.mouseClick(panel.pairs.viewport(), LEFT, pos=cell.center())
    assert services.state.selected == 1 and panel.control.partner(1) == 1
    services.state.select(0)
    assert panel.pairs.current == pairs[0] and panel.control.partner(0) == 2
    assert panel.pairs.place_at(QPoint(0, 0)) is None

    # With the keys, and for a screen reader.
    panel.pairs.setFocus()
    qtbot.keyClick(panel.pairs, Qt.Key.Key_End)
    assert services.state.selected == 2
    assert panel.pairs.accessibleDescription() == "#2 and #0: cosine 0.707"
    qtbot.keyClick(panel.pairs, Qt.Key.Key_Left)
    assert services.state.selected == 4
    assert QAccessible.queryAccessibleInterface(panel.pairs) is not None

    # What only one has: a latent of B selects its partner, one without a partner selects nothing.
    panel.set_view("b")
    assert [(pair.a, pair.b) for pair in panel.pairs.pairs] == [(None, 5), (None, 0)]
    qtbot.mouseClick(panel.pairs.viewport(), LEFT, pos=panel.pairs.cell(1).center())
    assert services.state.selected == 2 and panel.pairs.current == panel.pairs.pairs[1]
    qtbot.mouseClick(panel.pairs.viewport(), LEFT, pos=panel.pairs.cell(0).center())
    assert services.state.selected is None and panel.pairs.current == panel.pairs.pairs[0]
    panel.least.setCurrentIndex(panel.least.findData(0.7))
    panel.least.activated.emit(panel.least.currentIndex())
    assert [pair.b for pair in panel.pairs.pairs] == [5] and services.settings.get(FROM) == 0.7
    panel.set_view("a")
    assert panel.pairs.pairs == []
    with pytest.raises(ValueError, match="no view 'c'"):
        panel.set_view("c")


def test_where_there_is_no_second_run_it_says_what_to_do(
    qtbot: QtBot, services: Services, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(services.training, "train", lambda: begun.append(True))
    panel = ComparePanel(services, theme)
    qtbot.addWidget(panel)
    services.library.open(STARTER_PATH)
    with qtbot.waitExposed(panel):
        panel.show()
    assert panel.empty.label.text() == NO_SECOND
    qtbot.mouseClick(panel.empty.button, LEFT)
    assert begun == [True]
    # The other way that is named: another step of the same run.
    panel.runs.setCurrentIndex(1)
    panel.runs.activated.emit(1)
    qtbot.waitUntil(lambda: panel.control.found is not None, timeout=TIMEOUT)
    panel.moments.setCurrentIndex(panel.moments.count() - 1)
    panel.moments.activated.emit(panel.moments.count() - 1)
    qtbot.waitUntil(
        lambda: panel.control.found is not None and panel.control.found.b.step == 0, timeout=TIMEOUT
    )


def test_runs_that_read_other_inputs_are_no_second_run_and_it_says_so(
    panel: ComparePanel, services: Services, own_home: Path, tmp_path: Path
) -> None:
    assert panel.empty.label.text() == NO_OTHER
    write_run(own_home / "runs" / "other", [0, 1])
    services.library.refresh()
    config = RunConfig(n_latents=2, k=1, arch="topk")
    W, zeros, mean = np.ones((2, 5), np.float32), np.zeros(2, np.float32), np.zeros(5, np.float32)
    model = Snapshot(config, 0, 0.0, W.T.copy(), zeros, W, mean, zeros + 0.5, shape=(5,))
    writer = RunWriter(tmp_path / "five", config, name="five", shape=(5,))
    writer.save(model, History(), keep=True, status="finished")
    assert services.library.open(tmp_path / "five")
    assert (
        panel.empty.label.text().startswith("No other run reads inputs of this size.")
        and panel.empty.button.text() == "Train"
    )


def test_a_step_of_b_can_be_chosen_where_there_is_a_b(
    qtbot: QtBot, panel: ComparePanel, tmp_path: Path
) -> None:
    assert panel.empty.isVisible() and not panel.moments.isVisible()
    assert panel.runs.geometry().right() == panel.own.geometry().right()
    compared(qtbot, panel, write_run(tmp_path / "second", [0, 1, 2, 3, 4, 5]))
    assert panel.moments.isVisible() and panel.moments.currentText() == "step 9 (last)"
    qtbot.waitUntil(lambda: panel.moments.geometry().right() == panel.own.geometry().right())
    assert panel.runs.width() > panel.moments.width()


def test_the_drawing_goes_through_both(
    qtbot: QtBot, panel: ComparePanel, services: Services, tmp_path: Path
) -> None:
    compared(qtbot, panel, write_run(tmp_path / "second", [2, 1, 0, 3, 4, 5]))
    assert panel.drawing.codes.lines == [] and panel.drawing.numbers[1].text() == "B"
    image = np.zeros((28, 28), np.uint8)
    image.flat[0], image.flat[5] = 255, 102
    services.state.set_image(image, "two pixels")
    code = panel.control.code
    assert code is not None and code.active.tolist() == [2, 5]
    # Pixel 5 is known to a living latent of B alone, whose partner does not exist.
    assert [tuple(line) for line in panel.drawing.codes.lines] == [
        (0, 2, 1, 1),
        (None, 5, 0, pytest.approx(0.4)),
    ] or [line[:2] for line in panel.drawing.codes.lines] == [(0, 2), (5, None), (None, 5)]
    assert panel.drawing.numbers[1].text() == "B: MSE 0.0000\nL0 2"
    assert "A #0 1.00, B #2 1.00" in panel.drawing.codes.accessibleDescription()
    qtbot.mouseClick(panel.drawing.codes, LEFT, pos=QPoint(20, 5))
    assert services.state.selected == 0


def test_an_activation_below_zero_is_a_hollow_bar_and_the_panel_says_so(
    qtbot: QtBot, panel: ComparePanel, services: Services, tmp_path: Path
) -> None:
    """As of PCA beside an autoencoder, whose activations never are."""
    compared(qtbot, panel, write_run(tmp_path / "second", [2, 1, 0, 3, 4, 5]))
    image = np.zeros((28, 28), np.uint8)
    image.flat[0] = 255
    services.state.set_image(image, "a pixel")
    drawing, found = panel.drawing, panel.control.found
    a, b = services.state.code, panel.control.code
    assert found is not None and a is not None and b is not None
    assert drawing.signs.isHidden()

    def middles() -> list[QColor]:
        shown = drawing.codes.grab().toImage()
        across = drawing.codes.width() / 2
        return [shown.pixelColor(round(across + side * 30), 8) for side in (-1, 1)]

    filled = middles()
    drawing.show_drawing(found, replace(a, z=-a.z), b)
    assert not drawing.signs.isHidden() and drawing.signs.text() == "hollow bars: below zero"
    assert "A #0 −1.00, B #2 1.00" in drawing.codes.accessibleDescription()
    hollow = middles()
    assert hollow[1] == filled[1] and hollow[0] != filled[0]


def test_two_moments_of_one_run_and_what_cannot_be_compared(
    qtbot: QtBot, panel: ComparePanel, services: Services, tmp_path: Path
) -> None:
    own = services.state.run
    assert own is not None
    compared(qtbot, panel, own, 0)
    assert panel.moments.currentText() == "step 0" and panel.moments.count() == 2
    assert "(this run)" in panel.runs.currentText()
    assert all(pair.a == pair.b for pair in panel.pairs.pairs)
    panel.moments.activated.emit(panel.moments.findData(9))
    other = panel.control.other
    assert other is not None and other.snapshot.step == 9

    config = RunConfig(n_latents=2, k=1)
    W = np.eye(2, 5, dtype=np.float32)
    small = Snapshot(
        config,
        0,
        0.0,
        W.T.copy(),
        np.zeros(2, np.float32),
        W,
        np.zeros(5, np.float32),
        np.ones(2, np.float32),
    )
    writer = RunWriter(tmp_path / "small", config, shape=(5,))
    writer.save(small, History(), keep=True, status="finished")
    assert panel.control.choose(open_run(tmp_path / "small"))
    assert "cannot be compared" in panel.empty.label.text() and panel.control.found is None


def test_matching_can_be_cancelled_and_begun_again(qtbot: QtBot, panel: ComparePanel, tmp_path: Path) -> None:
    assert panel.control.choose(write_run(tmp_path / "second", [2, 1, 0]))
    assert panel.control.running and panel.empty.label.text() == "Matching 6 latents with 3…"
    qtbot.mouseClick(panel.empty.button, LEFT)
    assert not panel.control.running and "cancelled" in panel.empty.label.text()
    qtbot.mouseClick(panel.empty.button, LEFT)
    qtbot.waitUntil(lambda: panel.control.found is not None, timeout=TIMEOUT)
    assert len(panel.pairs.pairs) == 3


def test_greedy_is_taken_where_exact_is_slow_and_what_is_in_sight_says_how_it_was_matched(
    qtbot: QtBot, panel: ComparePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "PATIENCE", 1e-9)
    monkeypatch.setattr(compare, "exact_seconds", lambda a, b: 300.0)
    compared(qtbot, panel, write_run(tmp_path / "second", [2, 1, 0, 3, 4, 5]))
    assert panel.summary.text().endswith("matched greedily")
    assert panel.summary.toolTip().endswith("matched greedily, as the exact way takes about 5 min")
    panel.methods.setCurrentIndex(panel.methods.findData("exact"))
    panel.methods.activated.emit(panel.methods.currentIndex())
    assert panel.control.running and panel.summary.text() == "Matching again…"
    panel.control.progressed.emit(1, 4, "")
    assert panel.summary.text() == "Matching again: 25%"
    panel.control.cancel()
    assert panel.summary.full.endswith("matched greedily: matching again was cancelled")
    panel.control.again()
    qtbot.waitUntil(lambda: not panel.control.running, timeout=TIMEOUT)
    assert "greedily" not in panel.summary.full


def test_a_large_model_is_read_in_the_background_and_that_can_be_cancelled(
    qtbot: QtBot, panel: ComparePanel, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "AT_ONCE", 0)
    second = write_run(tmp_path / "second", [2, 1, 0])
    assert panel.control.choose(second) and panel.control.other is None
    assert panel.empty.label.text() == "Reading second…" and panel.empty.button.text() == "Cancel"
    qtbot.mouseClick(panel.empty.button, LEFT)
    assert panel.control.reading is None and panel.empty.label.text() == NO_OTHER
    compared(qtbot, panel, second)
    assert len(panel.pairs.pairs) == 3
    assert panel.control.choose(second, 0)
    assert panel.summary.text() == "Reading second…", "what was found stays in sight"
    qtbot.waitUntil(lambda: panel.moments.currentText() == "step 0", timeout=TIMEOUT)

    for file in second.path.glob("*"):
        if file.suffix == ".safetensors":
            file.write_bytes(b"damaged")
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    assert panel.control.choose(open_run(second.path))
    qtbot.waitUntil(lambda: bool(told), timeout=TIMEOUT)
    assert "cannot be read" in told[0] and panel.control.reading is None


def test_pairs_that_are_scrolled_take_the_width_that_there_is(
    qtbot: QtBot, panel: ComparePanel, tmp_path: Path
) -> None:
    compared(qtbot, panel, write_run(tmp_path / "second", [2, 1, 0, 3, 4, 5]))
    view = panel.pairs
    view.resize(270, 180)
    assert view.verticalScrollBar().maximum() > 0
    # Two abreast, as of the smallest tiles, and no room for larger ones.
    assert view.cell(1).top() == view.cell(0).top() < view.cell(2).top()
    assert view.cell(0).width() == 2 * 56 + 2


def test_a_and_b_are_named_only_where_there_is_a_model(
    qtbot: QtBot, services: Services, theme: Theme, tmp_path: Path
) -> None:
    panel = ComparePanel(services, theme)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    assert panel.empty.label.text() == NO_RUN and not panel.runs.isVisible() and not panel.own.isVisible()
    assert services.library.open(write_run(tmp_path / "first", [0, 1]).path)
    assert panel.runs.isVisible() and panel.own.isVisible()


def test_a_long_name_has_an_ellipsis_and_its_step_stays_in_sight(
    qtbot: QtBot, services: Services, panel: ComparePanel, tmp_path: Path
) -> None:
    run = write_run(tmp_path / ("a long name " * 20).strip(), [0, 1])
    assert services.library.open(run.path)
    whole = f"{run.name} · epoch 10 of 50 · step 9"
    assert panel.own.full == panel.own.toolTip() == whole
    shown = panel.own.text()
    assert "…" in shown and shown.startswith("a long name") and shown.endswith(" · step 9")
    assert panel.own.fontMetrics().horizontalAdvance(shown) <= panel.own.width()
