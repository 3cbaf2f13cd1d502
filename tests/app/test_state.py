"""The state: one selection, one image, one snapshot, and what follows from each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.state import AppState
from saegui.core.analysis.latent_stats import analyse
from saegui.core.data import Dataset
from saegui.core.errors import DataError, StrokesError
from saegui.core.model.snapshot import to_input
from saegui.core.runs.run import starter_run
from saegui.core.strokes import Drawing

STROKE = [np.array([[0.5, 0.1], [0.5, 0.9]])]


@pytest.fixture
def opened(services: Services, small_run: Path) -> Services:
    assert services.library.open(small_run)
    return services


def test_a_stroke_is_encoded_by_the_current_snapshot(opened: Services) -> None:
    state = opened.state
    assert state.code is None
    state.set_strokes(STROKE)
    assert state.code is not None and state.snapshot is not None
    z = state.snapshot.encode(to_input(state.image[None]))[0]
    np.testing.assert_array_equal(state.code.z, z)
    x_hat = state.snapshot.decode(z[None], to_input(state.image[None]))[0].reshape(28, 28)
    np.testing.assert_array_equal(state.code.reconstruction, x_hat)
    assert state.code.mse == pytest.approx(np.square(x_hat - state.image / 255).mean(), rel=1e-5)
    assert list(z[state.code.active]) == sorted(z[z > 0], reverse=True)
    assert state.code.l0 == np.count_nonzero(z)
    state.set_strokes([])
    assert state.code is None and not state.has_image


def test_an_input_of_another_shape_than_the_model_s_has_no_code(opened: Services) -> None:
    state = opened.state
    state.set_strokes(STROKE)
    drawn = state.drawing
    for shape in ((12, 20), (28, 28, 3), (784,)):
        state.set_image(np.full(shape, 90, np.uint8), "other")
        assert state.has_image
        assert state.image.shape == shape
        assert state.code is None
        state.set_drawing(drawn)
        assert state.code is not None


def test_no_ink_is_no_image_but_a_dark_one_in_colour_and_a_vector_of_zeros_are(services: Services) -> None:
    state = services.state
    state.set_image(np.zeros((28, 28), np.uint8), "blank")
    assert not state.has_image
    for shape in ((6, 8, 3), (30,)):
        state.set_image(np.zeros(shape, np.uint8), "dark")
        assert state.has_image


def test_a_drawing_that_cannot_be_encoded_leaves_the_one_before(opened: Services) -> None:
    state = opened.state
    state.set_strokes(STROKE)
    drawing, code = state.drawing, state.code
    with pytest.raises(StrokesError, match="finite"):
        state.set_drawing(Drawing((np.array([[0.1, np.inf]]),)))
    assert state.drawing is drawing
    assert state.code is code


def test_another_snapshot_encodes_the_drawing_again(opened: Services, qtbot: QtBot) -> None:
    state = opened.state
    state.set_strokes(STROKE)
    before = state.code
    with qtbot.waitSignals([state.snapshot_changed, state.code_changed]):
        opened.scrubbing.show_step(0)
    assert state.snapshot is not None and state.snapshot.step == 0
    assert state.code is not before


class Witness(QObject):
    """Notes whether run, snapshot, code and selection fit together whenever one of them is announced."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.state = state
        self.seen: list[bool] = []
        for signal in (state.run_changed, state.history_changed, state.snapshot_changed, state.image_changed):
            signal.connect(self.look)

    @Slot()
    def look(self) -> None:
        state = self.state
        assert state.run is not None and state.snapshot is not None
        fits = state.snapshot.config == state.run.config
        fits &= (state.code is not None) == state.has_image
        fits &= state.code is None or len(state.code.z) == state.snapshot.n_latents
        self.seen.append(fits and (state.selected is None or state.selected < state.snapshot.n_latents))


def test_whoever_hears_of_a_change_sees_a_state_that_fits_together(opened: Services, small_run: Path) -> None:
    witness = Witness(opened.state)
    opened.state.set_strokes(STROKE)
    opened.library.open(starter_run().path)
    opened.state.select(63)
    opened.library.open(small_run)
    opened.state.set_strokes([])
    assert len(witness.seen) == 8 and all(witness.seen)


def test_selection_and_hover_are_one_for_all(opened: Services, qtbot: QtBot) -> None:
    state = opened.state
    with qtbot.waitSignal(state.selection_changed):
        state.select(3)
    with qtbot.waitSignal(state.hover_changed):
        state.hover(5)
    assert state.previewed == 5
    state.hover(None)
    assert state.previewed == 3
    with qtbot.assertNotEmitted(state.selection_changed):
        state.select(3)
        state.select(24)
        state.select(-1)
    assert state.selected == 3


def test_a_smaller_model_drops_a_selection_that_no_longer_exists(opened: Services) -> None:
    state = opened.state
    state.select(23)
    state.hover(22)
    starter = starter_run()
    state.set_snapshot(starter.latest())
    assert state.selected == 23
    state.set_snapshot(None)
    assert state.selected is None and state.hovered is None


def test_stale_statistics_are_ignored(opened: Services, digits: Dataset) -> None:
    state = opened.state
    old = state.snapshot
    assert old is not None
    stats = analyse(old, digits)
    opened.scrubbing.show_step(0)
    state.set_stats(stats, old)
    assert state.stats is None
    assert state.snapshot is not None
    np.testing.assert_array_equal(state.density, state.snapshot.density)


def test_arrays_that_are_handed_out_cannot_be_written(opened: Services) -> None:
    opened.state.set_strokes(STROKE)
    with pytest.raises(ValueError, match="read-only"):
        opened.state.image[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        opened.state.snapshot.W_dec[0, 0] = 1  # type: ignore[union-attr]


def test_a_foreseen_error_is_shown_as_its_sentence_and_any_other_is_reported_as_a_bug(
    services: Services, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    with qtbot.waitSignal(services.state.notice) as shown:
        services.state.fail(DataError("There are no images; choose a folder."))
    assert shown.args == ["bad", "There are no images; choose a folder.", ""]
    with qtbot.waitSignal(services.errors.raised) as raised:
        services.state.fail(ZeroDivisionError("seven"))
    assert "ZeroDivisionError: seven" in raised.args[0]
    assert "ZeroDivisionError" in capsys.readouterr().err
