"""Colour maps whose centre is zero."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.figures.colour_maps import diverging


@pytest.mark.parametrize("count", [255, 256, 511])
def test_a_colour_map_has_no_two_equal_neighbours_and_its_centre_is_its_own(count: int) -> None:
    berlin = diverging("berlin", count).astype(int)
    assert berlin.shape == (count, 3)
    assert np.abs(np.diff(berlin, axis=0)).sum(1).max() <= 9, "no step is larger than in the map itself"
    if count % 2:
        np.testing.assert_allclose(berlin[count // 2], (24.6, 12.2, 9.5), atol=1)
    rdbu = diverging("RdBu_r", count)
    assert tuple(rdbu[0]) == (5, 48, 97) and tuple(rdbu[-1]) == (103, 0, 31)
