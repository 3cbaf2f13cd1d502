"""The mean of the training inputs, by which the FVU of one input is measured."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app import mean_input
from saegui.app.services import Services
from saegui.core.analysis.metrics import input_fvu
from saegui.core.data import Dataset

F32 = np.float32


def test_the_fvu_of_one_input_is_its_error_against_that_of_the_mean_input() -> None:
    # Errors 1 and 2: 5 in all; from the mean (1, 0) it is 3² + 1² away.
    assert input_fvu(np.array([4, 1], F32), 2.5, np.array([1.0, 0.0])) == pytest.approx(0.5)
    # The mean input itself has nothing to explain.
    assert input_fvu(np.array([1, 0], F32), 0.0, np.array([1.0, 0.0])) == 0
    assert input_fvu(np.array([1, 0], F32), 0.1, np.array([1.0, 0.0])) == float("inf")


def test_large_data_are_averaged_in_the_background(
    services: Services, digits: Dataset, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mean_input, "AT_ONCE", 0)
    image = digits.test_images[0]
    assert services.mean_input.fvu(image, 0.01) is None
    with qtbot.waitSignal(services.mean_input.changed, check_params_cb=lambda: True):
        services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.mean_input.fvu(image, 0.01) is not None)
    around = np.square(image / 255 - (digits.train_images / 255).mean(axis=0)).sum()
    assert services.mean_input.fvu(image, 0.01) == pytest.approx(7.84 / around)
    assert services.mean_input.fvu(np.zeros((8, 8), np.uint8), 0.01) is None
    services.state.set_dataset(None)
    assert services.mean_input.fvu(image, 0.01) is None
