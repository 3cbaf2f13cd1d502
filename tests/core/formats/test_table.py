"""Every cell of the table in docs/models.md: what a library computes from the files that are written for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core.formats.registry import export_model, refusal
from tests.core.formats.models import HELD, inputs, model
from tests.core.formats.reference import LIBRARIES

CELLS = [
    (name, case) for name in LIBRARIES for case, values in HELD.items() if not refusal(model(**values), name)
]


@pytest.mark.parametrize(("name", "case"), CELLS)
def test_what_the_library_computes_from_its_files_is_what_the_model_computes(
    name: str, case: str, tmp_path: Path
) -> None:
    before, x = model(alike=False, **HELD[case]), inputs()
    export_model(before, name, tmp_path / "model")
    codes, made = LIBRARIES[name](tmp_path / "model", x)
    z = before.encode(x)
    # An activation that reaches a threshold exactly, or with a decoder bias that is subtracted first and a bias that has it
    # added again, comes out on either side.
    at_threshold = np.zeros(len(x), bool)
    if theta := before.extras.get("threshold"):
        at_threshold = (np.abs(before.pre_activations(x) - theta) < 1e-6).any(axis=1)
        assert at_threshold.mean() < 0.1
    sure = ~at_threshold
    assert np.array_equal(codes[sure] > 0, z[sure] > 0)
    assert np.abs(codes - z)[sure].max() <= 1e-5
    assert np.abs(made - before.decode(z, x))[sure].max() <= 1e-5
