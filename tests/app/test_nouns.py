"""What needs the model's own data says how to get it while other data is loaded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from saegui.app.services import Services
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History


def _codes(services: Services) -> str:
    return services.input_codes.missing


def _inputs_map(services: Services) -> str:
    services.code_map.watch(True)
    return services.code_map.said


@pytest.mark.parametrize("why", [_codes, _inputs_map])
def test_where_the_loaded_data_has_another_shape_it_says_how_to_load_the_models_own(
    services: Services, digits: Dataset, why: Callable[[Services], str]
) -> None:
    W, zeros = np.ones((2, 5), np.float32), np.zeros(2, np.float32)
    config = RunConfig(n_latents=2, k=1, arch="topk")
    mean = np.zeros(5, np.float32)
    services.state.set_dataset(digits)
    model = Snapshot(config, 0, 0.0, W.T.copy(), zeros, W, mean, zeros + 0.5, shape=(5,))
    services.state.set_run(None, model, History())
    said = why(services)
    assert "Built-in digits has another shape." in said
    assert "Select a latent: the panel Latent offers to load the model's own " in said
