"""The colours of weights in the window are those of the maps that figures draw with."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.figures.colour_maps import diverging
from saegui.ui.theme.colour_map import diverging_table
from saegui.ui.theme.tokens import DARK, LIGHT, Tokens


@pytest.mark.parametrize(("tokens", "name"), [(LIGHT, "RdBu_r"), (DARK, "berlin")])
def test_the_window_and_figures_have_the_same_colours(tokens: Tokens, name: str) -> None:
    apart = np.abs(diverging_table(tokens).astype(int) - diverging(name, 255))
    assert apart.max() <= 2, "of 255 levels"


def test_the_centre_of_the_dark_map_is_its_darkest() -> None:
    table = diverging_table(DARK).astype(int)
    np.testing.assert_allclose(table[127], (24.6, 12.2, 9.5), atol=1)
    assert 2 * table.sum(axis=1)[127] < table.sum(axis=1).max()
