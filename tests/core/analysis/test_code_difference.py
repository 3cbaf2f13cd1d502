"""The difference of two codes, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis.code_difference import code_difference

F32 = np.float32


def test_latents_come_in_the_order_of_how_much_they_differ() -> None:
    found = code_difference(np.array([3, 0, 4, 0, 1], F32), np.array([0, 2, 4, 0, 4], F32))
    # 3, −2, 0, 0 and −3: of the two that differ by 3 the lower latent is first.
    assert found.latents.tolist() == [0, 4, 1] and found.amounts.tolist() == [3, -3, -2]
    assert found.shared == 2
    # 3·0 + 4·4 + 1·4 over √26 · 6.
    assert found.cosine == pytest.approx(20 / (26**0.5 * 6))


def test_equal_codes_do_not_differ_and_zeros_have_no_angle() -> None:
    z = np.array([1, 0, 2], F32)
    same, none = code_difference(z, z), code_difference(z, np.zeros(3, F32))
    assert (same.latents.tolist(), same.shared, same.cosine) == ([], 2, pytest.approx(1))
    assert (none.amounts.tolist(), none.shared, none.cosine) == ([2, 1], 0, 0)
